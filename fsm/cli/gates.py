"""What a gate asks, drawn: exactly what a yes means, what may follow, and the commands that settle it.

A gate comes as its view (see `drivers.views`).  Everything that a model or a tool wrote is escaped and stands behind
a bar; nothing is left out without a word about how much.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from . import escape
from .choices import ALLOW, unoffered
from .display import INDENT, barred
from .foreseeing import foreseen
from .manners import Manners
from .wording import duration, folded, late_words, moment, plural

__all__ = ["allowance", "drawn", "follows", "offered", "value_words", "waiting"]

PAGE = 20  # lines of a gate that are shown before somebody asks for all
OURS = ("limit", "loop")  # kinds that ask in our own words

View = Mapping[str, Any]

_COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "approval": (("approve",), ("deny", "--reason", '"…"')),
    "doubt": (
        ("resolve", "--happened", '"…"'),
        ("resolve", "--failed", '"…"'),
        ("resolve", "--did-not-happen"),
    ),
    "question": (("answer", '"…"'), ("deny",)),
    "limit": (("approve",), ("deny",)),
    "loop": (("answer", '"…"'), ("deny",)),
}


def drawn(view: View, columns: int, limit: int | None = PAGE) -> tuple[list[str], int]:
    """A gate as lines, and how many were left out.

    Args:
        view: the gate
        columns: how wide a line may be
        limit: the most lines of what is not ours; None for all
    """
    if view["kind"] in OURS:
        return [f"{INDENT}{part}" for part in folded(view["asks"], columns - len(INDENT))], 0
    asks = view["asks"] if "tool" in view else "The model asks:"
    lines = [line for part in _parts(view) for line in barred(part, columns)]
    left = 0 if limit is None else max(0, len(lines) - limit)
    return [f"{INDENT}{escape.line(asks)}", *lines[: len(lines) - left], *_known(view, columns)], left


def follows(view: View, columns: int, *, short: bool = False) -> list[str]:
    """What may follow a yes and a no, as lines.

    Args:
        view: the gate
        columns: how wide a line may be
        short: without the clicks
    """
    room = columns - len(INDENT)
    return [f"{INDENT}{part}" for one in foreseen(view, short=short) for part in folded(one, room, ",")]


def allowance(view: View, columns: int) -> list[str]:
    """The rule that `a` would add, in full, and what it leaves free; nothing where there is none."""
    if view["kind"] != "approval" or unoffered(view, ALLOW):
        return []
    left = ", ".join(escape.line(name) for name in view["free"])
    words = f"whatever {left} {'are' if ',' in left else 'is'}" if left else "exactly"
    return _ours(f"(a) allows in this run, unasked, {words}:", columns) + list(barred(view["allow"], columns))


def _ours(text: str, columns: int) -> list[str]:
    return [f"{INDENT}{part}" for part in folded(text, columns - len(INDENT))]


def _known(view: View, columns: int) -> list[str]:
    """What is known of a call in doubt."""
    if view["kind"] != "doubt":
        return []
    lines = []
    if view["started"]:
        since = duration(max(0, time.time_ns() // 1_000_000 - view["started"]))
        when = f"It was started at {moment(view['started'], day=True)}{_process(view)}"
        lines += _ours(f"{when}; no result was stored in the {since} since then.", columns)
    if view["survivors"]:
        still = ", ".join(map(str, view["survivors"]))
        lines += _ours(f"What it had started still runs: process {still}.", columns)
    if view["evidence"]:
        lines += [*_ours("What is known of it:", columns), *barred(view["evidence"], columns)]
    for late in view["late"]:
        lines += [*_ours(f"{late_words(late)}:", columns), *barred(late["text"], columns)]
    why = unoffered(view, "did_not_happen")
    return [*lines, *(_ours(why, columns) if why else [])]


def _process(view: View) -> str:
    """Which process started a call, and whether that is gone."""
    if not view["process"]:
        return ""
    alive = {
        True: "which still runs",
        False: "which is gone",
        None: "of which nobody knows whether it still runs",
    }
    return f" by process {view['process']}, {alive[view['process_alive']]}"


def _parts(view: View) -> list[str]:
    if "tool" not in view:
        return [view["asks"]]
    parts = [view["tool"]]
    for name, value in view["arguments"].items():
        ours = name.startswith("$")
        parts.append(
            f"  made for the state {value_words(value)}" if ours else f"  {name} = {value_words(value)}"
        )
    if view.get("preview"):
        parts += ["", view["preview"].rstrip()]
    return parts


def value_words(value: Any) -> str:
    """A value exactly: a text of several lines as such, anything else as JSON."""
    if isinstance(value, str) and "\n" in value:
        lines = value.split("\n")
        return f"{plural(len(lines), 'line')}\n" + "\n".join(f"    {line}" for line in lines)
    return json.dumps(value, ensure_ascii=False)


def offered(view: View) -> tuple[tuple[str, ...], ...]:
    """The verbs that settle a gate of this kind, with their options."""
    commands = _COMMANDS[view["kind"]]
    if view["kind"] == "doubt" and unoffered(view, "did_not_happen"):
        return commands[:-1]
    return commands


def waiting(manners: Manners, short: str, views: Sequence[View], leave: int, *, shown: bool) -> list[str]:
    """What waits, and the commands that go on, ready to paste.

    Args:
        manners: how to speak
        short: the run
        views: its open gates
        leave: the exit code
        shown: whether the gates were put to the person just now
    """
    lines: list[str] = []
    for view in views if not shown else ():
        lines += [*_cut(manners, short, view), ""]
    until = min((view["expires"] for view in views if view["expires"]), default=None)
    expiry = f"It expires at {moment(until, day=True)}." if until else "It will not expire."
    lines.append(f"{manners.paint(short, bold=True)} waits for you (exit {leave}).  {expiry}")
    for view in views:
        for verb, *options in offered(view):
            lines.append(
                f"  {manners.command(*_words(verb, short, options, view['gate'] if len(views) > 1 else ''))}"
            )
    last = ("resume", short) if len(views) > 1 else ("show", short)
    lines.append(f"  {manners.command(*last)}")
    return lines


def _words(verb: str, short: str, options: Sequence[str], gate: str) -> list[str]:
    """One command: where several gates are open it names its own and goes on only when asked to."""
    if not gate:
        return [verb, short, *options, "--resume"]
    return [verb, short, *options, "--gate", gate] if verb == "answer" else [verb, short, gate, *options]


def _cut(manners: Manners, short: str, view: View) -> list[str]:
    lines, left = drawn(view, manners.columns())
    if left:
        lines.append(f"{INDENT}… {plural(left, 'more line')}:  {manners.command('show', short)}")
    return [*lines, *follows(view, manners.columns(), short=True)]

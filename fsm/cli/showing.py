"""`show`: everything the agent knew at a click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import duration, late_words, moment, plural, rule_words

__all__ = ["show"]

View = Mapping[str, Any]
LINES = 12  # of a message that are shown, unless it is asked for whole


@verb(
    "show",
    examples=(
        ("detent show last", "where the newest run of this folder stands"),
        ("detent show k7f3@6", "the same run six clicks after its beginning"),
        ("detent show k7f3 --full", "with every message and the prompt whole, however long"),
        ("detent show k7f3@EXECUTING --json", "its last click in that state, whole, for a program"),
    ),
    help="Show everything the agent knew: RUN as it stands, or RUN@SEQ, RUN@-1, RUN@STATE.",
)
@run_argument
@click.option(
    "--full",
    is_flag=True,
    help="every message whole, and the prompt as it was sent; long ones are folded otherwise",
)
@click.pass_obj
def show(manners: Manners, run: str, *, full: bool) -> int:
    """Show a click."""
    from ..drivers.views import click_view  # noqa: PLC0415 - help needs no database
    from .opening import clicked, opened, short  # noqa: PLC0415

    with opened(manners, "read") as store:
        name, seq = clicked(store, run)
        view = click_view(store, name, seq)
        if manners.json:
            manners.document(view)
            return 0
        record = store.record(name)
        for line in _lines(manners, view, f"{short(store, name)}@{seq}", record.folder):
            manners.print(line)
        for line in _said(manners, view, full=full):
            manners.print(line)
    return 0


def _said(manners: Manners, view: View, *, full: bool) -> Iterator[str]:
    """The prompt if it is asked for whole, and what was said until then."""
    from .prompted import prompt_lines, seen_as  # noqa: PLC0415

    yield ""
    if full:
        yield from prompt_lines(view["prompt"], manners.columns())
    yield "messages"
    for message in view["messages"]:
        yield from _message(manners, message, seen_as(view["prompt"], message["position"]), full=full)


def _lines(manners: Manners, view: View, address: str, folder: str) -> list[str]:
    lines = [f"{address}  {view['state']}  after {view['event']['name']} at {moment(view['at'], day=True)}"]
    lines += [f"  {name:<9}{said}" for name, said in _facts(view, folder) if said]
    if view["calls"]:
        lines += ["", "calls"]
        for call in view["calls"]:
            lines += _call(manners, call)
    if view["gates"]:
        lines += ["", "waits for you"]
        for gate in view["gates"]:
            lines += _gate(manners, gate)
    if view["decisions"]:
        lines += ["", "settled"]
        lines += [f"  {one['seq']}  {_decision(one)}" for one in view["decisions"]]
    if view["late"]:
        lines += ["", "came too late"]
        for one in view["late"]:
            lines += _late(manners, one)
    return lines


def _decision(settled: View) -> str:
    by = f" by {escape.line(settled['by'])}" if settled["by"] else ""
    return f"{settled['gate']}  {settled['how']}{by} at {moment(settled['at'], day=True)}"


def _facts(view: View, folder: str) -> list[tuple[str, str]]:
    from .prompted import prompt_words  # noqa: PLC0415

    usage, limits = view["usage"], view["limits"]
    spent = f"{usage['model_turns']} of {plural(limits['model_turns'], 'turn')}, {usage['tool_calls']} of {plural(limits['tool_calls'], 'call')}, "
    spent += f"{plural(usage['tokens'], 'token')}, {usage['wall_seconds']} of {limits['wall_seconds']} s"
    if usage["extensions"]:
        spent += f", {plural(usage['extensions'], 'extension')}"
    return [
        ("run", view["run"]),
        ("model", escape.line(view["model"] or "")),
        ("folder", escape.line(folder)),
        ("reason", escape.line(view["reason"] or "")),
        ("spent", spent),
        ("prompt", prompt_words(view["prompt"])),
        ("fuel", f"at most {plural(view['fuel'], 'click')} can follow"),
        ("took", duration(view["took"]) if view["took"] else ""),
        *(("allowed", escape.line(rule)) for rule in view["rules"]),
        ("digest", view["digest"]),
    ]


def _call(manners: Manners, call: View) -> list[str]:
    from .display import barred  # noqa: PLC0415
    from .gates import value_words  # noqa: PLC0415

    outcome = call["outcome"] or {}
    how = f", {outcome.get('status', 'ok')} {outcome.get('reason', '')}".rstrip() if call["outcome"] else ""
    lines = [
        f"  {call['call']}  {call['phase']}, attempt {call['attempt']} of {call['attempts']}{escape.line(how)}"
    ]
    if call["rule"]:
        lines.append(f"  {rule_words(call['rule'])}")
    text = "\n".join(
        [call["tool"], *(f"  {name} = {value_words(value)}" for name, value in call["arguments"].items())]
    )
    return [*lines, *barred(text, manners.columns())]


def _late(manners: Manners, late: View) -> list[str]:
    from .display import barred  # noqa: PLC0415

    return [f"  {late_words(late)}", *barred(late["text"], manners.columns())]


def _gate(manners: Manners, gate: View) -> list[str]:
    from .gates import drawn, follows  # noqa: PLC0415

    lines = [f"  {gate['gate']}"]
    until = [f"  expires {moment(gate['expires'], day=True)}"] if gate["expires"] else []
    columns = manners.columns()
    return [*lines, *drawn(gate, columns, None)[0], *follows(gate, columns), *until]


def _message(manners: Manners, message: View, seen: str, *, full: bool) -> list[str]:
    import json  # noqa: PLC0415

    from .display import barred  # noqa: PLC0415

    text = message["text"]
    if message["kind"] in ("turn", "refused"):
        made = json.loads(text)
        parts = [f"(thinking) {made['thinking']}"] if made.get("thinking") else []
        parts += [made["content"]] if made.get("content") else []
        parts += [
            f"{call['tool']}({json.dumps(call['arguments'], ensure_ascii=False)})"
            for call in made.get("calls", ())
        ]
        text = "\n".join(parts)
    lines = list(barred(text, manners.columns()))
    head = f"  {message['position']}  {message['kind']}  {seen}".rstrip()
    left = len(lines) - LINES
    if full or left <= 1:
        return [head, *lines]
    return [head, *lines[:LINES], f"          … {plural(left, 'more line')}: --full shows them"]

"""`log`: the timeline of a run, one line a click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import UsageError
from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import cut, duration, late_words, moment, rule_words

if TYPE_CHECKING:
    from ...store import Store

__all__ = ["log"]

TOOK, STATE, EVENT = 7, 17, 12  # columns


@verb(
    "log",
    examples=(
        ("detent log last", "what happened, click by click"),
        ("detent log k7f3 --follow", "what happens, while another terminal drives it"),
        ("detent log k7f3 --tree", "its forks and child runs"),
        ("detent log k7f3 --json", "one JSON object a line, with digests"),
    ),
    help="The timeline of RUN: one line a click.",
)
@run_argument
@click.option(
    "-f", "--follow", "following", is_flag=True, help="go on until the run is over; Ctrl-C stops looking"
)
@click.option(
    "--tree", "family", is_flag=True, help="the run with its forebears, forks and child runs instead"
)
@click.pass_obj
def log(manners: Manners, run: str, *, following: bool, family: bool) -> int:
    """Print a timeline."""
    from ..drivers.timeline import log_views  # noqa: PLC0415 - help needs no database
    from .opening import found, opened  # noqa: PLC0415

    if following and family:
        raise UsageError("--follow and --tree do not go together.", "Leave out one of them.")
    with opened(manners, "read") as store:
        name = found(store, run)
        if family:
            return _tree(manners, store, name)
        if not manners.json:
            manners.print(_row((" seq", "time", "took", f"{'state':<{STATE}}", "event", "what")))
        if following:
            return _followed(manners, store, name)
        for view in log_views(store, name):
            _print(manners, view)
    return 0


def _print(manners: Manners, view: Mapping[str, Any]) -> None:
    """One click, as a line or as JSON."""
    if manners.json:
        manners.document(view, lines=True)
        return
    room = manners.columns() - sum((4, 8, TOOK, STATE, EVENT)) - 5 * 2
    state = manners.state(view["state"]) if manners.streams.on_terminal() else view["state"]
    took = duration(view["took"]) if view["took"] else ""
    shown = state + " " * (STATE - len(view["state"]))
    what = cut(escape.line(view["what"]), room)
    manners.print(_row((str(view["seq"]), moment(view["at"]), took, shown, view["event"], what)))
    for rule in view["rules"]:
        manners.print(f"      {rule_words(rule)}")
    for late in view["late"]:
        manners.print(
            cut(f"      {late_words(late, short=True)}: {escape.line(late['text'])}", manners.columns())
        )


def _followed(manners: Manners, store: Store, run: str) -> int:
    """The clicks as they come, and once a word where nobody drives the run."""
    from ..drivers.following import follow, waiting  # noqa: PLC0415
    from .opening import short  # noqa: PLC0415

    told = False
    for view in follow(store, run):
        if view is not None:
            _print(manners, view)
            told = False
        elif not told and store.owner(run) is None:
            waits = waiting(store, run)
            verb_, what = ("show", "says what") if waits else ("resume", "goes on")
            head = "It waits for you:" if waits else "Nobody drives it now."
            manners.tell(f"{head}  {manners.command(verb_, short(store, run))}  {what}.")
            told = True
    return 0


def _tree(manners: Manners, store: Store, run: str) -> int:
    from ..drivers.following import tree  # noqa: PLC0415
    from .trees import drawn, nested  # noqa: PLC0415

    oldest = tree(store, run)
    if manners.json:
        manners.written(nested(oldest))
        return 0

    def words(node: Mapping[str, Any], room: int) -> str:
        mark = "  ←" if node["run"] == run else ""
        return cut(_of(store, node), room - len(mark)) + mark

    for line in drawn(oldest, manners.columns(), words):
        manners.print(line)
    return 0


def _of(store: Store, node: Mapping[str, Any]) -> str:
    """A run of a tree in words."""
    from .opening import short  # noqa: PLC0415

    of = ""
    if node["fork_of"]:
        of = f"fork of @{node['fork_of']['seq']}  "
    elif node["call_of"]:
        of = f"child of call {node['call_of']['call']}  "
    model = escape.line(node["model"] or "workflow")
    return f"{short(store, node['run'])}@{node['seq']}  {node['state']}  {of}{model}  {escape.line(node['goal'])}"


def _row(cells: tuple[str, str, str, str, str, str]) -> str:
    seq, time, took, state, event, what = cells
    return f"{seq:>4}  {time:<8}  {took:>{TOOK}}  {state}  {event:<{EVENT}}  {what}".rstrip()

"""`log`: the timeline of a run, one line a click."""

from __future__ import annotations

import click

from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import cut, duration, moment, rule_words

__all__ = ["log"]

TOOK, STATE, EVENT = 7, 17, 12  # columns


@verb(
    "log",
    examples=(
        ("detent log last", "what happened, click by click"),
        ("detent log k7f3 --json", "one JSON object a line, with digests"),
    ),
    help="The timeline of RUN: one line a click.",
)
@run_argument
@click.pass_obj
def log(manners: Manners, run: str) -> int:
    """Print a timeline."""
    from ..drivers.views import log_views  # noqa: PLC0415 - help needs no database
    from .opening import found, opened  # noqa: PLC0415

    with opened(manners, "read") as store:
        views = log_views(store, found(store, run))
        if manners.json:
            for view in views:
                manners.document(view, lines=True)
            return 0
        manners.print(_row((" seq", "time", "took", f"{'state':<{STATE}}", "event", "what")))
        room = manners.columns() - sum((4, 8, TOOK, STATE, EVENT)) - 5 * 2
        for view in views:
            state = manners.state(view["state"]) if manners.streams.on_terminal() else view["state"]
            took = duration(view["took"]) if view["took"] else ""
            shown = state + " " * (STATE - len(view["state"]))
            what = cut(escape.line(view["what"]), room)
            manners.print(_row((str(view["seq"]), moment(view["at"]), took, shown, view["event"], what)))
            for rule in view["rules"]:
                manners.print(f"      {rule_words(rule)}")
    return 0


def _row(cells: tuple[str, str, str, str, str, str]) -> str:
    seq, time, took, state, event, what = cells
    return f"{seq:>4}  {time:<8}  {took:>{TOOK}}  {state}  {event:<{EVENT}}  {what}".rstrip()

"""`log`: the timeline of a run, one line a click."""

from __future__ import annotations

import click

from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import cut, duration, moment, width

__all__ = ["log"]

EVENT = 13  # columns of an event's name


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
        columns = manners.columns()
        head = f" seq  {'time':<8}  {'took':>9}  {'state':<17}  {'event':<{EVENT}}  what"
        manners.print(head)
        for view in views:
            took = duration(view["took"]) if view["took"] else ""
            before = f"{view['seq']:>4}  {moment(view['at'])}  {took:>9}  "
            after = f"  {view['event']:<{EVENT}}  "
            room = max(20, columns - width(before) - 17 - width(after))
            state = manners.state(view["state"]) if manners.streams.on_terminal() else view["state"]
            what = cut(escape.line(view["what"]), room)
            manners.print(f"{before}{state}{' ' * (17 - len(view['state']))}{after}{what}".rstrip())
    return 0

"""`stats`: how much lies in the database, and how much of it could go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from . import escape
from .manners import Manners
from .verb import verb
from .wording import count, plural, size

if TYPE_CHECKING:
    from ...store import Measures
    from ..drivers.pruning import Plan

__all__ = ["stats"]

OLDER = "30d"  # what `prune` takes when it is told nothing


@verb(
    "stats",
    examples=(
        ("detent stats", "rows, bytes and pages, and what a prune would free"),
        ("detent stats --json", "the same for a program"),
    ),
    help="Tell how much lies in the database: runs by state, texts by kind, rows, pages, and what could go.",
)
@click.pass_obj
def stats(manners: Manners) -> int:
    """Tell how much there is."""
    from ..drivers.pruning import age, plan  # noqa: PLC0415 - help needs no database
    from .opening import opened  # noqa: PLC0415

    with opened(manners, "read") as store:
        told = store.measures()
        going = plan(store, time.time_ns() // 1_000_000, age(OLDER))
        path = store.path
    if manners.json:
        manners.document({"file": str(path.absolute()), **_view(told, going)})
        return 0
    manners.print(escape.line(str(path)))
    log = f", and a log of {size(told.log)}" if told.log else ""
    free = f", {size(told.free * told.page)} of it free" if told.free else ""
    manners.print(f"  {size(told.file)}{free}{log}")
    runs = sum(told.states.values())
    states = ", ".join(f"{count(number)} {state}" for state, number in sorted(told.states.items()))
    manners.print(f"\n{plural(runs, 'run')}{': ' if runs else ''}{states}")
    manners.print(f"\n{'texts':<12} {'rows':>10} {'bytes':>10}")
    for one in told.kinds:
        manners.print(f"{escape.line(one.kind):<12} {count(one.rows):>10} {size(one.bytes):>10}")
    manners.print(f"\n{'table':<12} {'rows':>10}")
    for name, rows in told.tables.items():
        manners.print(f"{name:<12} {count(rows):>10}")
    would = f"{plural(len(going.runs), 'run')} with {plural(going.clicks, 'click')}, {size(going.bytes)}"
    manners.print(f"\n{manners.command('prune')}  would remove {would}")
    return 0


def _view(told: Measures, going: Plan) -> dict[str, Any]:
    """The same for a program."""
    return {
        "bytes": told.file,
        "log": told.log,
        "page": told.page,
        "pages": told.pages,
        "free_pages": told.free,
        "states": dict(sorted(told.states.items())),
        "kinds": {one.kind: {"rows": one.rows, "bytes": one.bytes} for one in told.kinds},
        "tables": dict(told.tables),
        "prune": {
            "older": OLDER,
            "runs": len(going.runs),
            "clicks": going.clicks,
            "bytes": going.bytes,
        },
    }

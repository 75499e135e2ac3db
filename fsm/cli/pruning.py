"""`prune`: old runs removed for good.  It shows what would go, and removes nothing until it is told to really."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import UsageError
from .manners import Manners
from .verb import verb
from .wording import count, duration, plural, size

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.pruning import Plan, Pruned

__all__ = ["prune"]

SHOWN = 20  # runs that are listed
WHY = {
    "held": "a process drives it",
    "caller": "the run that called it is not over",
    "child": "it called a run that is not over",
    "fork": "a fork of it stays",
    "recordings": "a fork that is not over may be served what it has recorded",
    "labelled": "it has a label",
}


@verb(
    "prune",
    examples=(
        ("detent prune", "what would go: runs that were over thirty days ago"),
        ("detent prune --older 12h --keep-labelled --really", "remove them, but for those you marked"),
    ),
    help="Remove old runs for good.  Without --really it only shows what would go.",
)
@click.option(
    "--older",
    metavar="AGE",
    default="30d",
    show_default=True,
    help="how long ago a run's last click was: 30d, 12h or 90m",
)
@click.option("--keep-labelled", is_flag=True, help="keep what has a label")
@click.option("--dry-run", is_flag=True, help="only show what would go; so it is without --really too")
@click.option("--really", is_flag=True, help="remove it")
@click.pass_obj
def prune(manners: Manners, older: str, keep_labelled: bool, dry_run: bool, really: bool) -> int:
    """Remove old runs, or show which."""
    from ..drivers import pruning  # noqa: PLC0415 - help needs no database
    from .opening import opened  # noqa: PLC0415

    if dry_run and really:
        raise UsageError("--dry-run and --really say the opposite.", "Leave one of them out.")
    least, now = pruning.age(older), time.time_ns() // 1_000_000
    with opened(manners, "write" if really else "read") as store:
        planned = pruning.plan(store, now, least, keep_labelled=keep_labelled)
        if not really:
            _show(manners, store, planned, now, older, keep_labelled=keep_labelled)
            return 0
        done = pruning.prune(store, planned)
    if manners.json:
        manners.document(_view(planned, done))
        return 0
    clicks = sum(one.seq + 1 for one in done.runs)
    manners.print(f"{plural(len(done.runs), 'run')} with {plural(clicks, 'click')} removed.")
    for one in done.kept:
        manners.say(f"{one.run[:8]} stays: {WHY[one.why]}.")
    manners.tell(f"{size(done.freed)} of the file are free to be used again; a backup is made without them.")
    return 0


def _view(planned: Plan, done: Pruned | None) -> dict[str, Any]:
    """What would go, or went, for a program."""
    runs = planned.runs if done is None else done.runs
    kept = planned.kept if done is None else (*planned.kept, *done.kept)
    return {
        "really": done is not None,
        "runs": [one.id for one in runs],
        "clicks": sum(one.seq + 1 for one in runs),
        "bytes": planned.bytes,
        "kinds": {one.kind: {"rows": one.rows, "bytes": one.bytes} for one in planned.weights},
        "kept": [{"run": one.run, "why": one.why} for one in kept],
        "freed": None if done is None else done.freed,
    }


def _show(
    manners: Manners, store: Store, planned: Plan, now: int, older: str, *, keep_labelled: bool
) -> None:
    """What would go, and the command that does it."""
    from .opening import short  # noqa: PLC0415

    if manners.json:
        manners.document(_view(planned, None))
        return
    for one in planned.runs[:SHOWN]:
        old = duration(max(0, now - one.at))
        manners.print(f"{short(store, one.id)}  {one.state:<6}  {old:>10}  {plural(one.seq + 1, 'click')}")
    if len(planned.runs) > SHOWN:
        manners.print(f"and {plural(len(planned.runs) - SHOWN, 'run')} more")
    for kept in planned.kept:
        manners.tell(f"{short(store, kept.run)} stays: {WHY[kept.why]}.")
    if not planned.weights:
        manners.print(f"Nothing would go: no run that nothing needs was over {older} ago.")
        return
    runs, clicks = plural(len(planned.runs), "run"), plural(planned.clicks, "click")
    manners.print(f"{runs} with {clicks} would go, {size(planned.bytes)}:")
    for weight in planned.weights:
        manners.print(f"  {weight.kind:<12} {count(weight.rows):>10} {size(weight.bytes):>10}")
    words = ["prune", "--older", older, *(["--keep-labelled"] if keep_labelled else []), "--really"]
    manners.tell(f"Nothing was removed.  Remove it with  {manners.command(*words)}")

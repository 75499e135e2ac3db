"""`label`: a person's marks on runs."""

from __future__ import annotations

import click

from ...states.errors import UsageError
from . import escape
from .manners import Manners
from .verb import run_argument, verb

__all__ = ["label"]

MOST = 100  # characters of a label


@verb(
    "label",
    examples=(
        ("detent label k7f3 good", "mark a run"),
        ("detent runs --label good", "the runs that have the mark"),
        ("detent label k7f3 good --off", "take it away"),
    ),
    help="Mark RUN with LABEL, or take the mark away.  `prune --keep-labelled` keeps marked runs.",
)
@run_argument
@click.argument("name", metavar="LABEL")
@click.option("--off", is_flag=True, help="take the mark away")
@click.pass_obj
def label(manners: Manners, run: str, name: str, off: bool) -> int:
    """Mark a run."""
    from .opening import found, opened, short  # noqa: PLC0415 - help needs no database

    if not name.strip() or len(name) > MOST or not name.isprintable():
        raise UsageError(f"{name!r} is no label.", f"A label is 1 to {MOST} characters on one line.")
    with opened(manners, "write") as store:
        meant = found(store, run)
        store.label(meant, name, on=not off)
        labels = store.record(meant).labels
        shown = short(store, meant)
    if manners.json:
        manners.document({"run": meant, "labels": list(labels)})
        return 0
    said = ", ".join(escape.line(one) for one in labels) or "none"
    manners.print(f"{shown}  labels: {said}")
    return 0

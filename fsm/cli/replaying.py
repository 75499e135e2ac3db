"""`replay`: the stored events stepped again, and every snapshot compared byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ...states.errors import IntegrityError
from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import plural

if TYPE_CHECKING:
    from ..drivers.replaying import Replayed

__all__ = ["replay"]

SHOWN = 200  # characters of a value that differs


@verb(
    "replay",
    examples=(
        ("detent replay last", "prove that every click follows from what happened"),
        ("detent replay k7f3@6 --json", "only up to click 6, for a program"),
    ),
    help="Step the stored events of RUN again, or of RUN up to @SEQ, and compare every snapshot byte for byte.  "
    "No model and no tool is called, and nothing is written.",
)
@run_argument
@click.pass_obj
def replay(manners: Manners, run: str) -> int:
    """Replay a run."""
    from ..drivers.replaying import replay as replayed  # noqa: PLC0415 - help needs no database
    from .opening import clicked, found, opened, short  # noqa: PLC0415

    with opened(manners, "read") as store:
        name, seq = clicked(store, run) if "@" in run else (found(store, run), None)
        made = replayed(store, name, seq)
        address = short(store, name)
    if manners.json:
        manners.document(_view(made))
        return 0 if made.divergence is None else IntegrityError.exit_code
    if made.divergence is not None:
        wrong = made.divergence
        manners.print(f"{address}@{wrong.seq} comes out otherwise: {escape.line(wrong.field)}")
        manners.print(f"  stored    {_shown(wrong.stored)}")
        manners.print(f"  replayed  {_shown(wrong.replayed)}")
        manners.tell(f"{plural(made.clicks, 'click')} before it are the same, byte for byte.")
        return IntegrityError.exit_code
    manners.print(
        f"{address}: {plural(made.clicks, 'click')} stepped again, every snapshot the same, byte for byte."
    )
    manners.print(f"  {made.digest}")
    return 0


def _shown(value: object) -> str:
    written = escape.line(json.dumps(value, ensure_ascii=False))
    return written if len(written) <= SHOWN else f"{written[:SHOWN]}…"


def _view(made: Replayed) -> dict[str, object]:
    wrong = made.divergence
    divergence = None
    if wrong is not None:
        divergence = {
            "seq": wrong.seq,
            "field": wrong.field,
            "stored": wrong.stored,
            "replayed": wrong.replayed,
        }
    return {"run": made.run, "clicks": made.clicks, "digest": made.digest, "divergence": divergence}

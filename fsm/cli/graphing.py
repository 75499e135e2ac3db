"""`graph`: the machine, or a run's way through it, as text, Mermaid, DOT or SVG."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...states.errors import StoreError, UsageError
from .manners import Manners
from .verb import completed, verb

__all__ = ["graph"]

FORMATS = ("text", "mermaid", "dot", "svg")


@verb(
    "graph",
    examples=(
        ("detent graph", "the whole machine, row by row"),
        ("detent graph k7f3", "the rows that a run took, and how often"),
        ("detent graph k7f3 --format svg -o way.svg", "the same as a picture for a browser"),
        ("detent graph --format mermaid", "for a page in Markdown"),
    ),
    help="Draw the machine, or with RUN (or RUN@SEQ) that run's way through it.",
)
@click.argument("run", required=False, metavar="[RUN]", shell_complete=completed)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="how; of the name of FILE if it is left out, else text",
)
@click.option("-o", "--output", metavar="FILE", help="a new file to write it into")
@click.pass_obj
def graph(manners: Manners, /, run: str | None, form: str | None, output: str | None) -> int:
    """Draw the machine."""
    form = form or _by_name(output)
    taken, title = _way(manners, run) if run is not None else (None, "")
    if output is not None:
        _write(Path(output).expanduser(), _drawn(form, taken, title))
        manners.tell(f"{output} has it.")
    if manners.json:
        manners.document(taken if taken is not None else _table())
    elif output is None:
        manners.print(_drawn(form, taken, title).rstrip("\n"))
    return 0


def _by_name(output: str | None) -> str:
    ending = Path(output).suffix.removeprefix(".") if output else ""
    return {"svg": "svg", "dot": "dot", "gv": "dot", "mmd": "mermaid"}.get(ending, "text")


def _way(manners: Manners, run: str) -> tuple[dict[str, int], str]:
    from ..drivers.picturing import rows_taken  # noqa: PLC0415 - the machine alone needs no database
    from .opening import clicked, opened, short  # noqa: PLC0415

    with opened(manners, "read") as store:
        name, seq = clicked(store, run)
        return rows_taken(store, name, seq), f"Run {short(store, name)} up to click {seq}"


def _table() -> list[dict[str, object]]:
    from ..table import TABLE  # noqa: PLC0415

    return [
        {
            "row": row.name,
            "from": row.source.value,
            "event": row.event,
            "to": row.dest.value,
            "when": [guard.__name__ for guard in row.when],
            "unless": [guard.__name__ for guard in row.unless],
            "why": row.why,
        }
        for row in TABLE
    ]


def _drawn(form: str, taken: dict[str, int] | None, title: str) -> str:
    if form == "svg":
        from ..pictures import svg  # noqa: PLC0415

        return svg(taken, title)
    from .. import diagrams  # noqa: PLC0415

    made: str = getattr(diagrams, form)(taken)
    return made


def _write(path: Path, drawn: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise UsageError(f"{path} is there already.", "Name another file; nothing is overwritten.") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}).", "Name another place.") from error
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(drawn)

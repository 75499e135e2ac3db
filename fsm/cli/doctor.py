"""`detent doctor`: what of this machine may be in the way of a run, a line each, with what to do about it."""

from __future__ import annotations

import asyncio
import textwrap
from pathlib import Path

import click

from ..drivers.places import database
from . import escape
from .manners import Manners
from .verb import verb

__all__ = ["doctor"]

NAME, LEVEL = 10, 4  # columns
COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


@verb(
    "doctor",
    examples=(
        ("detent doctor", "is there a server, and a model that takes tools?"),
        ("detent doctor ollama:qwen3", "would a run with this model begin?"),
    ),
    help="Look at this machine: the database's disk, SQLite, the model server, and MODEL if it is named.",
)
@click.argument("model", required=False, default="", metavar="[MODEL]")
@click.pass_obj
def doctor(manners: Manners, model: str) -> int:
    """Look at this machine."""
    from ... import __version__  # noqa: PLC0415 - help needs none of this
    from ..drivers.checkup import checkup  # noqa: PLC0415

    path = Path(manners.db).expanduser() if manners.db else database()
    checks = asyncio.run(checkup(path, model, __version__))
    leave = next((one.exit for one in checks if one.exit), 0)
    if manners.json:
        manners.document({"checks": [one.plain() for one in checks], "exit": leave})
        return leave
    room = manners.columns() - NAME - LEVEL - 4
    for one in checks:
        if manners.quiet and one.level == "ok":
            continue
        first, *rest = textwrap.wrap(escape.line(one.message), room) or [""]
        level = manners.paint(f"{one.level:<{LEVEL}}", COLOURS[one.level])
        manners.print(f"{level}  {one.name:<{NAME}}  {first}")
        hint = textwrap.wrap(f"-> {escape.line(one.hint)}", room, subsequent_indent="   ") if one.hint else []
        for line in (*rest, *hint):
            manners.print(f"{'':<{LEVEL}}  {'':<{NAME}}  {line}")
    manners.tell("A run can begin." if not leave else f"A run could not begin (exit {leave}).")
    return leave

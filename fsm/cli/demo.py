"""`detent demo`: a whole run to look at, without a model, in a folder of its own that is gone afterwards."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import DetentError, UsageError
from .manners import Manners
from .verb import verb

if TYPE_CHECKING:
    from .demo_tale import Tale

__all__ = ["demo"]

PATIENCE = 60.0  # seconds a command of the scripted tale may take on the slowest machine
LEAVES = 3  # the exit code where a person leaves a question waiting


@verb(
    "demo",
    examples=(
        ("detent demo", "asks you what a run asks its person"),
        ("detent demo --unattended", "asks nothing, and says what it answered"),
        ("detent demo --model ollama:qwen3 --keep", "the same with your own model; the folder stays"),
    ),
    help="Show a whole run: a gate, a kill -9 in the middle of a payment, and how it goes on.  Needs no model.",
)
@click.option("--unattended", is_flag=True, help="ask nothing: the demo answers, and says what")
@click.option("-m", "--model", default="", metavar="MODEL", help="a real model, as provider:name")
@click.option("--keep", is_flag=True, help="keep the folder and the database, and say where they are")
@click.pass_obj
def demo(manners: Manners, *, unattended: bool, model: str, keep: bool) -> int:
    """Show a whole run."""
    from .demo_stage import Stage  # noqa: PLC0415 - help needs no stage
    from .demo_story import write_story  # noqa: PLC0415
    from .demo_tale import Left, Tale  # noqa: PLC0415

    if manners.db:
        raise UsageError("The demo has a database of its own.", "Leave out --db; --keep keeps the demo's.")
    if not unattended and not manners.person():
        raise UsageError(
            "The demo asks questions, and nobody is at the terminal.", "Try  detent demo --unattended."
        )
    root = Path(tempfile.mkdtemp(prefix="detent-demo-"))
    stage = Stage(root, None if model else PATIENCE)
    tale = Tale(manners, stage, _named(model), unattended)
    left = False
    try:
        with _ended_in_order():
            stage.folder.mkdir()
            write_story(stage.folder, tale.model)
            try:
                tale.play()
            except Left:
                left = True
            document = tale.document() | ({"exit": LEAVES} if left else {})
    except DetentError as error:
        error.hint = error.hint or _look(keep=keep)
        raise
    finally:
        if keep:
            manners.say(f"The folder is {stage.folder}, the database {stage.database}.")
        else:
            shutil.rmtree(root, ignore_errors=True)
    if manners.json:
        manners.document(document | {"folder": str(stage.folder) if keep else None})
    elif left:
        tale.tell("", "You left the question open.  A real run would wait for you, for days if need be.")
    _close(tale, keep=keep)
    return int(document["exit"])


def _look(*, keep: bool) -> str:
    return (
        "Everything is still there to look at."
        if keep
        else "Run it again with --keep to look at what is there."
    )


def _named(model: str) -> str:
    """The model as the demo's agent names it; a script's file is meant from here."""
    provider, mark, name = model.partition(":")
    return f"script:{Path(name).absolute()}" if mark and provider == "script" else model


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A polite end of this process clears up as Ctrl-C does."""
    before: dict[signal.Signals, Any] = {}

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for one in (signal.SIGTERM, signal.SIGHUP):
        before[one] = signal.signal(one, end)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _close(tale: Tale, *, keep: bool) -> None:
    """What to type next."""
    if keep and tale.name:
        tale.tell("", f"  {tale.manners.command('show', tale.name, '--db', str(tale.stage.database))}")
    tale.tell(
        "",
        "Now with your own model, in your own folder:",
        '  detent run "Which files here are the largest?" -m ollama:qwen3 -t files',
        "  detent init      writes an agent file to begin with",
        "  detent doctor    says what of this machine may be in the way",
    )

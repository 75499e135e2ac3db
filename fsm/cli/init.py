"""`detent init`: an agent file to begin with, that runs as it is."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...states.errors import ConfigError, UsageError
from ..drivers.checkup import full_name
from . import escape
from .manners import Manners
from .verb import verb

__all__ = ["init"]

MODEL = "ollama:qwen3"

TEMPLATE = '''"""An agent for the folder it is started in.

`detent check {file}` says the most a run of it can take; `detent run "GOAL" -a {file}` begins one.
"""

from detent import Agent, Context, Limits, tool


@tool(effect="read")  # harmless: never asks, and may be repeated
def largest_files(context: Context, count: int = 5) -> str:
    """List the largest files of the folder, with their sizes in bytes.

    Args:
        context: what a call knows of its run; the model is not asked for it
        count: how many
    """
    files = [path for path in context.folder.rglob("*") if path.is_file()]
    files.sort(key=lambda path: path.stat().st_size, reverse=True)
    return "\\n".join(f"{{path.stat().st_size}} {{path.relative_to(context.folder)}}" for path in files[:count])


@tool(effect="once")  # must not be repeated unasked: asks you first, and is never rerun silently
def add_note(text: str, context: Context) -> str:
    """Add a line to notes.md.

    Args:
        text: the line
        context: what a call knows of its run; the model is not asked for it
    """
    with (context.folder / "notes.md").open("a", encoding="utf-8") as notes:
        notes.write(f"- {{text}}\\n")
    return "noted"


agent = Agent(
    model={model},
    instructions="You answer questions about the files of a folder. Use the tools; do not guess.",
    tools=[largest_files, add_note, "files.list_dir", "files.read_file"],
    limits=Limits(model_turns=10, tool_calls=20, wall_seconds=300),  # every run stops within these
)
'''


@verb(
    "init",
    examples=(
        ("detent init", "writes agent.py"),
        ("detent init tidy.py --model ollama:llama3.2", "another file, another model"),
    ),
    help="Write an agent file to begin with, with comments.  Never overwrites.",
)
@click.argument("file", required=False, default="agent.py", metavar="[FILE]")
@click.option(
    "-m",
    "--model",
    default=MODEL,
    metavar="MODEL",
    help=f"the model it names, as provider:name; else {MODEL}",
)
@click.pass_obj
def init(manners: Manners, file: str, model: str) -> int:
    """Write an agent file."""
    path = Path(file)
    if path.suffix != ".py":
        raise UsageError(
            f"{file} is no name for an agent file.", f"Name it {path.with_suffix('.py').name or 'agent.py'}."
        )
    named = full_name(model)
    _write(path, TEMPLATE.format(file=path.name, model=_quoted(named)))
    if manners.json:
        manners.document({"file": str(path.absolute()), "model": named, "exit": 0})
        return 0
    manners.tell(
        f"{escape.line(file)} is written: a tool that reads, a tool that asks you first, and limits."
    )
    manners.tell("Next:")
    manners.tell(f"  {manners.command('doctor', named)}")
    manners.tell(f"  {manners.command('check', file)}")
    manners.tell(
        f"  {manners.command('run', 'Which file here is the largest? Make a note of it.', '-a', file)}"
    )
    return 0


def _quoted(text: str) -> str:
    """The text as Python writes it, in double quotes."""
    if not text.isprintable() or set(text) & {'"', "\\"}:
        raise UsageError(
            "The model's name has characters that no model's has.", "Name it as the server does."
        )
    return f'"{text}"'


def _write(path: Path, text: str) -> None:
    """Write a new file; one that is there stays as it is."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise UsageError(f"{path} is there already.", "Nothing was changed; name another file.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from None
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)

"""What the words of `run` ask for: the definition, its origin, the goal with its material, a workflow's inputs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from ...states.errors import BadValue, NotFound, UsageError
from ...states.limits import Limits
from ..drivers.agent import Agent, with_limits
from ..drivers.loading import Definition, load_file
from ..drivers.origin import apply_overrides, origin_of_file, origin_of_flags
from ..drivers.workflow import Workflow

__all__ = ["Meant", "checked", "definition", "goal_of", "inputs_of", "name_of", "pairs", "read_text"]

MOST = 4_000_000  # bytes that are read of a goal or its material before it is refused as too long


@frozen
class Meant:
    """What a command line means by its agent.

    Args:
        definition: the agent or workflow
        origin: what `resume` in another process finds it by
        folder: what a scripted model's file is relative to; None is the current folder
        file: the agent file
        name: its name there
    """

    definition: Definition
    origin: dict[str, Any]
    folder: Path | None = None
    file: Path | None = None
    name: str = ""

    @property
    def needs_goal(self) -> bool:
        """Whether it can do nothing without a goal."""
        return isinstance(self.definition, Agent)


def definition(
    file: str | None,
    model: str | None,
    tools: tuple[str, ...],
    limits: Sequence[str],
    at_limit: str | None = None,
) -> Meant:
    """The agent or workflow that the flags of a command line mean.

    Args:
        file: `FILE` or `FILE:NAME`
        model: another model than the file's
        tools: further tool sets
        limits: `NAME=VALUE`
        at_limit: ask or finish, if it was said; the file's own word counts otherwise

    Raises:
        UsageError: nothing is named, or flags that do not fit
        ConfigError: the agent file is there and wrong
    """
    changes = dict(pairs(limits, "--limit"))
    if file is None:
        if not model:
            raise UsageError("No agent and no model is named.", "Use  -m ollama:NAME, or  -a FILE.")
        made = Agent(model=model, tools=tools, limits=with_limits(Limits(), changes))
        return Meant(made, origin_of_flags(tuple(tools)))
    loaded = load_file(file, Path.cwd())
    overrides = {"model": model, "tools": list(tools), "limits": changes}
    kept = {name: value for name, value in overrides.items() if value}
    changed = apply_overrides(loaded.definition, kept)
    if at_limit and isinstance(changed, Agent):
        changed = evolve(changed, at_limit=at_limit)
    return Meant(changed, origin_of_file(loaded.address, kept), loaded.path.parent, loaded.path, loaded.name)


def goal_of(goal: str | None, material: str | None, *, needed: bool) -> str:
    """The goal, with its material below it.

    Raises:
        UsageError: it is missing, or both are to be read from standard input
        BadValue: it is not UTF-8
    """
    if goal == "-" and material == "-":
        raise UsageError("Goal and material cannot both be standard input.", "Put one of them into a file.")
    text = read_text("-") if goal == "-" else goal or ""
    checked(text, "The goal")
    if needed and not text.strip():
        raise UsageError("There is no goal.", 'Say what you want:  detent run "GOAL" ...')
    if material is None:
        return text
    name = "standard input" if material == "-" else Path(material).name
    return f"{text}\n\nMaterial ({name}):\n{read_text(material)}"


def checked(text: str, what: str) -> str:
    """A text from the command line, where bytes that are no text reach us as lone surrogates.

    Raises:
        BadValue: it holds such bytes
    """
    if not text.isascii() and any("\ud800" <= mark <= "\udfff" for mark in text):
        raise BadValue(
            f"{what} is not UTF-8.", "Write it in UTF-8, or put it into a file and name - and < FILE."
        )
    return text


def read_text(name: str) -> str:
    """The text of a file, or of standard input for `-`.

    Raises:
        NotFound: there is no such file
        BadValue: it is too long, or no UTF-8
        UsageError: standard input is closed
    """
    shown = "standard input" if name == "-" else name
    try:
        raw = _raw(name)
    except FileNotFoundError:
        raise NotFound(f"There is no file {name}.", "Name one that is there.") from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}.", "Name another file.") from None
    if len(raw) > MOST:
        hint = "Let a tool of the agent read it instead."
        raise BadValue(f"{shown} has more than {MOST:,} bytes, which no model reads at once.", hint)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadValue(f"{shown} is not UTF-8 (at byte {error.start:,}).", "Convert it first.") from None


def _raw(name: str) -> bytes:
    if name == "-":
        if sys.stdin is None:
            raise OSError(9, "it is closed")
        return sys.stdin.buffer.read(MOST + 1)
    with Path(name).expanduser().open("rb") as file:
        return file.read(MOST + 1)


def pairs(written: Sequence[str], option: str) -> list[tuple[str, str]]:
    """The NAME=VALUE of a repeated option.

    Raises:
        UsageError: one of them is none
    """
    made = []
    for one in written:
        name, mark, value = one.partition("=")
        if not mark or not name.strip():
            raise UsageError(f"{option} {one} is not NAME=VALUE.", f"Write  {option} NAME=VALUE.")
        made.append((name.strip(), value.strip()))
    return made


def inputs_of(meant: Definition, written: Sequence[str]) -> dict[str, Any] | None:
    """A workflow's first fields: JSON where it is JSON and the field is no text, else text."""
    given = pairs(written, "--set")
    if not given:
        return None
    kinds: dict[str, Any] = {}
    if isinstance(meant, Workflow):
        import attrs  # noqa: PLC0415

        kinds = {one.name: one.type for one in attrs.fields(meant.state)}
    return {name: value if kinds.get(name) in (str, "str") else _value(value) for name, value in given}


def _value(written: str) -> Any:
    from ...states.canonical import parse  # noqa: PLC0415

    try:
        return parse(written)
    except BadValue:
        return written


def name_of(name: str) -> str:
    """A name that can be an address.

    Raises:
        UsageError: it cannot
    """
    if name == "last" or "@" in name or name.startswith("-") or not name.isprintable():
        raise UsageError(
            f"{name!r} cannot be a run's name.", "Take another: without @, not `last`, not beginning with -."
        )
    return name

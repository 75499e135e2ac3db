"""Where a run came from: what `resume` in another process needs to find its functions again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from ...states.errors import ConfigError, NotFound, UsageError
from ...states.spec import ASK_PERSON, Spec
from ...store import RunRecord
from .agent import Agent, with_limits
from .loading import Definition, load_file

__all__ = [
    "FOREIGN",
    "apply_overrides",
    "check_own",
    "definition_of",
    "origin_of_file",
    "origin_of_flags",
]

FOREIGN = (
    "imported"  # the label of a run that came in a file: what it says of its agent is somebody else's word
)


def origin_of_file(address: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The origin of a run of an agent file.

    Args:
        address: `FILE:NAME`
        overrides: what the command line changed: model, tools, limits
    """
    return {"file": address, **({"overrides": dict(overrides)} if overrides else {})}


def origin_of_flags(tools: tuple[str, ...]) -> dict[str, Any]:
    """The origin of a run without a file: built-in tools and a model."""
    return {"tools": list(tools)}


def check_own(record: RunRecord) -> None:
    """Whether what a run says of its agent is our own word; an agent file is code, and runs when it is loaded.

    Args:
        record: the run

    Raises:
        ConfigError: the run was imported
    """
    if FOREIGN in record.labels:
        short = record.id[:6]
        raise ConfigError(
            f"Run {short} was imported, so the agent file it names is not run unasked.",
            f"Name the agent with  -a FILE, or trust it with  detent label {short} {FOREIGN} --off.",
        )


def definition_of(origin: Mapping[str, Any], spec: Spec, run: str) -> tuple[Definition, Path | None]:
    """The definition a stored run came from, and the file it lies in.

    Raises:
        ConfigError: the run began in Python, or its file is gone
    """
    if "file" in origin:
        try:
            loaded = load_file(origin["file"], Path("/"))
        except NotFound as error:
            raise ConfigError(
                f"Run {run[:6]} needs its agent: {error.message}", "Name it with  -a FILE."
            ) from error
        return loaded.definition, loaded.path
    if "tools" in origin:
        listed = [*origin["tools"], *((ASK_PERSON,) if spec.ask_person else ())]
        made = Agent(
            model=spec.model,
            instructions=spec.instructions,
            tools=dict.fromkeys(listed),
            limits=spec.limits,
            at_limit=spec.at_limit.value,
        )
        return made, None
    raise ConfigError(
        f"Run {run[:6]} was begun from Python without an agent file.",
        "Resume it from there, or name one with  -a FILE.",
    )


def apply_overrides(definition: Definition, overrides: Mapping[str, Any]) -> Definition:
    """The definition with what the command line changed: model, instructions, further tools, limits.

    Raises:
        UsageError: a workflow is given a model or tools, or a limit is none
    """
    if not overrides:
        return definition
    changed = evolve(definition, limits=with_limits(definition.limits, overrides.get("limits", {})))
    if isinstance(changed, Agent) and overrides.get("instructions") is not None:
        changed = evolve(changed, instructions=overrides["instructions"])
    if isinstance(changed, Agent):
        added = tuple(name for name in overrides.get("tools", ()) if name not in changed.tools)
        tools: tuple[Any, ...] = changed.tools + added
        return evolve(changed, model=overrides.get("model") or changed.model, tools=tools)
    if any(overrides.get(name) is not None for name in ("model", "tools", "instructions")):
        raise UsageError("A workflow takes no model, no instructions and no tools.", "Leave them out.")
    return changed

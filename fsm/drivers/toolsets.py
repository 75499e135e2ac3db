"""The tools that a person can name, for whoever lists them: the built-in sets, and those of an agent file.

Rules.  It only finds; how a tool is shown is the business of whoever asks, and so the tools' own types are given on.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from ...tools import Tool, Toolbox, tool_sets
from .loading import load_file

__all__ = ["Group", "Tool", "Toolbox", "built_in", "tools_of"]


@frozen
class Group:
    """Tools that have one name together.

    Args:
        name: a set's name, or `FILE:NAME` of an agent
        description: what they are for; empty for an agent's
        tools: in their order
    """

    name: str
    description: str
    tools: tuple[Tool, ...]


def built_in() -> tuple[Group, ...]:
    """The sets that an agent may name without writing a tool."""
    return tuple(Group(one.name, one.description, one.tools) for one in tool_sets().values())


def tools_of(file: str, folder: Path) -> Group:
    """The tools of an agent or a workflow.

    Args:
        file: `FILE` or `FILE:NAME`
        folder: what a relative path is relative to

    Raises:
        NotFound, ConfigError: there is no such file, or none that can be used
    """
    loaded = load_file(file, folder)
    return Group(f"{loaded.path.name}:{loaded.name}", "", loaded.definition.toolbox().tools)

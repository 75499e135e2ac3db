"""The built-in tool sets, by name.

A set is loaded when it is asked for.  To add one, write its module with a `tools()` and give it a line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..states.errors import NotFound
from .explain import close

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .value import Tool

__all__ = ["ToolSet", "named_tools", "tool_sets"]


@frozen
class ToolSet:
    """A built-in set of tools.

    Args:
        name: what an agent lists
        description: one line for people
        tools: its tools, in order
    """

    name: str
    description: str
    tools: tuple[Tool, ...]


def tool_sets() -> Mapping[str, ToolSet]:
    """Every built-in set under its name."""
    from . import files, output  # noqa: PLC0415 - loaded when asked for

    sets = (
        ToolSet("files", "Read, search and change the files in the run's folder.", files.tools()),
        ToolSet("output", "Read on in results that were too long to show.", output.tools()),
    )
    return {each.name: each for each in sets}


def named_tools(name: str) -> tuple[Tool, ...]:
    """The tools of a set ("files"), or one of them ("files.read_file").

    Raises:
        NotFound: there is none of this name; the hint lists the sets and a close match
    """
    sets = tool_sets()
    if name in sets:
        return sets[name].tools
    single = {f"{each.name}.{one.name}": one for each in sets.values() for one in each.tools}
    if name in single:
        return (single[name],)
    match = close(name, [*sets, *single])
    bare = next((full for full, one in single.items() if one.name == name), match)
    meant = f"Did you mean {bare!r}? " if bare else ""
    raise NotFound(f"There is no tool set {name!r}.", f"{meant}There are: {', '.join(sets)}.")

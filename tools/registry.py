"""The toolbox: every tool an agent may call, by name.

Built once from what the author lists: tools, plain functions, and names of built-in sets or of one tool of a set.
A box is sound or it is not built: names are unique, and every fallback is in the box, takes the same arguments and
leads somewhere else in the end.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..states.errors import ConfigError, NotFound
from ..states.spec import ASK_PERSON
from .declare import tool
from .explain import close
from .sets import named_tools
from .value import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..states.spec import ToolSpec

__all__ = ["Toolbox", "toolbox"]


@frozen(slots=False)
class Toolbox:
    """The tools of an agent.

    Args:
        tools: the tools, in the order they were listed
        default_attempts: the attempts of a tool that does not say
    """

    tools: tuple[Tool, ...]
    default_attempts: int

    @cached_property
    def _by_name(self) -> dict[str, Tool]:
        return {each.name: each for each in self.tools}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the tools, in order."""
        return tuple(self._by_name)

    def get(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            NotFound: there is none; the hint names a close match
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound(f"There is no tool {name!r}.", _hint(name, self.names)) from None

    def specs(self) -> tuple[ToolSpec, ...]:
        """What a run stores of the tools, in order."""
        return tuple(each.spec(self.default_attempts) for each in self.tools)


def toolbox(items: Sequence[Tool | str | Callable[..., Any]], default_attempts: int) -> Toolbox:
    """A toolbox of what an author lists.

    Args:
        items: tools, functions, names of built-in sets ("files") or of one tool of a set ("files.read_file")
        default_attempts: the attempts of a tool that does not say

    Raises:
        NotFound: a name that is no built-in set or tool
        ConfigError: a name used twice or reserved, a fallback that cannot be, a function that cannot be a tool
    """
    found: list[Tool] = []
    for item in items:
        if isinstance(item, str):
            found.extend(named_tools(item))
        else:
            found.append(item if isinstance(item, Tool) else tool(item))
    box: dict[str, Tool] = {}
    for each in found:
        if each.name == ASK_PERSON:
            raise ConfigError(f"Tool {each.name} ({each.source}) has a reserved name.", "Rename it.")
        if each.name in box:
            raise ConfigError(
                f"Two tools are called {each.name}: {box[each.name].source} and {each.source}.",
                "Rename one with name=..., or list it once.",
            )
        box[each.name] = each
    for each in found:
        _check_fallbacks(each, box)
    _check_circles(box)
    return Toolbox(tuple(found), default_attempts)


def _check_fallbacks(main: Tool, box: dict[str, Tool]) -> None:
    what = f"Tool {main.name} ({main.source}) falls back to"
    for each in main.fallback:
        name = each if isinstance(each, str) else each.name
        found = box.get(name)
        if found is None:
            raise ConfigError(f"{what} {name}, which is not among the agent's tools.", "List it too.")
        if isinstance(each, Tool) and each is not found:
            raise ConfigError(
                f"{what} another tool {name} than the one among the agent's tools.", "Rename one."
            )
        if _bare(json.loads(found.parameters)) != _bare(json.loads(main.parameters)):
            raise ConfigError(
                f"{what} {name}, which takes other arguments.",
                "A fallback is called with the same arguments.",
            )


def _check_circles(box: dict[str, Tool]) -> None:
    """Every chain of fallbacks has an end."""
    ending: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ConfigError(
                f"Fallbacks go round in a circle: {' -> '.join((*path, name))}.", "Remove one of them."
            )
        if name not in ending:
            for each in box[name].fallbacks:
                follow(each, (*path, name))
            ending.add(name)

    for name in box:
        follow(name, ())


def _bare(schema: Any) -> Any:
    """A schema without the words in it: what it accepts."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {key: _bare(value) for key, value in schema.items() if key not in ("description", "default")}
    if "properties" in schema:  # where "description" would be a name
        bare["properties"] = {name: _bare(each) for name, each in schema["properties"].items()}
        bare["required"] = sorted(schema.get("required", ()))
    return bare


def _hint(name: str, names: Sequence[str]) -> str:
    match = close(name, names)
    meant = f"Did you mean {match}? " if match else ""
    return f"{meant}There are: {', '.join(names) or 'none'}."

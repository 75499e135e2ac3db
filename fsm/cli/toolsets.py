"""`tools`: the built-in tool sets, or the tools of an agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import escape
from .manners import Manners
from .verb import verb
from .wording import cut

if TYPE_CHECKING:
    from ..drivers.toolsets import Tool

__all__ = ["tools"]

ATTEMPTS = 3  # of a tool that does not say


@verb(
    "tools",
    examples=(
        ("detent tools", "the built-in sets, for -t"),
        ("detent tools -a agent.py --json", "an agent's tools with their schemas"),
    ),
    help="List tools: the built-in sets, or those of an agent, with their effect and whether they ask first.",
)
@click.option("-a", "--agent", "file", metavar="FILE[:NAME]", help="the agent file")
@click.pass_obj
def tools(manners: Manners, file: str | None) -> int:
    """List tools."""
    manners.streams.part()
    from ..drivers.toolsets import built_in, tools_of  # noqa: PLC0415 - help needs no tools

    groups = (tools_of(file, Path.cwd()),) if file else built_in()
    if manners.json:
        manners.document(
            [
                {
                    "name": group.name,
                    "description": group.description,
                    "tools": [_view(one) for one in group.tools],
                }
                for group in groups
            ]
        )
        return 0
    columns = manners.columns()
    for index, group in enumerate(groups):
        title = f"{escape.line(group.name)}  {escape.line(group.description)}".rstrip()
        manners.print(f"{chr(10) if index else ''}{title}")
        wide = max((len(one.name) for one in group.tools), default=0)
        for one in group.tools:
            first = one.description.strip().split("\n")[0]
            if one.isolation:
                first = f"(own {one.isolation}) {first}"
            before = f"  {escape.line(one.name):<{wide}}  {one.effect.value:<10}  {_asks(one):<12}  "
            manners.print(f"{before}{cut(escape.line(first), max(20, columns - len(before)))}".rstrip())
    return 0


def _asks(one: Tool) -> str:
    return {"never": "runs unasked", "always": "asks first", "predicate": "may ask"}[one.approval.value]


def _view(one: Tool) -> dict[str, Any]:
    spec = one.spec(ATTEMPTS)
    return {
        "name": spec.name,
        "description": spec.description,
        "effect": spec.effect.value,
        "approval": spec.approval.value,
        "attempts": spec.attempts,
        "timeout": spec.timeout / 1000,
        "fallback": list(spec.fallback),
        "isolation": one.isolation,
        "version": spec.version,
        "parameters": json.loads(spec.parameters),
        "source": one.source,
    }

"""Trees of any depth: as lines for a person, and as JSON, without a stack that a deep one could overflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["drawn", "nested"]

Node = Mapping[str, Any]
BELOW = "below"  # the key with a node's own nodes
DEEPEST = 64  # levels that are indented; those below stand where the last of them stands


def drawn(root: Node, columns: int, words: Callable[[Node, int], str]) -> Iterator[str]:
    """A line for each node, with branches before it; of those of a deep one the last are drawn.

    Args:
        root: the node at the top
        columns: how wide a line may be
        words: what is said of a node, in so many columns
    """
    open_: list[tuple[Node, str, str]] = [(root, "", "")]
    while open_:
        node, own, lead = open_.pop()
        fitted = _fitted(own, columns)
        yield fitted + words(node, columns - len(fitted))
        for index, below in enumerate(reversed(node[BELOW])):
            own, following = ("└─ ", "   ") if index == 0 else ("├─ ", "│  ")
            open_.append((below, lead + own, lead + following))


def _fitted(lead: str, columns: int) -> str:
    most = columns // 3 * 3 // 2
    return lead if len(lead) <= most else f"…{lead[len(lead) - most + 1 :]}"


def nested(root: Node) -> str:
    """A node with all below it as JSON, two spaces a level, as `json.dumps` writes it where that can."""
    parts: list[str] = []
    open_: list[tuple[Node, int] | str] = [(root, 0)]
    while open_:
        one = open_.pop()
        if isinstance(one, str):
            parts.append(one)
            continue
        node, level = one
        pad = "  " * (min(level, DEEPEST) + 1)
        parts.append("{\n")
        for key, value in node.items():
            if key != BELOW:
                written = json.dumps(value, ensure_ascii=False, indent=2).replace("\n", f"\n{pad}")
                parts.append(f"{pad}{json.dumps(key)}: {written},\n")
        parts.append(f'{pad}"{BELOW}": [')
        close = f"{pad[2:]}}}"
        if not node[BELOW]:
            parts.append(f"]\n{close}")
            continue
        after: list[tuple[Node, int] | str] = []
        for index, below in enumerate(node[BELOW]):
            after += [f"{',' if index else ''}\n{pad}  ", (below, level + 2)]
        after.append(f"\n{pad}]\n{close}")
        open_ += reversed(after)
    return "".join(parts)

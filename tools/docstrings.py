"""Docstrings: the words that the model is told of a tool, taken from where its author wrote them.

Google style.  The first paragraph is the description; an `Args:` section describes parameters.  Anything else is
for people and is left alone.  A docstring is never wrong: what is not understood is not used.
"""

from __future__ import annotations

import inspect
import re

from attrs import field, frozen

__all__ = ["Doc", "read"]

_SECTION = re.compile(r"(?:Args|Arguments|Parameters|Attributes):\s*")
_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")


@frozen
class Doc:
    """What a docstring says.

    Args:
        description: its first paragraph on one line
        arguments: what it says of each parameter, on one line
    """

    description: str = ""
    arguments: dict[str, str] = field(factory=dict)


def read(text: str | None) -> Doc:
    """The description and the parameters of a docstring; empty where it says nothing."""
    if not text:
        return Doc()
    lines = inspect.cleandoc(text).split("\n")
    paragraph: list[str] = []
    for line in lines:
        if not line.strip() or _SECTION.fullmatch(line):
            break
        paragraph.append(line.strip())
    return Doc(" ".join(paragraph), _arguments(lines))


def _arguments(lines: list[str]) -> dict[str, str]:
    """The entries of the first section that describes parameters."""
    start = next((at + 1 for at, line in enumerate(lines) if _SECTION.fullmatch(line)), len(lines))
    found: dict[str, list[str]] = {}
    indent, name = 0, ""
    for line in lines[start:]:
        if not line.strip():
            continue
        deep = len(line) - len(line.lstrip())
        if not deep:
            break
        indent = indent or deep
        entry = _ENTRY.fullmatch(line.strip())
        if deep <= indent and entry:
            name = entry[1]
            found[name] = [entry[2].strip()]
        elif name:
            found[name].append(line.strip())
    return {key: " ".join(part for part in parts if part) for key, parts in found.items()}

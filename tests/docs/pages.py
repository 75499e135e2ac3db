"""A page of the docs, taken apart: its fenced blocks in order, and what its hidden comments say about them.

A comment on a line of its own speaks to the next block, or to the rest of the page; readers do not see it.

    <!-- file: NAME -->        the block is the text of this file, and is written before anything goes on
    <!-- exits: 3 0 -->        what the commands of the block leave with, one each; without it all leave with 0
    <!-- as one script -->     the block is one script for bash, and not a command a line
    <!-- elsewhere: WHY -->    the block is run by another test, which WHY names
    <!-- model NAME: JSON -->  from here on the model of this name says this; JSON is a list of turns
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

__all__ = ["LANGUAGES", "ROOT", "Block", "Model", "pages", "parts"]

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("console", "json", "mermaid", "python", "sh", "sql", "text")
# Written by `tests.docs.generate` and compared by `test_reference.py`; there is nothing in them to run.
GENERATED = "reference"

_FENCE = re.compile(r"^(`{3,})(\w*)\s*$")
_COMMENT = re.compile(
    r"^<!-- (?P<what>file|exits|elsewhere|as one script|model [\w.-]+)(?:: (?P<said>.*))? -->$", re.DOTALL
)


@frozen
class Block:
    """A fenced block.

    Args:
        language: what it is opened as
        text: what it holds
        line: where it is opened
        file: the file it is the text of; empty for none
        exits: what its commands leave with; empty for all 0
        script: whether it is one script
        elsewhere: which other test runs it; empty for none
    """

    language: str
    text: str
    line: int
    file: str = ""
    exits: tuple[int, ...] = ()
    script: bool = False
    elsewhere: str = ""


@frozen
class Model:
    """What a model says from here on.

    Args:
        name: the model's name
        turns: its replies
    """

    name: str
    turns: list[Any] = field(repr=False)


def pages() -> list[Path]:
    """The pages with something to run, the README first."""
    docs = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(page for page in docs if GENERATED not in page.relative_to(ROOT).parts)]


def parts(page: str) -> Iterator[Block | Model]:
    """The blocks and models of a page, in order.

    Raises:
        ValueError: a block that is never closed, of an unknown language, or a comment that speaks to nothing
    """
    lines = page.splitlines()
    said: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("<!-- "):
            comment, at = _comment(lines, at)
            what = comment.group("what") if comment else ""
            if comment and what.startswith("model "):
                yield Model(what.removeprefix("model "), json.loads(comment["said"]))
            elif comment:
                said[what] = comment["said"] or "yes"
            continue
        fence = _FENCE.match(line)
        if fence:
            end = _end(lines, at, fence[1])
            yield _block(fence[2], lines[at + 1 : end], at + 1, said)
            said, at = {}, end
        elif line.strip() and said:
            raise ValueError(f"line {at + 1}: a comment stands before it that speaks to a block: {said}")
        at += 1


def _comment(lines: list[str], at: int) -> tuple[re.Match[str] | None, int]:
    """A comment, which may have several lines, and the line after it; None if it is not for us."""
    end = next(place for place in range(at, len(lines)) if lines[place].endswith("-->"))
    return _COMMENT.match("\n".join(lines[at : end + 1])), end + 1


def _end(lines: list[str], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        if lines[end].startswith(fence) and not lines[end].strip("`").strip():
            return end
    raise ValueError(f"line {at + 1}: the block is never closed")


def _block(language: str, lines: list[str], line: int, said: dict[str, str]) -> Block:
    if language not in LANGUAGES:
        raise ValueError(f"line {line}: {language!r} is none of {', '.join(LANGUAGES)}")
    return Block(
        language=language,
        text="\n".join(lines) + "\n",
        line=line,
        file=said.get("file", ""),
        exits=tuple(int(one) for one in said.get("exits", "").split()),
        script="as one script" in said,
        elsewhere=said.get("elsewhere", ""),
    )

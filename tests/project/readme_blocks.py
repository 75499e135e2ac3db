"""Print a block of commands from the README, so that what is run is what a stranger would type.

    python3 tests/project/readme_blocks.py 1            # the first block that is fenced as `sh`
    python3 tests/project/readme_blocks.py 2 PAGE.md    # the second one of another page

Rules.  The standard library only, because it runs before anything is installed.  A block is fenced by three or more
backticks or tildes and opened as `sh`; it may be indented, as in a list; a fence inside a longer fence is text.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

__all__ = ["blocks", "main"]

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(\S*)[^`]*$")


def blocks(page: str) -> tuple[str, ...]:
    """The texts of all `sh` blocks of a page, in order.

    Raises:
        ValueError: a fence is never closed
    """
    found: list[str] = []
    fence, language, lines = "", "", list[str]()
    for line in page.splitlines():
        mark = _FENCE.match(line)
        if not fence and mark:
            fence, language, lines = mark[1], mark[2], []
        elif fence and mark and not mark[2] and mark[1].startswith(fence):
            if language == "sh":
                found.append(textwrap.dedent("\n".join(lines)).strip("\n") + "\n")
            fence = ""
        else:
            lines.append(line)
    if fence:
        raise ValueError(f"a block opened with {fence}{language} is never closed")
    return tuple(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the block that is asked for; 1 if there is none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    number = int(given[0])
    page = Path(given[1]) if given[1:] else Path(__file__).resolve().parents[2] / "README.md"
    found = blocks(page.read_text(encoding="utf-8"))
    if not 1 <= number <= len(found):
        print(f"{page.name} has {len(found)} blocks of commands, and no number {number}", file=sys.stderr)
        return 1
    print(found[number - 1], end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

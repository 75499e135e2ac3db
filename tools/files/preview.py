"""Previews: what a change would do, for the person who is asked.

Unified diffs of text, sizes of anything else.  A preview is made from the same look at the file as its digest would
be, and says so first when that is not what the call binds: the call will then be refused.  What is left out of a
long diff is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ToolError
from .content import text_of

if TYPE_CHECKING:
    from .content import Seen

__all__ = ["counted", "diff", "stale", "vanishing", "writing"]

_MOST_BYTES = 512 * 1024  # of either text of a diff
_MOST_LINES = 5_000
_SHOWN_LINES = 400  # of a diff
_SHOWN_LENGTH = 500  # characters of one of its lines


def counted(text: str) -> str:
    """The size of a text in words."""
    lines = len(_lines(text))
    size = len(text.encode())
    return f"{lines:,} line{'' if lines == 1 else 's'}, {size:,} byte{'' if size == 1 else 's'}"


def stale(seen: Seen, base: str) -> str:
    """A first line when the file is not the one that is bound; else nothing."""
    if not base or base == seen.digest:
        return ""
    return f"{seen.shown} has changed since this call was proposed: it will be refused.\n"


def diff(old: str, new: str, shown: str, *, made: bool = False, gone: bool = False) -> str:
    """The unified diff of two texts of a file.

    Args:
        old: the text before
        new: the text after
        shown: the file's path
        made: there was no file before
        gone: there will be none afterwards
    """
    before, after = _lines(old), _lines(new)
    if max(len(old), len(new)) > _MOST_BYTES or max(len(before), len(after)) > _MOST_LINES:
        return f"{shown}: {counted(old)} become {counted(new)}; too long to compare line by line.\n"
    from difflib import unified_diff  # noqa: PLC0415 - only for a person who is asked

    names = ("/dev/null" if made else f"a/{shown}", "/dev/null" if gone else f"b/{shown}")
    lines = [_whole(line) for line in unified_diff(before, after, *names)]
    if len(lines) <= _SHOWN_LINES:
        return "".join(lines)
    rest = lines[_SHOWN_LINES:]
    more, less = (sum(line.startswith(mark) for line in rest) for mark in "+-")
    return (
        "".join(lines[:_SHOWN_LINES])
        + f"... {len(rest):,} more lines of this diff: {more:,} added, {less:,} removed.\n"
    )


def writing(seen: Seen, content: str) -> str:
    """What writing this content to a file would do."""
    if seen.status is None:
        return f"new file {seen.shown}, {counted(content)}\n" + diff("", content, seen.shown, made=True)
    if seen.data == content.encode():
        return f"{seen.shown} has exactly this content already.\n"
    try:
        old = text_of(seen)
    except ToolError:
        return f"replaces {seen.shown} (not text, {seen.size:,} bytes) by text, {counted(content)}\n"
    return diff(old, content, seen.shown)


def vanishing(seen: Seen) -> str:
    """What deleting a file would do."""
    head = f"deletes {seen.shown}, {seen.size:,} bytes\n"
    try:
        return head + diff(text_of(seen), "", seen.shown, gone=True)
    except ToolError:
        return head


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _whole(line: str) -> str:
    """A line of a diff, with what has no end marked, and what is too long counted."""
    end = "\n" if line.endswith("\n") else "\n\\ No newline at end of file\n"
    body = line.removesuffix("\n")
    more = len(body) - _SHOWN_LENGTH - 1  # besides its mark
    if more > 0:
        body = f"{body[:-more]}... ({more:,} more characters)"
    return body + end

"""The tools that look: `list_dir`, `read_file` and `search_files`.  All READ, none follows a link."""

from __future__ import annotations

import os
import re
import stat
from itertools import islice

from ..context import Context
from ..declare import tool
from ..errors import ToolError
from .confine import inside, parts_of, printable, spot
from .content import sure, text_of
from .search import Hunt

__all__ = ["list_dir", "read_file", "search_files"]

_LISTED = 1_000  # entries shown
_COUNTED = 100_000  # entries read
_RANGE = re.compile(r"\s*([0-9]{1,9})?\s*(-)?\s*([0-9]{1,9})?\s*")


@tool(effect="read")
def list_dir(context: Context, path: str = ".") -> str:
    """List a folder: one name a line, folders end in a slash, files are followed by their size in bytes.

    Args:
        context: the call's context
        path: the folder, relative to the run's folder
    """
    with inside(context.folder, parts_of(path, context.folder)) as fd, os.scandir(fd) as entries:
        lines = sorted(_entry(entry) for entry in islice(entries, _COUNTED))
    if not lines:
        return "(empty)"
    more = len(lines) - _LISTED
    if more > 0:
        at_least = "at least " if len(lines) == _COUNTED else ""
        lines[_LISTED:] = [f"... and {at_least}{more:,} more"]
    return "\n".join(lines)


@tool(effect="read")
def read_file(path: str, context: Context, lines: str | None = None) -> str:
    """Read a text file.

    Args:
        path: the file, relative to the run's folder
        context: the call's context
        lines: only these lines, counted from 1: "1-40", "7" or "100-"
    """
    with spot(context.folder, path) as at:
        text = text_of(sure(at))
    return text if lines is None else _only(text, lines)


@tool(effect="read")
def search_files(
    pattern: str, context: Context, path: str = ".", glob: str | None = None, ignore_case: bool = False
) -> str:
    """Find a text in files: one match a line, as path:line: text.

    Args:
        pattern: the text to find, exactly as it stands in one line (no wildcards)
        context: the call's context
        path: the folder to search with all below it, or one file, relative to the run's folder
        glob: only files whose name or path matches, for example "*.py"
        ignore_case: whether capital and small letters are the same
    """
    if not pattern.strip("\r\n") or "\n" in pattern:
        raise ToolError("The pattern must be a text within one line.", error="bad_pattern")
    hunt = Hunt(pattern, glob, ignore_case=ignore_case)
    parts = parts_of(path, context.folder)
    with inside(context.folder, parts[:-1]) as fd:
        hunt.start(fd, parts)
    return hunt.report()


def _entry(entry: os.DirEntry[str]) -> str:
    name = printable(entry.name)
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return f"{name}  (gone)"
    if stat.S_ISDIR(found.st_mode):
        return f"{name}/"
    if stat.S_ISREG(found.st_mode):
        return f"{name}  {found.st_size}"
    return f"{name}  ({'symbolic link' if stat.S_ISLNK(found.st_mode) else 'special file'}, cannot be opened)"


def _only(text: str, told: str) -> str:
    """The lines of a range."""
    match = _RANGE.fullmatch(told)
    if not match or not (match[1] or match[3]) or (match[3] and not match[2]):
        raise ToolError(
            f"{told[:50]!r} is no range of lines. Write for example 1-40, 7 or 100-.", error="bad_lines"
        )
    lines = text.split("\n")
    count = len(lines) - (not lines[-1])
    first = int(match[1] or 1)
    last = int(match[3]) if match[3] else count if match[2] else first
    if not 1 <= first <= last or first > count:
        raise ToolError(
            f"There are no lines {told.strip()}: the file has {count:,}, counted from 1.", error="bad_lines"
        )
    chosen = "\n".join(lines[first - 1 : last])
    return chosen + "\n" if last < len(lines) else chosen

"""The tools that change: `write_file`, `edit_file`, `move_file` and `delete_file`.

All ask first and show what they would do.  What is shown is bound: the digest of the file goes into the approved
bytes, and the tool refuses if the file is another by then.
"""

from __future__ import annotations

from ..context import Context
from ..declare import tool
from ..errors import ToolError
from .atomic import move, occupied, remove, replace
from .confine import spot
from .content import Seen, current, sure, text_of
from .preview import counted, diff, stale, vanishing, writing

__all__ = ["delete_file", "edit_file", "move_file", "write_file"]

_SIMILAR = 2_000  # lines looked through for a similar one


def _digest(context: Context, path: str) -> str:
    return current(context.folder, path).digest


def _digests(context: Context, source: str, target: str) -> str:
    return f"{_digest(context, source)} {_digest(context, target)}"


def _preview_write(context: Context, path: str, content: str) -> str:
    seen = current(context.folder, path)
    return stale(seen, context.base) + writing(seen, content)


def _preview_edit(context: Context, path: str, old: str, new: str) -> str:
    with spot(context.folder, path) as at:
        seen = sure(at)
    before = text_of(seen)
    return stale(seen, context.base) + diff(before, _edited(before, old, new, seen.shown), seen.shown)


def _preview_move(context: Context, source: str, target: str) -> str:
    with spot(context.folder, source) as at:
        seen = sure(at)
    there = current(context.folder, target)
    first = stale(seen, context.base.partition(" ")[0]) or stale(there, context.base.partition(" ")[2])
    taken = "" if there.status is None else f"{there.shown} exists already: this will be refused.\n"
    return f"{first}{taken}{seen.shown} -> {there.shown} ({seen.size:,} bytes)\n"


def _preview_delete(context: Context, path: str) -> str:
    with spot(context.folder, path) as at:
        seen = sure(at)
    return stale(seen, context.base) + vanishing(seen)


@tool(effect="idempotent", preview=_preview_write, base=_digest)
def write_file(path: str, content: str, context: Context) -> str:
    """Write a text file: a new one, with the folders it needs, or instead of the one that is there.

    Args:
        path: the file, relative to the run's folder
        content: the whole text
        context: the call's context
    """
    data = content.encode()
    seen = current(context.folder, path)
    if seen.data == data:
        return f"{seen.shown} has this content already ({counted(content)})."
    _bound(context, seen.digest, seen)
    with spot(context.folder, path, make=True) as at:
        replace(at, data, seen)
        return f"{'Wrote' if seen.status else 'Made'} {at.shown}: {counted(content)}."


@tool(effect="once", preview=_preview_edit, base=_digest)
def edit_file(path: str, old: str, new: str, context: Context) -> str:
    """Replace one piece of a text file by another.

    Args:
        path: the file, relative to the run's folder
        old: the piece to replace, exactly as it stands in the file; it must be there exactly once
        new: what to put in its place
        context: the call's context
    """
    with spot(context.folder, path) as at:
        seen = sure(at)
        _bound(context, seen.digest, seen)
        after = _edited(text_of(seen), old, new, at.shown)
        replace(at, after.encode(), seen)
        return f"Edited {at.shown}: {counted(after)}."


@tool(effect="once", preview=_preview_move, base=_digests)
def move_file(source: str, target: str, context: Context) -> str:
    """Rename a file, or move it to another folder; never over a file that is there.

    Args:
        source: the file, relative to the run's folder
        target: its new path, relative to the run's folder
        context: the call's context
    """
    there = current(context.folder, target)
    with spot(context.folder, source) as at:
        seen = sure(at)
        _bound(context, f"{seen.digest} {there.digest}", seen)
        with spot(context.folder, target, make=there.status is None) as to:
            if there.status is not None:
                raise occupied(to)
            move(at, to, seen)
            return f"Moved {at.shown} to {to.shown}."


@tool(effect="once", preview=_preview_delete, base=_digest)
def delete_file(path: str, context: Context) -> str:
    """Delete a file.

    Args:
        path: the file, relative to the run's folder
        context: the call's context
    """
    with spot(context.folder, path) as at:
        seen = sure(at)
        _bound(context, seen.digest, seen)
        remove(at, seen)
        return f"Deleted {at.shown} ({seen.size:,} bytes)."


def _bound(context: Context, digest: str, seen: Seen) -> None:
    """Refuse what a yes was not given to."""
    if context.base and context.base != digest:
        raise ToolError(
            f"{seen.shown} has changed since this call was proposed. Read it again and propose the change anew.",
            error="changed",
        )


def _edited(text: str, old: str, new: str, shown: str) -> str:
    """The text after an edit."""
    if not old or old == new:
        raise ToolError("The old text is empty, or the same as the new one.", error="bad_edit")
    if old not in text and "\r\n" in text and "\r" not in old:  # a model cannot be expected to see these
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
    first = text.find(old)
    if first >= 0 and text.find(old, first + 1) < 0:
        return text[:first] + new + text[first + len(old) :]
    if first >= 0:  # perhaps overlapping: "aa" is in "aaa" twice
        raise ToolError(
            f"The old text is in {shown} {max(2, text.count(old)):,} times; it must be there once. "
            "Give more of the lines around it.",
            error="not_unique",
        )
    raise ToolError(
        f"The old text is not in {shown}; it must be given exactly, with all spaces. Read the file again.",
        error="not_found",
        alternatives=_similar(text, old),
    )


def _similar(text: str, old: str) -> list[str]:
    """Lines of the file that look like the first line that was looked for."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    first = next((line for line in old.split("\n") if line.strip()), old)[:200]
    lines = dict.fromkeys(line[:200] for line in text.split("\n")[:_SIMILAR] if line.strip())
    return get_close_matches(first, lines, n=3, cutoff=0.6)

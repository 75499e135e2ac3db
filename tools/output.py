"""The set `output`: reading on in a result that was too long to show."""

from __future__ import annotations

from .context import Context
from .declare import tool
from .errors import ToolError
from .value import Tool

__all__ = ["read_output", "tools"]

_MOST = 65_536  # characters in one piece


@tool(effect="read")
def read_output(handle: str, context: Context, offset: int = 0, length: int = 8192) -> str:
    """Read on in the result of an earlier call that was too long to be shown whole.

    Args:
        handle: the handle that was given with the shortened result
        context: the call's context
        offset: the first character to read, counted from 0
        length: how many characters to read, at most 65536
    """
    try:
        whole = context.read_output(handle)
    except LookupError:
        raise ToolError(f"There is no result with the handle {handle!r}.", error="no_such_output") from None
    if offset < 0 or length < 1:
        raise ToolError("The offset must be 0 or more and the length 1 or more.", error="bad_range")
    if offset >= len(whole) > 0:
        raise ToolError(f"The result has {len(whole)} characters, numbered from 0.", error="bad_range")
    piece = whole[offset : offset + min(length, _MOST)]
    end = offset + len(piece)
    more = f"; go on with offset {end}" if end < len(whole) else "; this is the end"
    return f"[characters {offset} to {end} of {len(whole)}{more}]\n{piece}"


def tools() -> tuple[Tool, ...]:
    """The tools of the set."""
    return (read_output,)

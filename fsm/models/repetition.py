"""Whether a text has begun to repeat itself: how a small model fails to end.

Pure.  A tail repeats when its last stretch is one block over and over: four times at least, and 1,500 characters at
least, so that a ruler of dashes or an empty table is no loop.
"""

from __future__ import annotations

__all__ = ["STRETCH", "TIMES", "Watch", "repeats"]

STRETCH = 1500  # characters that have to repeat
TIMES = 4  # how often the block has to be there
_PROBE = 32  # characters whose return gives the length of the block
_STEP = 256  # characters between two looks
_TAIL = 8192  # characters that are looked at


def repeats(text: str) -> bool:
    """Whether the end of this text is one block over and over."""
    if len(text) < STRETCH:
        return False
    before = text.rfind(text[-_PROBE:], 0, -1)
    if before < 0:
        return False
    block = len(text) - _PROBE - before
    stretch = max(STRETCH, TIMES * block)
    return stretch <= len(text) and text[-stretch:-block] == text[-stretch + block :]


class Watch:
    """Watches a stream for repetition; `add` says when it has begun."""

    def __init__(self) -> None:
        self._tail = ""
        self._unseen = 0

    def add(self, piece: str) -> bool:
        """Whether the stream repeats itself with this piece; looks every 256 characters."""
        self._tail = (self._tail + piece)[-_TAIL:]
        self._unseen += len(piece)
        if self._unseen < _STEP:
            return False
        self._unseen = 0
        return repeats(self._tail)

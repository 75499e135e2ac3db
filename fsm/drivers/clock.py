"""The driver's clock: wall time that never runs backwards, and active time.

`now` is the larger of the wall clock and the time given before plus the monotonic time since, so a clock set back
neither stops nor repeats time.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock", "wall"]

MILLISECOND = 1_000_000  # nanoseconds


def wall() -> int:
    """The wall clock, milliseconds since the epoch."""
    return time.time_ns() // MILLISECOND


class Clock:
    """Time for one driven run.

    Args:
        at: time of the run's head, milliseconds since the epoch
        told: the wall clock, milliseconds since the epoch
    """

    def __init__(self, at: int, told: Callable[[], int] = wall) -> None:
        self._at = at
        self._told = told
        self._read = time.monotonic_ns()
        self._marked = self._read

    def now(self) -> int:
        """Milliseconds since the epoch, never less than any time given before."""
        since = (time.monotonic_ns() - self._read) // MILLISECOND
        self._read += since * MILLISECOND
        self._at = max(self._told(), self._at + since)
        return self._at

    def skip(self, at: int) -> None:
        """Let it be this time at once, if it is not later already: where nothing real is waited for."""
        self._at = max(self._at, at)

    def lap(self) -> int:
        """Milliseconds since the lap before; the fraction is kept for the next one."""
        passed = (time.monotonic_ns() - self._marked) // MILLISECOND
        self._marked += passed * MILLISECOND
        return passed

    def rest(self) -> None:
        """Let the time since the lap before not count: a person was waited for."""
        self._marked = time.monotonic_ns()

"""The driver's clock: wall time that never runs backwards, and active time.

`now` is the larger of the wall clock and the head's time plus the monotonic time since, so a clock set back neither
stops nor repeats time.
"""

from __future__ import annotations

import time

__all__ = ["Clock", "wall"]


def wall() -> int:
    """The wall clock, milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Clock:
    """Time for one driven run.

    Args:
        at: time of the run's head, milliseconds since the epoch
    """

    def __init__(self, at: int) -> None:
        self._at = at
        self._loaded = time.monotonic_ns()
        self._marked = self._loaded

    def now(self) -> int:
        """Milliseconds since the epoch, never less than any time given before."""
        since = (time.monotonic_ns() - self._loaded) // 1_000_000
        return max(time.time_ns() // 1_000_000, self._at + since)

    def lap(self) -> int:
        """Milliseconds since the lap before; the fraction is kept for the next one."""
        passed = (time.monotonic_ns() - self._marked) // 1_000_000
        self._marked += passed * 1_000_000
        return passed

    def rest(self) -> None:
        """Let the time since the lap before not count: a person was waited for."""
        self._marked = time.monotonic_ns()

"""Starts: which call has started which child of this process.

Python tells when a program is about to be started, and in which context, but not which process it becomes.  So the
children of the thread are looked at before, and again as soon as the step that starts it is over: what is new is the
call's whose step it was.  Whatever else the program around does on the same loop is nobody's.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress

from attrs import define, field

from .marking import children, started

__all__ = ["Flight", "Starts"]


@define(eq=False)
class Flight:
    """One call in flight.

    Args:
        since: when it began, in seconds since the boot
        thread: the native id of the thread that it has to itself; 0 if it shares one

    Attributes:
        stopped: nobody waits for it any more, and it may start nothing more
        starts: whether it has started anything
    """

    since: float
    thread: int
    stopped: bool = False
    starts: bool = False
    _begun: dict[int, int] = field(factory=dict)

    def claim(self, pids: Iterable[int]) -> None:
        """These processes are its own."""
        self._begun.update((pid, started(pid)) for pid in pids)

    def own(self) -> tuple[int, ...]:
        """Those of its processes that live; a number that was given anew is none."""
        return tuple(pid for pid, ticks in self._begun.items() if started(pid) == ticks >= 0)


@define(eq=False)
class Starts:
    """The starts of this process that are under way, by thread."""

    _under_way: dict[int, tuple[Flight, frozenset[int]]] = field(factory=dict)
    _lock: threading.RLock = field(factory=threading.RLock)

    def begin(self, flight: Flight | None) -> None:
        """A program is about to be started in this thread.

        Args:
            flight: the call whose step it is; None where it is no call's
        """
        here = threading.get_native_id()
        self.settle(here)
        if flight is None:
            return
        flight.starts = True
        with self._lock:
            self._under_way[here] = flight, frozenset(children(here))
        with suppress(RuntimeError):  # a thread without a loop does one thing after the other
            asyncio.get_running_loop().call_soon(self.settle, here)

    def settle(self, thread: int) -> None:
        """What a thread has started by now is its call's."""
        with self._lock:
            flight, before = self._under_way.pop(thread, (None, frozenset()))
            if flight is not None:
                flight.claim(pid for pid in children(thread) if pid not in before)

    def settle_all(self) -> None:
        """The same for all threads."""
        for thread in tuple(self._under_way):
            self.settle(thread)

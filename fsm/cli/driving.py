"""Driving a run from the command line: the loop, the signals, the display, and what is said at the end.

The first signal parks the run at the next boundary, the second now, the third leaves at once; nothing is lost by any.
A signal that comes when the run is parked already, and the rest is being said, ends the process with the same code.
Tasks that a person's own code leaves behind hold nobody up for long; for its threads see `leaving`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from attrs import define, field

from ..drivers.local import Watcher
from ..drivers.marked import alone
from . import escape
from .display import Display, display_for
from .endings import ended
from .opening import short

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.face import Run
    from ..drivers.local import Driver
    from .asking import Asker
    from .manners import Manners

__all__ = ["drive"]

TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TWICE = 0.05  # seconds within which a repeated signal is the same one, passed on by a wrapper
PATIENCE = 1.0  # seconds that tasks have to end when the loop closes

Begin = Callable[[Watcher, Callable[["Driver"], None]], Coroutine[Any, Any, "Run"]]


@define
class _Signals:
    """What a signal does, and how many came."""

    driver: Driver | None = None
    task: asyncio.Task[Any] | None = None
    came: int = 0
    first: int = 0
    _last: float = -1.0
    _before: dict[int, Any] = field(factory=dict)

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the signals of this process for the run that is driven on a loop, until `rest`."""

        def heard(number: int, _frame: object) -> None:
            if not self._is_new():
                return
            self.came += 1
            self.first = self.first or (signal.SIGTERM if number == signal.SIGHUP else number)
            over = (
                loop.is_closed()
            )  # then the rest is being said, and a first signal changes nothing any more
            if self.came > (1 if over else 2):  # park, park now, leave
                os._exit(128 + self.first)
            if not over:
                loop.call_soon_threadsafe(self._take)

        for number in TAKEN:
            before = signal.getsignal(number)
            if (
                number != signal.SIGHUP or before != signal.SIG_IGN
            ):  # under nohup nobody hears of a closed terminal
                self._before[number] = before
                signal.signal(number, heard)

    def rest(self) -> None:
        """All is said.  Where a signal has come, another one does not change how the process ends."""
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_IGN if self.first else before)

    def _is_new(self) -> bool:
        """Whether a signal is not the last one, passed on once more by a wrapper."""
        now, last = time.monotonic(), self._last
        if last >= 0 and now - last < TWICE:
            return False
        self._last = now
        return True

    def _take(self) -> None:
        if self.driver is not None:
            self.driver.park(self.first)
        elif self.task is not None:
            self.task.cancel()


def drive(manners: Manners, store: Store, begin: Begin) -> int:
    """Drive a run to its end, or to where a person is needed, and say how it ended.

    Args:
        manners: how to speak
        store: where the run lies
        begin: given a watcher and who wants the driver, begins the run or goes on with it

    Returns:
        the exit code of the run

    Raises:
        DetentError: the run is parked, or was not begun
    """
    manners.streams.part()
    display = display_for(manners)
    signals = _Signals()
    asker = _asker(manners, display)

    def on_driver(driver: Driver) -> None:
        signals.driver = driver
        if asker is not None:
            asker.driver = driver
        display.begin(driver, short(store, driver.journal.head.run))

    watcher = Watcher(
        click=display.click, say=display.say, progress=display.progress, ask=asker, notice=display.notice
    )
    started = time.monotonic()
    gc.freeze()
    gc.enable()  # `main` had it wait until everything was loaded; from here on a person's code runs
    try:
        try:
            run = _run(manners, begin(watcher, on_driver), signals)
        finally:
            display.close()
        if run is None:
            manners.tell("Stopped before anything was begun; nothing was changed.")
            return 128 + signals.first
        took = round((time.monotonic() - started) * 1000)
        return ended(manners, store, run, took, asked=asker is not None and asker.left)
    finally:
        signals.rest()


def _asker(manners: Manners, display: Display) -> Asker | None:
    if not manners.person():
        return None
    from .asking import Asker  # noqa: PLC0415 - only where a person is there

    return Asker(manners, display)


def _run(manners: Manners, work: Coroutine[Any, Any, Run], signals: _Signals) -> Run | None:
    """Run the work on a loop of its own; None if a signal came before there was anything to park."""
    loop = asyncio.new_event_loop()
    if not os.environ.get("DETENT_DEBUG"):
        loop.set_exception_handler(lambda _loop, context: _stray(manners, context))
        threading.excepthook = lambda made: _stray(manners, {"exception": made.exc_value})
    signals.listen(loop)
    with alone():
        try:
            task = signals.task = loop.create_task(work)
            run: Run = loop.run_until_complete(task)
        except asyncio.CancelledError:
            if signals.first:
                return None
            raise
        finally:
            _close(loop)
    return run


def _stray(manners: Manners, context: dict[str, Any]) -> None:
    """A task or a thread of a tool's own failed where nobody waits for it."""
    error = context.get("exception")
    if error is not None and manners.verbose:
        manners.tell(
            escape.line(f"A tool left something behind that failed: {type(error).__name__}: {error}")
        )


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """End what is left on the loop, and wait for it no longer than that."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=PATIENCE))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.set_exception_handler(lambda _loop, _context: None)  # what would not end is nobody's news any more
    loop.close()

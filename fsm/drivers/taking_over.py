"""Taking over: a run goes on with a new driver, after the old one is gone or has been stopped.

What a driver does before its first commit, the next one does again, and a run that ends every driver there would do so
for ever.  So the drivers that a run ended are counted, and after a few of them without a new click it is left parked.

A driver that lives is asked to park first, through the inbox.  One that is frozen, or does not answer, is killed: that
very process, told by its pid, its start and its boot, and never another that has its number by now.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...states.errors import Busy, IllegalEvent, InternalError, StoreError
from ...states.snapshot import Snapshot
from ...store import DriverLock, Held, Process, Store
from .clock import wall

__all__ = ["MOST", "forced", "stopped", "taken_over"]

MOST = 5  # drivers in a row without a new click
PATIENCE = 12.0  # seconds that a driver has to park: what its running calls have, and a little
KILLED = 5.0  # seconds that a killed process has to go
PAUSE = 0.05  # seconds between two looks


@contextmanager
def taken_over(store: Store, head: Snapshot, *, again: bool = False) -> Iterator[None]:
    """Hold a run as one of its drivers, from its head on.

    Args:
        store: where it lies
        head: its head
        again: go on though its drivers were ended there again and again

    Raises:
        InternalError: they were, and it is left parked
    """
    run, count = head.run, store.takeovers(head.run)
    if count >= MOST and not again:
        raise InternalError(
            f"Run {run[:6]} has ended {count} drivers at click {head.seq} without getting any further, "
            "so it is left parked.",
            f"Find out what ends them; then go on with  detent resume {run[:6]} --again.",
        )
    here = Process.here()
    store.driver_started(run, here.pid, here.start, here.boot, head.seq)
    ended = True
    try:
        yield
    except (InternalError, IllegalEvent):
        ended = False  # a bug, which the next driver would meet as well
        raise
    finally:
        if ended:
            with contextlib.suppress(
                StoreError
            ):  # then it counts as one that was ended, which is on the safe side
                if store.takeovers(run):  # with a new click nothing counts any more
                    store.driver_ended(run)


async def stopped(
    store: Store, run: str, notice: Callable[[str], None], *, patience: float = PATIENCE
) -> DriverLock:
    """Take a run from whoever drives it, and give the lock on it; a run that is free is just taken.

    Args:
        store: where it lies
        run: its id
        notice: tells the person something
        patience: seconds that a driver has to park

    Raises:
        Busy: its driver cannot be stopped
    """
    short = run[:6]
    found = store.held(run)
    if found is None:
        return store.own(run)
    if found.process == Process.here():
        raise Busy(f"Run {short} is driven by this very process.", "Park it there.")
    if not found.process.stopped():
        lock = await _asked(store, run, found.process, patience, notice)
        if lock is not None:
            return lock
    found = store.held(run) or found
    return await forced(store, run, found, notice)


async def _asked(
    store: Store, run: str, process: Process, patience: float, notice: Callable[[str], None]
) -> DriverLock | None:
    """Ask a driver to park; the lock, or None if it does not, or is frozen."""
    wish = {"by": f"process {os.getpid()}", **Process.here().note()}
    try:
        entry = store.inbox_put(run, "park", wish, wall())
    except Busy:
        return None  # it keeps the database locked as well
    notice(f"Process {process.pid} drives run {run[:6]}, and is asked to park it.")
    try:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not process.stopped():
            try:
                return store.own(run)
            except Busy:
                await asyncio.sleep(PAUSE)
    finally:
        with contextlib.suppress(
            Busy
        ):  # whoever keeps it locked is ended now, and nothing drives on this wish
            store.inbox_answer(entry, None)
    return None


async def forced(store: Store, run: str, found: Held, notice: Callable[[str], None]) -> DriverLock:
    """End the process that drives a run, and what its tools have left running.

    Raises:
        Busy: it cannot be ended, or is another by now
    """
    process, short = found.process, run[:6]
    why = "is frozen" if process.stopped() else "does not answer"
    sent = process.end()
    if sent:
        notice(f"Process {process.pid}, which drove run {short}, {why}, and was ended.")
    await asyncio.to_thread(_end_survivors, process)
    deadline = time.monotonic() + KILLED
    while time.monotonic() < deadline:
        try:
            return store.own(run)
        except Busy:
            await asyncio.sleep(PAUSE)
    raise Busy(
        f"Process {process.pid}, which drives run {short}, cannot be stopped.",
        f"End it yourself; then go on with  detent resume {short}.",
    )


def _end_survivors(process: Process) -> None:
    """Wait until a process that was killed is gone, and end everything that it has left running."""
    from ...tools.marking import kill, survivors  # noqa: PLC0415 - hardly ever needed

    deadline = time.monotonic() + KILLED
    while process.alive():
        if time.monotonic() > deadline:
            return
        time.sleep(PAUSE)
    kill(survivors(process.marker), marker=process.marker)

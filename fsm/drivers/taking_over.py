"""Taking over: a run goes on with a new driver after the old one is gone.

What a driver does before its first commit, the next one does again, and a run that ends every driver there would do so
for ever.  So take-overs are counted beside the run, and after a few of them without a new click it is left parked.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...states.errors import IllegalEvent, InternalError, StoreError
from ...states.snapshot import Snapshot
from ...store import Store

__all__ = ["MOST", "taken_over"]

MOST = 5  # take-overs in a row without a new click
_STARTED = 21  # the place of a process's start time in its stat line, its name cut off


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
    store.driver_started(run, os.getpid(), _start_time(), _boot(), head.seq)
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
                store.driver_ended(run)


def _start_time() -> str:
    """When this process was started, as the system tells it; empty where it does not."""
    try:
        return Path("/proc/self/stat").read_text().rpartition(")")[2].split()[_STARTED - 2]
    except (OSError, IndexError):
        return ""


def _boot() -> str:
    """Which boot of the machine this is; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""

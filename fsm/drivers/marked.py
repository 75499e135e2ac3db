"""The mark of a driving process: an environment variable that every process a tool starts inherits.

It stands while anything is driven here, and is put back as it was afterwards.  Several drivers of one process share
it, so they are counted; the count stands in the environment too, beside what it belongs to, and a child that inherits
it knows that it is not its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ...store import Process
from ...tools.guard import guard
from ...tools.marking import DRIVER

__all__ = ["DRIVER", "alone", "marked"]

_COUNT = "DETENT_DRIVERS"  # the mark again, how many drive here, and what stood there before
_TURN = threading.Lock()  # drivers may start in several threads


@contextmanager
def marked() -> Iterator[str]:
    """Mark what is started here while a run is driven; gives the mark."""
    own = Process.here().marker
    with _TURN:
        count, before = _read(own)
        guard().wear(own)
        os.environ[DRIVER] = own
        os.environ[_COUNT] = f"{own} {count + 1} {before}"
    try:
        yield own
    finally:
        with _TURN:
            count, before = _read(own)
            if count > 1:
                os.environ[_COUNT] = f"{own} {count - 1} {before}"
            else:
                os.environ.pop(_COUNT, None)
                if (
                    not guard().busy
                ):  # a call that would not end may yet start something, which is to carry it
                    os.environ.pop(DRIVER, None)
                    if before:
                        os.environ[DRIVER] = before


def alone() -> AbstractContextManager[None]:
    """This process does nothing but drive: all that it started since a call began that was left ends with it."""
    return guard().alone()


def _read(own: str) -> tuple[int, str]:
    """How many drive here, and what the mark was before the first did."""
    said, count, before = (*os.environ.get(_COUNT, "").split(" "), "", "", "")[:3]
    if said != own or not count.isdigit():
        return 0, os.environ.get(DRIVER, "")
    return int(count), before

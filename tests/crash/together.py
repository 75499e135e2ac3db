"""Several workers side by side, each in its thread; Ctrl-C lets each finish what it is at, and then ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

__all__ = ["together"]


def together(works: Sequence[Callable[[], None]], stopped: Event) -> None:
    """Do all of it.

    Args:
        works: each ends by itself, and soon after `stopped` is set
        stopped: is set when the person wants no more

    Raises:
        KeyboardInterrupt: the person wanted no more; nothing is going on any longer
    """
    with ThreadPoolExecutor(len(works)) as pool:
        try:
            doing = [pool.submit(work) for work in works]
            wait(doing)
        finally:
            stopped.set()
    for one in doing:
        one.result()

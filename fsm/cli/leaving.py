"""Leaving: the process ends soon, even if threads of a person's own code never do."""

from __future__ import annotations

import os
import sys
import threading
import time

__all__ = ["hurry"]

PATIENCE = 2.0  # seconds that other people's threads have


def hurry(code: int) -> None:
    """Make sure that this process ends with this code within moments; where nothing hangs nothing is done."""
    main = threading.main_thread()
    if any(one is not main and not one.daemon for one in threading.enumerate()):
        threading.Thread(target=_leave, args=(code,), name="detent-leave", daemon=True).start()


def _leave(code: int) -> None:
    time.sleep(PATIENCE)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)

"""The warden: a tiny process that outlives a driver by a moment, and ends what its tools have left running.

The driver keeps one number in memory that it shares with the warden: since when calls have been in flight, or zero.
When the driver is gone and the number is not zero, everything that carries its mark and was started since then is
killed, and looked for again until nothing is left.  What earlier calls left running on purpose is let alone.

Rules.  It is started with this folder alone (`COMMAND`), so it imports nothing but `marking` and the smallest parts of
the standard library.  Signals do not reach it: it has a session of its own and was born with them blocked.  It holds
none of the driver's files, carries no mark, and never holds anyone up.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import time

from .marking import kill, survivors

__all__ = ["COMMAND", "READY", "SHARED", "WATCHED", "main", "shared"]

SHARED, WATCHED = 0, 1  # file descriptors it is born with: the number, and the driver
READY = 8  # the place of a byte in the shared memory, which the warden sets when it watches
LONGEST = 10.0  # seconds it goes on killing what goes on starting
PAUSE = 0.01  # seconds between two looks
QUIET = 3  # looks in a row that must find nothing
MOST_FILES = 1 << 16
COMMAND = (
    "import sys; made = type(sys)('detent_tools'); made.__path__ = [sys.argv[1]]; "
    "sys.modules['detent_tools'] = made; from detent_tools.warden import main; main(sys.argv[2])"
)


def shared(since: float) -> bytes:
    """The number as it is shared.

    Args:
        since: when the earliest call in flight began, in seconds since the boot; zero if none is
    """
    return struct.pack("d", since)


def main(marker: str) -> None:
    """Wait for the end of the driver, and end what was in flight then.

    Args:
        marker: the driver's mark
    """
    os.closerange(WATCHED + 2, min(os.sysconf("SC_OPEN_MAX"), MOST_FILES))
    os.chdir("/")
    ended = select.poll()
    ended.register(WATCHED, select.POLLIN)
    os.pwrite(SHARED, b"1", READY)
    while not ended.poll():
        continue
    (since,) = struct.unpack("d", os.pread(SHARED, len(shared(0)), 0))
    if since > 0:
        _clear(marker, since)
    sys.stderr.flush()
    os._exit(0)


def _clear(marker: str, since: float) -> None:
    """Kill what carries the mark until nothing does."""
    deadline = time.monotonic() + LONGEST
    quiet = 0
    while quiet < QUIET and time.monotonic() < deadline:
        found = survivors(marker, since=since)
        quiet = 0 if found else quiet + 1
        if found:
            kill(found, marker=marker)
        else:
            time.sleep(PAUSE)

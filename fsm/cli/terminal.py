"""Reading a person's lines from the terminal without holding up the loop.

The terminal edits lines itself; we are told when one is complete.  What was typed before a question was shown is no
answer to it and is thrown away.  A question that is settled elsewhere meanwhile is simply no longer read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios

__all__ = ["forget_typed", "read_line"]

MOST = 64 * 1024  # bytes of one line


def forget_typed() -> None:
    """Throw away what was typed so far; to be called before a question is shown."""
    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


async def read_line() -> str | None:
    """The next line a person types, without its end; None if they ended the input."""
    file = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    given: asyncio.Future[bytes] = loop.create_future()
    loop.add_reader(file, _take, file, given)
    try:
        line = await given
    finally:
        loop.remove_reader(file)
    return line.decode("utf-8", "replace").rstrip("\r\n") if line else None


def _take(file: int, given: asyncio.Future[bytes]) -> None:
    if given.done():
        return
    try:
        given.set_result(os.read(file, MOST))
    except BlockingIOError:
        return
    except OSError:
        given.set_result(b"")  # the terminal is gone

"""Standard output belongs to the answer alone; everything else goes to standard error.

Before code of a person's own is loaded, `part` points standard output at standard error, in this process and for its
children, and keeps the real one for the answer.  It is never pointed back: a thread of theirs may outlive the run.
A reader that went away ends the display, not the run.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["Streams"]


class Streams:
    """Where the answer goes, and where the rest."""

    def __init__(self) -> None:
        self._answer: TextIO | None = None
        self._parted = False
        self._mute = False

    def part(self) -> None:
        """From now on only `out` reaches standard output."""
        if self._parted:
            return
        self._parted = True
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
            self._answer = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
        except (OSError, ValueError):
            self._answer = None  # it was closed before we began: nobody reads the answer
        try:
            os.dup2(2, 1)
        except OSError:
            _to_nowhere(1)
        sys.stdout = sys.stderr

    def out(self, text: str) -> None:
        """Write a part of the answer.

        Raises:
            OSError: it cannot be written; not when its reader has gone
        """
        stream = self._answer if self._parted else sys.stdout
        if stream is None:
            return
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            _to_nowhere(stream.fileno())

    def err(self, text: str) -> None:
        """Write a line or more for the person."""
        if sys.stderr is None or self._mute:
            return
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            self._mute = True
            _to_nowhere(2)

    def on_terminal(self) -> bool:
        """Whether the answer goes to a terminal."""
        stream = self._answer if self._parted else sys.stdout
        return stream is not None and stream.isatty()


def _to_nowhere(file: int) -> None:
    """What is still written there vanishes, also when the interpreter flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file)
    if nowhere != file:
        os.close(nowhere)

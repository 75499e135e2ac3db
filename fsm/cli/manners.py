"""Manners: how this command speaks, from the flags that every verb takes.

Paste-ready commands, colours, errors and JSON are made here, so that every verb has one voice.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any

from . import escape
from .streams import Streams

__all__ = ["STATES", "Manners"]

NARROW, WIDE = 80, 132  # columns
STATES = {
    "PLANNING": "blue",
    "EXECUTING": "yellow",
    "OBSERVING": "cyan",
    "AWAITING_APPROVAL": "magenta",
    "DONE": "green",
    "FAILED": "red",
}


class Manners:
    """How one command speaks.

    Args:
        streams: where it writes

    Attributes:
        db: the database named on the command line; empty for the usual one
        json: one JSON document instead of words
        quiet: nothing but the answer, what waits for a person, and errors
        verbose: how much more to say
        plain: no movement
        no_input: ask nothing
    """

    def __init__(self, streams: Streams | None = None) -> None:
        self.streams = streams or Streams()
        self.db = ""
        self.json = False
        self.quiet = False
        self.verbose = 0
        self.plain = False
        self.no_input = False

    # Who is there ----------------------------------------------------------------------------------------------

    def person(self) -> bool:
        """Whether a person is at the keyboard, and may be asked."""
        return not self.json and not self.no_input and _terminal(sys.stdin) and _terminal(sys.stderr)

    def colour(self) -> bool:
        """Whether colours may be shown."""
        return _terminal(sys.stderr) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def moving(self) -> bool:
        """Whether lines may move."""
        still = self.plain or self.quiet or self.json or os.environ.get("TERM") == "dumb"
        return _terminal(sys.stderr) and not still

    def columns(self) -> int:
        """How wide a line may be."""
        if not _terminal(sys.stderr):
            return NARROW
        try:
            wide = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stderr.fileno()).columns
        except (OSError, ValueError):
            wide = 0
        return max(40, min(WIDE, wide or NARROW))

    # Words -----------------------------------------------------------------------------------------------------

    def say(self, text: str = "") -> None:
        """A line for the person.  Text that is not ours must have been escaped."""
        self.streams.err(f"{text}\n")

    def tell(self, text: str = "") -> None:
        """A line that may be left out when it should be quiet."""
        if not self.quiet and not self.json:
            self.say(text)

    def paint(self, text: str, colour: str = "", *, dim: bool = False, bold: bool = False) -> str:
        """The text in a colour, where colours may be shown."""
        if not self.colour():
            return text
        import click  # noqa: PLC0415 - the values of this file are used without it too

        return click.style(text, fg=colour or None, dim=dim or None, bold=bold or None)

    def state(self, name: str) -> str:
        """The name of a state in its colour."""
        return self.paint(name, STATES.get(name, ""))

    def command(self, *words: str) -> str:
        """A command ready to paste."""
        db = ("--db", self.db) if self.db else ()
        return "detent " + " ".join(
            word if word[:1] in "\"'" else shlex.quote(word) for word in (*words, *db)
        )

    # The answer ------------------------------------------------------------------------------------------------

    def answer(self, text: str) -> None:
        """The answer: shown on a terminal, its very characters in a pipe."""
        shown = escape.block(text) if self.streams.on_terminal() else text
        self.streams.out(shown if shown.endswith("\n") else f"{shown}\n")

    def print(self, text: str) -> None:
        """What a verb was asked to show; text that is not ours must have been escaped."""
        self.streams.out(f"{text}\n")

    def document(self, value: Any, *, lines: bool = False) -> None:
        """A JSON document; with `lines` on a line of its own."""
        import json  # noqa: PLC0415

        self.written(json.dumps(value, ensure_ascii=False, indent=None if lines else 2))

    def written(self, made: str) -> None:
        """A JSON document that is written already."""
        self.streams.out(f"{escape.json(made)}\n")


def _terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:
        return False  # it was closed

"""The display that moves: what the model says while it says it, and how long it has been at it.

The provisional part stands below the last line, behind a bar, and folds away when a click is durable.  Only terminals
get it; the lines that stay are those of `Display`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ...states.names import State
from . import escape
from .display import INDENT, Display, barred
from .wording import cut, duration

if TYPE_CHECKING:
    from ..drivers.local import Driver
    from ..kernel import Transition
    from .manners import Manners
    from .narrating import Line

__all__ = ["LiveDisplay"]

TAIL = 8  # lines of what is said that are shown
KEPT = 4000  # characters of it that are kept
OFTEN = 8  # times a second
SOON = 0.3  # seconds something must take before it is shown
BUSY = (State.PLANNING, State.EXECUTING, State.OBSERVING)


class LiveDisplay(Display):
    """Lines, and below them what is going on.

    Args:
        manners: how to speak
    """

    def __init__(self, manners: Manners) -> None:
        super().__init__(manners)
        self._console = Console(
            stderr=True, highlight=False, markup=False, emoji=False, width=manners.columns()
        )
        self._live: Live | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail = ""
        self._doing: dict[str, str] = {}
        self._from = time.monotonic()

    def begin(self, driver: Driver, short: str) -> None:
        """A driver has the run and is about to start."""
        super().begin(driver, short)
        self._go_on(driver.journal.head.state)

    def click(self, click: Transition, took: int) -> None:
        """A click is durable: what was provisional folds away."""
        self.pause()
        self._doing.clear()
        super().click(click, took)
        self._go_on(click.after.state)

    def say(self, kind: str, piece: str) -> None:
        """The model says something; provisional."""
        super().say(kind, piece)
        self._tail = (self._tail + piece)[-KEPT:]

    def progress(self, call: str, text: str) -> None:
        """A tool says something of itself; the latest stands until the next click."""
        self._doing[call] = text[:KEPT]

    def pause(self) -> None:
        """Fold away what is provisional, so that the terminal is free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._tail = ""

    def close(self) -> None:
        """Nothing more will be shown."""
        self.pause()

    def row(self, line: Line, elapsed: int) -> None:
        """A click's line; the time that goes on counts from here."""
        self._from = time.monotonic()
        super().row(line, elapsed)

    def _go_on(self, state: State) -> None:
        if state in BUSY and self._live is None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._start)

    def _start(self) -> None:
        self._live = Live(
            get_renderable=self._drawn, console=self._console, refresh_per_second=OFTEN, transient=True
        )
        self._live.start()

    def _drawn(self) -> Group:
        columns = self.manners.columns()
        shown = list(barred(self._tail.strip(), columns))[-TAIL:] if self._tail.strip() else []
        for said in list(self._doing.values()):
            shown += list(barred(said, columns))[-1:]
        waited = duration(round((time.monotonic() - self._from) * 1000 / 100) * 100)
        shown.append(
            cut(f"{INDENT}… {escape.line(waited)}   Ctrl-C parks the run; nothing is lost", columns - 1)
        )
        return Group(*(Text(line, style="dim", no_wrap=True, overflow="crop") for line in shown))

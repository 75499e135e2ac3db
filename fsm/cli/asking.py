"""Gates asked at the keyboard, where a person is there.

A question shows exactly what a yes means; the empty answer is the harmless one; `q` leaves it waiting, for another
terminal or another day.  A yes to something that was not shown whole shows the rest first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define

from ...states.commands import AskPerson
from ...states.errors import DetentError
from ..drivers.decisions import Verdict, decision_fact, person
from ..drivers.journal import Fact
from ..drivers.views import gate_views
from . import escape
from .choices import AGAIN, HARMLESS, LEAVE, VIEW, offer, understood
from .display import INDENT, Display
from .foreseeing import consequences
from .gates import PAGE, drawn
from .terminal import forget_typed, read_line
from .wording import folded, plural

if TYPE_CHECKING:
    from ..drivers.local import Driver
    from .manners import Manners

__all__ = ["Asker"]


@define
class Asker:
    """Puts the gates of one driven run to the person at the keyboard.

    Args:
        manners: how to speak
        display: what shows the run meanwhile
        driver: of the run; None until there is one
        left: whether a gate was left waiting
    """

    manners: Manners
    display: Display
    driver: Driver | None = None
    left: bool = False

    async def __call__(self, command: AskPerson) -> Fact | None:
        """The fact that settles a gate, or None where it is left waiting."""
        driver = self.driver
        if driver is None:
            return None
        self.display.pause()
        head = driver.journal.head
        view = next(one for one in gate_views(driver.journal.store, head) if one["gate"] == command.gate)
        whole = self._show(view, full=False)
        for line in consequences(head, command.gate):
            for part in folded(line, self.manners.columns() - len(INDENT)):
                self.manners.say(f"{INDENT}{part}")
        try:
            while True:
                how, text = await self._asked(view)
                if how == LEAVE:
                    self.left = True
                    return None
                if how == VIEW or (how == "approve" and not whole):
                    whole = self._show(view, full=True)
                    continue
                verdict = Verdict(gate=command.gate, how=how, digest=command.digest, text=text, by=person())
                try:
                    return decision_fact(driver.journal.head, verdict, driver.clock.now())
                except DetentError as error:
                    self.manners.say(f"  {escape.block(str(error))}")
        except asyncio.CancelledError:
            self.manners.say("\n  No longer asked.")
            raise

    async def _asked(self, view: Mapping[str, Any]) -> tuple[str, str]:
        """What the person says; asked again until it is understood."""
        kind = view["kind"]
        rerun = view.get("attempt", 0) < view.get("attempts", 1)
        while True:
            forget_typed()
            self.manners.say(f"\n  {offer(kind, rerun=rerun)}")
            self.manners.streams.err(f"  [{HARMLESS[kind]}] > ")
            typed = await read_line()
            if typed is None:
                self.manners.say()
                return LEAVE, ""
            how, text = understood(kind, typed)
            if how != AGAIN:
                return how, text
            self.manners.say("  That is none of them.")

    def _show(self, view: Mapping[str, Any], *, full: bool) -> bool:
        """Show what is asked; whether all of it was."""
        lines, left = drawn(view, self.manners.columns(), None if full else PAGE)
        for line in ("", *lines):
            self.manners.say(line)
        if left:
            self.manners.say(f"{INDENT}… {plural(left, 'more line')}: (v) shows them")
        self.manners.say()
        return not left

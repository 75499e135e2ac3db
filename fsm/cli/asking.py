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
from ..drivers.allowing import allow
from ..drivers.decisions import Verdict, decision_fact, gate_of, person
from ..drivers.editing import edited, pretty
from ..drivers.journal import Fact
from ..drivers.rules import parse_rule
from ..drivers.views import gate_views
from . import escape
from .choices import AGAIN, ALLOW, HARMLESS, LEAVE, VIEW, offer, understood
from .display import INDENT, Display
from .editing import edit_at_terminal
from .gates import PAGE, allowance, drawn, follows
from .terminal import forget_typed, read_line
from .wording import plural, side_by_side

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
        views = gate_views(driver.journal.store, driver.journal.head)
        view = next(one for one in views if one["gate"] == command.gate)
        whole, draft = self._show(view, full=False), ""
        for line in (*follows(view, self.manners.columns()), *allowance(view, self.manners.columns())):
            self.manners.say(line)
        try:
            while True:
                how, text = await self._asked(view)
                if how == LEAVE:
                    self.left = True
                    return None
                if how == VIEW or (how in ("approve", ALLOW) and not whole):
                    whole = self._show(view, full=True)
                    continue
                if how == "edit":
                    made, draft = await self._edited(driver, command, view, draft)
                    if made is None:
                        continue
                    text = made
                fact = self._settled(driver, command, view, how, text)
                if fact is not None:
                    return fact
        except asyncio.CancelledError:
            self.manners.say("\n  No longer asked.")
            raise

    def _settled(
        self, driver: Driver, command: AskPerson, view: Mapping[str, Any], how: str, text: str
    ) -> Fact | None:
        """The fact that settles the gate; None, and why, where it cannot be."""
        verdict = Verdict(
            gate=command.gate,
            how="approve" if how == ALLOW else how,
            digest=command.digest,
            text=text,
            by=person(),
        )
        try:
            fact = decision_fact(driver.journal.head, verdict, driver.clock.now())
            if how == ALLOW:
                journal = driver.journal
                allow(journal.store, journal.head.run, driver.prepared, parse_rule(view["allow"]))
        except DetentError as error:
            self.manners.say(f"  {escape.line(str(error))}")
            return None
        return fact

    async def _edited(
        self, driver: Driver, command: AskPerson, view: Mapping[str, Any], draft: str
    ) -> tuple[str | None, str]:
        """Other arguments that the person says yes to, or None; and what they wrote."""

        def exact(written: str) -> str:
            head = driver.journal.head
            return edited(head, gate_of(head, command.gate), written)

        shown = view["arguments"]
        return await edit_at_terminal(self.manners, shown, draft or pretty(shown), exact)

    async def _asked(self, view: Mapping[str, Any]) -> tuple[str, str]:
        """What the person says; asked again until it is understood."""
        while True:
            forget_typed()
            self.manners.say()
            for line in side_by_side(offer(view), self.manners.columns()):
                self.manners.say(line)
            self.manners.streams.err(f"  [{HARMLESS[view['kind']]}] > ")
            typed = await read_line()
            if typed is None:
                self.manners.say()
                return LEAVE, ""
            how, text = understood(view, typed)
            if how != AGAIN:
                return how, text
            self.manners.say(f"  {text or 'That is none of them.'}")

    def _show(self, view: Mapping[str, Any], *, full: bool) -> bool:
        """Show what is asked; whether all of it was."""
        lines, left = drawn(view, self.manners.columns(), None if full else PAGE)
        for line in ("", *lines):
            self.manners.say(line)
        if left:
            self.manners.say(f"{INDENT}… {plural(left, 'more line')}: (v) shows them")
        self.manners.say()
        return not left

"""The inbox: decisions, notes, cancels and wishes to take over, left by other processes for the driver of a run.

Two processes never step one run: the owner reads the inbox, steps what it finds, and answers each entry, so that
whoever put it there learns whether it was taken.  A gate whose time is up is settled as such, and durably, before a
decision about it is looked at: a clock that jumps back never opens it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from attrs import define

from ...states.errors import DetentError, UsageError
from ...store import InboxEntry, Process
from .clock import Clock
from .decisions import cancel_fact, decision_fact, expiry, note_fact, overdue, verdict_of
from .journal import Fact, Journal

__all__ = ["Inbox", "fact_of"]

DEAF = 0.1  # seconds after which the inbox is looked at though nobody rang


def fact_of(
    journal: Journal, kind: str, body: dict[str, Any], at: int, entries: tuple[int, ...] = ()
) -> Fact:
    """The fact an inbox entry is, at this head.

    Raises:
        DetentError: it is none: the gate is settled, the run is over, ...
    """
    try:
        match kind:
            case "decision":
                return decision_fact(journal.head, verdict_of(body), at, entries)
            case "note":
                return note_fact(journal.head, body["text"], at, entries)
            case "cancel":
                return cancel_fact(journal.head, body.get("by", ""), at, entries)
            case _:
                raise UsageError(f"This version takes no {kind} from another process.")
    except (AttributeError, KeyError, TypeError) as error:
        raise UsageError(f"A {kind} from another process cannot be read: {error}.") from error


@define
class Inbox:
    """The inbox of one driven run.

    Args:
        journal: the run
        clock: its time
    """

    journal: Journal
    clock: Clock
    _heard: bytes | None = None
    _looked: float = 0.0

    def waiting(self) -> bool:
        """Whether something is there; a look costs some microseconds."""
        return bool(self.journal.store.inbox_take(self.journal.head.run))

    def _silent(self) -> bool:
        """Whether nobody has rung since a look found nothing, and that was a moment ago."""
        return self._heard == self.journal.store.inbox_bell() and time.monotonic() - self._looked < DEAF

    def _entries(self) -> list[InboxEntry]:
        store = self.journal.store
        bell, self._looked = store.inbox_bell(), time.monotonic()
        found = store.inbox_take(self.journal.head.run)
        self._heard = None if found else bell
        return found

    def answer(self, take: Callable[[Fact], object], give_up: Callable[[str], object]) -> None:
        """Step what is there, and answer what cannot be stepped.

        What was stepped stays there until it is committed, so commit before the next look.  Nobody is refused for
        something that is not durable yet: that entry and those after it are looked at again.

        Args:
            take: steps a fact
            give_up: parks the run for another process, which is named
        """
        if self._silent():
            return
        store = self.journal.store
        for entry in self._entries():
            if entry.kind == "park":
                if _waits(entry.body):
                    give_up(str(entry.body.get("by", "another process")))
                store.inbox_answer(entry.id, None)
                continue
            if entry.kind == "decision" and self._expire(take):
                return  # the rest is looked at when this is durable
            try:
                take(fact_of(self.journal, entry.kind, entry.body, self.clock.now(), (entry.id,)))
            except DetentError as error:
                if self.journal.pending() is not None:
                    return
                store.inbox_answer(entry.id, str(error))

    def _expire(self, take: Callable[[Fact], object]) -> bool:
        """Settle the gates whose time is up; whether there were any."""
        found = False
        while gate := overdue(self.journal.head, self.clock.now()):
            take(expiry(self.journal.head, gate.id, self.clock.now()))
            found = True
        return found


def _waits(body: dict[str, Any]) -> bool:
    """Whether whoever wants a run parked is still there to take it; a wish outlives a process that was killed."""
    try:
        return Process.of(body).alive()
    except (KeyError, TypeError, ValueError):
        return False

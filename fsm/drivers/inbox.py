"""The inbox: decisions, notes and cancels that other processes left for the driver that owns the run.

Two processes never step one run: the owner reads the inbox, steps what it finds, and answers each entry, so that
whoever put it there learns whether it was taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from attrs import define

from ...states.errors import DetentError, UsageError
from .clock import Clock
from .decisions import cancel_fact, decision_fact, note_fact, verdict_of
from .journal import Fact, Journal

__all__ = ["Inbox", "fact_of"]

LOOK = 0.2  # seconds between two looks


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
    _looked: float = -LOOK

    def answer(self, take: Callable[[Fact], object], *, soon: bool = False) -> bool:
        """Step what is there, and answer what cannot be stepped.

        Args:
            take: steps a fact
            soon: look though it was looked just now

        Returns:
            whether something was there
        """
        now = time.monotonic()
        if not soon and now - self._looked < LOOK:
            return False
        self._looked = now
        store = self.journal.store
        entries = store.inbox_take(self.journal.head.run)
        for entry in entries:
            try:
                take(fact_of(self.journal, entry.kind, entry.body, self.clock.now(), (entry.id,)))
            except DetentError as error:
                store.inbox_answer(entry.id, str(error))
        return bool(entries)

"""OBSERVING: every call has its outcome.  Asks for Observe; takes Observed."""

from __future__ import annotations

from .commands import Command, Observe
from .events import Event, Observed
from .legality import refuse
from .limits import add
from .ordering import ask, turn_end
from .snapshot import Snapshot

__all__ = ["commands", "take"]


def commands(snapshot: Snapshot) -> tuple[Command, ...]:
    """What OBSERVING asks for."""
    return (Observe(turn=snapshot.turn),)


def take(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after the turn, its state still open: the next plan is ordered, or gates are."""
    if not isinstance(event, Observed):
        refuse(snapshot, event, "the turn is over, Observed takes it in")
    if event.turn != snapshot.turn:
        refuse(snapshot, event, f"turn {snapshot.turn} is observed")
    return ask(turn_end(snapshot, add(snapshot.usage, event.spent), event.planner), event.at)

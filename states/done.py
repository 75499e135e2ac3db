"""DONE: the run is over.  It asks for nothing and takes nothing."""

from __future__ import annotations

from .commands import Command
from .events import Event
from .legality import refuse
from .snapshot import Snapshot

__all__ = ["commands", "take"]


def commands(_: Snapshot) -> tuple[Command, ...]:
    """Nothing."""
    return ()


def take(snapshot: Snapshot, event: Event) -> Snapshot:
    """Refuse, whatever it is."""
    refuse(snapshot, event, f"the run is over ({snapshot.reason})")

"""Replay: fold stored events through the kernel.  No model, no tool, no write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..states.events import Event
from ..states.snapshot import Snapshot
from .kernel import Transition, transition

__all__ = ["fold", "transitions"]


def transitions(first: Snapshot, events: Iterable[Event]) -> Iterator[Transition]:
    """Every click that these events make of a first snapshot.

    Raises:
        IllegalEvent: an event that no row takes: the events are not those of this run, or the kernel has changed
    """
    snapshot = first
    for event in events:
        click = transition(snapshot, event)
        yield click
        snapshot = click.after


def fold(first: Snapshot, events: Iterable[Event]) -> Snapshot:
    """The snapshot that these events lead to.

    Raises:
        IllegalEvent: an event that no row takes
    """
    snapshot = first
    for click in transitions(first, events):
        snapshot = click.after
    return snapshot

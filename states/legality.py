"""How an event is refused: loudly, naming what would have been legal, and changing nothing."""

from __future__ import annotations

from typing import NoReturn

from .calls import Call, call_id
from .errors import IllegalEvent
from .events import Decision, Event, GateExpired
from .gates import Gate, binding
from .snapshot import Snapshot

__all__ = ["check", "find_call", "find_gate", "refuse"]


def refuse(snapshot: Snapshot, event: Event, why: str) -> NoReturn:
    """Raise IllegalEvent for this event at this click."""
    name = type(event).__name__
    raise IllegalEvent(
        f"{name} is illegal at {snapshot.run}@{snapshot.seq} in {snapshot.state.value}: {why}."
    )


def check(snapshot: Snapshot, event: Event, *, holds: bool, why: str) -> None:
    """Refuse the event unless this holds."""
    if not holds:
        refuse(snapshot, event, why)


def find_call(snapshot: Snapshot, event: Event, call: str, attempt: int) -> tuple[int, Call]:
    """The place and the call that an event about an attempt means; one that is settled takes none."""
    for index, one in enumerate(snapshot.calls):
        if call_id(snapshot.turn, index, one.fallback) == call:
            if one.settled:  # its tool may be gone: a fork knows other tools than its parent
                refuse(snapshot, event, f"call {call} has its outcome")
            if attempt != one.attempt:
                refuse(snapshot, event, f"call {call} is at attempt {one.attempt}")
            return index, one
    refuse(snapshot, event, f"turn {snapshot.turn} has no call {call}")


def find_gate(snapshot: Snapshot, event: Decision | GateExpired) -> Gate:
    """The open gate that a decision means, its digest and its deadline checked."""
    gate = next((one for one in snapshot.gates if one.id == event.gate), None)
    if gate is None:
        refuse(snapshot, event, f"gate {event.gate} is not open")
    expired = 0 < gate.expires <= event.at
    if isinstance(event, GateExpired):
        check(snapshot, event, holds=expired, why=f"gate {gate.id} has not expired")
        return gate
    check(snapshot, event, holds=not expired, why=f"gate {gate.id} has expired")
    bound = binding(snapshot.run, snapshot.spec, gate, snapshot.calls)
    check(snapshot, event, holds=event.digest == bound, why=f"gate {gate.id} shows something else")
    return gate

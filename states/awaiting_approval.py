"""AWAITING_APPROVAL: gates are open, and only a person can settle them.

Asks for AskPerson (and AwaitLate); takes the decisions, GateExpired, and a late result of an attempt in doubt.
No call is started here; one in doubt may still be running.
"""

from __future__ import annotations

from .calls import Call, Outcome, settle
from .commands import AskPerson, Command
from .events import (
    Answered,
    Approved,
    Decision,
    Denied,
    Edited,
    Event,
    Extended,
    GateExpired,
    Resolved,
    ToolReturned,
)
from .executing import late, put, returned
from .gates import Gate, binding
from .legality import check, find_call, find_gate, refuse
from .limits import add
from .names import GateKind, Phase, Resolution, Status
from .ordering import ask, close_gate, drop_held, next_plan
from .replacing import replace
from .snapshot import Snapshot

__all__ = ["SETTLED_BY", "commands", "take"]

SETTLED_BY: dict[GateKind, tuple[type[Decision | GateExpired], ...]] = {
    GateKind.APPROVAL: (Approved, Edited, Denied, GateExpired),
    GateKind.DOUBT: (Resolved,),
    GateKind.QUESTION: (Answered, Denied, GateExpired),
    GateKind.LIMIT: (Extended, Denied, GateExpired),
    GateKind.LOOP: (Answered, Denied, GateExpired),
}


def commands(snapshot: Snapshot) -> tuple[Command, ...]:
    """What AWAITING_APPROVAL asks for."""
    asked = (
        AskPerson(
            gate=gate.id,
            kind=gate.kind,
            digest=binding(snapshot.run, snapshot.spec, gate, snapshot.calls),
            expires=gate.expires,
        )
        for gate in snapshot.gates
    )
    return (*asked, *late(snapshot))


def take(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after a gate was settled, its state still open."""
    if isinstance(event, ToolReturned):
        _, call = find_call(snapshot, event, event.call, event.attempt)
        check(snapshot, event, holds=call.phase is Phase.DOUBT, why=f"call {event.call} is not in doubt")
        patched = returned(snapshot, event)
    elif isinstance(event, Decision | GateExpired):
        gate = find_gate(snapshot, event)
        fits = isinstance(event, SETTLED_BY[gate.kind])
        check(snapshot, event, holds=fits, why=f"gate {gate.id} is settled by {_names(gate.kind)}")
        patched = _settled(replace(snapshot, usage=add(snapshot.usage, event.spent)), event, gate)
    else:
        refuse(snapshot, event, "gates are open, a decision settles them")
    return ask(drop_held(patched), event.at)


def _names(kind: GateKind) -> str:
    return ", ".join(one.__name__ for one in SETTLED_BY[kind])


def _settled(snapshot: Snapshot, event: Decision | GateExpired, gate: Gate) -> Snapshot:
    closed = close_gate(snapshot, gate)
    match gate.kind:
        case GateKind.APPROVAL:
            return put(closed, gate.call, _decided(closed.calls[gate.call], event))
        case GateKind.DOUBT if isinstance(event, Resolved):
            call = closed.calls[gate.call]
            rerun = event.how is Resolution.DID_NOT_HAPPEN
            none_left = f"call of gate {gate.id} has no attempt left"
            check(snapshot, event, holds=not rerun or call.attempt < call.attempts, why=none_left)
            return put(closed, gate.call, _resolved(call, event))
        case GateKind.QUESTION:
            return next_plan(replace(closed, history=closed.history + 1))
        case _:
            return _turn_gate_settled(closed, event, gate)


def _turn_gate_settled(closed: Snapshot, event: Decision | GateExpired, gate: Gate) -> Snapshot:
    """A limit or a loop: go on when both are settled, or to the last answer when one is denied."""
    if gate.kind is GateKind.LOOP:
        closed = replace(closed, looped=closed.looped + 1)
    if isinstance(event, Denied | GateExpired):
        closed = (
            replace(closed, history=closed.history + 1)
            if isinstance(event, Denied) and event.reason
            else closed
        )
        return next_plan(closed, last=f"limit.{gate.name or 'loop_gates'}")
    if isinstance(event, Answered):
        closed = replace(closed, history=closed.history + 1)
    if isinstance(event, Extended):
        closed = replace(closed, extensions=closed.extensions + 1)
    return closed if closed.gates else next_plan(closed)


def _decided(call: Call, event: Event) -> Call:
    if isinstance(event, Denied):
        return settle(call, Outcome(status=Status.DENIED, text=event.reason, reason="denied"))
    if isinstance(event, GateExpired):
        return settle(call, Outcome(status=Status.DENIED, reason="expired"))
    arguments = event.arguments if isinstance(event, Edited) else call.arguments
    return replace(call, phase=Phase.READY, arguments=arguments)


def _resolved(call: Call, event: Resolved) -> Call:
    if event.how is Resolution.HAPPENED:
        return settle(call, Outcome(status=Status.OK, text=event.result))
    if event.how is Resolution.FAILED:
        return settle(call, Outcome(status=Status.FAILED, text=event.result, reason="resolved_failed"))
    return replace(call, phase=Phase.READY, attempt=call.attempt + 1)

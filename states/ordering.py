"""Where the next plan would be ordered: the one place in which limits are decided.

`next_plan` either orders a turn, or opens the limit gate, or orders the last, answer-only turn.  Everything here
patches a snapshot and leaves its state alone; the table picks that afterwards.
"""

from __future__ import annotations

from .calls import Call, Outcome, held, settle
from .canonical import canonical, digest
from .gates import Gate, turn_gate
from .limits import Usage
from .names import GateKind, Status
from .replacing import replace
from .snapshot import Snapshot

__all__ = [
    "add_gate",
    "ask",
    "close_gate",
    "drop_held",
    "next_plan",
    "reached",
    "signature",
    "spend_reached",
    "turn_end",
]


def reached(snapshot: Snapshot) -> str:
    """The first cap that the next plan would meet: model_turns, tool_calls, tokens, money, wall_seconds; or nothing."""
    usage = snapshot.usage
    model_turns, tool_calls, tokens, money, wall_seconds = snapshot.spec.caps[snapshot.extensions]
    if usage.model_turns + 1 >= model_turns:
        return "model_turns"
    if usage.tool_calls >= tool_calls:
        return "tool_calls"
    if usage.tokens >= tokens:
        return "tokens"
    if usage.money >= money:
        return "money"
    return "wall_seconds" if usage.milliseconds >= wall_seconds * 1000 else ""


def spend_reached(snapshot: Snapshot, usage: Usage) -> bool:
    """Whether tokens, money or time are used up: calls accepted from then on get one attempt each."""
    _, _, tokens, money, wall_seconds = snapshot.spec.caps[snapshot.extensions]
    return usage.tokens >= tokens or usage.money >= money or usage.milliseconds >= wall_seconds * 1000


def next_plan(snapshot: Snapshot, *, last: str = "") -> Snapshot:
    """Order the next plan, or open the limit gate in its place.

    Args:
        snapshot: the turn that is over
        last: why the next turn has to be the last answer, if that is decided
    """
    name = "" if last else reached(snapshot)
    if name and snapshot.extensions < snapshot.spec.extensions:
        return add_gate(snapshot, turn_gate(GateKind.LIMIT, snapshot.turn, snapshot.extensions, name=name))
    usage = snapshot.usage
    return replace(
        snapshot,
        turn=snapshot.turn + 1,
        refusals=0,
        usage=replace(usage, model_turns=usage.model_turns + 1),
        shown=snapshot.told,
        last=last or (f"limit.{name}" if name else ""),
        calls=(),
        gates=(),
        outcomes=0,
    )


def turn_end(snapshot: Snapshot, usage: Usage, planner: str) -> Snapshot:
    """Take in a turn's outcomes: clear its calls, look for a loop, and go to the next plan.

    Args:
        snapshot: the turn that is over
        usage: what was spent by now
        planner: digest of the planner's own state; empty if it has not changed
    """
    spec, limits, planner = snapshot.spec, snapshot.spec.limits, planner or snapshot.planner
    if not spec.looping:
        return next_plan(replace(snapshot, calls=(), usage=usage, planner=planner))
    loop = signature(snapshot.calls)
    repeats = snapshot.repeats + 1 if loop == snapshot.loop else 1
    if repeats < limits.loop_window:
        return next_plan(
            replace(snapshot, calls=(), usage=usage, planner=planner, loop=loop, repeats=repeats)
        )
    patched = replace(snapshot, calls=(), usage=usage, planner=planner, loop="", repeats=0)
    capped = bool(reached(patched))
    if capped and snapshot.extensions >= spec.extensions:
        return next_plan(patched)
    if snapshot.looped >= limits.loop_gates:
        return next_plan(patched, last="limit.loop_gates")
    if capped:
        patched = next_plan(patched)
    return add_gate(patched, turn_gate(GateKind.LOOP, snapshot.turn, snapshot.extensions))


def signature(calls: tuple[Call, ...]) -> str:
    """What makes two turns equal: the same calls with the same outcomes, in the same order."""
    facts = [
        [call.tool, call.arguments, call.outcome.status.value, call.outcome.text, call.outcome.reason]
        for call in calls
        if call.outcome
    ]
    return digest("loop", canonical(facts))[-16:]


def add_gate(snapshot: Snapshot, gate: Gate) -> Snapshot:
    """The snapshot with one more open gate; gates stand in the order of their calls, so no order of arrival shows."""
    gates = sorted((*snapshot.gates, gate), key=lambda one: (one.call, one.id))
    return replace(snapshot, gates=tuple(gates))


def close_gate(snapshot: Snapshot, gate: Gate) -> Snapshot:
    """The snapshot without this gate."""
    return replace(snapshot, gates=tuple(one for one in snapshot.gates if one is not gate))


def drop_held(snapshot: Snapshot) -> Snapshot:
    """Settle as not run what a call that did not succeed held back; its gates have nothing left to ask."""
    places = held(snapshot.spec, snapshot.calls)
    if not places:
        return snapshot
    not_run = Outcome(status=Status.NOT_RUN, reason="earlier_failed")
    calls = tuple(
        settle(call, not_run) if place in places else call for place, call in enumerate(snapshot.calls)
    )
    gates = tuple(gate for gate in snapshot.gates if gate.call not in places)
    return replace(snapshot, calls=calls, gates=gates)


def ask(snapshot: Snapshot, at: int) -> Snapshot:
    """Put the open gates to the person now; from here on they can expire."""
    if not snapshot.gates:
        return snapshot
    seconds = snapshot.spec.limits.gate_seconds

    def opened(gate: Gate) -> Gate:
        if gate.opened:
            return gate
        expires = 0 if seconds is None or gate.kind is GateKind.DOUBT else at + seconds * 1000
        return replace(gate, opened=at, expires=expires)

    return replace(snapshot, gates=tuple(opened(gate) for gate in snapshot.gates))

"""Fuel: the most events that can still follow a snapshot.  It falls at every transition, so every run ends.

One integer, added up from what bounds a run: turns left (with the extensions that may still be granted), repairs a
turn, the dearest calls still possible, gates, loop gates and notes.  The certificate of an agent is the fuel of its
first snapshot; there is no second formula beside it.

    a turn with calls, or with a question     repairs + plan + observation (or answer)
    a turn that an unseen note asks for       repairs + plan
    the last answer                           repairs + plan
    a call                                    see `states.calls.event_cost`
    extensions, loop gates, notes             one event each
"""

from __future__ import annotations

from typing import NamedTuple

from ..states.calls import event_cost
from ..states.names import GateKind, Phase, State
from ..states.snapshot import Snapshot

__all__ = ["Ahead", "ahead", "dearest", "fuel", "note_turns"]


class Ahead(NamedTuple):
    """What can still come before the last turn, the current one included if its plan is still to come.

    Args:
        turns: turns of any kind
        planned: those that may have calls or a question
        full: those that can have them
        left: calls that the cap leaves, its extensions included
        calls: calls that can be made in those turns
        events: the most events these calls can take
    """

    turns: int
    planned: int
    full: int
    left: int
    calls: int
    events: int


def fuel(snapshot: Snapshot) -> int:
    """The most transitions that can still follow this snapshot."""
    state = snapshot.state
    if state is State.DONE or state is State.FAILED:
        return 0
    if snapshot.cancelling:
        return sum(call.phase is Phase.STARTED for call in snapshot.calls)
    spec, limits = snapshot.spec, snapshot.spec.limits
    plan = limits.repairs + 1
    most = plan + limits.notes - snapshot.told
    if snapshot.last:
        return most - snapshot.refusals
    planning = state is State.PLANNING
    to_come = ahead(snapshot)
    full = to_come.full
    by_note = note_turns(snapshot, to_come)
    most += to_come.events + full * (plan + 1) + by_note * plan
    if not planning or full or by_note:
        most += spec.extensions - snapshot.extensions
    if spec.looping:
        most += _loop_gates(snapshot, to_come)
    if planning:
        return most - snapshot.refusals
    if snapshot.calls:
        return most + 1 + sum([event_cost(spec, call) for call in snapshot.calls])
    return most + _open(snapshot, GateKind.QUESTION)


def ahead(snapshot: Snapshot) -> Ahead:
    """What can still come before the last turn."""
    spec, usage = snapshot.spec, snapshot.usage
    used = usage.model_turns - (snapshot.state is State.PLANNING)
    most_turns, most_calls = spec.most
    turns = max(0, most_turns - 1 - used)
    planned = min(turns, max(0, spec.plans - used)) if spec.plans else turns
    left = max(0, most_calls - usage.tool_calls)
    calls, events = dearest(spec.prices, snapshot.counts, min(spec.limits.calls_per_turn * planned, left))
    full = planned if spec.ask_person or planned < calls else calls
    return Ahead(turns, planned, full, left, calls, events)


def note_turns(snapshot: Snapshot, to_come: Ahead) -> int:
    """How many of the turns to come only an unseen note can ask for.

    An answer with a note unseen ends the run in the turn that meets the last cap.  So that turn has to be of another
    kind, or there is none after it.
    """
    turns, full = to_come.turns, to_come.full
    most = turns - full
    if not full or to_come.planned < turns:
        most = max(0, most - 1)
    if not most:
        return 0
    unseen = snapshot.state is State.PLANNING and snapshot.told > snapshot.shown
    return min(most, snapshot.spec.limits.notes - snapshot.told + unseen)


def _loop_gates(snapshot: Snapshot, to_come: Ahead) -> int:
    """The most loop gates that can still be settled: the open one, and one for every window of turns with calls.

    The turn that meets the last cap opens none.
    """
    limits = snapshot.spec.limits
    now = bool(snapshot.calls)
    ends = now + min(to_come.turns, to_come.calls)
    if not snapshot.spec.plans:
        ends = max(0, min(ends - (to_come.calls == to_come.left), now + to_come.turns - 1))
    opened = _open(snapshot, GateKind.LOOP)
    windows = (snapshot.repeats + ends) // limits.loop_window
    return opened + min(limits.loop_gates - snapshot.looped - opened, windows)


def _open(snapshot: Snapshot, kind: GateKind) -> bool:
    return bool(snapshot.gates) and any(gate.kind is kind for gate in snapshot.gates)


def dearest(
    prices: tuple[tuple[int, str, int], ...], counts: tuple[tuple[str, int], ...], room: int
) -> tuple[int, int]:
    """How many of `room` calls can be made, and the most they can cost together.

    Args:
        prices: what a call of each tool costs, the tool's name, and its own cap (0 is none), the dearest first
        counts: how often tools with a cap of their own were called
        room: calls that everything else leaves
    """
    used: dict[str, int] | None = None
    left = room
    cost = 0
    for price, name, cap in prices:
        if not cap:
            return room, cost + left * price
        used = dict(counts) if used is None else used
        taken = min(left, cap - used.get(name, 0))
        cost += taken * price
        left -= taken
    return room - left, cost

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

from functools import lru_cache

from ..states.calls import event_cost, fresh_cost
from ..states.names import GateKind, Phase, State
from ..states.snapshot import Snapshot
from ..states.spec import Spec

__all__ = ["fuel"]


def fuel(snapshot: Snapshot) -> int:
    """The most transitions that can still follow this snapshot."""
    if not snapshot.state.live:
        return 0
    if snapshot.cancelling:
        return sum(call.phase is Phase.STARTED for call in snapshot.calls)
    limits = snapshot.spec.limits
    notes = limits.notes - snapshot.told
    if snapshot.last:
        return limits.repairs - snapshot.refusals + 1 + notes
    later = notes + limits.repairs + 1 + snapshot.spec.extensions - snapshot.extensions
    if snapshot.spec.looping:
        later += limits.loop_gates - snapshot.looped
    if snapshot.state is State.PLANNING:
        return later + _turns(snapshot, 1) - snapshot.refusals
    if snapshot.state is State.EXECUTING or snapshot.state is State.OBSERVING or snapshot.calls:
        return (
            later + _turns(snapshot, 0) + 1 + sum(event_cost(snapshot.spec, call) for call in snapshot.calls)
        )
    asked = any(gate.kind is GateKind.QUESTION for gate in snapshot.gates)
    return later + _turns(snapshot, 0) + asked


def _turns(snapshot: Snapshot, current: int) -> int:
    """The most events of the turns before the last: the current one, if its plan is still to come, and later ones."""
    spec, limits, usage = snapshot.spec, snapshot.spec.limits, snapshot.usage
    turns = (limits.cap("model_turns", spec.extensions) or 0) - 1 - usage.model_turns + current
    if spec.plans:
        turns = min(turns, spec.plans - usage.model_turns + current)
    turns = max(0, turns)
    room = (limits.cap("tool_calls", spec.extensions) or 0) - usage.tool_calls
    room = max(0, min(room, limits.calls_per_turn * turns))
    calls, cost = _dearest(spec, snapshot.counts, room)
    full = turns if spec.ask_person else min(turns, calls)
    unseen = snapshot.told > snapshot.shown
    by_note = min(turns - full, limits.notes - snapshot.told + unseen)
    return cost + full * (limits.repairs + 2) + by_note * (limits.repairs + 1)


def _dearest(spec: Spec, counts: tuple[tuple[str, int], ...], room: int) -> tuple[int, int]:
    """How many of `room` calls can be made, and the most they can cost together."""
    used = dict(counts)
    left = room
    cost = 0
    for price, name, cap in _prices(spec):
        taken = min(left, cap - used.get(name, 0)) if cap else left
        cost += taken * price
        left -= taken
    return room - left, cost


@lru_cache(maxsize=256)
def _prices(spec: Spec) -> tuple[tuple[int, str, int], ...]:
    """What a call of each tool can cost, with the tool's own cap, the dearest first."""
    return tuple(
        sorted(((fresh_cost(spec, tool), tool.name, tool.calls) for tool in spec.tools), reverse=True)
    )

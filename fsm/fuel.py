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
    spec, limits = snapshot.spec, snapshot.spec.limits
    notes = limits.notes - snapshot.told
    if snapshot.last:
        return limits.repairs - snapshot.refusals + 1 + notes
    planning = snapshot.state is State.PLANNING
    turns, full, calls, dearest = _turns(snapshot, planning)
    unseen = planning and snapshot.told > snapshot.shown
    # An answer with a note unseen ends the run at the last of its turns, so that one has to be of another kind.
    by_note = min(turns - full if full else max(0, turns - 1), notes + unseen)
    most = dearest + full * (limits.repairs + 2) + by_note * (limits.repairs + 1)
    most += limits.repairs + 1 + notes - (snapshot.refusals if planning else 0)
    if full or by_note or not planning:
        most += spec.extensions - snapshot.extensions
    most += _loop_gates(snapshot, turns, calls)
    if snapshot.calls:
        most += 1 + sum(event_cost(spec, call) for call in snapshot.calls)
    elif not planning:
        most += sum(gate.kind is GateKind.QUESTION for gate in snapshot.gates)
    return most


def _turns(snapshot: Snapshot, planning: bool) -> tuple[int, int, int, int]:
    """What can follow before the last turn, the current one included if its plan is still to come.

    Returns:
        turns, those with calls or a question, calls, and the most events the calls can take
    """
    spec, limits, usage = snapshot.spec, snapshot.spec.limits, snapshot.usage
    used = usage.model_turns - planning
    turns = max(0, (limits.cap("model_turns", spec.extensions) or 0) - 1 - used)
    planned = min(turns, max(0, spec.plans - used)) if spec.plans else turns
    room = min(_calls_left(snapshot), limits.calls_per_turn * planned)
    calls, cost = _dearest(spec, snapshot.counts, room)
    return turns, planned if spec.ask_person else min(planned, calls), calls, cost


def _calls_left(snapshot: Snapshot) -> int:
    cap = snapshot.spec.limits.cap("tool_calls", snapshot.spec.extensions) or 0
    return max(0, cap - snapshot.usage.tool_calls)


def _loop_gates(snapshot: Snapshot, turns: int, calls: int) -> int:
    """The most loop gates that can still be settled: one open, and one for every window of turns with calls.

    The turn that meets the last cap opens none.
    """
    spec = snapshot.spec
    if not spec.looping:
        return 0
    opened = sum(gate.kind is GateKind.LOOP for gate in snapshot.gates)
    ends = bool(snapshot.calls) + min(turns, calls)
    if not spec.plans:
        ends = min(ends - (calls == _calls_left(snapshot)), bool(snapshot.calls) + turns - 1)
    windows = (snapshot.repeats + max(0, ends)) // spec.limits.loop_window
    return opened + min(spec.limits.loop_gates - snapshot.looped - opened, windows)


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

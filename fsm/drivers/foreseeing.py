"""What may follow a yes and a no at a gate, as figures: bounds that hold whatever model and tools do.

They count what can come without another person granting more: one more helping of the limits is a question of its
own.  The clicks are the fuel of the snapshot that the decision leads to, which counts those helpings too.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ...states.gates import Gate
from ...states.names import Effect, GateKind, State
from ...states.snapshot import Snapshot
from ..fuel import dearest, fuel
from ..kernel import step
from .decisions import Verdict, decision_fact, digest_of

__all__ = ["consequences"]

FORESEEN = (GateKind.APPROVAL, GateKind.LIMIT)


def consequences(snapshot: Snapshot, gate: Gate) -> dict[str, dict[str, int]]:
    """What can at most follow "yes" and "no"; nothing for a gate that cannot be settled with one of them now.

    Each has `calls`, tool calls besides the one that is asked about; `irreversible`, those of them that must not be
    repeated unasked; `turns`, replies of the model; `seconds` of active time; and `clicks` of any kind.

    Args:
        snapshot: where the run stands
        gate: one of its open gates
    """
    if gate.kind not in FORESEEN or snapshot.state is not State.AWAITING_APPROVAL:
        return {}
    # One that has expired, and was not yet closed, is told as it was asked.
    open_ = evolve(snapshot, gates=tuple(evolve(one, expires=0) for one in snapshot.gates))
    common: dict[str, Any] = {"gate": gate.id, "digest": digest_of(snapshot, gate)}
    made = {}
    for word, how in (("yes", "approve"), ("no", "deny")):
        after = step(open_, decision_fact(open_, Verdict(how=how, **common), open_.at).event)
        made[word] = _left(after, gate.call if word == "yes" else -1)
    return made


def _left(after: Snapshot, own: int) -> dict[str, int]:
    """What a run may still do.

    Args:
        after: where the decision leads
        own: the place of the call that is asked about, which is not counted; -1 for none
    """
    limits, usage, spec = after.spec.limits, after.usage, after.spec
    cap = {
        name: limits.cap(name, after.extensions) or 0
        for name in ("model_turns", "tool_calls", "wall_seconds")
    }
    planning = after.state is State.PLANNING
    turns = _turns(after, cap["model_turns"])
    full = max(0, turns - 1)
    if spec.plans:
        full = min(full, max(0, spec.plans - usage.model_turns + planning))
    room = min(max(0, cap["tool_calls"] - usage.tool_calls), limits.calls_per_turn * full)
    undone = {
        tool.name for tool in spec.tools if any(one.effect is Effect.ONCE for one in spec.chains[tool.name])
    }
    mine = [
        {one.effect for one in spec.chains[call.tool][call.fallback :]}
        for place, call in enumerate(after.calls)
        if not call.settled and place != own
    ]
    every = tuple((1, tool.name, tool.calls) for tool in spec.tools)
    return {
        "calls": len(mine) + dearest(every, after.counts, room)[0],
        "irreversible": sum(Effect.ONCE in effects for effects in mine)
        + dearest(tuple(one for one in every if one[1] in undone), after.counts, room)[0],
        "turns": turns,
        "seconds": max(0, -(-(cap["wall_seconds"] * 1000 - usage.milliseconds) // 1000))
        if after.state.live
        else 0,
        "clicks": fuel(after),
    }


def _turns(after: Snapshot, cap: int) -> int:
    """How many replies may still come, the one that is ordered included."""
    if not after.state.live:
        return 0
    planning = after.state is State.PLANNING
    return 1 if after.last else max(0, cap - after.usage.model_turns) + planning

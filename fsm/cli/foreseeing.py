"""What may follow a yes and a no at a gate: bounds that the kernel proves, in words."""

from __future__ import annotations

from typing import Any

from ...states.names import Effect, GateKind
from ...states.snapshot import Snapshot
from ..drivers.decisions import Verdict, decision_fact, digest_of, gate_of
from ..kernel import fuel, step
from . import escape
from .wording import duration, plural

__all__ = ["consequences"]

YES = {GateKind.APPROVAL: "approve", GateKind.LIMIT: "approve"}


def consequences(snapshot: Snapshot, gate: str) -> tuple[str, ...]:
    """Two lines: what a yes leads to at most, and what a no leads to; none where there is no yes or no."""
    asked = gate_of(snapshot, gate)
    if asked.kind not in YES:
        return ()
    common: dict[str, Any] = {"gate": gate, "digest": digest_of(snapshot, asked)}
    after = {
        how: step(snapshot, decision_fact(snapshot, Verdict(how=how, **common), snapshot.at).event)
        for how in ("approve", "deny")
    }
    told = "the model is told why" if asked.kind is GateKind.APPROVAL else "a last answer with what it has"
    return (
        f"yes: then at most {_left(after['approve'])}",
        f"no:  {told}, and at most {plural(fuel(after['deny']), 'click')} follow",
    )


def _left(after: Snapshot) -> str:
    """What a run may still do, this call not counted."""
    limits, usage = after.spec.limits, after.usage
    calls = max(0, (limits.cap("tool_calls", after.extensions) or 0) - usage.tool_calls)
    turns = max(0, (limits.cap("model_turns", after.extensions) or 0) - usage.model_turns)
    seconds = max(0, (limits.cap("wall_seconds", after.extensions) or 0) * 1000 - usage.milliseconds)
    once = [escape.line(tool.name) for tool in after.spec.tools if tool.effect is Effect.ONCE]
    undone = f" ({', '.join(once)} cannot be undone)" if once and calls else ""
    return f"{plural(calls, 'more call')}{undone}, {plural(turns, 'turn')}, {duration(seconds)}; {plural(fuel(after), 'click')} in all"

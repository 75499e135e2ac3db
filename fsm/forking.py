"""Forking: a new run from a click of another.

The fork inherits no approval, key or lock.  A started call that is not READ is in doubt in it; one that was merely
ready asks again where repeating it could matter (the parent may have run it since); approval, in-doubt and question
gates are rebuilt, limit and loop gates fall away; budgets are fresh; a finished parent reopens at PLANNING, or at
what it left in doubt.  Its certificate is the fuel of its first snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from ..states.calls import Call, Outcome, chain, named, settle
from ..states.gates import Gate, call_gate, turn_gate
from ..states.limits import Usage
from ..states.names import Approval, Effect, GateKind, Phase, State, Status
from ..states.ordering import add_gate, ask, drop_held, reached
from ..states.replacing import replace
from ..states.snapshot import Snapshot
from ..states.spec import Spec, ToolSpec
from ..states.texts import Edit

__all__ = ["calls_worth_keeping", "edited", "fork"]


def fork(snapshot: Snapshot, spec: Spec, run: str, at: int) -> Snapshot:
    """The first snapshot of a run that goes on from this click.

    Args:
        snapshot: the click
        spec: what the new run agrees to
        run: the new run's id
        at: now, milliseconds since the epoch
    """
    question = next((gate for gate in snapshot.gates if gate.kind is GateKind.QUESTION), None)
    calls = tuple(_inherited(snapshot, spec, call) for call in calls_worth_keeping(snapshot))
    over = not snapshot.state.live
    opened = over or (not calls and question is None and snapshot.state is State.AWAITING_APPROVAL)
    first = Snapshot(
        run=run,
        spec=spec,
        state=State.PLANNING,
        seq=0,
        at=at,
        turn=snapshot.turn + (1 if opened and not calls else 0),
        usage=Usage(model_turns=1),
        calls=calls,
        history=snapshot.history,
        outcomes=snapshot.outcomes if calls else 0,
        planner=snapshot.planner,
    )
    first = drop_held(_gates(first, question))
    if first.gates:
        return replace(ask(first, at), state=State.AWAITING_APPROVAL)
    if any(not call.settled for call in first.calls):
        return replace(first, state=State.EXECUTING)
    if first.calls:
        return replace(first, state=State.OBSERVING)
    name = reached(replace(first, usage=Usage()))
    return replace(first, last=f"limit.{name}" if name else "")


def edited(first: Snapshot, edits: Iterable[Edit]) -> Snapshot:
    """A fork's first snapshot with other messages: an outcome that is still to be observed says what they say.

    Args:
        first: the snapshot
        edits: the messages that are others
    """
    calls = list(first.calls)
    for edit in edits:
        index = edit.position - first.outcomes
        outcome = calls[index].outcome if first.outcomes and 0 <= index < len(calls) else None
        if outcome is not None:
            calls[index] = settle(calls[index], replace(outcome, text=edit.text))
    return replace(first, calls=tuple(calls)) if edits else first


def calls_worth_keeping(snapshot: Snapshot) -> tuple[Call, ...]:
    """All calls of a live turn; of a finished run only what it left open, with what it settled beside it."""
    left_open = any(call.phase in (Phase.STARTED, Phase.DOUBT) for call in snapshot.calls)
    return snapshot.calls if snapshot.state.live or left_open else ()


def _inherited(snapshot: Snapshot, spec: Spec, call: Call) -> Call:
    """A call as the fork has it; its spec may know another tool under the name, or none."""
    if call.settled:
        return call
    tool = named(snapshot.spec, call)
    may_have_run = call.phase in (Phase.STARTED, Phase.DOUBT)
    if call.tool not in spec.by_name or _told_apart(spec, call) != _told_apart(snapshot.spec, call):
        status = Status.UNKNOWN if may_have_run else Status.NOT_RUN
        return settle(call, Outcome(status=status, reason="tool_changed"))
    if may_have_run:
        return replace(call, phase=Phase.DOUBT, not_before=0)
    rules = (tool.approval, named(spec, call).approval)
    asks = tool.effect is not Effect.READ or any(rule is not Approval.NEVER for rule in rules)
    return replace(call, phase=Phase.PROPOSED if asks else Phase.READY, not_before=0)


def _told_apart(spec: Spec, call: Call) -> list[ToolSpec]:
    """What must not have changed under a pending call: all but words for the model, caps of the run, and who is asked."""
    bare = {"description": "", "output_cap": 0, "calls": 0, "approval": Approval.NEVER}
    return [evolve(tool, **bare) for tool in chain(spec, call)]  # type: ignore[arg-type]  # names of its fields


def _gates(first: Snapshot, question: Gate | None) -> Snapshot:
    for index, call in enumerate(first.calls):
        if call.phase is Phase.PROPOSED:
            first = add_gate(first, call_gate(GateKind.APPROVAL, first.turn, index, call))
        if call.phase is Phase.DOUBT:
            first = add_gate(first, call_gate(GateKind.DOUBT, first.turn, index, call))
    if question is not None:
        first = add_gate(first, turn_gate(GateKind.QUESTION, first.turn, 0, text=question.text))
    return first

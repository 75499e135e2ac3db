"""PLANNING: a plan is ordered.  Asks for MakePlan; takes PlanMade and PlanRefused."""

from __future__ import annotations

from collections import Counter

from .calls import Call, Outcome, Proposal, attempts_of, settle
from .commands import Command, MakePlan
from .events import Event, PlanMade, PlanRefused
from .gates import call_gate, turn_gate
from .legality import refuse
from .limits import Usage, add
from .names import Approval, GateKind, Phase, PlanKind, Status
from .ordering import add_gate, ask, next_plan, reached, spend_reached
from .replacing import replace
from .snapshot import Snapshot

__all__ = ["commands", "finishes", "take", "unusable"]


def commands(snapshot: Snapshot) -> tuple[Command, ...]:
    """What PLANNING asks for."""
    most = min(snapshot.spec.limits.calls_per_turn, _calls_left(snapshot))
    calls = 0 if snapshot.last or _planned_out(snapshot) else most
    return (MakePlan(turn=snapshot.turn, refusals=snapshot.refusals, calls=calls, last=snapshot.last),)


def take(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after a plan or a refused reply, its state still open."""
    if not isinstance(event, PlanMade | PlanRefused):
        refuse(snapshot, event, "a plan is ordered, PlanMade or PlanRefused answers it")
    if event.turn != snapshot.turn or event.refusals != snapshot.refusals:
        refuse(snapshot, event, f"turn {snapshot.turn} with {snapshot.refusals} refusals is ordered")
    if not snapshot.shown <= event.notes <= snapshot.told:
        refuse(snapshot, event, f"between {snapshot.shown} and {snapshot.told} notes can have been seen")
    usage = add(snapshot.usage, event.spent, replies=1)
    if isinstance(event, PlanRefused) or unusable(snapshot, event):
        kind = event.kind if isinstance(event, PlanRefused) else "unusable"
        return _refused(replace(snapshot, usage=usage), kind)
    planner = event.planner or snapshot.planner
    if event.kind is PlanKind.CALLS and not snapshot.last:
        return ask(_accept(snapshot, event, usage, planner), event.at)
    patched = replace(snapshot, usage=usage, history=snapshot.history + 1, planner=planner)
    if finishes(snapshot, event):
        return _finish(patched, event)
    if event.kind is PlanKind.ANSWER:
        return ask(next_plan(patched), event.at)
    if event.kind is PlanKind.GIVE_UP:
        return replace(patched, reason="gave_up", answer=event.answer)
    gate = turn_gate(GateKind.QUESTION, snapshot.turn, snapshot.extensions, text=event.answer)
    return ask(add_gate(patched, gate), event.at)


def unusable(snapshot: Snapshot, event: PlanMade) -> bool:
    """Whether the plan cannot be taken as it is, and goes back to the planner."""
    if snapshot.last:
        return not event.answer
    if event.kind is PlanKind.GIVE_UP:
        return False
    if event.kind is PlanKind.ANSWER:
        return not event.answer
    if _planned_out(snapshot):
        return True
    if event.kind is PlanKind.QUESTION:
        return not (snapshot.spec.ask_person and event.answer)
    return _calls_unusable(snapshot, event)


def _planned_out(snapshot: Snapshot) -> bool:
    """Whether only an answer is left, because there may be no more plans with calls or questions."""
    return 0 < snapshot.spec.plans < snapshot.usage.model_turns


def _calls_unusable(snapshot: Snapshot, event: PlanMade) -> bool:
    """No call or too many, an unknown tool, or one called more often than a run may."""
    spec = snapshot.spec
    if not 0 < len(event.calls) <= spec.limits.calls_per_turn:
        return True
    if any(call.tool not in spec.by_name for call in event.calls):
        return True
    counts = _counted(snapshot, event.calls)
    return any(count > spec.by_name[name].calls for name, count in counts)


def _counted(snapshot: Snapshot, calls: tuple[Proposal, ...]) -> tuple[tuple[str, int], ...]:
    """The counts of tools with a cap of their own, with these calls."""
    capped = [call.tool for call in calls if snapshot.spec.by_name[call.tool].calls]
    if not capped:
        return snapshot.counts
    return tuple(sorted((Counter(dict(snapshot.counts)) + Counter(capped)).items()))


def finishes(snapshot: Snapshot, event: PlanMade) -> bool:
    """Whether a usable plan ends the run: it is the last answer, or an answer that has seen every note.

    An answer with a note unseen ends it too where a cap is reached and no extension is left.
    """
    if snapshot.last:
        return True
    if event.kind is not PlanKind.ANSWER:
        return False
    if event.notes == snapshot.told:
        return True
    spent = replace(snapshot, usage=add(snapshot.usage, event.spent))
    return bool(reached(spent)) and snapshot.extensions >= snapshot.spec.extensions


def _finish(patched: Snapshot, event: PlanMade) -> Snapshot:
    cut_short = patched.last or (f"limit.{reached(patched)}" if event.notes < patched.told else "")
    return replace(patched, reason=cut_short or "answered", answer=event.answer)


def _refused(patched: Snapshot, kind: str) -> Snapshot:
    """One repair is spent; with none left the run has failed."""
    refusals, history = patched.refusals + 1, patched.history + 2
    if refusals <= patched.spec.limits.repairs:
        return replace(patched, refusals=refusals, history=history)
    return replace(patched, refusals=refusals, history=history, reason=patched.last or f"refused.{kind}")


def _accept(snapshot: Snapshot, event: PlanMade, usage: Usage, planner: str) -> Snapshot:
    """Take in the calls: those that fit the caps, with their gates; the rest is settled as not run."""
    single = spend_reached(snapshot, usage)
    room = _calls_left(snapshot)
    calls = tuple(
        [
            _call(snapshot, event, proposal, single=single, fits=index < room)
            for index, proposal in enumerate(event.calls)
        ]
    )
    taken = event.calls[:room]
    first = snapshot.history + 1
    made = replace(
        snapshot,
        calls=calls,
        counts=_counted(snapshot, taken),
        usage=replace(usage, tool_calls=usage.tool_calls + len(taken)),
        history=first + len(calls),
        outcomes=first,
        planner=planner,
    )
    for index, call in enumerate(calls):
        if call.phase is Phase.PROPOSED:
            made = add_gate(made, call_gate(GateKind.APPROVAL, made.turn, index, call))
    return made


def _call(snapshot: Snapshot, event: PlanMade, proposal: Proposal, *, single: bool, fits: bool) -> Call:
    tool = snapshot.spec.by_name[proposal.tool]
    if tool.approval is Approval.ALWAYS and not proposal.asks and not proposal.rule:
        refuse(snapshot, event, f"{tool.name} asks always, and no rule let it pass")
    if tool.approval is Approval.NEVER and proposal.asks:
        refuse(snapshot, event, f"{tool.name} never asks")
    call = Call(
        tool=tool.name,
        arguments=proposal.arguments,
        attempts=attempts_of(tool, single=single),
        phase=Phase.PROPOSED if proposal.asks else Phase.READY,
        single=single,
    )
    return call if fits else settle(call, Outcome(status=Status.NOT_RUN, reason="limit"))


def _calls_left(snapshot: Snapshot) -> int:
    cap = snapshot.spec.limits.cap("tool_calls", snapshot.extensions) or 0
    return max(0, cap - snapshot.usage.tool_calls)

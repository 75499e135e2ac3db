"""Moves: the events that a snapshot can be given, legal and illegal, enumerated from its commands alone.

This is the tests' own reading of "one command is answered by one event": it asks no guard and no patch of the kernel,
so the two can disagree, and then one of them is wrong.

Rules: `legal_events` holds a representative of every kind of answer to every command, and what a person may do at any
time; `illegal_events` holds spoilt copies of them (foreign, early, stale, of another turn, attempt, gate or digest).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from attrs import evolve

from detent.fsm.kernel import commands
from detent.states.calls import Call, Proposal, call_id, chain
from detent.states.commands import (
    AskPerson,
    AwaitLate,
    AwaitTool,
    CallTool,
    Command,
    MakePlan,
    Observe,
    StartTool,
    StopTool,
    ToolCommand,
)
from detent.states.events import (
    Answered,
    Approved,
    CallStarted,
    Cancelled,
    Decision,
    Denied,
    Edited,
    Event,
    Extended,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from detent.states.limits import Spent
from detent.states.names import Approval, GateKind, PlanKind, Ran, Resolution
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec

__all__ = [
    "answers",
    "asking",
    "illegal_events",
    "legal_answers",
    "legal_events",
    "named_call",
    "plans",
    "proposals",
]

FAILURES = (
    (Ran.NO, True),
    (Ran.NO, False),
    (Ran.UNKNOWN, True),
    (Ran.UNKNOWN, False),
    (Ran.YES, False),
)
_SETTLES = {
    GateKind.APPROVAL: (Approved, Edited, Denied, GateExpired),
    GateKind.DOUBT: (Resolved,),
    GateKind.QUESTION: (Answered, Denied, GateExpired),
    GateKind.LIMIT: (Extended, Denied, GateExpired),
    GateKind.LOOP: (Answered, Denied, GateExpired),
}


def legal_events(
    snapshot: Snapshot, *, width: int = 1, results: int = 1, spent: tuple[Spent, ...] = (Spent(),)
) -> Iterator[Event]:
    """Representative legal events of every kind.

    Args:
        snapshot: where
        width: plans of up to so many calls are listed in all their kinds
        results: how many different results a tool may give
        spent: what answering a command may cost
    """
    for command in commands(snapshot):
        for event in legal_answers(snapshot, command, width=width, results=results):
            for cost in spent:
                yield evolve(event, spent=cost)
    yield from _any_time(snapshot)


def _any_time(snapshot: Snapshot) -> Iterator[Event]:
    if not snapshot.state.live or snapshot.cancelling:
        return
    yield Cancelled(run=snapshot.run, at=snapshot.at, by="me")
    if snapshot.told < snapshot.spec.limits.notes:
        yield Told(run=snapshot.run, at=snapshot.at, number=snapshot.told + 1, note="n")


def legal_answers(
    snapshot: Snapshot, command: Command, *, width: int = 1, results: int = 1
) -> Iterator[Event]:
    """Representative legal answers to one command."""
    run, at = snapshot.run, snapshot.at
    match command:
        case MakePlan():
            yield from _plan_answers(snapshot, width)
        case StartTool():
            late_enough = max(at, command.not_before)
            yield CallStarted(run=run, at=late_enough, call=command.call, attempt=command.attempt)
        case CallTool() | AwaitTool() | StopTool():
            at = max(at, command.not_before) if isinstance(command, CallTool) else at
            yield from _results(snapshot, command, at, results)
            yield from _failures(snapshot, command, at)
        case AwaitLate():
            yield from _results(snapshot, command, at, results)
        case Observe():
            yield Observed(run=run, at=at, turn=command.turn)
        case AskPerson():
            yield from _decisions(snapshot, command)


def _plan_answers(snapshot: Snapshot, width: int) -> Iterator[Event]:
    binds: dict[str, Any] = {
        "run": snapshot.run,
        "at": snapshot.at,
        "turn": snapshot.turn,
        "refusals": snapshot.refusals,
        "reply": "reply",
    }
    yield PlanRefused(**binds, notes=snapshot.told, kind="empty_reply", correction="c")
    for seen in dict.fromkeys((snapshot.told, snapshot.shown)):
        yield PlanMade(**binds, notes=seen, kind=PlanKind.ANSWER, answer="a")
    yield PlanMade(**binds, notes=snapshot.told, kind=PlanKind.ANSWER)
    yield PlanMade(**binds, notes=snapshot.told, kind=PlanKind.QUESTION, answer="q")
    yield PlanMade(**binds, notes=snapshot.told, kind=PlanKind.GIVE_UP)
    for calls in plans(snapshot.spec, width):
        yield PlanMade(**binds, notes=snapshot.told, kind=PlanKind.CALLS, calls=calls)


def plans(spec: Spec, width: int) -> Iterator[tuple[Proposal, ...]]:
    """Lists of calls: none, all kinds of up to `width`, a full one of every tool, one too many, an unknown tool."""
    yield ()
    yield (Proposal(tool="nobody", arguments="x"),)
    kinds = [one for tool in spec.tools for one in proposals(tool)]
    if not kinds:
        return
    cap = spec.limits.calls_per_turn
    width = min(width, cap)
    for length in range(1, width + 1):
        yield from product(kinds, repeat=length)
    if cap > width:
        yield tuple(kinds[place % len(kinds)] for place in range(cap))
    yield (kinds[0],) * (cap + 1)


def proposals(tool: ToolSpec) -> Iterator[Proposal]:
    """The ways a call of this tool may be proposed."""
    for asks in asking(tool):
        rule = "" if asks or tool.approval is not Approval.ALWAYS else "rule"
        yield Proposal(tool=tool.name, arguments="x", asks=asks, rule=rule)


def asking(tool: ToolSpec) -> tuple[bool, ...]:
    """Whether a call of this tool may ask, or not: a rule can let one pass that always asks."""
    return (False,) if tool.approval is Approval.NEVER else (True, False)


def named_call(snapshot: Snapshot, name: str) -> Call:
    """The call of this id."""
    return next(
        call
        for index, call in enumerate(snapshot.calls)
        if call_id(snapshot.turn, index, call.fallback) == name
    )


def _results(snapshot: Snapshot, command: ToolCommand, at: int, results: int) -> Iterator[Event]:
    for number in range(results):
        yield ToolReturned(
            run=snapshot.run, at=at, call=command.call, attempt=command.attempt, result=f"r{number}"
        )


def _failures(snapshot: Snapshot, command: ToolCommand, at: int) -> Iterator[Event]:
    call = named_call(snapshot, command.call)
    rest = chain(snapshot.spec, call)[call.fallback + 1 :]
    ways = asking(rest[0]) if rest else (False,)
    for (ran, transient), asks in product(FAILURES, ways):
        rule = "rule" if rest and rest[0].approval is Approval.ALWAYS and not asks else ""
        yield ToolFailed(
            run=snapshot.run,
            at=at,
            call=command.call,
            attempt=command.attempt,
            error="broken",
            message="m",
            ran=ran,
            transient=transient,
            fallback_asks=asks,
            fallback_rule=rule,
        )


def _decisions(snapshot: Snapshot, command: AskPerson) -> Iterator[Event]:
    run, at = snapshot.run, snapshot.at
    if command.expires:
        yield GateExpired(run=run, at=max(at, command.expires), gate=command.gate)
        if at >= command.expires:
            return
    gate: dict[str, Any] = {"run": run, "at": at, "gate": command.gate, "digest": command.digest, "by": "me"}
    match command.kind:
        case GateKind.APPROVAL:
            yield Approved(**gate)
            yield Edited(**gate, arguments="y")
            yield Denied(**gate, reason="why")
        case GateKind.DOUBT:
            yield Resolved(**gate, how=Resolution.HAPPENED, result="r0")
            yield Resolved(**gate, how=Resolution.FAILED, result="why")
            open_gate = next(one for one in snapshot.gates if one.id == command.gate)
            call = snapshot.calls[open_gate.call]
            if call.attempt < call.attempts:
                yield Resolved(**gate, how=Resolution.DID_NOT_HAPPEN)
        case GateKind.QUESTION | GateKind.LOOP:
            yield Answered(**gate, answer="a")
            yield Denied(**gate)
        case GateKind.LIMIT:
            yield Extended(**gate)
            yield Denied(**gate, reason="why")


def answers(command: Command, event: Event) -> bool:
    """Whether this event is an answer to this command, as the page of the design lists them."""
    match command:
        case MakePlan():
            return isinstance(event, PlanMade | PlanRefused) and (event.turn, event.refusals) == (
                command.turn,
                command.refusals,
            )
        case Observe():
            return isinstance(event, Observed) and event.turn == command.turn
        case AskPerson():
            if not isinstance(event, Decision | GateExpired) or event.gate != command.gate:
                return False
            bound = isinstance(event, GateExpired) or event.digest == command.digest
            return bound and isinstance(event, _SETTLES[command.kind])
        case ToolCommand():
            takes: tuple[type[Event], ...] = (ToolReturned, ToolFailed)
            if isinstance(command, StartTool):
                takes = (CallStarted,)
            if isinstance(command, AwaitLate):
                takes = (ToolReturned,)
            if not isinstance(event, takes):
                return False
            return (event.call, event.attempt) == (command.call, command.attempt)  # type: ignore[attr-defined]
    raise AssertionError(command)


def illegal_events(snapshot: Snapshot) -> Iterator[Event]:
    """Events that no run may take here: spoilt copies of legal ones, and every kind out of its place."""
    for event in legal_events(snapshot):
        yield evolve(event, run="another")
        if snapshot.at:
            yield evolve(event, at=snapshot.at - 1)
        yield from _spoilt(snapshot, event)
    for command in commands(snapshot):
        yield from _untimely(snapshot, command)
        yield from _unsound(snapshot, command)
    yield from _out_of_place(snapshot)


def _spoilt(snapshot: Snapshot, event: Event) -> Iterator[Event]:
    if isinstance(event, PlanMade | PlanRefused):
        yield evolve(event, turn=event.turn + 1)
        yield evolve(event, turn=event.turn - 1)
        yield evolve(event, refusals=event.refusals + 1)
        yield evolve(event, notes=snapshot.told + 1)
        yield evolve(event, notes=snapshot.shown - 1)
    if isinstance(event, CallStarted | ToolReturned | ToolFailed):
        yield evolve(event, attempt=event.attempt + 1)
        yield evolve(event, attempt=0)
        yield evolve(event, call="0.0.0")
        yield evolve(event, call=event.call + "1")
        yield evolve(event, call="")
    if isinstance(event, Observed):
        yield evolve(event, turn=event.turn + 1)
    if isinstance(event, Decision):
        yield evolve(event, digest="sha256:0")
        yield evolve(event, gate=event.gate + "0")
    if isinstance(event, GateExpired):
        yield evolve(event, gate="")
    if isinstance(event, Told):
        yield evolve(event, number=event.number + 1)
        yield evolve(event, number=event.number - 1)


def _untimely(snapshot: Snapshot, command: Command) -> Iterator[Event]:
    """Attempts before their time, decisions after it, expiries before it."""
    run, at = snapshot.run, snapshot.at
    if isinstance(command, CallTool | StartTool) and command.not_before > at:
        early = [evolve(event, at=command.not_before - 1) for event in legal_answers(snapshot, command)]
        yield from early
    if isinstance(command, AskPerson):
        if at < command.expires:
            yield GateExpired(run=run, at=command.expires - 1, gate=command.gate)
            decided = (one for one in legal_answers(snapshot, command) if isinstance(one, Decision))
            yield from (evolve(event, at=command.expires) for event in decided)
        elif not command.expires:
            yield GateExpired(run=run, at=at + 10**9, gate=command.gate)


def _unsound(snapshot: Snapshot, command: Command) -> Iterator[Event]:
    """Answers to a command that its tool's policy forbids, and a rerun where no attempt is left."""
    run, at = snapshot.run, snapshot.at
    if isinstance(command, MakePlan) and not snapshot.last and not (snapshot.spec.plans):
        for tool in snapshot.spec.tools:
            if tool.calls or tool.approval is Approval.PREDICATE:
                continue
            bad = Proposal(tool=tool.name, arguments="x", asks=tool.approval is Approval.NEVER)
            yield PlanMade(
                run=run,
                at=at,
                turn=command.turn,
                refusals=command.refusals,
                notes=snapshot.told,
                kind=PlanKind.CALLS,
                calls=(bad,),
            )
    if isinstance(command, AskPerson) and command.kind is GateKind.DOUBT:
        call = snapshot.calls[next(one for one in snapshot.gates if one.id == command.gate).call]
        if call.attempt == call.attempts:
            rerun = Resolution.DID_NOT_HAPPEN
            yield Resolved(run=run, at=at, gate=command.gate, digest=command.digest, how=rerun)


def _out_of_place(snapshot: Snapshot) -> Iterator[Event]:
    """Every kind of event where nothing asks for it; those that a command asks for are left out."""
    run, at = snapshot.run, snapshot.at
    asked = commands(snapshot)
    calls = [call_id(snapshot.turn, index, call.fallback) for index, call in enumerate(snapshot.calls)] or [
        "1.0.0"
    ]
    shown = {one.gate: one.digest for one in asked if isinstance(one, AskPerson)} or {"limit-1-0": "d"}
    every: list[Event] = [
        PlanMade(run=run, at=at, turn=snapshot.turn, kind=PlanKind.ANSWER, answer="a", notes=snapshot.told),
        PlanRefused(run=run, at=at, turn=snapshot.turn, kind="empty_reply", notes=snapshot.told),
        Observed(run=run, at=at, turn=snapshot.turn),
    ]
    for one in calls:
        call = named_call(snapshot, one) if snapshot.calls else None
        binds: dict[str, Any] = {"run": run, "at": at, "call": one, "attempt": call.attempt if call else 1}
        every += [
            CallStarted(**binds),
            ToolReturned(**binds, result="r0"),
            ToolFailed(**binds, error="broken", ran=Ran.YES),
        ]
    for gate, digest in shown.items():
        bound: dict[str, Any] = {"run": run, "at": at, "gate": gate, "digest": digest}
        every += [
            Approved(**bound),
            Edited(**bound, arguments="y"),
            Denied(**bound),
            Resolved(**bound, how=Resolution.HAPPENED),
            Answered(**bound, answer="a"),
            Extended(**bound),
            GateExpired(run=run, at=at, gate=gate),
        ]
    yield from (event for event in every if not any(answers(command, event) for command in asked))
    if not snapshot.state.live or snapshot.cancelling:
        yield Told(run=run, at=at, number=snapshot.told + 1, note="n")
        yield Cancelled(run=run, at=at)

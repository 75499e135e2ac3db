"""Reasons: the facts behind the guards of one click, in words.

A guard's value says yes or no; here is what it looked at, in numbers and names, so that a person can check it.  Pure:
a function of the transition alone, so the reasons of a stored click are those it had when it was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from ..states.calls import call_id, named
from ..states.events import Observed, PlanMade, PlanRefused
from ..states.gates import Gate
from ..states.limits import EXTENDED
from ..states.names import Approval, GateKind, PlanKind
from ..states.snapshot import Snapshot
from .guards import Guard
from .kernel import Transition
from .table import Row, asked, candidates

__all__ = ["Lost", "Reason", "lost", "reasons"]


@frozen
class Reason:
    """One guard that was asked.

    Args:
        guard: its name
        value: its value
        meaning: what it asks, in a sentence
        facts: what it looked at
    """

    guard: str
    value: bool
    meaning: str
    facts: tuple[str, ...]


@frozen
class Lost:
    """A candidate that was not taken.

    Args:
        row: it
        against: the guards that spoke against it
    """

    row: Row
    against: tuple[str, ...]


def reasons(click: Transition) -> tuple[Reason, ...]:
    """Every guard that was asked at a click, with its value and the facts behind it."""
    return tuple(
        Reason(name, click.guards[name], _meaning(guard), _FACTS[name](click))
        for name, guard in asked(click.before.state, type(click.event).__name__)
    )


def lost(click: Transition) -> tuple[Lost, ...]:
    """The candidates that lost, each with what spoke against it."""
    rivals = candidates(click.before.state, type(click.event).__name__)
    return tuple(Lost(row, row.lost(click.guards)) for row in rivals if row is not click.row)


def _meaning(guard: Guard) -> str:
    return (guard.__doc__ or "").strip()


def _unusable(click: Transition) -> tuple[str, ...]:
    before, after = click.before, click.after
    if after.refusals == before.refusals:
        return (f"{before.refusals} of {before.spec.limits.repairs} repairs of this turn are used",)
    refused = (f"the reply was refused: {click.event.kind}",) if isinstance(click.event, PlanRefused) else ()
    return (
        *refused,
        *(() if refused else _plan(click)),
        f"refusal {after.refusals}; {before.spec.limits.repairs} repairs a turn",
    )


def _plan(click: Transition) -> tuple[str, ...]:
    if not isinstance(click.event, PlanMade):
        return (f"the event is {type(click.event).__name__}",)
    count = len(click.event.calls)
    calls = f" with {count} call{'' if count == 1 else 's'}" if click.event.kind is PlanKind.CALLS else ""
    return (f"the plan is of kind {click.event.kind.value}{calls}",)


def _ends(click: Transition) -> tuple[str, ...]:
    before = click.before
    last = f"it is the last answer ({before.last})" if before.last else "it is not the last answer"
    notes = (
        f"{before.shown} of {before.told} notes were before the model"
        if before.told
        else "there are no notes"
    )
    return (*_plan(click), last, notes)


def _gates(click: Transition) -> tuple[str, ...]:
    after, event = click.after, click.event
    told = [_gate(click, gate) for gate in after.gates] or ["no gate is open"]
    if isinstance(event, PlanMade):
        told += [f"{one.tool} passes by the rule {one.rule}" for one in event.calls if one.rule]
    if isinstance(event, Observed):
        told += [_limit(click.before, name) for name in EXTENDED if _capped(click.before, name)]
    return tuple(told)


def _capped(snapshot: Snapshot, name: str) -> bool:
    return snapshot.spec.limits.cap(name, snapshot.extensions) is not None


def _gate(click: Transition, gate: Gate) -> str:
    after = click.after
    if gate.kind is GateKind.LIMIT:
        return f"{gate.id}: {_limit(after, gate.name)} are used"
    if gate.kind is GateKind.LOOP:
        return f"{gate.id}: {after.spec.limits.loop_window} turns made the same calls with the same results"
    if gate.call < 0:
        return f"{gate.id}: the planner asks the person"
    call = after.calls[gate.call]
    tool = named(after.spec, call)
    if gate.kind is GateKind.DOUBT:
        return f"{gate.id}: attempt {call.attempt} of {tool.name} may have run"
    asks = (
        "its own rule asks here" if tool.approval is Approval.PREDICATE else f"approval {tool.approval.value}"
    )
    return f"{gate.id}: {tool.name} is {tool.effect.value}, {asks}, and no rule of the run lets it pass"


def _limit(after: Snapshot, name: str) -> str:
    used = after.usage.milliseconds // 1000 if name == "wall_seconds" else getattr(after.usage, name)
    granted = (
        f", {after.extensions} of {after.spec.extensions} extensions granted" if after.extensions else ""
    )
    return f"{used} of {after.spec.limits.cap(name, after.extensions)} {name}{granted}"


def _calls(click: Transition) -> tuple[str, ...]:
    after = click.after
    told = tuple(
        f"{call_id(after.turn, index, call.fallback)} {named(after.spec, call).name}: "
        + (call.outcome.status.value if call.outcome else call.phase.value)
        for index, call in enumerate(after.calls)
    )
    return told or ("the turn has no calls",)


def _cancelling(click: Transition) -> tuple[str, ...]:
    return ("a person ended the run" if click.after.cancelling else "nobody ended the run",)


def _failed(click: Transition) -> tuple[str, ...]:
    return (f"reason {click.after.reason}" if click.after.reason else "nothing has ended the run",)


_FACTS: Mapping[str, Callable[[Transition], tuple[str, ...]]] = {
    "a_call_can_run": _calls,
    "a_gate_is_open": _gates,
    "calls_remain": _calls,
    "cancelling": _cancelling,
    "plan_ends_the_run": _ends,
    "plan_gives_up": _plan,
    "plan_has_calls": _plan,
    "plan_is_a_question": _plan,
    "plan_is_an_answer": _plan,
    "reply_is_unusable": _unusable,
    "the_run_has_failed": _failed,
}

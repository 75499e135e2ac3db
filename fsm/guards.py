"""Guards: named pure questions about a transition, asked after the patch and before the row is picked.

Each looks at the snapshot before, the event, and the patched snapshot; at no clock, registry or setting.  Their
values are kept with every transition, so `why` can say what was true.
"""

from __future__ import annotations

from collections.abc import Callable

from ..states.events import Event, PlanMade
from ..states.executing import busy
from ..states.names import PlanKind
from ..states.planning import finishes
from ..states.snapshot import Snapshot

__all__ = [
    "Guard",
    "a_call_can_run",
    "a_gate_is_open",
    "calls_remain",
    "cancelling",
    "plan_ends_the_run",
    "plan_gives_up",
    "plan_has_calls",
    "plan_is_a_question",
    "plan_is_an_answer",
    "reply_is_unusable",
    "the_run_has_failed",
]

Guard = Callable[[Snapshot, Event, Snapshot], bool]


def reply_is_unusable(before: Snapshot, _: Event, after: Snapshot) -> bool:
    """The planner's reply was refused, or its plan cannot be taken."""
    return after.refusals > before.refusals


def plan_ends_the_run(before: Snapshot, event: Event, _: Snapshot) -> bool:
    """The plan is the last answer, or an answer that has seen every note."""
    return isinstance(event, PlanMade) and finishes(before, event)


def plan_is_an_answer(_: Snapshot, event: Event, __: Snapshot) -> bool:
    """The plan is an answer."""
    return isinstance(event, PlanMade) and event.kind is PlanKind.ANSWER


def plan_is_a_question(_: Snapshot, event: Event, __: Snapshot) -> bool:
    """The plan is a question to the person."""
    return isinstance(event, PlanMade) and event.kind is PlanKind.QUESTION


def plan_has_calls(_: Snapshot, event: Event, __: Snapshot) -> bool:
    """The plan has calls to make."""
    return isinstance(event, PlanMade) and event.kind is PlanKind.CALLS


def plan_gives_up(_: Snapshot, event: Event, __: Snapshot) -> bool:
    """The planner sees no way on: a workflow's step failed for good."""
    return isinstance(event, PlanMade) and event.kind is PlanKind.GIVE_UP


def a_gate_is_open(_: Snapshot, __: Event, after: Snapshot) -> bool:
    """A person has something to settle."""
    return bool(after.gates)


def a_call_can_run(_: Snapshot, __: Event, after: Snapshot) -> bool:
    """A call may run now, or a started one is still out."""
    return busy(after)


def calls_remain(_: Snapshot, __: Event, after: Snapshot) -> bool:
    """The turn has calls, settled ones included."""
    return bool(after.calls)


def cancelling(_: Snapshot, __: Event, after: Snapshot) -> bool:
    """A person ended the run, and started attempts are waited for, or were."""
    return after.cancelling


def the_run_has_failed(_: Snapshot, __: Event, after: Snapshot) -> bool:
    """No repair is left."""
    return bool(after.reason)

"""PLANNING: what a plan may be, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from detent.fsm.kernel import commands
from detent.states.calls import Proposal
from detent.states.commands import MakePlan
from detent.states.errors import IllegalEvent
from detent.states.events import Answered, Approved, Denied, Observed, PlanMade
from detent.states.limits import Limits, Spent
from detent.states.names import Approval, AtLimit, GateKind, Phase, PlanKind, State, Status
from detent.states.planning import finishes
from tests.stage import Stage, once, put, read


def plan_of(stage: Stage) -> MakePlan:
    """The plan that is asked for."""
    (asked,) = commands(stage.now)
    assert isinstance(asked, MakePlan)
    return asked


def test_it_asks_for_one_plan_and_says_what_may_be_spent() -> None:
    """MakePlan names the turn, the refusals, and how many calls the plan may hold."""
    stage = Stage.of(read(), limits=Limits(tool_calls=3, calls_per_turn=2))
    assert plan_of(stage) == MakePlan(turn=1, refusals=0, calls=2)

    stage.plans("read", "read").returns(0).returns(1).observes().refuses()

    assert plan_of(stage) == MakePlan(turn=2, refusals=1, calls=1)


def test_a_note_does_not_change_the_command() -> None:
    """A planner that is at work is not started again for a note."""
    stage = Stage.of(read())
    before = commands(stage.now)

    assert commands(stage.hears().now) == before


def test_no_calls_are_offered_after_the_last_plan_that_may_have_some() -> None:
    """Where the number of plans is bound, the turn after them offers no calls."""
    stage = Stage.of(read(), plans=1, planner="workflow").plans("read").returns().observes()

    assert plan_of(stage).calls == 0
    assert stage.plans("read").now.refusals == 1


def test_it_takes_nothing_but_plans() -> None:
    """What answers another command is refused."""
    with pytest.raises(IllegalEvent, match="a plan is ordered"):
        Stage.of(read()).does(Observed, turn=1)


@pytest.mark.parametrize("stale", [{"turn": 2}, {"refusals": 1}])
def test_a_plan_answers_the_turn_and_its_refusals(stale: dict[str, Any]) -> None:
    """A plan for another turn, or for the turn before its correction, is refused."""
    stage = Stage.of(read())
    with pytest.raises(IllegalEvent, match="turn 1 with 0 refusals"):
        stage.answers(**stale)


@pytest.mark.parametrize("seen", [-1, 2])
def test_a_plan_has_seen_notes_that_were_told(seen: int) -> None:
    """A plan cannot have seen more notes than were told, or fewer than were shown."""
    stage = Stage.of(read()).hears()
    with pytest.raises(IllegalEvent, match="between 0 and 1 notes"):
        stage.answers(notes=seen)


def test_an_answer_ends_the_run() -> None:
    """An answer that has seen every note is the run's answer."""
    done = Stage.of(read()).answers("sha256:a").now

    assert (done.state, done.reason, done.answer) == (State.DONE, "answered", "sha256:a")


def test_an_answer_that_has_not_seen_a_note_is_planned_again() -> None:
    """A note told while the planner was at work gets a turn of its own."""
    stage = Stage.of(read()).hears().answers(notes=0)

    assert (stage.now.state, stage.now.turn, stage.now.shown) == (State.PLANNING, 2, 1)


def test_at_a_limit_an_unseen_note_asks_for_an_extension() -> None:
    """Where a cap is reached the turn for a note has to be granted."""
    stage = Stage.of(read(), limits=Limits(model_turns=2)).hears().answers(notes=0)

    assert stage.gate().kind is GateKind.LIMIT


def test_with_no_extension_left_an_unseen_note_stays_unseen() -> None:
    """A run that may not go on ends with the answer it has."""
    limits = Limits(model_turns=2)
    done = Stage.of(read(), limits=limits, at_limit=AtLimit.FINISH).hears().answers(notes=0).now

    assert (done.state, done.reason) == (State.DONE, "limit.model_turns")


@pytest.mark.parametrize("kind", list(PlanKind))
def test_a_plan_without_what_it_needs_is_refused(kind: PlanKind) -> None:
    """No text, no calls: it goes back to the planner; giving up needs nothing."""
    stage = Stage.of(read(), ask_person=True)
    stage.take(stage.planned(kind))

    if kind is PlanKind.GIVE_UP:
        assert (stage.now.state, stage.now.reason) == (State.FAILED, "gave_up")
    else:
        assert (stage.now.state, stage.now.refusals, stage.now.history) == (State.PLANNING, 1, 3)


@pytest.mark.parametrize("names", [("nobody",), ("read",) * 9, ("few", "few")])
def test_a_plan_that_asks_for_too_much_is_refused(names: tuple[str, ...]) -> None:
    """An unknown tool, a call too many in a turn, or one too many of a tool with a cap of its own."""
    stage = Stage.of(read(), read("few", calls=1)).plans(*names)

    assert (stage.now.state, stage.now.refusals) == (State.PLANNING, 1)


def test_a_tool_may_be_called_as_often_as_its_own_cap_says() -> None:
    """The calls of earlier turns count against it."""
    stage = Stage.of(read("few", calls=2), read()).plans("few", "read").returns(0).returns(1).observes()
    assert stage.now.counts == (("few", 1),)

    stage.plans("few", "few")
    assert stage.now.refusals == 1
    stage.plans("few")
    assert stage.now.counts == (("few", 2),)


def test_a_question_needs_permission_to_ask() -> None:
    """Only an agent with ask_person may put a question."""
    assert Stage.of(read()).asks().now.refusals == 1
    stage = Stage.of(read(), ask_person=True).asks("sha256:q")
    assert (stage.gate().kind, stage.now.gates[0].text) == (GateKind.QUESTION, "sha256:q")


def test_a_question_counts_as_a_plan() -> None:
    """Where the number of plans is bound, the turn after them is for the answer alone."""
    stage = Stage.of(read(), ask_person=True, plans=1).asks().decides(Answered, answer="a")

    assert stage.asks().now.refusals == 1


@pytest.mark.parametrize("last", ["refused", "unusable"])
def test_refusals_use_up_the_repairs(last: str) -> None:
    """After as many refused replies as there are repairs one more fails the run, and says why."""
    stage = Stage.of(read(), limits=Limits(repairs=1)).refuses("broken_json")
    if last == "refused":
        stage.refuses("broken_json")
        assert (stage.now.state, stage.now.reason) == (State.FAILED, "refused.broken_json")
    else:
        stage.answers("")
        assert (stage.now.state, stage.now.reason) == (State.FAILED, "refused.unusable")


def test_the_last_turn_takes_any_text_as_the_answer() -> None:
    """Whatever else the reply asks for is ignored."""
    stage = Stage.of(read(), limits=Limits(model_turns=1))
    assert plan_of(stage) == MakePlan(turn=1, refusals=0, calls=0, last="limit.model_turns")

    done = stage.plans("read", answer="sha256:partial").now

    assert (done.state, done.answer, done.reason) == (State.DONE, "sha256:partial", "limit.model_turns")
    assert done.calls == ()


def test_the_last_turn_without_text_fails() -> None:
    """Calls alone are no answer."""
    stage = Stage.of(read(), limits=Limits(model_turns=1, repairs=0)).plans("read")

    assert (stage.now.state, stage.now.reason) == (State.FAILED, "limit.model_turns")


def test_calls_run_when_none_asks() -> None:
    """A plan whose calls need nobody goes to work, and its calls and their messages have their places."""
    stage = Stage.of(read()).plans("read", "read")

    assert stage.now.state is State.EXECUTING
    assert [call.phase for call in stage.now.calls] == [Phase.READY, Phase.READY]
    assert (stage.now.usage.tool_calls, stage.now.history, stage.now.outcomes) == (2, 4, 2)


def test_all_gates_of_a_plan_are_shown_together() -> None:
    """One call that asks holds the whole plan."""
    stage = Stage.of(read(), once()).plans("once", "read", "once", asks=("once",))

    assert stage.now.state is State.AWAITING_APPROVAL
    assert [gate.call for gate in stage.now.gates] == [0, 2]


def test_calls_beyond_the_cap_are_settled_as_not_run() -> None:
    """What fits runs, the rest is told why it does not."""
    stage = Stage.of(read(), once(), limits=Limits(tool_calls=1)).plans("read", "once", asks=("once",))

    rest = stage.call(1).outcome
    assert stage.now.state is State.EXECUTING
    assert rest is not None
    assert (rest.status, rest.reason) == (Status.NOT_RUN, "limit")
    assert stage.now.usage.tool_calls == 1


def test_calls_accepted_with_a_spent_cap_get_one_attempt() -> None:
    """How often a call may be tried is fixed when its plan is accepted."""
    stage = Stage.of(put(), limits=Limits(tokens=5)).plans("put", spent=Spent(tokens=5))

    assert (stage.call().attempts, stage.call().single) == (1, True)


def test_a_tool_that_always_asks_asks() -> None:
    """Only a rule can let such a call pass unasked."""
    stage = Stage.of(once(approval=Approval.ALWAYS))
    with pytest.raises(IllegalEvent, match="asks always"):
        stage.plans("once")

    stage.plans(calls=(Proposal(tool="once", arguments="x", rule="once *"),))
    assert stage.now.state is State.EXECUTING


def test_a_tool_that_never_asks_does_not() -> None:
    """A gate that the policy does not know is a driver's mistake."""
    with pytest.raises(IllegalEvent, match="never asks"):
        Stage.of(read()).plans("read", asks=("read",))


def test_only_an_answer_ends_the_run_before_its_last_turn() -> None:
    """A plan with calls never does."""
    stage = Stage.of(read())
    event = stage.planned(PlanKind.CALLS, calls=(Proposal(tool="read", arguments="x"),))

    assert isinstance(event, PlanMade)
    assert not finishes(stage.now, event)


def test_a_changed_planner_is_remembered() -> None:
    """The digest of the planner's own state is kept until it changes."""
    stage = Stage.of(read()).plans("read", planner="sha256:p").returns().observes()
    assert stage.now.planner == "sha256:p"

    assert stage.plans("read", planner="sha256:q").now.planner == "sha256:q"


def test_denying_a_plan_ends_its_turn() -> None:
    """The turn of a plan that was denied is observed like any other."""
    stage = Stage.of(once()).plans("once", asks=("once",)).decides(Denied, reason="sha256:no")

    assert stage.now.state is State.OBSERVING
    assert Stage.of(once()).plans("once", asks=("once",)).decides(Approved).now.state is State.EXECUTING

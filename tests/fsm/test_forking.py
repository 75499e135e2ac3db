"""Forking: what a new run takes over from a click of another, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings

from detent.fsm.fuel import fuel
from detent.fsm.kernel import commands, fork
from detent.states.commands import AskPerson, CallTool, MakePlan
from detent.states.errors import IllegalEvent
from detent.states.events import Approved, Denied
from detent.states.gates import binding
from detent.states.limits import Limits, Usage
from detent.states.names import Approval, GateKind, Phase, Ran, State, Status
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.stage import NOW, Stage, once, put, read, spec_of
from tests.strategies import small_specs, snapshots

LATER = NOW + 7


def forked(stage: Stage, spec: Spec | None = None) -> Snapshot:
    """A fork of a stage's last click."""
    return fork(stage.now, spec or stage.now.spec, "fork", LATER)


def phases(snapshot: Snapshot) -> list[Phase]:
    """How far each call has come."""
    return [call.phase for call in snapshot.calls]


@settings(max_examples=60)
@given(snapshot=snapshots(), spec=small_specs())
def test_a_fork_is_a_fresh_run(snapshot: Snapshot, spec: Spec) -> None:
    """Live, at seq 0, with nothing spent, no refusal, no loop and no note of its parent's, and sure to stop."""
    made = fork(snapshot, spec, "fork", LATER + snapshot.at)

    assert made.state.live
    assert (made.run, made.seq, made.spec) == ("fork", 0, spec)
    assert made.usage == Usage(model_turns=1)
    assert (made.refusals, made.loop, made.repeats, made.told, made.extensions) == (0, "", 0, 0, 0)
    assert made.turn >= snapshot.turn
    assert made.history == snapshot.history
    assert Phase.STARTED not in phases(made)
    assert commands(made)
    assert fuel(made) > 0


def test_a_plan_is_asked_for_again() -> None:
    """Its turn keeps its number, since keys must not repeat."""
    stage = Stage.of(read()).plans("read").returns().observes().refuses()

    assert commands(forked(stage)) == (MakePlan(turn=2, refusals=0, calls=8),)


def test_a_finished_run_reopens_at_the_next_turn() -> None:
    """Whether it was done or had failed."""
    done, failed = forked(Stage.of(read()).answers()), forked(Stage.of(read()).plans("read").cancels())

    assert (done.state, done.turn, done.reason, done.answer) == (State.PLANNING, 2, "", "")
    assert (failed.state, failed.turn, failed.calls) == (State.PLANNING, 2, ())


def test_a_spec_without_a_turn_to_give_begins_with_its_last() -> None:
    """Budgets are fresh, and may be small."""
    assert forked(Stage.of(read()), spec_of(limits=Limits(model_turns=1))).last == "limit.model_turns"


def test_what_had_started_is_in_doubt() -> None:
    """Also what is safe to repeat: the parent's key is not the fork's."""
    stage = Stage.of(put(parallel=True), once()).plans("put", "once").starts()
    made = forked(stage)

    assert phases(made) == [Phase.DOUBT, Phase.PROPOSED]
    assert {gate.kind for gate in made.gates} == {GateKind.DOUBT, GateKind.APPROVAL}
    assert made.state is State.AWAITING_APPROVAL
    assert made.gates[0].opened == LATER


def test_what_was_ready_asks_again_where_repeating_could_matter() -> None:
    """The parent may have run it since."""
    tools = (read(), read("asker", approval=Approval.PREDICATE), put())
    made = forked(Stage.of(*tools).plans("read", "asker", "put"))

    assert phases(made) == [Phase.READY, Phase.PROPOSED, Phase.PROPOSED]


def test_reads_go_on() -> None:
    """What nobody has to be asked about runs."""
    made = forked(Stage.of(read()).plans("read", "read").returns(1))

    assert made.state is State.EXECUTING
    assert [type(one) for one in commands(made)] == [CallTool]


def test_a_turn_whose_outcomes_are_in_is_observed() -> None:
    """They are the parent's, and in the history both share."""
    made = forked(Stage.of(read()).plans("read").returns())

    assert (made.state, made.outcomes) == (State.OBSERVING, 2)


def test_a_gate_is_rebuilt_for_the_new_run() -> None:
    """No decision about the parent's fits it."""
    stage = Stage.of(once(), limits=Limits(gate_seconds=1)).plans("once", asks=("once",))
    made = forked(stage)
    (asked,) = commands(made)

    assert isinstance(asked, AskPerson)
    assert (asked.gate, asked.expires) == (stage.gate().gate, LATER + 1000)
    assert asked.digest == binding("fork", made.spec, made.gates[0], made.calls) != stage.gate().digest


def test_a_question_stays_open() -> None:
    """It is the same turn, and the same words."""
    made = forked(Stage.of(ask_person=True).asks("sha256:q"))

    assert (made.state, made.turn, made.gates[0].text) == (State.AWAITING_APPROVAL, 1, "sha256:q")


@pytest.mark.parametrize("limits", [{"model_turns": 2}, {"loop_window": 2}])
def test_limit_and_loop_gates_fall_away(limits: dict[str, int]) -> None:
    """Budgets and the loop's memory are fresh."""
    stage = Stage.of(read(), limits=Limits(**limits))
    while stage.now.state is not State.AWAITING_APPROVAL:
        stage.plans("read").returns().observes()
    made = forked(stage)

    assert (made.state, made.gates, made.turn) == (State.PLANNING, (), stage.now.turn + 1)


def test_a_cancelled_run_opens_at_what_it_left_in_doubt() -> None:
    """The person still has to say what happened."""
    stage = Stage.of(once()).plans("once").starts().fails(ran=Ran.UNKNOWN).cancels()
    made = forked(stage)

    assert (made.state, made.turn, phases(made)) == (State.AWAITING_APPROVAL, 1, [Phase.DOUBT])


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"parameters": "{}"}, {"attempts": 1}, {"parallel": True}]
)
@pytest.mark.parametrize("started", [False, True])
def test_a_pending_call_of_a_changed_tool_is_settled(change: dict[str, Any], *, started: bool) -> None:
    """Its outcome says whether it may have run; nobody is asked about a tool that is gone."""
    stage = Stage.of(once()).plans("once")
    stage = stage.starts() if started else stage
    outcome = forked(stage, spec_of(once(**change))).calls[0].outcome

    assert outcome is not None
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN if started else Status.NOT_RUN, "tool_changed")


def test_other_words_for_a_tool_are_no_change_of_it() -> None:
    """What the model is told of it, how much of a result it is shown, how often a run may call it."""
    stage = Stage.of(once()).plans("once", asks=("once",))
    reworded = spec_of(once(description="Pay.", output_cap=9, calls=3))

    assert phases(forked(stage, reworded)) == [Phase.PROPOSED]


def test_a_changed_fallback_is_a_change() -> None:
    """A yes would cover it too."""
    stage = Stage.of(read(fallback=("put",)), put()).plans("read")
    changed = spec_of(read(fallback=("put",)), put(version=2))

    assert phases(forked(stage, changed)) == [Phase.SETTLED]


def test_what_waited_for_a_tool_that_is_gone_does_not_run() -> None:
    """Its failure is the worst that can be thought of."""
    stage = Stage.of(put(), once()).plans("put", "once", asks=("put", "once"))
    made = forked(stage, spec_of(once()))

    assert [call.outcome.reason for call in made.calls if call.outcome] == ["tool_changed", "earlier_failed"]
    assert made.state is State.OBSERVING


def test_settled_calls_are_taken_over() -> None:
    """With their outcomes, also of tools that the fork has not got."""
    stage = Stage.of(read(), once("keep")).plans("read", "keep", asks=("keep",)).decides(Approved).returns(0)
    made = forked(stage, spec_of(once("keep")))
    assert made.calls[0] == stage.call(0)
    with pytest.raises(IllegalEvent, match="has its outcome"):
        Stage(made).returns(0)

    again = Stage(made).decides(Denied)
    assert again.now.state is State.OBSERVING


def test_the_parent_is_not_touched() -> None:
    """A fork reads."""
    stage = Stage.of(put()).plans("put").starts()
    before = evolve(stage.now)
    forked(stage)

    assert stage.now == before

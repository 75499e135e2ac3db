"""AWAITING_APPROVAL: what settles which gate, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from detent.fsm.kernel import commands
from detent.states.awaiting_approval import SETTLED_BY
from detent.states.commands import AskPerson, AwaitLate
from detent.states.errors import IllegalEvent
from detent.states.events import (
    DECISIONS,
    Answered,
    Approved,
    Decision,
    Denied,
    Edited,
    Extended,
    GateExpired,
    Observed,
    Resolved,
    ToolReturned,
)
from detent.states.limits import Limits, Spent
from detent.states.names import GateKind, Phase, Ran, Resolution, State, Status
from tests.stage import NOW, Stage, once, read

MORE: dict[type[Decision], dict[str, Any]] = {
    Edited: {"arguments": "y"},
    Resolved: {"how": Resolution.HAPPENED, "result": "r"},
    Answered: {"answer": "a"},
}


def at_gate(kind: GateKind, **limits: int) -> Stage:
    """A run that waits at a gate of this kind."""
    match kind:
        case GateKind.APPROVAL:
            return Stage.of(once(), limits=Limits(**limits)).plans("once", asks=("once",))
        case GateKind.DOUBT:
            return Stage.of(once(), limits=Limits(**limits)).plans("once").starts().fails(ran=Ran.UNKNOWN)
        case GateKind.QUESTION:
            return Stage.of(ask_person=True, limits=Limits(**limits)).asks()
        case GateKind.LIMIT:
            stage = Stage.of(read(), limits=Limits(**{"model_turns": 2, **limits}))
            return stage.plans("read").returns().observes()
        case GateKind.LOOP:
            stage = Stage.of(read(), limits=Limits(**{"loop_window": 2, **limits}))
            return stage.plans("read").returns().observes().plans("read").returns().observes()


@pytest.mark.parametrize("kind", list(GateKind))
def test_it_puts_the_gate_to_the_person(kind: GateKind) -> None:
    """AskPerson names the gate, what a decision must quote, and when it expires."""
    stage = at_gate(kind, gate_seconds=60)
    asked = stage.gate()

    assert asked.kind is kind
    assert asked.digest.startswith("sha256:")
    assert asked.expires == (0 if kind is GateKind.DOUBT else NOW + 60_000)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("kind", list(GateKind))
def test_a_gate_takes_its_own_decisions(kind: GateKind, decision: type[Decision]) -> None:
    """Any other decision is refused, and the refusal names those that settle it."""
    stage = at_gate(kind)
    if decision in SETTLED_BY[kind]:
        assert stage.decides(decision, **MORE.get(decision, {})).now.gates == ()
    else:
        with pytest.raises(IllegalEvent, match=f"settled by .*{SETTLED_BY[kind][0].__name__}"):
            stage.decides(decision, **MORE.get(decision, {}))


@pytest.mark.parametrize("kind", [kind for kind in GateKind if kind is not GateKind.DOUBT])
def test_a_gate_expires_when_its_time_is_over(kind: GateKind) -> None:
    """From then on a decision comes too late; before, an expiry comes too soon."""
    stage = at_gate(kind, gate_seconds=60)
    over = stage.gate().expires
    with pytest.raises(IllegalEvent, match="has not expired"):
        stage.does(GateExpired, gate=stage.gate().gate, at=over - 1)
    decision = SETTLED_BY[kind][0]
    assert issubclass(decision, Decision)
    with pytest.raises(IllegalEvent, match="has expired"):
        stage.decides(decision, at=over, **MORE.get(decision, {}))

    assert stage.expires().now.gates == ()


def test_a_doubt_never_expires() -> None:
    """Nobody's silence says whether it happened."""
    stage = at_gate(GateKind.DOUBT, gate_seconds=1)
    with pytest.raises(IllegalEvent, match="has not expired"):
        stage.does(GateExpired, gate=stage.gate().gate, at=NOW + 10**9)


def test_an_approval_runs_the_call() -> None:
    """Yes means these bytes."""
    stage = at_gate(GateKind.APPROVAL).decides(Approved, spent=Spent(milliseconds=3))

    assert (stage.now.state, stage.call().phase, stage.call().arguments) == (
        State.EXECUTING,
        Phase.READY,
        "x",
    )
    assert stage.now.usage.milliseconds == 3


def test_an_edit_runs_the_call_with_the_persons_bytes() -> None:
    """Their own arguments need no second yes."""
    stage = at_gate(GateKind.APPROVAL).decides(Edited, arguments="sha256:mine")

    assert (stage.call().phase, stage.call().arguments) == (Phase.READY, "sha256:mine")


@pytest.mark.parametrize("expired", [False, True])
def test_a_no_is_an_outcome(*, expired: bool) -> None:
    """The model is told the person's reason, or that nobody answered."""
    stage = at_gate(GateKind.APPROVAL, gate_seconds=1)
    stage = stage.expires() if expired else stage.decides(Denied, reason="sha256:why")
    outcome = stage.call().outcome

    assert outcome is not None
    assert (outcome.status, outcome.reason) == (Status.DENIED, "expired" if expired else "denied")
    assert outcome.text == ("" if expired else "sha256:why")
    assert stage.now.state is State.OBSERVING


def test_nothing_of_a_plan_starts_until_all_its_gates_are_settled() -> None:
    """A first yes waits for the second."""
    stage = Stage.of(once(parallel=True)).plans("once", "once", asks=("once",)).decides(Approved)
    assert stage.now.state is State.AWAITING_APPROVAL

    assert stage.decides(Approved).now.state is State.EXECUTING


def test_a_denied_call_drops_what_it_held_back() -> None:
    """The gates of what can no longer run close with it."""
    stage = Stage.of(once()).plans("once", "once", "once", asks=("once",)).decides(Denied)

    assert stage.now.state is State.OBSERVING
    assert [one.outcome.reason for one in stage.now.calls if one.outcome] == [
        "denied",
        "earlier_failed",
        "earlier_failed",
    ]


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [(Resolution.HAPPENED, Status.OK, ""), (Resolution.FAILED, Status.FAILED, "resolved_failed")],
)
def test_a_doubt_is_what_the_person_says(how: Resolution, status: Status, reason: str) -> None:
    """It happened with this result, or it failed."""
    stage = at_gate(GateKind.DOUBT).decides(Resolved, how=how, result="sha256:r")
    outcome = stage.call().outcome

    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.text) == (status, reason, "sha256:r")


def test_what_did_not_happen_is_tried_again() -> None:
    """That is the yes to it: there is no second gate."""
    stage = at_gate(GateKind.DOUBT).decides(Resolved, how=Resolution.DID_NOT_HAPPEN)

    assert (stage.now.state, stage.call().phase, stage.call().attempt) == (State.EXECUTING, Phase.READY, 2)


def test_a_rerun_needs_an_attempt() -> None:
    """Where none is left it cannot be said that it did not happen."""
    stage = Stage.of(once(attempts=1)).plans("once").starts().fails(ran=Ran.UNKNOWN)
    with pytest.raises(IllegalEvent, match="no attempt left"):
        stage.decides(Resolved, how=Resolution.DID_NOT_HAPPEN)


def test_a_late_result_settles_a_doubt() -> None:
    """The attempt may still be running; its result closes the gate."""
    stage = at_gate(GateKind.DOUBT)
    assert [type(one) for one in commands(stage.now)] == [AskPerson, AwaitLate]

    assert stage.returns().now.state is State.OBSERVING


def test_only_an_attempt_in_doubt_has_a_late_result() -> None:
    """A result for a call that was never run is refused."""
    stage = at_gate(GateKind.APPROVAL)
    with pytest.raises(IllegalEvent, match="not in doubt"):
        stage.take(stage.attempt(ToolReturned, result="r"))


@pytest.mark.parametrize("way", ["answered", "denied", "expired"])
def test_a_question_leads_to_the_next_plan(way: str) -> None:
    """The planner is told the answer, or that there is none."""
    stage = at_gate(GateKind.QUESTION, gate_seconds=1)
    history = stage.now.history
    if way == "expired":
        stage.expires()
    else:
        stage.decides(
            Answered if way == "answered" else Denied, **MORE[Answered] if way == "answered" else {}
        )

    assert (stage.now.state, stage.now.turn) == (State.PLANNING, 2)
    assert stage.now.history == history + 1


def test_a_question_may_be_followed_by_a_limit() -> None:
    """The next plan has to be granted like any other."""
    stage = at_gate(GateKind.QUESTION, model_turns=2).decides(Answered, answer="a")

    assert stage.gate().kind is GateKind.LIMIT


def test_an_extension_is_one_more_helping() -> None:
    """The next plan is ordered, unless the cap is still reached."""
    stage = at_gate(GateKind.LIMIT).decides(Extended)
    assert (stage.now.state, stage.now.extensions, stage.now.turn) == (State.PLANNING, 1, 2)

    wide = at_gate(GateKind.LIMIT, wall_seconds=1, model_turns=9, tool_calls=1)
    wide.decides(Extended)
    assert wide.now.state is State.PLANNING


def test_an_extension_may_not_be_enough() -> None:
    """Then the next one is asked for, at a gate with a name of its own."""
    stage = Stage.of(read(), limits=Limits(wall_seconds=3)).plans("read").returns()
    stage.observes(spent=Spent(milliseconds=4000))
    first = stage.gate().gate

    stage.decides(Extended)

    assert stage.gate().kind is GateKind.LIMIT
    assert stage.gate().gate != first
    assert stage.decides(Extended).now.state is State.PLANNING


@pytest.mark.parametrize("kind", [GateKind.LIMIT, GateKind.LOOP])
@pytest.mark.parametrize("reason", ["", "sha256:why"])
def test_a_no_at_a_limit_or_a_loop_leads_to_the_last_answer(kind: GateKind, reason: str) -> None:
    """What the person said is told; the turn is the last and names what ended the run."""
    stage = at_gate(kind)
    history = stage.now.history
    stage.decides(Denied, reason=reason)

    assert stage.now.state is State.PLANNING
    assert stage.now.last == ("limit.model_turns" if kind is GateKind.LIMIT else "limit.loop_gates")
    assert stage.now.history == history + bool(reason)


def test_a_hint_goes_on() -> None:
    """What a person says at a loop is told, and the loop's memory is cleared."""
    stage = at_gate(GateKind.LOOP).decides(Answered, answer="sha256:hint")

    assert (stage.now.state, stage.now.last, stage.now.looped) == (State.PLANNING, "", 1)
    assert (stage.now.loop, stage.now.repeats) == ("", 0)


@pytest.mark.parametrize("first", [GateKind.LIMIT, GateKind.LOOP])
def test_a_limit_and_a_loop_are_settled_both(first: GateKind) -> None:
    """The next plan waits for the other gate."""
    stage = at_gate(GateKind.LOOP, model_turns=3)
    assert {gate.kind for gate in stage.now.gates} == {GateKind.LIMIT, GateKind.LOOP}
    second = GateKind.LOOP if first is GateKind.LIMIT else GateKind.LIMIT
    for kind in (first, second):
        assert stage.now.state is State.AWAITING_APPROVAL
        stage.decides(
            Extended if kind is GateKind.LIMIT else Answered,
            kind,
            **MORE[Answered] if kind is GateKind.LOOP else {},
        )

    assert stage.now.state is State.PLANNING


@pytest.mark.parametrize("kind", [GateKind.LIMIT, GateKind.LOOP])
def test_one_no_closes_the_other_gate(kind: GateKind) -> None:
    """There is nothing left to grant."""
    stage = at_gate(GateKind.LOOP, model_turns=3).decides(Denied, kind)

    assert (stage.now.state, stage.now.gates) == (State.PLANNING, ())
    assert stage.now.last


def test_it_takes_nothing_else() -> None:
    """What answers another command is refused."""
    with pytest.raises(IllegalEvent, match="a decision settles them"):
        at_gate(GateKind.APPROVAL).does(Observed, turn=1)

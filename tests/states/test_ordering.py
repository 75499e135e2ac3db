"""Where the next plan is ordered: limits, loops and gates."""

from __future__ import annotations

import pytest
from attrs import evolve

from detent.states.calls import Outcome, settle
from detent.states.events import Answered
from detent.states.gates import turn_gate
from detent.states.limits import Limits, Usage
from detent.states.names import AtLimit, GateKind, State, Status
from detent.states.ordering import (
    add_gate,
    ask,
    close_gate,
    drop_held,
    next_plan,
    reached,
    signature,
    spend_reached,
    turn_end,
)
from detent.states.replacing import replace
from tests.stage import NOW, Stage, once, read

TIGHT = Limits(model_turns=9, tool_calls=2, tokens=10, money=10, wall_seconds=1)


@pytest.mark.parametrize(
    ("usage", "name", "spent"),
    [
        (Usage(model_turns=7, tool_calls=1, tokens=9, money=9, milliseconds=999), "", False),
        (Usage(model_turns=8), "model_turns", False),
        (Usage(tool_calls=2), "tool_calls", False),
        (Usage(tokens=10), "tokens", True),
        (Usage(money=10), "money", True),
        (Usage(milliseconds=1000), "wall_seconds", True),
        (Usage(tokens=10, milliseconds=1000), "tokens", True),
        (Usage(model_turns=8, tool_calls=2, tokens=10), "model_turns", True),
    ],
)
def test_the_first_cap_that_is_reached_is_named(usage: Usage, name: str, *, spent: bool) -> None:
    """model_turns, tool_calls, tokens, money, wall_seconds, in this order; the last turn is the last answer's."""
    now = evolve(Stage.of(read(), limits=TIGHT).now, usage=usage)

    assert reached(now) == name
    assert spend_reached(now, now.usage) is spent


def test_an_extension_lifts_every_cap() -> None:
    """By its helping."""
    now = evolve(Stage.of(read(), limits=TIGHT).now, usage=Usage(tokens=13), extensions=1)
    assert reached(now) == ""
    assert reached(evolve(now, usage=Usage(tokens=14))) == "tokens"


def test_the_next_plan_starts_afresh() -> None:
    """Its turn is counted, refusals, calls and gates are gone, and the notes told are shown."""
    stage = Stage.of(read()).refuses().hears().plans("read").returns()
    now = next_plan(stage.now)

    assert (now.turn, now.usage.model_turns, now.refusals, now.shown) == (2, 2, 0, 1)
    assert (now.calls, now.gates, now.outcomes, now.last) == ((), (), 0, "")


def test_a_reached_cap_opens_a_gate_or_leads_to_the_last_answer() -> None:
    """As at_limit says; what is decided to be last is not asked about."""
    asking = Stage.of(read(), limits=Limits(model_turns=2)).now
    assert next_plan(asking).gates[0].name == "model_turns"
    assert next_plan(asking, last="limit.loop_gates").last == "limit.loop_gates"

    finishing = Stage.of(read(), limits=Limits(model_turns=2), at_limit=AtLimit.FINISH).now
    assert next_plan(finishing).last == "limit.model_turns"


def looping(turns: int, **limits: int) -> Stage:
    """So many equal turns."""
    stage = Stage.of(read(), limits=Limits(**{"loop_window": 2, **limits}))
    for _ in range(turns):
        stage.plans("read").returns().observes()
    return stage


def test_equal_turns_are_a_loop() -> None:
    """As many in a row as the window is wide."""
    assert looping(1).now.state is State.PLANNING
    assert looping(2).gate().kind is GateKind.LOOP


def test_a_loop_and_a_limit_are_asked_about_together() -> None:
    """One look for the person."""
    assert {gate.kind for gate in looping(2, model_turns=3).now.gates} == {GateKind.LIMIT, GateKind.LOOP}


def test_a_different_turn_breaks_the_row() -> None:
    """Another result is another turn."""
    stage = looping(1).plans("read").returns(result="new").observes()

    assert (stage.now.state, stage.now.repeats) == (State.PLANNING, 1)


def test_loops_are_asked_about_only_so_often() -> None:
    """After that the next turn is the last answer."""
    stage = looping(2, loop_gates=1).decides(Answered, answer="go on")
    for _ in range(2):
        stage.plans("read").returns().observes()

    assert (stage.now.state, stage.now.last) == (State.PLANNING, "limit.loop_gates")


def test_a_loop_that_ends_anyway_is_not_asked_about() -> None:
    """Where the last cap is reached the last answer follows."""
    stage = Stage.of(read(), limits=Limits(loop_window=2, model_turns=3), at_limit=AtLimit.FINISH)
    for _ in range(2):
        stage.plans("read").returns().observes()

    assert stage.now.last == "limit.model_turns"


def test_a_workflow_may_repeat_itself() -> None:
    """Its repeats are its author's business."""
    stage = Stage.of(read(), planner="workflow", limits=Limits(loop_window=2))
    for _ in range(4):
        stage.plans("read").returns().observes()

    assert (stage.now.state, stage.now.loop, stage.now.calls) == (State.PLANNING, "", ())


def test_a_workflow_at_its_limit_has_no_calls_left() -> None:
    """The turn is over when its gate is open."""
    stage = Stage.of(read(), planner="workflow", limits=Limits(model_turns=2)).plans("read").returns()
    ended = turn_end(stage.now, stage.now.usage, "sha256:p")

    assert (ended.calls, ended.planner, ended.gates[0].kind) == ((), "sha256:p", GateKind.LIMIT)


def test_a_signature_is_of_calls_and_outcomes() -> None:
    """In their order; what has no outcome yet does not count."""
    stage = Stage.of(read()).plans("read", "read").returns(0)
    one = signature(stage.now.calls)
    both = signature(stage.returns(1).now.calls)

    assert one == "3cba4cfc8fb91cc3"  # frozen: it stands in snapshots
    assert one != both != signature(())


def test_gates_stand_in_the_order_of_their_calls() -> None:
    """So no order of arrival shows."""
    now = Stage.of(once()).plans("once", "once", asks=("once",)).now
    first, second = now.gates

    assert add_gate(close_gate(now, first), first).gates == (first, second)
    assert add_gate(close_gate(now, second), second).gates == (first, second)
    question = turn_gate(GateKind.QUESTION, 1, 0)
    assert add_gate(now, question).gates[0] is question


def test_nothing_is_dropped_where_nothing_failed() -> None:
    """The snapshot is the same one."""
    now = Stage.of(read()).plans("read").now

    assert drop_held(now) is now


def test_what_was_held_back_is_dropped_with_its_gates() -> None:
    """A call that did not succeed takes those with it that waited for it."""
    stage = Stage.of(once()).plans("once", "once", asks=("once",))
    failed = settle(stage.call(), Outcome(status=Status.FAILED))
    dropped = drop_held(replace(stage.now, calls=(failed, stage.call(1))))

    assert [gate.call for gate in dropped.gates] == [0]
    assert dropped.calls[1].outcome == Outcome(status=Status.NOT_RUN, reason="earlier_failed")


def test_a_gate_is_opened_once() -> None:
    """Its time runs from the moment it is put to the person."""
    now = Stage.of(once(), limits=Limits(gate_seconds=2)).plans("once", asks=("once",)).now
    assert (now.gates[0].opened, now.gates[0].expires) == (NOW, NOW + 2000)

    assert ask(now, NOW + 500).gates == now.gates
    bare = Stage.of(read()).now
    assert ask(bare, NOW) is bare

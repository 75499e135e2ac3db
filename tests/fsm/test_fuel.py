"""Fuel: the most that can still follow."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings

from detent.fsm.fuel import ahead, dearest, fuel, note_turns
from detent.fsm.kernel import begin, step
from detent.states.events import Answered, Event, Extended
from detent.states.limits import Limits
from detent.states.names import AtLimit, Ran
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.stage import NOW, Stage, once, put, read, spec_of
from tests.strategies import default_specs, runs

SMALL = Limits(model_turns=3, tool_calls=2, repairs=1, notes=1, loop_gates=0, extensions=0)


@settings(max_examples=40)
@given(run=runs())
def test_it_falls_at_every_click(run: tuple[Snapshot, tuple[Event, ...]]) -> None:
    """And is never less than nothing."""
    snapshot, took = run
    for event in took:
        after = step(snapshot, event)
        assert 0 <= fuel(after) < fuel(snapshot)
        snapshot = after


@given(spec=default_specs())
def test_the_defaults_bound_every_agent(spec: Spec) -> None:
    """No tools cost more than three attempts of a ONCE tool and of two fallbacks that ask."""
    assert fuel(begin(spec, "r", NOW)) <= 30 * 4 + 82 * 30 + 3 + 3 + 10


def test_what_it_adds_up() -> None:
    """Two turns of refusal, plan and observation, the last answer, two calls of three attempts, a note."""
    first = Stage.of(read(), limits=SMALL).now

    assert fuel(first) == 2 * (1 + 2) + (1 + 1) + 2 * 3 + 1
    assert fuel(Stage.of(read(), limits=evolve(SMALL, extensions=2)).now) > fuel(first) + 2


def test_nothing_follows_the_end() -> None:
    """A run that is over has none; one that is being cancelled has as much as is out."""
    assert fuel(Stage.of(read()).answers().now) == 0
    stage = Stage.of(put(parallel=True)).plans("put", "put").starts(0).starts(1).cancels()
    assert fuel(stage.now) == 2
    assert fuel(stage.fails(0, ran=Ran.UNKNOWN).now) == 1


def test_the_last_answer_has_its_repairs_and_notes() -> None:
    """And nothing else."""
    stage = Stage.of(read(), limits=evolve(SMALL, model_turns=1))

    assert fuel(stage.now) == 1 + 1 + 1
    assert fuel(stage.refuses().now) == 1 + 1


def test_an_open_question_costs_its_answer() -> None:
    """One event, then the turns that are left."""
    stage = Stage.of(ask_person=True, limits=SMALL).asks()
    before = fuel(stage.now)

    assert fuel(stage.decides(Answered, answer="a").now) == before - 1


def test_an_extension_is_in_it_from_the_beginning() -> None:
    """Granting one costs the event alone; with at_limit finish there is none to grant."""
    stage = (
        Stage.of(read(), limits=evolve(SMALL, extensions=1, model_turns=2)).plans("read").returns().observes()
    )
    before = fuel(stage.now)
    assert fuel(stage.decides(Extended).now) == before - 1

    asking, finishing = (
        begin(spec_of(read(), at_limit=way), "r", NOW) for way in (AtLimit.ASK, AtLimit.FINISH)
    )
    assert fuel(asking) > fuel(finishing)


def test_where_no_turn_can_end_nothing_is_granted() -> None:
    """Without calls, questions and notes there is one plan and its repairs."""
    limits = Limits(notes=0, repairs=1)

    assert fuel(Stage.of(limits=limits).now) == 2


def test_loops_need_turns() -> None:
    """No more loop gates than windows of turns with calls, and the turn that meets the last cap opens none."""
    base = evolve(SMALL, notes=0, repairs=0, tool_calls=9, loop_window=2)

    def gates(turns: int, loop_gates: int) -> int:
        with_gates, without = (
            fuel(Stage.of(read(attempts=1), limits=evolve(base, model_turns=turns, loop_gates=many)).now)
            for many in (loop_gates, 0)
        )
        return with_gates - without

    assert [gates(turns, 2) for turns in (2, 3, 4, 5, 6, 7)] == [0, 0, 1, 1, 2, 2]
    flow = Stage.of(read(), planner="workflow", limits=evolve(base, loop_gates=2, model_turns=9)).now
    assert fuel(flow) == fuel(
        evolve(flow, spec=evolve(flow.spec, limits=evolve(base, loop_gates=0, model_turns=9)))
    )


def test_an_open_loop_gate_is_counted_once() -> None:
    """It was a window of turns before."""
    stage = Stage.of(read(), limits=Limits(loop_window=2)).plans("read").returns().observes()
    stage.plans("read").returns()
    before = fuel(stage.now)

    assert fuel(stage.observes().now) == before - 1
    assert fuel(stage.decides(Answered, answer="a").now) == before - 2


def test_what_is_ahead() -> None:
    """Turns, those with calls, calls, and the most events they take."""
    to_come = ahead(Stage.of(once(attempts=1), read("few", calls=1), limits=SMALL).now)
    assert (to_come.turns, to_come.planned, to_come.full, to_come.left, to_come.calls) == (2, 2, 2, 2, 2)
    assert to_come.events == 2 * 4

    bound = ahead(Stage.of(read(), limits=SMALL, plans=1).now)
    assert (bound.turns, bound.planned, bound.full, bound.calls) == (2, 1, 1, 2)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (spec_of(read(), limits=evolve(SMALL, notes=9)), 0),
        (spec_of(read(), limits=evolve(SMALL, notes=9, tool_calls=1)), 1),
        (spec_of(limits=evolve(SMALL, notes=9)), 1),
        (spec_of(limits=evolve(SMALL, notes=9, model_turns=2)), 0),
        (spec_of(limits=evolve(SMALL, notes=1, model_turns=9)), 1),
        (spec_of(read(), plans=1, limits=evolve(SMALL, notes=9, model_turns=4)), 1),
    ],
)
def test_turns_that_only_a_note_asks_for(spec: Spec, expected: int) -> None:
    """The turn that meets the last cap has to be of another kind, or there is none after it."""
    first = begin(spec, "r", NOW)

    assert note_turns(first, ahead(first)) == expected


def test_a_note_that_is_unseen_can_still_ask_for_its_turn() -> None:
    """Only while the plan it may be unseen by is still to come."""
    stage = Stage.of(read(), limits=evolve(SMALL, tool_calls=1, notes=1, model_turns=5))
    assert note_turns(stage.now, ahead(stage.now)) == 1
    stage.hears()
    assert note_turns(stage.now, ahead(stage.now)) == 1

    stage.plans("read")

    assert note_turns(stage.now, ahead(stage.now)) == 0


@pytest.mark.parametrize(
    ("room", "counts", "expected"),
    [
        (0, (), (0, 0)),
        (1, (), (1, 9)),
        (4, (), (4, 9 + 9 + 2 + 2)),
        (3, (("a", 2),), (3, 6)),
        (9, (("a", 1),), (9, 25)),
    ],
)
def test_the_dearest_calls(room: int, counts: tuple[tuple[str, int], ...], expected: tuple[int, int]) -> None:
    """As many of the dearest as its own cap leaves, then the next."""
    prices = ((9, "a", 2), (2, "b", 0))

    assert dearest(prices, counts, room) == expected


def test_capped_tools_may_leave_room() -> None:
    """If every tool has a cap of its own, not all calls can be made."""
    assert dearest(((9, "a", 2), (2, "b", 1)), (), 9) == (3, 20)

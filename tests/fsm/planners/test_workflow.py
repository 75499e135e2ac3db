"""Workflows on the very kernel: the machine does not know that no model is there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.fsm.kernel import begin, commands
from detent.fsm.planners.workflow import Graph, Step, WorkflowPlanner, spec_of
from detent.states.canonical import canonical
from detent.states.commands import MakePlan
from detent.states.errors import ConfigError, IntegrityError
from detent.states.events import ToolFailed
from detent.states.limits import Limits
from detent.states.names import PlanKind, State
from detent.states.texts import text
from tests.fsm.planners.life import Broken, Does, Life, Plain, tools


def chain(length: int, attempts: int = 1) -> Graph:
    """Steps that wait for one another in a row."""
    names = [f"s{number}" for number in range(length)]
    steps = (
        Step(name=name, after=(names[place - 1],) if place else (), attempts=attempts)
        for place, name in enumerate(names)
    )
    return Graph(steps=tuple(steps), fields=("n",), answer="n")


def once_failing(state: Mapping[str, Any], attempt: int) -> Any:
    """A step that fails at its first attempt and then counts."""
    if attempt == 1:
        raise Broken("again")
    return {"n": state["n"] + 1}


def diamond(**whens: Any) -> Graph:
    """One step, then two side by side, then one."""
    steps = (
        Step(name="top"),
        Step(name="left", after=("top",), when=whens.get("left")),
        Step(name="right", after=("top",), when=whens.get("right")),
        Step(name="bottom", after=("left", "right"), when=whens.get("bottom")),
    )
    return Graph(steps=steps, fields=("words", "pages"), answer="words")


def test_a_chain_runs_in_its_order() -> None:
    """Steps after one another run one a wave, each sees what the one before patched, and the answer is the field."""

    def add(state: Mapping[str, Any], _attempt: int) -> Any:
        return {"n": state["n"] + 1}

    life = Life(chain(4), {f"s{number}": add for number in range(4)}, {"n": 0}).run()

    assert life.snapshot.state is State.DONE
    assert life.snapshot.reason == "answered"
    assert life.answer == "4"
    assert life.waves == [["s0"], ["s1"], ["s2"], ["s3"]]


@pytest.mark.parametrize("length", [1, 2, 5, 12])
@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_the_certificate_is_reached_by_a_chain(length: int, attempts: int) -> None:
    """A chain whose every attempt but the last fails takes exactly as many transitions as were certified."""

    def stubborn(_state: Mapping[str, Any], attempt: int) -> Any:
        if attempt < attempts:
            raise Broken("again")
        return {}

    life = Life(chain(length, attempts), {f"s{number}": stubborn for number in range(length)}, {"n": 0}).run()

    assert life.snapshot.state is State.DONE
    assert len(life.clicks) == life.certificate


def test_ready_steps_run_side_by_side() -> None:
    """What waits for the same step runs in one wave, and patches are taken in the order of the steps."""
    does: dict[str, Does] = {
        "top": lambda _state, _attempt: {"pages": 3},
        "left": lambda state, _attempt: {"words": f"left {state['pages']}"},
        "right": lambda state, _attempt: {"words": f"right {state['pages']}"},
        "bottom": lambda state, _attempt: {"words": state["words"] + "!"},
    }

    life = Life(diamond(), does, {"words": "", "pages": 0}).run()

    assert life.waves == [["top"], ["left", "right"], ["bottom"]]
    assert life.answer == "right 3!"


def test_a_step_is_skipped_where_its_when_says_no() -> None:
    """A skipped step does not run, and what waits for it and another still does."""
    life = Life(diamond(left=lambda state: state["pages"] > 0), {}, {"words": "w", "pages": 0}).run()

    assert life.waves == [["top"], ["right"], ["bottom"]]
    assert life.steps == {"top": "done", "left": "skipped", "right": "done", "bottom": "done"}


def test_what_waits_only_for_skipped_steps_is_skipped() -> None:
    """A step is skipped when all it waited for was, whatever its own when says."""
    never = lambda _state: False  # noqa: E731
    life = Life(
        diamond(left=never, right=never, bottom=lambda _state: True), {}, {"words": "w", "pages": 0}
    ).run()

    assert life.steps == {"top": "done", "left": "skipped", "right": "skipped", "bottom": "skipped"}
    assert life.answer == "w"


def test_a_failing_step_is_tried_again() -> None:
    """A passing failure is retried as often as the step says, and then its result counts."""
    life = Life(chain(2, attempts=2), {"s0": once_failing, "s1": once_failing}, {"n": 0}).run()

    assert life.answer == "2"
    assert sum(isinstance(click.event, ToolFailed) for click in life.clicks) == 2


def test_a_step_that_fails_for_good_ends_the_run() -> None:
    """The run gives up with the step's name and its error, after what ran beside it has finished."""

    def broken(_state: Mapping[str, Any], _attempt: int) -> Any:
        raise Broken

    does: dict[str, Does] = {"left": broken, "right": lambda _state, _attempt: {"words": "kept"}}
    life = Life(diamond(), does, {"words": "", "pages": 0}).run()

    assert (life.snapshot.state, life.snapshot.reason) == (State.FAILED, "gave_up")
    assert life.answer.startswith("Step left failed:")
    assert "left broke" in life.answer
    assert life.steps == {"top": "done", "left": "failed", "right": "done"}
    assert json.loads(life.talk.state or "")["state"]["words"] == "kept"


def test_an_unknown_field_ends_the_run_and_says_which_there_are() -> None:
    """A step that returns what the state has no field for is a clear failure."""
    life = Life(
        diamond(), {"top": lambda _state, _attempt: {"colour": "red"}}, {"words": "", "pages": 0}
    ).run()

    assert life.snapshot.state is State.FAILED
    assert life.answer == "Step top returned 'colour', which the state has no field for; it has words, pages."


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("A summary.", "A summary."),
        (Plain("As it {is}"), "As it {is}"),
        ({"n": 5}, '{"n":5}'),
        (7, "7"),
        ([1, 2], "[1,2]"),
        ("", '""'),
    ],
)
def test_the_answer_may_be_a_steps_result(result: Any, answer: str) -> None:
    """Where the answer names a step, what it returned is the answer, text as it is and anything else as JSON."""
    graph = Graph(steps=(Step(name="one"), Step(name="last", after=("one",))), fields=("n",), answer="last")

    assert Life(graph, {"last": lambda _state, _attempt: result}, {"n": 0}).run().answer == answer


def test_a_plain_result_belongs_to_the_field_of_its_step() -> None:
    """A result that is no object patches the field named like the step; nothing patches nothing."""
    graph = Graph(
        steps=(Step(name="words"), Step(name="rest", after=("words",))), fields=("words",), answer="words"
    )
    does: dict[str, Does] = {"words": lambda _state, _attempt: "many", "rest": lambda _state, _attempt: None}

    assert Life(graph, does, {"words": ""}).run().answer == "many"


def test_a_when_that_raises_ends_the_run() -> None:
    """A fault in a person's own function is a reason to give up, not a crash."""
    life = Life(diamond(left=lambda state: state["no_such"]), {}, {"words": "", "pages": 0}).run()

    assert life.snapshot.reason == "gave_up"
    assert "KeyError" in life.answer


def test_waves_keep_to_the_calls_of_a_turn() -> None:
    """No more steps run side by side than calls are allowed in a turn, and the certificate knows."""
    graph = Graph(steps=tuple(Step(name=f"s{number}") for number in range(5)), fields=("n",), answer="n")

    life = Life(graph, {}, {"n": 1}, Limits(calls_per_turn=2)).run()

    assert [len(wave) for wave in life.waves] == [2, 2, 1]
    assert len(life.clicks) <= life.certificate


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, dict[str, Does], Limits]:
    """Any graph, steps that succeed, fail and fail for good, and any width."""
    count = draw(st.integers(1, 8))
    names = [f"s{number}" for number in range(count)]
    steps = []
    does: dict[str, Does] = {}
    for place, name in enumerate(names):
        after = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        skip = draw(st.sampled_from([None, None, None, lambda _state: False, lambda _state: True]))
        attempts = draw(st.integers(1, 3))
        fails = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
        steps.append(Step(name=name, after=tuple(after), when=skip, attempts=attempts))

        def do(_state: Mapping[str, Any], attempt: int, fails: int = fails) -> Any:
            if attempt <= fails:
                raise Broken("again")
            return {"n": attempt}

        does[name] = do
    order = draw(st.permutations(steps))
    return (
        Graph(steps=tuple(order), fields=("n",), answer="n"),
        does,
        Limits(calls_per_turn=draw(st.integers(1, 4))),
    )


@settings(max_examples=150)
@given(graphs())
def test_every_workflow_ends_within_its_certificate(made: tuple[Graph, dict[str, Does], Limits]) -> None:
    """Whatever the graph is and whatever fails, the run ends in time, each step runs once at most, in its order."""
    graph, does, limits = made

    life = Life(graph, does, {"n": 0}, limits).run()

    assert len(life.clicks) <= life.certificate
    assert life.snapshot.reason in ("answered", "gave_up")
    ran = [name for wave in life.waves for name in wave]
    assert len(set(ran)) == len(ran)
    place = {name: number for number, wave in enumerate(life.waves) for name in wave}
    for step in graph.steps:
        assert all(place[step.name] > place.get(name, -1) for name in step.after if step.name in place)
    if life.snapshot.state is State.DONE:
        assert set(life.steps.values()) <= {"done", "skipped"}
        assert len(life.steps) == len(graph.steps)


def test_its_whole_memory_is_one_text() -> None:
    """The planner's state is canonical JSON under the digest that the snapshot carries, at every click."""
    life = Life(diamond(), {}, {"words": "w", "pages": 0})
    while life.snapshot.state.live:
        life.step(commands(life.snapshot)[0])
        body = life.talk.state or ""
        assert canonical(json.loads(body)) == body
        assert text("planner", body).digest == life.snapshot.planner


def test_a_state_of_another_click_is_refused() -> None:
    """A planner that is given a state which is not the click's own says so and decides nothing."""
    life = Life(diamond(), {}, {"words": "w", "pages": 0})
    life.talk.state = '{"state":{},"steps":{}}'

    with pytest.raises(IntegrityError):
        life.step(commands(life.snapshot)[0])


def test_a_changed_graph_is_refused() -> None:
    """A run goes on with the steps it began with, or not at all."""
    life = Life(diamond(), {}, {"words": "w", "pages": 0})
    life.planner = WorkflowPlanner(chain(2))

    with pytest.raises(ConfigError, match="changed since the run began"):
        life.step(commands(life.snapshot)[0])


def test_a_fork_tries_again_what_failed() -> None:
    """A fork begins with what its parent left unfinished and keeps what was done; its own failures are final."""

    def broken(_state: Mapping[str, Any], _attempt: int) -> Any:
        raise Broken

    life = Life(diamond(), {"left": broken}, {"words": "w", "pages": 0}).run()
    assert life.snapshot.state is State.FAILED

    fresh = begin(life.spec, "fork", 0)
    forked = evolve(
        fresh, turn=life.snapshot.turn + 1, history=life.talk.length, planner=life.snapshot.planner
    )
    order = commands(forked)[0]
    assert isinstance(order, MakePlan)
    made = asyncio.run(life.planner.plan(forked, order, life.talk, lambda _kind, _piece: None))

    assert [call.tool for call in made.turn.calls] == ["left"]
    later = asyncio.run(
        life.planner.plan(evolve(forked, seq=3), order, life.talk, lambda _kind, _piece: None)
    )
    assert later.kind is PlanKind.GIVE_UP


def test_the_last_turn_says_what_was_left() -> None:
    """Where a limit ends a workflow early, the answer names the steps that did not run."""
    life = Life(diamond(), {}, {"words": "w", "pages": 0})
    order = MakePlan(turn=1, refusals=0, calls=0, last="limit.wall_seconds")

    made = asyncio.run(life.planner.plan(life.snapshot, order, life.talk, lambda _kind, _piece: None))

    assert made.answer == "Ended before: top, left, right, bottom."


@pytest.mark.parametrize(
    ("steps", "answer", "words"),
    [
        ((), "n", "no steps"),
        ((Step(name="a"), Step(name="a")), "n", "two steps named 'a'"),
        ((Step(name="a", after=("b",)),), "n", "waits for 'b'"),
        ((Step(name="a", after=("a",)),), "n", "wait for each other: a"),
        ((Step(name="a", after=("b",)), Step(name="b", after=("a",))), "n", "wait for each other: a, b"),
        ((Step(name="a"),), "m", "neither a step nor a field"),
    ],
)
def test_a_graph_that_cannot_run_is_refused_where_it_is_made(
    steps: tuple[Step, ...], answer: str, words: str
) -> None:
    """Circles, names used twice and answers that nothing gives are configuration errors."""
    with pytest.raises(ConfigError, match=words):
        Graph(steps=steps, fields=("n",), answer=answer)


def test_every_step_needs_its_tool() -> None:
    """A step without a function cannot be agreed to."""
    with pytest.raises(ConfigError, match="'s1' has no tool"):
        spec_of(chain(2), tools(chain(1)), Limits())


def test_a_spec_follows_from_the_graph() -> None:
    """Turns, calls and repairs are what the steps need, whatever the limits say."""
    spec = spec_of(diamond(), tools(diamond()), Limits(model_turns=99, tool_calls=99, wall_seconds=5))

    assert (spec.planner, spec.plans, spec.limits.model_turns, spec.limits.tool_calls) == (
        "workflow",
        3,
        5,
        5,
    )
    assert (spec.limits.repairs, spec.limits.notes, spec.limits.extensions, spec.extensions) == (0, 0, 0, 0)
    assert spec.limits.wall_seconds == 5
    assert all(tool.calls == 1 for tool in spec.tools)
    assert json.loads(spec.graph)["answer"] == "words"


def test_there_is_nothing_to_check_or_close() -> None:
    """A graph was checked when it was made, and holds nothing."""
    planner = WorkflowPlanner(chain(1))

    assert asyncio.run(planner.check()).window == 0
    asyncio.run(planner.close())

"""Workflows as they are written: typed state, steps as tools, and the same machine beneath."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.workflow import Workflow, step
from detent.states import Limits
from detent.states.errors import ConfigError, InternalError, UsageError
from detent.tools import Context, ToolError


@attrs.frozen
class Report:
    """What the steps hand on."""

    topic: str = "frogs"
    pages: int = 0
    names: tuple[str, ...] = ()


def fetch(state: Report) -> dict[str, Any]:
    """Fetch some pages."""
    return {"pages": len(state.topic)}


async def check(state: Report, context: Context) -> dict[str, Any]:
    """Check them on the loop, knowing the run."""
    await asyncio.sleep(0)
    return {"names": [context.call, str(state.pages)]}


def summary(state: Report) -> str:
    """Sum it up."""
    return f"{state.pages} pages about {state.topic}: {', '.join(state.names)}"


def flow(*steps: Any, answer: str = "summary", **options: Any) -> Workflow:
    """A workflow of these steps."""
    return Workflow(state=Report, steps=steps, answer=answer, **options)


def ran(folder: Path, made: Workflow, **options: Any) -> Run:
    """A run of it."""
    return run_sync(made, store=folder / "runs.db", folder=folder, **options)


def test_steps_hand_on_a_typed_state(tmp_path: Path) -> None:
    """Each step gets the state that those before it patched, plain or on the loop, and the answer is the last one's."""
    made = flow(
        step("fetch", fetch), step("check", check, after="fetch"), step("summary", summary, after="check")
    )
    run = ran(tmp_path, made, inputs={"topic": "newts"})
    assert (run.state, run.answer) == ("DONE", "5 pages about newts: 2.0.0, 5")
    assert run.usage["model_turns"] == 4


def test_what_is_left_out_is_skipped(tmp_path: Path) -> None:
    """A step whose `when` says no does not run, and what waits for it alone is skipped with it."""
    never: Callable[[Any], bool] = lambda state: state.pages > 100  # noqa: E731 - as it is written in a flow
    made = flow(
        step("fetch", fetch),
        step("check", check, after="fetch", when=never),
        step("summary", summary, after=["fetch", "check"]),
    )
    assert ran(tmp_path, made).answer == "5 pages about frogs: "


def test_a_step_is_tried_again_as_often_as_it_says(tmp_path: Path) -> None:
    """A passing failure is repeated within `retry`, and one more failure ends the run with its reason."""
    tries: list[int] = []

    def shaky(_state: Report) -> dict[str, Any]:
        """Fail at first."""
        tries.append(1)
        if len(tries) == 1:
            raise ToolError("not yet", ran="no", transient=True)
        return {"pages": 1}

    assert ran(tmp_path, flow(step("shaky", shaky, retry=1), answer="pages")).answer == "1"
    assert len(tries) == 2
    tries.clear()
    failed = ran(tmp_path, flow(step("shaky", shaky), answer="pages"))
    assert (failed.state, failed.reason, failed.exit_code) == ("FAILED", "gave_up", 1)


def test_a_step_that_asks_waits_for_a_person(tmp_path: Path) -> None:
    """A step may ask first, and the run goes on after a yes with the same workflow."""
    made = flow(step("fetch", fetch, approval="always"), answer="pages")
    run = ran(tmp_path, made)
    assert (run.exit_code, run.gates[0]["tool"]) == (3, "fetch")
    run.decide("approve")
    after = resume_sync(run.id, agent=made, store=tmp_path / "runs.db")
    assert (after.answer, after.notices) == ("5", ())


@pytest.mark.parametrize(
    "function",
    [
        lambda state: asyncio.sleep(0, {"pages": state.pages + 3}),
        functools.partial(lambda more, state: {"pages": state.pages + more}, 3),
        lambda state, extra=3: {"pages": state.pages + extra},
        lambda state: None if state.pages else {"pages": 3},
    ],
)
def test_a_step_is_any_function_of_the_state(tmp_path: Path, function: Callable[..., Any]) -> None:
    """Lambdas, partials, defaults, and functions that return an awaitable are steps."""
    assert ran(tmp_path, flow(step("count", function), answer="pages")).answer == "3"


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), {"pages": object()}])
def test_what_cannot_be_kept_fails_the_step(tmp_path: Path, value: object) -> None:
    """A result that is no JSON is a failed step with a reason, and the run ends in order."""
    run = ran(tmp_path, flow(step("count", lambda _state: value), answer="pages"))
    assert (run.state, run.reason) == ("FAILED", "gave_up")
    assert "count" in (run.answer or "")


@pytest.mark.parametrize("function", [dict, lambda _one, _two: {}, 5, print.__class__])
def test_what_cannot_take_the_state_is_refused(tmp_path: Path, function: Any) -> None:
    """A function that cannot be called with the state is refused before anything is written."""
    with pytest.raises(ConfigError):
        ran(tmp_path, flow(step("count", function), answer="pages"))
    assert not (tmp_path / "runs.db").exists()


def test_a_state_that_cannot_be_made_is_the_callers_mistake(tmp_path: Path) -> None:
    """Unknown, missing and unkeepable inputs are told with the fields there are."""
    made = flow(step("fetch", fetch), answer="pages")
    for inputs in ({"none": 1}, {"topic": object()}, {"pages": float("nan")}):
        with pytest.raises(UsageError, match="Report cannot be made") as caught:
            ran(tmp_path, made, inputs=inputs)
        assert "topic, pages, names" in caught.value.hint


def test_a_state_must_be_made_of_its_fields() -> None:
    """A class that is no attrs class, or cannot be made again from its fields, is refused."""

    @attrs.frozen
    class Hidden:
        """It has a private field."""

        _secret: int = 0

    @attrs.frozen
    class Derived:
        """It makes a field of its own."""

        double: int = attrs.field(default=2, init=False)

    with pytest.raises(ConfigError, match="no attrs class"):
        Workflow(state=dict, steps=[step("a", fetch)], answer="a")
    for state in (Hidden, Derived):
        with pytest.raises(ConfigError, match="cannot be made with"):
            Workflow(state=state, steps=[step("a", fetch)], answer="a")


def test_a_when_that_leaves_the_program_does_not(tmp_path: Path) -> None:
    """A `when` that raises ends the run with its reason, and one that exits is a typed error."""

    def leaves(_state: Report) -> bool:
        raise SystemExit(3)

    def fails(_state: Report) -> bool:
        raise LookupError("nothing")

    failed = ran(tmp_path, flow(step("fetch", fetch, when=fails), answer="pages"))
    assert "LookupError: nothing" in (failed.answer or "")
    with pytest.raises(InternalError, match="SystemExit: 3"):
        ran(tmp_path, flow(step("fetch", fetch, when=leaves), answer="pages"))


def test_changed_steps_are_not_taken_into_a_run(tmp_path: Path) -> None:
    """A run goes on with the steps it began with, or not at all."""
    run = ran(tmp_path, flow(step("fetch", fetch, approval="always"), answer="pages"))
    other = flow(step("fetch", fetch, approval="always"), step("check", check, after="fetch"), answer="pages")
    with pytest.raises(ConfigError, match="steps have changed"):
        resume_sync(run.id, agent=other, store=tmp_path / "runs.db")


def test_resources_and_limits_are_a_workflows_too(tmp_path: Path) -> None:
    """A step may use a resource, and as many steps run at once as the limits say."""

    def use(_state: Report, context: Context) -> dict[str, Any]:
        """Use it."""
        return {"topic": context.resources["word"]}

    class Word:
        """A resource."""

        def __enter__(self) -> str:
            return "toads"

        def __exit__(self, *why: object) -> None:
            return None

    made = flow(
        step("use", use),
        step("fetch", fetch),
        answer="topic",
        limits=Limits(calls_per_turn=1),
        resources={"word": Word()},
    )
    run = ran(tmp_path, made)
    assert (run.answer, run.usage["model_turns"]) == ("toads", 3)

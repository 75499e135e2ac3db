"""Assembly: what a stored run agreed to holds, the functions at hand must fit it, and what changed is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.assembly import agree, changed, settle_options
from detent.fsm.drivers.local import Watcher
from detent.fsm.drivers.workflow import Workflow, step
from detent.states import AtLimit, Limits, Spec
from detent.states.errors import ConfigError, NotFound
from detent.states.spec import ModelOptions
from detent.tools import Tool, tool

from .rig import Rig, call, rig


def put(path: str, times: int = 1) -> str:
    """Put something.

    Args:
        path: where
        times: how often
    """
    return path * times


def reworded(times: int = 1, *, path: str) -> str:
    """Put it, said otherwise.

    Args:
        times: how many times
        path: the place
    """
    return path * times


def wider(path: str, times: int | None = 1) -> str:
    """Put something."""
    return path * (times or 0)


def agreed(function: Callable[..., Any] = put, limits: Limits | None = None, **options: Any) -> Spec:
    """What a run of one tool agreed to."""
    agent = Agent(model="script:x", tools=[made(function, **options)], limits=limits or Limits())
    return agent.spec(agent.toolbox(), AtLimit.FINISH)


def made(function: Callable[..., Any] = put, **options: Any) -> Tool:
    """A tool called put."""
    return tool(function, name="put", **options)


def fits(stored: Spec, *tools: Tool, limits: Limits | None = None) -> None:
    """Whether these tools fit a stored run."""
    agent = Agent(model="script:x", tools=tools, limits=limits or Limits())
    agree(stored, agent, agent.toolbox())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"effect": "idempotent"}, "effect"),
        ({"approval": "never"}, "approval"),
        ({"approval": lambda path: path > ""}, "approval"),
        ({"timeout": 5.0}, "timeout"),
        ({"attempts": 1}, "attempts"),
        ({"parallel": True}, "parallel"),
        ({"version": 2}, "version"),
        ({"output_cap": 100}, "output_cap"),
    ],
)
def test_another_policy_or_version_is_refused(options: Mapping[str, Any], named: str) -> None:
    """A tool that would be run otherwise than was agreed is refused with 78, naming what differs."""
    with pytest.raises(ConfigError, match=f"put has changed since the run began: {named}") as caught:
        fits(agreed(), made(**options))
    assert (caught.value.exit_code, "detent fork" in caught.value.hint) == (78, True)


def test_another_schema_is_refused_and_other_words_are_not() -> None:
    """What a tool accepts must be what was agreed; how it is described, and in which order, is data."""
    fits(agreed(), made(reworded))
    with pytest.raises(ConfigError, match="parameters"):
        fits(agreed(), made(wider))
    with pytest.raises(ConfigError, match="no tool put any more"):
        fits(agreed(), tool(put, name="other"))


def test_more_tools_and_other_limits_fit() -> None:
    """A tool more is not used, and a limit that tools inherit stays the one that was agreed."""
    fits(agreed(), made(), tool(put, name="more"))
    fits(agreed(limits=Limits(attempts=2)), made(), limits=Limits(attempts=7))


def test_what_is_data_is_told() -> None:
    """Each thing the agent says otherwise now is named, and nothing else."""
    agent = Agent(model="script:x", tools=[put], num_ctx=1000)
    spec = settle_options(agent.spec(agent.toolbox(), AtLimit.ASK), 0)
    assert changed(spec, agent, agent.toolbox()) == ()
    otherwise: dict[str, Any] = {
        "model": "script:y",
        "instructions": "Otherwise.",
        "limits": Limits(tokens=7),
        "at_limit": "finish",
        "num_ctx": 2000,
        "temperature": 0.5,
        "tools": [tool(reworded, name="put")],
    }
    for name, value in otherwise.items():
        other = evolve(agent, **{name: value})
        assert changed(spec, other, other.toolbox()) == (name,)
    unnamed = evolve(agent, model="")
    assert changed(spec, unnamed, unnamed.toolbox()) == ()
    asking = evolve(agent, tools=[put, "ask_person"])
    assert changed(spec, asking, asking.toolbox()) == ("ask_person",)


@given(st.none() | st.integers(1, 2**20), st.none() | st.integers(1, 2**20), st.integers(0, 2**20))
def test_options_are_settled_for_good(num_ctx: int | None, num_predict: int | None, window: int) -> None:
    """What the agent says stays; the rest is chosen once, within the model's window, and settling again changes nothing."""
    spec = Spec(options=ModelOptions(num_ctx=num_ctx, num_predict=num_predict))
    settled = settle_options(spec, window)
    assert settle_options(settled, window + 5) == settled
    assert settled.options.num_ctx == (num_ctx or (min(8192, window) if window else 8192))
    assert settled.options.num_predict == num_predict or num_predict is None
    assert settled.options.keep_alive == 1800


def waiting(folder: Path, **options: Any) -> tuple[Rig, str]:
    """A run that waits at a gate."""
    made_ = rig(folder, [call("act"), "Done."], act, **options)
    return made_, made_.run().id


@tool
def act() -> str:
    """Act."""
    return "acted"


def test_a_resumed_run_says_in_one_line_what_changed(tmp_path: Path) -> None:
    """Edited data is told once, with the command that would use it, and the run goes on with what was agreed."""
    made_, run = waiting(tmp_path, instructions="Old.")
    notices: list[str] = []
    edited = Rig(tmp_path, evolve(made_.agent, instructions="New.", limits=Limits(model_turns=2)))
    after = edited.resume(run, watcher=Watcher(notice=notices.append))

    assert after.notices == tuple(notices)
    assert len(notices) == 1
    assert "instructions, limits changed since run" in notices[0]
    assert f"detent fork {run[:6]}@1" in notices[0]
    assert after.snapshot.spec.instructions == "Old."
    assert made_.resume(run).notices == ()


def test_a_run_is_gone_on_with_by_its_own_kind() -> None:
    """A workflow cannot go on with an agent's run."""

    @attrs.frozen
    class State:
        """Nothing much."""

        n: int = 0

    flow = Workflow(state=State, steps=[step("act", lambda _state: {"n": 1})], answer="n")
    with pytest.raises(ConfigError, match="not begun by a workflow"):
        agree(agreed(), flow, flow.toolbox())


def test_a_rule_for_nothing_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A mistyped rule neither begins a run nor goes into a stored one."""
    made_ = rig(tmp_path, [call("act"), "Done."], act)
    with pytest.raises(NotFound, match="a tool that is not there"):
        made_.run(yes=["akt"])
    assert not made_.store.exists()
    run = made_.run()
    with pytest.raises(NotFound):
        made_.resume(run, yes=["akt"])
    assert made_.resume(run, yes=["act"]).exit_code == 3  # a gate that is open is still asked

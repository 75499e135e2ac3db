"""Agents as they are written down: what cannot be is refused where it stands, the rest becomes a spec."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.agent import Agent, with_limits
from detent.states import AtLimit, Limits
from detent.states.errors import ConfigError, UsageError
from detent.states.limits import limit_names
from detent.tools import tool


@tool(effect="read")
def look() -> str:
    """Look."""
    return "seen"


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": 5},
        {"instructions": None},
        {"tools": "files"},
        {"limits": {"tokens": 5}},
        {"resources": ["db"]},
        {"name": b"x"},
        {"num_ctx": 0},
        {"num_ctx": "8192"},
        {"num_ctx": True},
        {"num_predict": 0},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"seed": 1.5},
        {"think": 1},
        {"keep_alive": -1},
    ],
)
def test_what_no_agent_can_have_is_refused_where_it_is_written(wrong: dict[str, Any]) -> None:
    """A value of the wrong kind or range is a configuration error that names it."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Agent(**wrong)


def test_an_agent_becomes_a_spec_with_everything_it_says() -> None:
    """What a run agrees to is what the agent says, temperature in thousandths, the person's question apart."""
    agent = Agent(
        model="script:x",
        instructions="Be kind.",
        tools=[look, "ask_person"],
        limits=Limits(model_turns=3, attempts=2),
        temperature=0.25,
        seed=-1,
        keep_alive=0,
    )
    box = agent.toolbox()
    spec = agent.spec(box, AtLimit.ASK)

    assert [one.name for one in spec.tools] == ["look", "read_output"]
    assert (spec.ask_person, spec.at_limit, spec.options.temperature) == (True, AtLimit.ASK, 250)
    assert (spec.options.seed, spec.options.keep_alive, spec.tools[0].attempts) == (-1, 0, 2)


@pytest.mark.parametrize("tools", [["output", look], ["output.read_output", look]])
def test_the_tool_that_reads_on_is_there_once(tools: list[Any]) -> None:
    """An agent with tools can read on in long results, whether it says so or not."""
    assert Agent(tools=tools).toolbox().names.count("read_output") == 1
    assert Agent().toolbox().names == ()


def test_an_agent_says_itself_what_happens_at_a_limit() -> None:
    """The agent's word counts more than the caller's, and a third word is none."""
    box = Agent().toolbox()
    assert Agent(model="m", at_limit="finish").spec(box, AtLimit.ASK).at_limit is AtLimit.FINISH
    with pytest.raises(ConfigError, match="neither ask nor finish"):
        Agent(model="m", at_limit="maybe").spec(box, AtLimit.ASK)
    with pytest.raises(ConfigError, match="no model"):
        Agent().spec(box, AtLimit.ASK)


@given(st.sampled_from(limit_names()), st.integers(2, 10**6))
def test_a_limit_is_changed_by_its_name(name: str, value: int) -> None:
    """Whatever is written as NAME=VALUE is that cap, and no other."""
    changed = with_limits(Limits(), {name: str(value)})
    assert getattr(changed, name) == value
    assert [one for one in limit_names() if getattr(changed, one) != getattr(Limits(), one)] in ([name], [])


@pytest.mark.parametrize(
    "changes",
    [{"turns": "5"}, {"tokens": "many"}, {"model_turns": "0"}, {"model_turns": "none"}, {"notes": "-1"}],
)
def test_what_is_no_limit_is_refused(changes: dict[str, str]) -> None:
    """An unknown name and a value no cap can have are the caller's mistakes."""
    with pytest.raises(UsageError):
        with_limits(Limits(), changes)


def test_a_cap_can_be_taken_away_where_there_may_be_none() -> None:
    """`none` is no cap, of those that may be without."""
    assert with_limits(Limits(tokens=5), {"tokens": "none"}).tokens is None

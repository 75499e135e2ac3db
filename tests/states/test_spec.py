"""The spec: what a run agreed to."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

from detent.states.errors import BadValue
from detent.states.limits import Limits
from detent.states.names import Approval, AtLimit, Effect
from detent.states.spec import Spec, ToolSpec
from tests.stage import once, put, read, spec_of


def test_a_tool_that_says_nothing_is_the_careful_one() -> None:
    """ONCE, and asks first."""
    tool = ToolSpec(name="t")

    assert (tool.effect, tool.approval, tool.attempts, tool.timeout) == (
        Effect.ONCE,
        Approval.ALWAYS,
        3,
        60_000,
    )


def test_names_are_unique_and_fallbacks_are_there() -> None:
    """A spec that cannot be is not made."""
    with pytest.raises(BadValue, match="same name"):
        spec_of(read("a"), once("a"))
    with pytest.raises(BadValue, match="names b, c"):
        spec_of(read("a", fallback=("c", "b")))


@pytest.mark.parametrize(
    "bad", [{"attempts": 0}, {"timeout": 0}, {"calls": -1}, {"output_cap": -1}, {"attempts": "3"}]
)
def test_the_numbers_of_a_tool_make_sense(bad: dict[str, Any]) -> None:
    """No attempt, no time, or less than nothing would break the proof."""
    with pytest.raises((TypeError, ValueError), match=next(iter(bad))):
        ToolSpec(**{"name": "t", **bad})


def test_tools_are_found_by_name() -> None:
    """With their chains, and whether their calls run alone."""
    spec = spec_of(read("a", fallback=("b",)), put("b"), once("c", parallel=True))

    assert list(spec.by_name) == ["a", "b", "c"]
    assert [tool.name for tool in spec.chains["a"]] == ["a", "b"]
    assert spec.alone == {"a": True, "b": True, "c": False}


def test_extensions_are_for_those_who_can_be_asked() -> None:
    """With at_limit finish there are none."""
    limits = Limits(extensions=2)

    assert Spec(limits=limits).extensions == 2
    assert Spec(limits=limits, at_limit=AtLimit.FINISH).extensions == 0


def test_only_a_models_turns_are_watched_for_loops() -> None:
    """A workflow's repeats are its author's business."""
    assert Spec().looping
    assert not Spec(planner="workflow").looping


def test_a_changed_spec_is_another() -> None:
    """By value, by hash and by digest; and it never changes itself."""
    spec = spec_of(read())
    other = evolve(spec, instructions="be brief")

    assert spec == evolve(spec)
    assert hash(spec) == hash(evolve(spec))
    assert spec.digest == evolve(spec).digest
    assert spec != other
    assert spec.digest != other.digest
    with pytest.raises(FrozenInstanceError):
        spec.instructions = "x"  # type: ignore[misc]

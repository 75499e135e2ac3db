"""What a model is told."""

from __future__ import annotations

import pytest
from attrs import evolve

from detent.fsm.planners.words import correction, last_call, on_tools, what_now
from detent.states.spec import Spec, ToolSpec
from tests.fsm.planners.kit import SPEC

KINDS = (
    "bad_arguments",
    "broken_json",
    "cut_by_length",
    "empty_reply",
    "incomplete",
    "prompt_cut",
    "repetition",
    "thinking_only",
    "too_long",
    "too_many_calls",
    "unknown_tool",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_says_what_to_do_now(kind: str) -> None:
    """Every correction names the tools that can be called."""
    assert "list_dir, read_file" in correction(kind, SPEC, last=False, more="So it was.")


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_turn_offers_no_tool(kind: str) -> None:
    """A correction in the last turn asks for plain text and names no tool."""
    said = correction(kind, SPEC, last=True)

    assert said.endswith("Answer now, in plain text.")
    assert "list_dir" not in said


def test_a_hundred_tools_are_not_all_named() -> None:
    """A correction stays short however many tools there are."""
    many = Spec(tools=tuple(ToolSpec(name=f"tool_{number}") for number in range(100)))

    assert len(what_now(many, last=False)) < 400


def test_the_question_is_offered_only_where_it_may_be_asked() -> None:
    """The built-in question is named if the spec allows it, and not otherwise."""
    assert "ask_person" in what_now(evolve(SPEC, ask_person=True), last=False)
    assert "ask_person" in on_tools(evolve(SPEC, ask_person=True))
    assert "ask_person" not in what_now(SPEC, last=False) + on_tools(SPEC)


def test_the_last_call_names_the_limit() -> None:
    """The last turn is told which limit was reached, in words."""
    assert "model turns" in last_call("limit.model_turns")

"""Limits and usage: caps, helpings, and what was spent."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import fields
from hypothesis import given

from detent.states.limits import EXTENDED, NOTHING, Limits, Spent, Usage, add, limit_names
from tests.strategies import spents


@pytest.mark.parametrize("name", limit_names())
@pytest.mark.parametrize("bad", [-1, 2**31, "7", 1.5, True])
def test_a_cap_is_a_whole_number(name: str, bad: Any) -> None:
    """Anything else is refused where it is written, and the error names it."""
    with pytest.raises((TypeError, ValueError), match=f"'{name}' must be"):
        Limits(**{name: bad})


def test_no_cap_is_none_where_none_is_the_default() -> None:
    """Only tokens, money and the patience with a person are without a cap."""
    free = {one.name for one in fields(Limits) if one.default is None}

    assert free == {"tokens", "money", "gate_seconds"}
    with pytest.raises(TypeError):
        Limits(model_turns=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cap", "extensions", "expected"), [(15, 0, 15), (15, 3, 30), (40, 1, 54), (1, 2, 3), (0, 2, 0)]
)
def test_a_helping_is_a_third_rounded_up(cap: int, extensions: int, expected: int) -> None:
    """Every extension adds the same."""
    assert Limits(tool_calls=cap).cap("tool_calls", extensions) == expected


def test_no_cap_stays_none() -> None:
    """However many helpings there were."""
    assert Limits().cap("tokens", 3) is None


def test_a_helping_is_of_five_caps() -> None:
    """In the order in which a limit is named."""
    assert EXTENDED == ("model_turns", "tool_calls", "tokens", "money", "wall_seconds")
    assert set(EXTENDED) <= set(limit_names())


@pytest.mark.parametrize("name", ["tokens", "money", "milliseconds"])
def test_nobody_spends_less_than_nothing(name: str) -> None:
    """A driver that reports a negative cost has a bug."""
    with pytest.raises(ValueError, match=name):
        Spent(**{name: -1})


@given(one=spents, two=spents)
def test_usage_adds_up_in_any_order(one: Spent, two: Spent) -> None:
    """Parallel results may arrive as they like."""
    usage = Usage(tokens=1)

    assert add(add(usage, one), two) == add(add(usage, two), one)
    assert add(usage, NOTHING) == usage


def test_what_an_event_counts_is_added() -> None:
    """Turns, replies and calls beside what was spent."""
    made = add(Usage(), Spent(tokens=1, money=2, milliseconds=3), turns=4, replies=5, calls=6)

    assert made == Usage(model_turns=4, model_calls=5, tool_calls=6, tokens=1, money=2, milliseconds=3)

"""Deltas: lists of changes that make one value of another."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.deltas import applied, delta, reverse
from detent.states.codec import encode_snapshot
from detent.states.snapshot import Snapshot
from tests.strategies import snapshots

json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab/~0", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~1", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, types included."""
    return repr(one) == repr(other) if not isinstance(one, dict) else one == other


@given(json, json)
def test_a_delta_makes_one_value_of_the_other(one: Any, other: Any) -> None:
    """Applied to the first it gives the second, and leaves the first as it was."""
    kept = deepcopy(one)
    assert same(applied(one, delta(one, other)), other)
    assert one == kept


@given(json, json)
def test_a_delta_read_backwards_is_the_delta_the_other_way(one: Any, other: Any) -> None:
    """So a difference does not depend on which side is named first."""
    assert reverse(delta(one, other)) == delta(other, one)


@given(json)
def test_nothing_differs_from_itself(one: Any) -> None:
    """Its delta is empty."""
    assert delta(one, deepcopy(one)) == []


@given(snapshots(), snapshots())
def test_snapshots_are_made_of_one_another(one: Snapshot, other: Snapshot) -> None:
    """As they are stored, whatever their states."""
    before, after = encode_snapshot(one), encode_snapshot(other)
    assert applied(before, delta(before, after)) == after


@pytest.mark.parametrize("value", [{}, {"a": 2}, []])
def test_a_delta_of_something_else_is_refused(value: Any) -> None:
    """What is not as it was before is not changed."""
    with pytest.raises((ValueError, TypeError)):
        applied(value, [{"at": "/a", "before": 1, "after": 3}])

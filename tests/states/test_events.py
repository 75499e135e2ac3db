"""Events: facts, frozen, in the past tense."""

from __future__ import annotations

import pytest
from attrs import fields_dict
from attrs.exceptions import FrozenInstanceError
from hypothesis import given

from detent.states import events
from detent.states.events import DECISIONS, EVENTS, Begun, Decision, Event, Forked
from detent.states.limits import NOTHING
from tests.strategies import events as any_event


def test_every_kind_is_listed_once() -> None:
    """What a run can take, what settles a gate, and the two a run begins with."""
    kinds = {getattr(events, name) for name in events.__all__ if name not in ("DECISIONS", "EVENTS")}

    assert {*EVENTS, Begun, Forked, Event, Decision} == kinds
    assert len(EVENTS) == len(set(EVENTS))
    assert all(issubclass(one, Decision) for one in DECISIONS)


@pytest.mark.parametrize("kind", [*EVENTS, Begun, Forked])
def test_every_event_says_run_time_and_cost(kind: type[Event]) -> None:
    """And explains every field it has."""
    told = "".join(one.__doc__ or "" for one in kind.__mro__)

    assert {"run", "at", "spent"} <= fields_dict(kind).keys()
    assert all(f"{name}: " in told for name in fields_dict(kind))


@given(event=any_event())
def test_a_fact_never_changes(event: Event) -> None:
    """It is frozen, whatever it is, and equal to its like."""
    with pytest.raises(FrozenInstanceError):
        event.at = 0  # type: ignore[misc]
    assert hash(event) == hash(event)


def test_an_event_costs_nothing_unless_it_says_so() -> None:
    """The usual cost is shared."""
    assert Begun(run="r", at=1, spec="s").spent is NOTHING

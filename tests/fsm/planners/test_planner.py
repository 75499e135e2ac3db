"""The values every planner gives."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve, fields
from attrs.exceptions import FrozenInstanceError

from detent.fsm.planners.planner import Planned, Refused
from detent.states.names import PlanKind


@pytest.mark.parametrize(
    "value", [Planned(kind=PlanKind.ANSWER), Refused(kind="empty_reply", correction="Again.")]
)
def test_what_a_planner_gives_is_frozen(value: Any) -> None:
    """A plan and a refusal are values: they are copied with changes, never changed."""
    for one in fields(type(value)):
        with pytest.raises(FrozenInstanceError):
            setattr(value, one.name, None)
    assert evolve(value, loading=5).loading == 5

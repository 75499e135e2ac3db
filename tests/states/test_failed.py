"""FAILED: the run is over."""

from __future__ import annotations

import pytest

from detent.fsm.kernel import commands
from detent.states import failed
from detent.states.errors import IllegalEvent
from detent.states.names import PlanKind, State
from tests.stage import Stage, read


def test_it_asks_for_nothing_and_takes_nothing() -> None:
    """It absorbs: whatever comes is refused, with the reason why the run is over."""
    stage = Stage.of(read())
    event = stage.planned(PlanKind.ANSWER, answer="late")
    stage.cancels()

    assert stage.now.state is State.FAILED
    assert commands(stage.now) == () == failed.commands(stage.now)
    with pytest.raises(IllegalEvent, match=r"the run is over \(cancelled\)"):
        stage.take(event)

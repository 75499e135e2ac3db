"""OBSERVING: the end of a turn."""

from __future__ import annotations

import pytest

from detent.fsm.kernel import commands
from detent.states.commands import Observe
from detent.states.errors import IllegalEvent
from detent.states.limits import Spent
from detent.states.names import State
from tests.stage import Stage, read


def test_it_asks_for_an_observation() -> None:
    """Observe names the turn."""
    assert commands(Stage.of(read()).plans("read").returns().now) == (Observe(turn=1),)


def test_an_observation_clears_the_turn() -> None:
    """Calls are gone, what was spent is added, the planner's state is kept."""
    stage = Stage.of(read()).plans("read").returns()
    stage.observes(planner="sha256:p", spent=Spent(tokens=3, milliseconds=4))

    now = stage.now
    assert (now.state, now.turn, now.calls, now.outcomes) == (State.PLANNING, 2, (), 0)
    assert (now.planner, now.usage.tokens, now.usage.milliseconds) == ("sha256:p", 3, 4)


def test_it_takes_the_observation_of_its_turn() -> None:
    """That of another turn, and anything else, is refused."""
    stage = Stage.of(read()).plans("read").returns()
    with pytest.raises(IllegalEvent, match="turn 1 is observed"):
        stage.observes(turn=2)
    with pytest.raises(IllegalEvent, match="the turn is over"):
        stage.answers()

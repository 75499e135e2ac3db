"""Notes and cancels: what any live state takes."""

from __future__ import annotations

import pytest

from detent.states.errors import IllegalEvent
from detent.states.events import Told
from detent.states.limits import Limits
from detent.states.names import Phase, Ran, State, Status
from tests.stage import Stage, once, put, read


def test_a_note_is_counted_and_changes_nothing_else() -> None:
    """It has its place in the history, and the state stays."""
    stage = Stage.of(read()).plans("read").hears()

    assert (stage.now.state, stage.now.told, stage.now.history) == (State.EXECUTING, 1, 4)


def test_notes_are_numbered() -> None:
    """A duplicate or a gap is refused."""
    stage = Stage.of(read()).hears()
    with pytest.raises(IllegalEvent, match="note 2 comes next"):
        stage.does(Told, number=1, note="n")


def test_there_are_only_so_many_notes() -> None:
    """Each could cost a turn, so their number is capped."""
    stage = Stage.of(read(), limits=Limits(notes=1)).hears()
    with pytest.raises(IllegalEvent, match="no more than 1 notes"):
        stage.hears()


def test_a_cancel_ends_a_run_that_has_nothing_out() -> None:
    """What was not started is settled as not run, and the gates close."""
    stage = Stage.of(once()).plans("once", asks=("once",)).cancels()
    outcome = stage.call().outcome

    assert (stage.now.state, stage.now.reason, stage.now.gates) == (State.FAILED, "cancelled", ())
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (Status.NOT_RUN, "cancelled")


def test_a_cancel_leaves_a_doubt_in_doubt() -> None:
    """A FAILED snapshot says what nobody knows."""
    stage = Stage.of(once()).plans("once").starts().fails(ran=Ran.UNKNOWN).cancels()

    assert (stage.now.state, stage.call().phase) == (State.FAILED, Phase.DOUBT)


def test_a_run_is_cancelled_once() -> None:
    """While it waits for what has started it takes neither a second cancel nor a note."""
    stage = Stage.of(put()).plans("put").starts().cancels()
    assert (stage.now.state, stage.now.cancelling) == (State.EXECUTING, True)
    with pytest.raises(IllegalEvent, match="cancelled already"):
        stage.cancels()
    with pytest.raises(IllegalEvent, match="being cancelled"):
        stage.hears()


def test_a_run_that_is_over_takes_neither() -> None:
    """It says why it is over."""
    stage = Stage.of(read()).answers()
    with pytest.raises(IllegalEvent, match=r"over \(answered\)"):
        stage.cancels()
    with pytest.raises(IllegalEvent, match=r"over \(answered\)"):
        stage.hears()

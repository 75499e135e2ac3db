"""A run's history in memory: the same messages as in the store, read no further back than is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.memory import KEPT, PAGE, History, turn_of
from detent.fsm.history import Message
from detent.states import Limits, text
from detent.states.errors import IntegrityError
from detent.store import Store

from .making import NOW, READ, Making, begun


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run with many notes."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, READ, limits=Limits(notes=10_000, calls_per_turn=3))
        for number in range(1, 3 * PAGE):
            run.journal.take(note_fact(run.journal.head, f"note {number}", NOW))
        run.journal.commit()
        yield run


@given(st.data())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_it_is_the_list_that_was_written(data: st.DataObject) -> None:
    """Whatever is added, asked for and loaded anew, every place has the message that was written there."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "runs.db") as store:
        run = begun(store, limits=Limits(notes=10_000))
        written = ["Do it."]
        for number in range(data.draw(st.integers(0, 3))):
            for _ in range(data.draw(st.integers(0, PAGE))):
                written.append(f"note {number} {len(written)}")
                run.journal.take(note_fact(run.journal.head, written[-1], NOW))
            run.journal.commit()
        fresh = History(store, run.run, len(written))
        for history in (run.journal.history, fresh):
            for position in data.draw(st.lists(st.integers(0, len(written) - 1), max_size=5)):
                message = history.at(position)
                assert message is not None
                assert (message.position, message.text.body) == (position, written[position])
            assert [one.text.body for one in history.backwards()] == written[::-1]
            assert (len(history), history.goal()) == (len(written), "Do it.")


def test_a_look_at_the_end_reads_no_more_than_a_page(made: Making) -> None:
    """The last messages are read in one page, and one far back is read alone."""
    history = History(made.journal.store, made.run, len(made.journal.history))
    last = next(history.backwards())
    assert last.text.body == f"note {3 * PAGE - 1}"
    first = history.at(1)
    assert first is not None
    assert first.text.body == "note 1"
    assert sum(1 for position in range(3 * PAGE) if position in history._known) == PAGE


def test_a_place_that_is_only_kept_is_empty(made: Making) -> None:
    """Before a result has come its place holds nothing, in memory and after a reload."""
    made.plan(("look", {"n": 1}), ("look", {"n": 2}))
    made.gives("1.1.0", "second")
    for history in (
        made.journal.history,
        History(made.journal.store, made.run, made.journal.head.history),
    ):
        place = made.journal.head.outcomes
        assert history.at(place) is None
        second = history.at(place + 1)
        assert second is not None
        assert second.text.body == "second"
        assert [call.tool for call in turn_of(history, made.journal.head).calls] == ["look", "look"]


def test_a_long_run_is_not_kept_whole(tmp_path: Path) -> None:
    """Beyond some thousand messages the oldest are forgotten, and read again when they are asked for."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, limits=Limits(notes=100_000))
        total = 2 * KEPT + 10
        for number in range(1, total):
            run.journal.take(note_fact(run.journal.head, str(number), NOW))
            if number % 2000 == 0:
                run.journal.commit()
        run.journal.commit()
        history = run.journal.history
        assert len(history._known) <= 2 * KEPT
        assert [one.text.body for one in history.backwards()][-3:] == ["2", "1", "Do it."]
        assert history.goal() == "Do it."


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A history without its goal or its plan is damage, and said so."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, READ)
        with pytest.raises(IntegrityError, match="is missing"):
            turn_of(History(store, run.run, 0), run.journal.head)
        history = History(store, run.run, 0, fresh=True)
        history.add([Message(0, text("goal", "Else."))], 1)
        assert history.goal() == "Else."


def test_the_planners_state_is_the_newest(made: Making) -> None:
    """Without one there is none, and what the planner says last counts."""
    history = History(made.journal.store, made.run, 1)
    assert history.planner_state() is None
    history.remember_planner(text("planner", "{}"))
    assert history.planner_state() == "{}"

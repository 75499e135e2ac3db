"""The inbox of a driven run: everything in it is stepped or answered, in order, once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.clock import Clock
from detent.fsm.drivers.inbox import Inbox, fact_of
from detent.fsm.drivers.journal import Fact
from detent.states import Limits
from detent.states.errors import UsageError
from detent.states.events import Cancelled
from detent.store import Process, Store

from .making import NOW, PAY, Making, begun


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run that waits at an approval gate."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, PAY, limits=Limits(notes=1))
        run.plan(("pay", {"to": "somebody", "amount": 1}))
        yield run


def nobody(taker: str) -> None:
    """Nobody is to take the run over here."""
    raise AssertionError(taker)


def test_entries_are_stepped_in_order_and_gone_with_the_commit(made: Making) -> None:
    """What can be stepped is, in its order, and stays until the commit; nobody is refused before that either."""
    store, inbox = made.journal.store, Inbox(made.journal, Clock(NOW))
    entries = [
        store.inbox_put(made.run, "note", {"text": "Look."}, NOW),
        store.inbox_put(made.run, "note", {"text": "One too many."}, NOW),
        store.inbox_put(made.run, "decision", made.verdict("approve").plain(), NOW),
        store.inbox_put(made.run, "cancel", {"by": "tester"}, NOW),
    ]
    taken: list[Fact] = []

    def take(fact: Fact) -> None:
        taken.append(fact)
        made.journal.take(fact)

    assert inbox.waiting()
    inbox.answer(take, nobody)
    assert [type(fact.event).__name__ for fact in taken] == ["Told"]
    assert [store.inbox_verdict(one).state for one in entries] == ["waiting"] * 4

    made.journal.commit()
    inbox.answer(take, nobody)
    assert [type(fact.event).__name__ for fact in taken] == ["Told", "Approved", "Cancelled"]
    assert [store.inbox_verdict(one).state for one in entries] == ["taken", "refused", "waiting", "waiting"]
    assert "takes no more" in store.inbox_verdict(entries[1]).error

    made.journal.commit()
    assert [store.inbox_verdict(one).state for one in entries] == ["taken", "refused", "taken", "taken"]
    assert made.journal.head.state == "FAILED"


def test_an_empty_inbox_changes_nothing(made: Making) -> None:
    """Where nothing lies nothing is stepped, and what comes is there at the next look."""
    inbox = Inbox(made.journal, Clock(NOW))
    inbox.answer(made.journal.take, nobody)
    assert (inbox.waiting(), made.journal.commit()) == (False, ())
    made.journal.store.inbox_put(made.run, "cancel", {}, NOW)
    inbox.answer(made.journal.take, nobody)
    assert made.journal.head.state == "FAILED"


def test_silence_costs_no_look(made: Making) -> None:
    """While nobody rings the database is not asked, whoever rings is heard at once, and who could not is found soon."""
    store, asked = made.journal.store, list[str]()
    inbox = Inbox(made.journal, Clock(NOW))
    inbox.answer(made.journal.take, nobody)
    with Store.open(store.path) as other:
        store._connection.raw.set_trace_callback(asked.append)
        inbox.answer(made.journal.take, nobody)
        assert asked == []
        bell = store.inbox_bell()
        other.inbox_put(made.run, "note", {"text": "Look."}, NOW)
        deadline = time.monotonic() + 10
        while store.inbox_bell() == bell:
            assert time.monotonic() < deadline
        inbox.answer(made.journal.take, nobody)
        assert made.journal.head.told == 1
        made.journal.commit()
        inbox.answer(made.journal.take, nobody)
        asked.clear()
        deadline = time.monotonic() + 10
        while not asked and time.monotonic() < deadline:
            inbox.answer(made.journal.take, nobody)
        store._connection.raw.set_trace_callback(None)
    assert any("FROM inbox" in one for one in asked)


def test_a_wish_to_take_over_is_taken_at_once_and_once(made: Making) -> None:
    """Whoever takes the run over is named to the driver, and the wish is gone, so that it parks nobody else."""
    store, inbox = made.journal.store, Inbox(made.journal, Clock(NOW))
    entry = store.inbox_put(made.run, "park", {"by": "process 7", **Process.here().note()}, NOW)
    takers: list[str] = []
    inbox.answer(made.journal.take, takers.append)
    assert takers == ["process 7"]
    assert store.inbox_verdict(entry).state == "taken"
    inbox.answer(made.journal.take, nobody)
    assert made.journal.commit() == ()


@pytest.mark.parametrize("process", [{"pid": 2**22 + 1, "start": "1", "boot": "x"}, {}])
def test_a_wish_of_a_process_that_is_gone_parks_nobody(made: Making, process: dict[str, object]) -> None:
    """Killed while it waited, it left its wish behind; the next driver goes on."""
    store, inbox = made.journal.store, Inbox(made.journal, Clock(NOW))
    store.inbox_put(made.run, "park", {"by": "process 7", **process}, NOW)
    inbox.answer(made.journal.take, nobody)
    assert not inbox.waiting()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("note", {}),
        ("note", {"text": 5}),
        ("decision", {"gate": "x"}),
        ("decision", {"new": 1}),
        ("dance", {}),
    ],
)
def test_what_cannot_be_read_is_answered_and_hurts_nobody(
    made: Making, kind: str, body: dict[str, object]
) -> None:
    """An entry of another version, or broken, is refused in words; the driver goes on."""
    with pytest.raises(UsageError):
        fact_of(made.journal, kind, body, NOW)


def test_a_cancel_names_who_wanted_it(made: Making) -> None:
    """Who ended a run is part of the event."""
    event = fact_of(made.journal, "cancel", {"by": "tester"}, NOW).event
    assert isinstance(event, Cancelled)
    assert event.by == "tester"

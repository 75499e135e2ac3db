"""Where the replies of a run are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.decisions import cancel_fact, note_fact
from detent.fsm.drivers.replies import reply_after, reply_before
from detent.states import Limits
from detent.store import Store

from .making import NOW, READ, Making, begun


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run at click 0."""
    with Store.open(tmp_path / "runs.db") as store:
        yield begun(store, READ, limits=Limits(notes=1000))


def note(made: Making, times: int) -> None:
    """So many notes."""
    for number in range(times):
        made.take(note_fact(made.journal.head, f"note {number}", NOW))


def test_the_newest_reply_is_found_however_far_back(made: Making) -> None:
    """Up to the head, or to the click that is asked about."""
    store, run = made.journal.store, made.run
    assert reply_before(store, run) is None
    made.plan(("look", {}))
    made.gives("1.0.0", "seen")
    made.observe()
    note(made, 150)

    assert reply_before(store, run) == 1
    assert reply_before(store, run, 0) is None
    made.plan(("look", {}))
    assert reply_before(store, run) == 154
    assert reply_before(store, run, 153) == 1


def test_a_reply_is_waited_for_through_notes(made: Making) -> None:
    """The reply to a click in PLANNING is the next click but for notes; a cancel means that none came."""
    store, run = made.journal.store, made.run
    assert reply_after(store, run, 0) is None
    note(made, 150)
    assert reply_after(store, run, 0) is None
    made.plan(("look", {}))
    assert reply_after(store, run, 0) == 151
    made.gives("1.0.0", "seen")
    made.observe()
    made.take(cancel_fact(made.journal.head, "tester", NOW))
    assert reply_after(store, run, 153) is None

"""What the tests of shared commits share: runs that are taken on by notes, and a process that keeps the file."""

from __future__ import annotations

from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.journal import Journal, first_click
from detent.fsm.drivers.memory import History
from detent.fsm.history import Message
from detent.fsm.kernel import begin
from detent.states import Limits, Spec, text
from detent.states.codec import spec_text
from detent.states.events import Begun
from detent.store import RunRecord, Store

from .making import NOW

__all__ = ["HOLDS", "begun", "noted", "unheard"]

HOLDS = """
import sys
from detent.store import Store
with Store.open(sys.argv[1]) as store, store._connection.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def begun(store: Store, number: int) -> Journal:
    """A run whose id and times are always the same."""
    spec = Spec(limits=Limits(notes=100))
    run = f"{number:026d}".translate(str.maketrans("0189", "abcd"))
    first = Message(0, text("goal", "Do it."))
    snapshot = begin(spec, run, NOW)
    event = Begun(run=run, at=NOW, spec=spec.digest, goal=first.text.digest)
    record = RunRecord(id=run, spec=spec_text(spec), created=NOW)
    branch = store.begin(record, first_click(snapshot, event, [first]))
    history = History(store, run, 0, fresh=True)
    history.add([first], snapshot.history)
    return Journal(store, branch, snapshot, history)


def noted(journal: Journal, *notes: str) -> None:
    """Take notes in memory."""
    for note in notes:
        journal.take(note_fact(journal.head, note, NOW))


def unheard(said: str) -> None:
    """Nothing is to be said."""
    raise AssertionError(said)

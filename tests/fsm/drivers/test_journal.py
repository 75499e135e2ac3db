"""The journal: steps in memory, makes durable in one commit, and keeps every text where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from detent.fsm.drivers.decisions import decision_fact, note_fact
from detent.fsm.drivers.journal import load
from detent.fsm.drivers.memory import arguments_digest
from detent.states.canonical import canonical
from detent.states.errors import IllegalEvent, IntegrityError, VersionMismatch
from detent.states.events import Observed
from detent.states.spec import RULES
from detent.store import Store

from .making import NOW, PAY, READ, Making, begun

BILL = {"to": "somebody", "amount": 5}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run at click 0, with tools to look and to pay."""
    with Store.open(tmp_path / "runs.db") as store:
        yield begun(store, PAY, READ)


def test_what_is_taken_is_durable_after_the_commit_and_not_before(made: Making) -> None:
    """Several clicks share one commit, which tells them in order; until then nobody else sees them."""
    journal, store = made.journal, made.journal.store
    for text in ("One.", "Two."):
        journal.take(evolve(note_fact(journal.head, text, NOW), took=7))
    assert (journal.head.seq, store.head(made.run).seq) == (2, 0)

    told = journal.commit()

    assert [(click.after.seq, took) for click, took in told] == [(1, 7), (2, 7)]
    assert store.head(made.run).seq == 2
    assert journal.commit() == ()
    assert [one.text.body for one in store.messages(made.run)] == ["Do it.", "One.", "Two."]


def test_a_refused_event_leaves_everything_as_it_was(made: Making) -> None:
    """What no row takes changes neither the head nor what would be written."""
    journal = made.journal
    head = journal.head
    fact = evolve(note_fact(head, "x", NOW), event=Observed(run=made.run, at=NOW, turn=1))
    with pytest.raises(IllegalEvent):
        journal.take(fact)
    assert journal.head is head
    assert len(journal.history) == 1
    assert journal.commit() == ()


def test_arguments_are_the_bytes_that_were_approved(made: Making) -> None:
    """A call runs with the model's bytes, or with the person's own where they were edited, here and after a reload."""
    made.plan(("look", {"n": 1}), ("pay", BILL))
    edited = canonical({"to": "another", "amount": 7})
    made.take(decision_fact(made.journal.head, made.verdict("edit", edited), NOW))

    for journal in (made.journal, load(made.journal.store, made.run)):
        assert journal.arguments(0) == canonical({"n": 1})
        assert journal.arguments(1) == edited
        assert [arguments_digest(journal.arguments(place)) for place in (0, 1)] == [
            call.arguments for call in journal.head.calls
        ]


def test_arguments_that_are_not_those_that_were_approved_are_refused(made: Making) -> None:
    """Bytes whose digest nobody approved never run."""
    made.plan(("pay", BILL))
    journal = load(made.journal.store, made.run)
    (call,) = journal.head.calls
    journal.head = evolve(journal.head, calls=(evolve(call, arguments="sha256:other"),))
    with pytest.raises(IntegrityError, match="not those that were approved"):
        journal.arguments(0)


def test_settled_gates_have_one_row_with_who_and_how(made: Making) -> None:
    """Each gate a click closed is a decision of the store, whatever closed it."""
    made.plan(("pay", BILL), ("pay", {**BILL, "amount": 6}))
    made.take(decision_fact(made.journal.head, made.verdict("deny", "no"), NOW))
    rows = made.journal.store.decisions(made.run)
    assert [(row.gate, row.how, row.by) for row in rows] == [
        ("approval-1.0.0-1", "Denied", "tester"),
        ("approval-1.1.0-1", "Denied", "tester"),  # what the first held back has nothing left to ask
    ]


def test_reasons_are_kept_with_the_click(made: Making) -> None:
    """The row that was taken, the guards' values, and what spoke against the others can be read again."""
    made.plan(("look", {}))
    stored = made.journal.store.head(made.run)
    assert '"taken"' in stored.guards
    assert "plan_has_calls" in stored.guards


def test_a_run_of_newer_rules_is_not_touched(tmp_path: Path) -> None:
    """A run that follows rules this version does not know is refused with 78."""
    with Store.open(tmp_path / "runs.db") as store:
        newer = begun(store, rules=RULES + 1)
        with pytest.raises(VersionMismatch, match="rules") as caught:
            load(store, newer.run)
    assert caught.value.exit_code == 78

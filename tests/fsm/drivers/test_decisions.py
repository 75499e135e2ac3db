"""What a person says becomes the one event that settles the gate, or is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.decisions import (
    OFFERED,
    Verdict,
    cancel_fact,
    decision_fact,
    gate_of,
    note_fact,
    person,
    stopped_fact,
    verdict_of,
)
from detent.fsm.drivers.journal import Fact
from detent.fsm.kernel import commands, step
from detent.states import GateKind, Limits, Snapshot
from detent.states.canonical import canonical
from detent.states.commands import StopTool
from detent.states.errors import BadValue, GateSettled, NotFound, UsageError
from detent.states.events import Edited
from detent.states.names import State
from detent.store import Store

from .making import NOW, PAY, READ, Making, begun

BILL = {"to": "somebody", "amount": 5}
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
HOWS = tuple(dict.fromkeys(how for offered in OFFERED.values() for how in offered))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database of its own."""
    with Store.open(tmp_path / "runs.db") as opened:
        yield opened


def at_gate(store: Store, kind: GateKind) -> Making:
    """A run that waits at a gate of this kind."""
    made = begun(
        store,
        PAY,
        READ,
        ask_person=True,
        limits=Limits(loop_window=2, model_turns=3 if kind is GateKind.LIMIT else 9),
    )
    match kind:
        case GateKind.APPROVAL:
            made.plan(("pay", BILL))
        case GateKind.DOUBT:
            made.plan(("pay", BILL))
            made.take(decision_fact(made.journal.head, made.verdict("approve"), NOW))
            made.start("1.0.0")
            made.is_lost("1.0.0")
        case GateKind.QUESTION:
            made.ask("Which one?")
        case _:
            for turn in (1, 2):
                made.plan(("look", {} if kind is GateKind.LOOP else {"n": turn}))
                made.gives(f"{turn}.0.0", "nothing")
                made.observe()
    assert [gate.kind for gate in made.journal.head.gates] == [kind]
    return made


@pytest.mark.parametrize("kind", list(GateKind))
@pytest.mark.parametrize("how", HOWS)
def test_a_gate_takes_what_it_offers_and_nothing_else(store: Store, kind: GateKind, how: str) -> None:
    """Whatever a gate offers is an event the kernel takes; all else is refused, and says what it offers."""
    made = at_gate(store, kind)
    said = canonical({"to": "another", "amount": 7}) if how == "edit" else "text"
    if how not in OFFERED[kind]:
        with pytest.raises(UsageError, match="cannot be settled with") as caught:
            decision_fact(made.journal.head, made.verdict(how, said), NOW)
        assert all(one in caught.value.hint for one in OFFERED[kind])
        return

    fact = decision_fact(made.journal.head, made.verdict(how, said), NOW, (4,))

    made.take(fact)
    assert fact.inbox == (4,)
    assert made.journal.head.gates == ()
    assert [one.by for one in made.journal.store.decisions(made.run)][-1] == "tester"


def edited_to(head: Snapshot, fact: Fact) -> None:
    """The bytes that were edited are those that run."""
    assert isinstance(fact.event, Edited)
    (edited,) = fact.extras
    kept = json.loads(edited.body)
    assert (edited.body, set(kept)) == (canonical(kept), {"to", "amount"})
    assert type(kept["amount"]) is int
    assert step(head, fact.event).calls[0].arguments == edited.digest


@given(PLAIN)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edited_arguments_fit_the_schema_or_are_refused(store: Store, value: object) -> None:
    """No JSON gets past the tool's schema, and what does is kept in its canonical bytes."""
    made = at_gate(store, GateKind.APPROVAL)
    head = made.journal.head
    for given_back in (value, {**BILL, "extra": value}, {**BILL, "amount": value}):
        try:
            fact = decision_fact(head, made.verdict("edit", json.dumps(given_back)), NOW)
        except BadValue:
            continue
        edited_to(head, fact)


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        "[]",
        "{}",
        '{"to": "a", "amount": 0}',
        '{"to": "a", "amount": 1, "amount": 2}',
        '{"to": "a", "amount": 1, "$base": "sha"}',
        '{"to": "\\ud800", "amount": 1}',
        '{"to": "' + "x" * 300_000 + '", "amount": 1}',
    ],
)
def test_what_cannot_be_arguments_is_refused(store: Store, said: str) -> None:
    """Broken, doubled, foreign, endless or unfitting arguments never become an event."""
    made = at_gate(store, GateKind.APPROVAL)
    with pytest.raises(BadValue):
        decision_fact(made.journal.head, made.verdict("edit", said), NOW)


def test_a_decision_about_something_else_is_refused(store: Store) -> None:
    """A yes quotes what was shown; where the gate shows something else by now it is no yes."""
    made = at_gate(store, GateKind.APPROVAL)
    other = Verdict(gate=made.journal.head.gates[0].id, how="approve", digest="sha256:other")
    with pytest.raises(GateSettled, match="shows something else"):
        decision_fact(made.journal.head, other, NOW)


def test_a_gate_is_settled_when_it_is_open(store: Store) -> None:
    """While other calls of its plan still run a gate waits, and whoever comes too early is told what to do."""
    made = at_gate(store, GateKind.DOUBT)
    early = evolve(made.journal.head, state=State.EXECUTING)
    with pytest.raises(UsageError, match="is not open yet"):
        decision_fact(early, made.verdict("happened", "It did."), NOW)


def test_a_call_without_an_attempt_left_is_not_run_again(store: Store) -> None:
    """A rerun needs an attempt; without one only what happened can be said."""
    made = at_gate(store, GateKind.DOUBT)
    made.take(decision_fact(made.journal.head, made.verdict("did_not_happen"), NOW))
    made.start("1.0.0", 2)
    made.is_lost("1.0.0", 2)
    with pytest.raises(UsageError, match="no attempt left"):
        decision_fact(made.journal.head, made.verdict("did_not_happen"), NOW)


@pytest.mark.parametrize(("kind", "how"), [(GateKind.QUESTION, "answer"), (GateKind.APPROVAL, "deny")])
def test_what_cannot_be_kept_is_refused(store: Store, kind: GateKind, how: str) -> None:
    """A text that is endless, or is no Unicode, never becomes part of a run."""
    made = at_gate(store, kind)
    for said in ("x" * 300_000, "\ud800"):
        with pytest.raises(BadValue):
            decision_fact(made.journal.head, made.verdict(how, said), NOW)


def test_a_gate_is_meant_by_its_id_or_a_beginning(store: Store) -> None:
    """The only gate needs no name, an unknown one is not found, and none open says so."""
    made = at_gate(store, GateKind.QUESTION)
    head = made.journal.head
    assert gate_of(head, None) is gate_of(head, "question") is head.gates[0]
    with pytest.raises(NotFound, match="no open gate nothing"):
        gate_of(head, "nothing")
    made.take(decision_fact(head, made.verdict("answer", "That one."), NOW))
    with pytest.raises(NotFound, match="no open gate"):
        gate_of(made.journal.head, None)
    with pytest.raises(GateSettled, match="is settled"):
        gate_of(made.journal.head, "question-1-0")


def test_a_verdict_goes_through_the_inbox_unchanged(store: Store) -> None:
    """What another process says arrives as it was said."""
    said = at_gate(store, GateKind.LOOP).verdict("answer", "Try the other door.")
    assert verdict_of(json.loads(canonical(said.plain()))) == said


def test_notes_are_counted_and_have_something_in_them(store: Store) -> None:
    """An empty note, one too many, and one for a run that takes none are refused in words."""
    made = begun(store, limits=Limits(notes=1))
    with pytest.raises(UsageError, match="empty"):
        note_fact(made.journal.head, " \n", NOW)
    made.take(note_fact(made.journal.head, "Look.", NOW))
    with pytest.raises(UsageError, match="takes no more"):
        note_fact(made.journal.head, "Look again.", NOW)
    with pytest.raises(UsageError, match="takes no notes"):
        note_fact(begun(store, limits=Limits(notes=0)).journal.head, "Look.", NOW)


def test_a_cancel_ends_with_what_was_started_being_stopped(store: Store) -> None:
    """A run is cancelled once, waits for its started call, and is over when that is stopped."""
    made = begun(store, PAY)
    made.plan(("pay", BILL))
    made.take(decision_fact(made.journal.head, made.verdict("approve"), NOW))
    made.start("1.0.0")
    made.take(cancel_fact(made.journal.head, "tester", NOW))
    for refused in (lambda head: cancel_fact(head, "", NOW), lambda head: note_fact(head, "Wait.", NOW)):
        with pytest.raises(UsageError, match="being ended"):
            _tried(refused, made.journal.head)

    (command,) = commands(made.journal.head)
    assert isinstance(command, StopTool)
    made.take(stopped_fact(made.journal.head, command, NOW))

    assert (made.journal.head.state, made.journal.head.calls[0].phase) == ("FAILED", "doubt")
    with pytest.raises(UsageError, match="is over"):
        cancel_fact(made.journal.head, "", NOW)


def _tried(refused: object, head: Snapshot) -> None:
    assert callable(refused)
    refused(head)


def test_whoever_is_at_the_keyboard_has_a_name() -> None:
    """The person is named by the system, or not at all, and it never fails."""
    assert isinstance(person(), str)

"""Edited arguments: the bytes that are shown are those that run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.decisions import decision_fact
from detent.fsm.drivers.editing import changes, edited, pretty
from detent.states.canonical import canonical, parse
from detent.states.errors import BadValue, UsageError
from detent.store import Store

from .making import NOW, PAY, Making, begun
from .test_rules import NAMES, VALUES


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run that waits for a yes to a payment."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, PAY, ask_person=True)
        run.plan(("pay", {"to": "somebody", "amount": 5}))
        yield run


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [
        ('{"to": "me", "amount": 7}', '{"amount":7,"to":"me"}'),
        ('\n{ "amount" : 7,\n"to": "m\\u00fc" }\n', '{"amount":7,"to":"mü"}'),
        ('{"amount": "7", "to": "me"}', '{"amount":7,"to":"me"}'),
    ],
)
def test_what_is_shown_is_what_is_approved(made: Making, written: str, bytes_: str) -> None:
    """The canonical bytes come back as themselves, and are what the decision binds."""
    head = made.journal.head
    assert edited(head, head.gates[0], written) == bytes_
    assert edited(head, head.gates[0], bytes_) == bytes_
    fact = decision_fact(head, made.verdict("edit", bytes_), NOW)
    assert [one.body for one in fact.extras] == [bytes_]


@pytest.mark.parametrize(
    "written", ["", "{", "[]", '{"to": "me"}', '{"to": "me", "amount": 0}', '{"amount": 1, "amount": 2}']
)
def test_what_does_not_fit_is_refused_with_a_way_out(made: Making, written: str) -> None:
    """Broken JSON, missing and wrong arguments are told in two sentences."""
    head = made.journal.head
    with pytest.raises(BadValue) as refused:
        edited(head, head.gates[0], written)
    assert refused.value.message
    assert refused.value.hint


def test_only_a_call_has_arguments(tmp_path: Path) -> None:
    """A question takes none."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, PAY, ask_person=True)
        run.ask("Which?")
        head = run.journal.head
        with pytest.raises(UsageError):
            edited(head, head.gates[0], "{}")


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4))
def test_every_change_is_told(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Taking what goes out and putting what comes in makes one of the other; nothing is left out."""
    lines = changes(before, canonical(after))

    assert json.loads("".join(line[2:] for line in lines if line[0] in " -")) == before
    assert json.loads("".join(line[2:] for line in lines if line[0] in " +")) == after


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_an_editor_gets_reads_back(given_values: dict[str, Any]) -> None:
    """The JSON that is given to be edited is the arguments."""
    assert canonical(parse(pretty(given_values))) == canonical(given_values)

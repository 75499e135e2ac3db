"""The digest that a row of working notes carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states import IntegrityError
from detent.store import DriverRecord, Store
from detent.store.seals import check, fits, seal
from tests.store.making import NOW, begun, tampered

SAID = st.lists(st.one_of(st.none(), st.integers(-(2**53), 2**53), st.text(st.characters(codec="utf-8"))))


@given(table=st.sampled_from(["rule", "label"]), said=SAID, other=SAID)
def test_a_seal_fits_what_was_said_and_nothing_else(table: str, said: list[str], other: list[str]) -> None:
    """A note fits its own seal alone: not another table's, run's or text's."""
    made = seal(table, "run", *said)
    check(made, table, "run", *said)
    assert not fits(made, "inbox", "run", *said)
    assert not fits(made, table, "run2", *said)
    same = [(type(one), one) for one in said] == [(type(one), one) for one in other]
    assert fits(made, table, "run", *other) == same


@pytest.mark.parametrize("strange", [b"bytes", 1.5, float("nan"), object(), 2**80])
def test_a_value_that_cannot_be_fits_nothing(strange: object) -> None:
    """Whatever a damaged file holds is an error of ours, and no exception of another kind."""
    assert not fits(b"", "rule", "run", strange)
    with pytest.raises(IntegrityError, match="table rule"):
        check(b"", "rule", "run", strange)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rule SET rule = 'write_file(path=**)'",
        "UPDATE rule SET at = at + 1",
        'UPDATE inbox SET body = \'{"text":"forged"}\' WHERE refused IS NULL',
        "UPDATE inbox SET kind = 'cancel' WHERE refused IS NULL",
        "UPDATE inbox SET refused = 'no' WHERE refused IS NULL",
        "UPDATE inbox SET refused = NULL",
        "UPDATE inbox SET refused = 'why not' WHERE refused IS NOT NULL",
        "UPDATE label SET label = 'other'",
        "UPDATE driver SET pid = 1",
        "UPDATE driver SET ended = 1 - ended",
        "UPDATE driver SET head_seq = 7",
        "UPDATE driver SET digest = x'00'",
        "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'inbox'",
        "UPDATE sqlite_sequence SET seq = 1 << 60 WHERE name = 'run'",
        "UPDATE _sqlite_migrations SET name = 'm001' WHERE id = 1",
        "INSERT INTO pruning VALUES (1)",
        "INSERT INTO rule (run, rule, at, digest) VALUES (1, 'pay', 1, x'')",
        "INSERT INTO label VALUES (77, 'x', x'')",
    ],
)
def test_a_changed_note_is_found(tmp_path: Path, statement: str) -> None:
    """A note that was changed, added, or belongs to no run is found by verifying, and a rule or entry is not acted on."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = begun(store, labels=("kept",)).run
        store.add_rule(run, "write_file(path=notes/*)", NOW)
        waits = store.inbox_put(run, "note", {"text": "a note"}, NOW)
        refused = store.inbox_put(run, "note", {"text": "another"}, NOW)
        store.inbox_answer(refused, "too late")
        record = DriverRecord(pid=17, start_time="1", boot_id="b", head_seq=0, at=NOW, ended=False)
        store.driver_started(run, record.pid, record.start_time, record.boot_id, record.head_seq)
        assert store.verify() == store.verify(run) == []
        assert (store.inbox_verdict(waits).state, store.inbox_verdict(refused).error) == (
            "waiting",
            "too late",
        )
        store.driver_ended(run)
        assert store.verify() == []
    assert tampered(path, "rule", statement) > 0
    with Store.open(path) as store:
        assert store.verify() != []
        acts: dict[str, Callable[[], object]] = {
            "rule": lambda: store.rules(run),
            "inbox": lambda: (
                store.inbox_take(run),
                store.inbox_verdict(waits),
                store.inbox_verdict(refused),
            ),
            "driver": lambda: store.driver_of(run),
        }
        for table, act in acts.items():
            if f" {table} " in statement:
                with pytest.raises(IntegrityError, match=table):
                    act()
                assert store.verify(run) != []

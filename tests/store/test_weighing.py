"""How much lies in a database, and what goes with some of its runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.states import text
from detent.states.canonical import canonical
from detent.store import Placed, Store, Write
from tests.store.making import begun, click, grow, one_more, outside

MANY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def objects(path: Path) -> dict[int, tuple[str, int]]:
    """Every text by number: its kind and its length in bytes."""
    raw = outside(path)
    rows = raw.execute("SELECT id, kind, body FROM object").fetchall()
    raw.close()
    return {number: (kind, len(body.encode())) for number, kind, body in rows}


def summed(gone: list[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Rows and bytes by kind."""
    made: dict[str, tuple[int, int]] = {}
    for kind, length in gone:
        rows, total = made.get(kind, (0, 0))
        made[kind] = (rows + 1, total + length)
    return made


@MANY
@given(lengths=st.lists(st.integers(0, 8), min_size=1, max_size=4), data=st.data())
def test_what_would_go_is_what_goes(tmp_path_factory: Any, lengths: list[int], data: st.DataObject) -> None:
    """The weights told before are, kind by kind, exactly the texts that removing the runs and a sweep take away."""
    path = tmp_path_factory.mktemp("weighed") / "a.db"
    with Store.open(path) as store:
        runs = [grow(begun(store), length).run for length in lengths]
        gone = data.draw(st.lists(st.sampled_from(runs), unique=True))
        told = store.weights(gone)
        before = objects(path)
        for run in gone:
            store.prune(run)
        swept = store.sweep()
        after = objects(path)
        assert {one.kind: (one.rows, one.bytes) for one in told if one.kind != "clicks"} == summed(
            [before[number] for number in before.keys() - after.keys()]
        )
        clicks = [one for one in told if one.kind == "clicks"]
        assert sum(one.rows for one in clicks) == sum(lengths[runs.index(run)] + 1 for run in gone)
        assert {one.kind for one in swept} <= {"spec", "guards"}
        assert store.weights([]) == store.sweep() == []
        assert store.verify() == []


def test_shared_texts_stay_until_the_last_run_that_needs_them(tmp_path: Path) -> None:
    """A spec and guards that two runs share go with the second of them, and not before."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        first, second = grow(begun(store), 6).run, grow(begun(store), 6).run
        store.prune(first)
        assert store.sweep() == []
        store.prune(second)
        assert {one.kind: one.rows for one in store.sweep()} == {"spec": 1, "guards": 7}
        assert objects(path) == {}
        assert store.verify() == []


def test_a_writer_writes_swept_guards_again(tmp_path: Path) -> None:
    """What another connection has swept is not referred to by a writer that knew it, nor is what lies in its place now."""
    path = tmp_path / "a.db"
    with Store.open(path) as store, Store.open(path) as other:
        gone = begun(store)
        stays = begun(store)
        rare = canonical({"taken": "rare"})

        def rarely(branch: Any) -> None:
            seq = branch.seq + 1
            said = click(branch.run, seq)
            branch.commit(Write((evolve(said, guards=rare),), (Placed(seq, text("turn", "x")),)))

        rarely(gone)
        other.prune(gone.run)
        assert [(one.kind, one.rows) for one in other.sweep()] == [("guards", 1)]
        begun(other)  # its texts take the numbers that are free
        rarely(stays)
        assert store.head(stays.run).guards == rare
        assert store.verify() == []
        third = begun(store)
        grow(third, 3)
        store.prune(third.run)
        store.sweep()
        grow(begun(store), 3)
        assert store.verify() == []


def test_a_sweep_leaves_nothing_behind_and_is_refused_elsewhere(tmp_path: Path) -> None:
    """After a sweep the triggers forbid again what they forbade before it."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = grow(begun(store), 3).run
        store.sweep()
        assert store.verify() == []
        assert store.last(run) == 3
    raw = outside(path)
    assert raw.execute("SELECT count(*) FROM pruning").fetchone() == (0,)
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        raw.execute("DELETE FROM object")
    raw.close()


def test_runs_stand_in_the_order_they_were_begun(tmp_path: Path) -> None:
    """A standing says where a run is, what it was forked from, who called it, and whether it is marked."""
    with Store.open(tmp_path / "a.db") as store:
        first = begun(store)
        first.commit(one_more(first, "DONE"))
        fork = begun(store, parent=(first.run, 1), origin={"recordings": "recorded"}).run
        child = begun(store, origin={"caller": {"run": first.run, "call": "1.0.0"}}, labels=("kept",)).run
        told = store.standings()
        assert [(one.id, one.state, one.seq, one.labelled) for one in told] == [
            (first.run, "DONE", 1, False),
            (fork, "PLANNING", 0, False),
            (child, "PLANNING", 0, True),
        ]
        assert [(one.parent, one.caller, one.recordings) for one in told] == [
            (None, None, ""),
            (first.run, None, "recorded"),
            (None, first.run, ""),
        ]


def test_measures_count_what_there_is(tmp_path: Path) -> None:
    """Rows, texts, states and pages are those that anybody can count in the file."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store), 20)
        branch.commit(one_more(branch, "DONE"))
        begun(store)
        told = store.measures()
        assert (told.tables["run"], told.tables["snapshot"]) == (2, 23)
        assert told.states == {"DONE": 1, "PLANNING": 1}
        texts = summed(list(objects(path).values()))
        assert {one.kind: (one.rows, one.bytes) for one in told.kinds} == texts
        assert [one.bytes for one in told.kinds] == sorted((one.bytes for one in told.kinds), reverse=True)
        assert told.file == path.stat().st_size
        assert told.log == Path(f"{path}-wal").stat().st_size > 0
        assert told.page * told.pages <= told.file + told.log
        store.prune(branch.run)
        assert store.measures().free > told.free
    with Store.open(path, mode="read") as store:
        assert store.measures().tables["run"] == 1
        assert {one.kind for one in store.weights([])} == {"guards"}

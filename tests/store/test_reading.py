"""Reading one run."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detent.states import IntegrityError, NotFound, text
from detent.states.canonical import canonical
from detent.store import Placed, Store, Write
from tests.store.making import begun, click, grow, grown, one_more, tampered

LONG = 600  # more than two pages of rows


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database with one long run."""
    path = tmp_path_factory.mktemp("long") / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        for start in range(1, LONG, 50):
            clicks = tuple(click(branch.run, seq) for seq in range(start, start + 50))
            branch.commit(
                Write(clicks, tuple(Placed(one.seq, text("turn", str(one.seq)), one.seq) for one in clicks))
            )
    return path, branch.run


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, None), (0, 0), (5, 5), (15, 17), (17, 300), (255, 258), (256, 257), (599, None), (700, 800)],
)
def test_ranges_are_those_of_python(long: tuple[Path, str], start: int, stop: int | None) -> None:
    """Clicks, timeline and messages of a range are those that slicing the whole gives."""
    path, run = long
    with Store.open(path, mode="read") as store:
        assert list(store.clicks(run, start, stop)) == list(store.clicks(run))[start:stop]
        assert store.timeline(run, start, stop) == store.timeline(run)[start:stop]
        assert store.messages(run, start, stop) == store.messages(run)[start:stop]


def test_every_click_is_whole(long: tuple[Path, str]) -> None:
    """Reading all clicks in order, one alone, or the timeline gives the same bodies and digests as were written."""
    path, run = long
    with Store.open(path, mode="read") as store:
        clicks = list(store.clicks(run))
        assert [one.seq for one in clicks] == list(range(LONG + 1))
        assert all(canonical(one.body) == click(run, one.seq).whole for one in clicks)
        for seq in (0, 1, 15, 16, 17, 255, 256, 599, 600):
            assert store.click(run, seq) == clicks[seq]
        rows = store.timeline(run)
        assert [(row.seq, row.digest, row.event_body) for row in rows] == [
            (one.seq, one.digest, one.event_body) for one in clicks
        ]
        assert store.head(run) == clicks[-1]
        assert {one.chain for one in clicks[::100]} == {
            store.click(run, one.seq).chain for one in clicks[::100]
        }


def test_a_click_that_is_not_there_is_not_found(long: tuple[Path, str]) -> None:
    """A number beyond the run's end, or below 0, is a usage error that names the clicks there are."""
    path, run = long
    with Store.open(path, mode="read") as store:
        for seq in (LONG + 1, -1):
            with pytest.raises(NotFound, match=f"0 to {LONG}"):
                store.click(run, seq)
        for ask in (store.head, store.record, store.messages, store.decisions, store.timeline, store.texts):
            with pytest.raises(NotFound):
                ask("x" * 26)


def test_a_reader_keeps_no_transaction_open(tmp_path: Path) -> None:
    """Somebody half way through a run's clicks does not keep the log from being written back."""
    path = tmp_path / "a.db"
    run = grown(path, 300)
    with Store.open(path) as store, Store.open(path, mode="read") as reader:
        clicks = reader.clicks(run)
        next(clicks)
        grow(store.branch(run), 5)
        busy, logged, moved = store._connection.one("PRAGMA wal_checkpoint(TRUNCATE)")
        assert (busy, logged, moved) == (0, 0, 0)
        assert len(list(clicks)) == 305


def forks(store: Store) -> tuple[str, str, str]:
    """A run, its fork at 3, and the fork's fork at 1."""
    branch = grow(begun(store), 6)
    run = branch.run
    child = begun_at(store, (run, 3))
    child.commit(
        Write((click(child.run, 1),), (Placed(4, text("turn", "child 4")),), ((1, text("planner", "child")),))
    )
    child.commit(Write((click(child.run, 2),), (Placed(5, text("turn", "child 5")),)))
    grandchild = begun_at(store, (child.run, 1))
    grandchild.commit(Write((click(grandchild.run, 1),), (Placed(5, text("turn", "grandchild 5")),)))
    return run, child.run, grandchild.run


def begun_at(store: Store, parent: tuple[str, int]) -> Any:
    """A fork without messages of its own."""
    from tests.store.making import record  # noqa: PLC0415 - only here

    made = record(parent=parent)
    return store.begin(made, Write((click(made.id, 0, event="Forked"),)))


def test_a_fork_reads_its_parent_below_itself(tmp_path: Path) -> None:
    """A fork's history is its parent's up to the click it was forked at, then its own, however deep."""
    with Store.open(tmp_path / "a.db") as store:
        run, child, grandchild = forks(store)

        def said(of: str, **more: Any) -> list[str]:
            return [placed.text.body for placed in store.messages(of, **more)]

        own = said(run)
        assert said(child) == [*own[:4], "child 4", "child 5"]
        assert said(grandchild) == [*own[:4], "child 4", "grandchild 5"]
        assert said(grandchild, start=3, stop=5) == [own[3], "child 4"]
        assert said(child, seq=1) == [*own[:4], "child 4"]
        assert said(child, seq=0) == own[:4]
        assert said(run, seq=2) == own[:3]
        assert said(run) == own


def test_a_fork_sees_no_result_that_came_later(tmp_path: Path) -> None:
    """A place that the parent filled after the fork's click is empty in the fork until it fills it itself."""
    with Store.open(tmp_path / "a.db") as store:
        parent = begun(store)
        late = Placed(1, text("result", "late"), 2)
        parent.commit(
            Write((click(parent.run, 1), click(parent.run, 2)), (Placed(2, text("result", "early"), 1), late))
        )
        fork = begun_at(store, (parent.run, 1))
        assert [one.position for one in store.messages(fork.run)] == [0, 2]
        fork.commit(
            Write((click(fork.run, 1),), (Placed(1, text("result", "own")), Placed(2, text("result", "new"))))
        )
        assert [one.text.body for one in store.messages(fork.run)] == ["a goal", "own", "new"]
        assert [one.text.body for one in store.messages(parent.run)] == ["a goal", "late", "early"]


def test_texts_are_inherited_too(tmp_path: Path) -> None:
    """Texts beside clicks come oldest first; a fork's begin with its parent's, which have no click in it."""
    with Store.open(tmp_path / "a.db") as store:
        run, child, grandchild = forks(store)
        assert store.texts(run, kind="planner") == [
            (1, text("planner", "plan 1")),
            (5, text("planner", "plan 5")),
        ]
        inherited = [(-1, text("input", "x")), (-1, text("planner", "plan 1"))]
        assert store.texts(child) == [*inherited, (1, text("planner", "child"))]
        assert store.texts(grandchild) == [*inherited, (-1, text("planner", "child"))]
        assert store.texts(child, 1) == [(1, text("planner", "child"))]
        assert store.texts(child, 0) == []
        assert store.texts(run, 1, "input") == []
        assert store.texts(run, kind="planner", start=2) == [(5, text("planner", "plan 5"))]
        assert store.texts(child, start=0) == [(1, text("planner", "child"))]


def test_a_lineage_is_a_run_and_its_forebears(tmp_path: Path) -> None:
    """The run first, each of the others with the click at which it was left."""
    with Store.open(tmp_path / "a.db") as store:
        run, child, grandchild = forks(store)
        (_, at), (_, child_at) = (
            store.record(child).parent or ("", 0),
            store.record(grandchild).parent or ("", 0),
        )
        assert store.lineage(run) == [(run, store.last(run))]
        assert store.lineage(grandchild) == [
            (grandchild, store.last(grandchild)),
            (child, child_at),
            (run, at),
        ]


DAMAGE: list[tuple[str, str, Callable[[Store, str], object]]] = [
    (
        "object",
        "UPDATE object SET body = body || ' ' WHERE kind = 'turn'",
        lambda store, run: store.messages(run),
    ),
    (
        "object",
        "UPDATE object SET body = body || ' ' WHERE kind = 'planner'",
        lambda store, run: store.texts(run),
    ),
    ("object", "UPDATE object SET body = '[]' WHERE kind = 'spec'", lambda store, run: store.spec(run)),
    ("object", "UPDATE object SET body = '[]' WHERE kind = 'guards'", lambda store, run: store.head(run)),
    (
        "object",
        "UPDATE object SET digest = x'00' WHERE kind = 'turn'",
        lambda store, run: store.messages(run),
    ),
    (
        "object",
        "UPDATE object SET body = CAST(x'ff' AS TEXT) WHERE kind = 'turn'",
        lambda s, run: s.messages(run),
    ),
    (
        "snapshot",
        "UPDATE snapshot SET body = '{}' WHERE seq = 17",
        lambda store, run: list(store.clicks(run)),
    ),
    (
        "snapshot",
        "UPDATE snapshot SET body = '[1]' WHERE seq = 17",
        lambda store, run: list(store.clicks(run)),
    ),
    ("snapshot", "UPDATE snapshot SET body = '{' WHERE seq = 17", lambda store, run: store.head(run)),
    ("snapshot", "UPDATE snapshot SET state = 'DONE' WHERE seq = 3", lambda store, run: store.click(run, 3)),
    ("snapshot", "UPDATE snapshot SET at = at + 1 WHERE seq = 3", lambda store, run: store.click(run, 3)),
    ("snapshot", "UPDATE snapshot SET digest = x'00' WHERE seq = 3", lambda store, run: store.click(run, 3)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 3", lambda store, run: store.click(run, 5)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 3", lambda store, run: store.click(run, 3)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 3", lambda store, run: store.timeline(run)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 3", lambda store, run: store.timeline(run, 2)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 3", lambda store, run: store.suspect(run, 3)),
    ("snapshot", "DELETE FROM snapshot WHERE seq = 0", lambda store, run: list(store.clicks(run))),
    ("snapshot", "DELETE FROM snapshot", lambda store, run: store.head(run)),
    ("snapshot", "UPDATE snapshot SET took = took + 1 WHERE seq = 18", lambda store, run: store.branch(run)),
    (
        "snapshot",
        "UPDATE snapshot SET event_body = '{}' WHERE seq = 17",
        lambda store, run: store.branch(run),
    ),
    ("message", "DELETE FROM message WHERE position = 18", lambda store, run: store.branch(run)),
    ("run", "UPDATE run SET parent = key, parent_seq = 1", lambda store, run: store.messages(run)),
]


def test_what_was_changed_in_a_click_can_be_looked_at(tmp_path: Path) -> None:
    """As it lies there, proven by nothing; of a click that is whole it is what is given out."""
    path = tmp_path / "a.db"
    run = grown(path, 20)
    with Store.open(path) as store:
        assert all(store.suspect(run, click.seq) == (click.body, click.guards) for click in store.clicks(run))
    assert tampered(path, "snapshot", "UPDATE snapshot SET body = json_set(body, '$.x', 9) WHERE seq = 17")
    with Store.open(path, mode="read") as store:
        assert store.suspect(run, 17)[0]["x"] == 9


@pytest.mark.parametrize(("table", "sql", "ask"), DAMAGE, ids=[f"{sql}" for _, sql, _ in DAMAGE])
def test_nothing_damaged_is_given_out(
    tmp_path: Path, table: str, sql: str, ask: Callable[[Store, str], object]
) -> None:
    """What does not fit its digest is refused with exit code 76, while another run of the file can still be used."""
    path = tmp_path / "a.db"
    run = grown(path, 20)
    assert tampered(path, table, sql)
    with Store.open(path) as store:
        with pytest.raises(IntegrityError) as caught:
            ask(store, run)
        assert caught.value.exit_code == 76
        assert caught.value.hint
        if "kind = 'guards'" in sql or "kind = 'spec'" in sql:  # every run shares these
            with pytest.raises(IntegrityError, match="many runs share"):
                begun(store)
            return
        other = grow(begun(store), 2)
        assert store.head(other.run).seq == 2


def test_a_wrong_type_in_the_timeline_is_damage(tmp_path: Path) -> None:
    """A row whose digest is no blob is damage, not a crash."""
    path = tmp_path / "a.db"
    run = grown(path, 3)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'snapshot'")
    raw.execute("PRAGMA writable_schema = RESET")
    (trigger,) = raw.execute("SELECT sql FROM sqlite_schema WHERE name = 'snapshot_same'").fetchone()
    raw.execute("DROP TRIGGER snapshot_same")
    raw.execute("UPDATE snapshot SET digest = 7 WHERE seq = 2")
    raw.execute(trigger)
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'snapshot'")
    raw.execute("PRAGMA writable_schema = RESET")
    raw.close()
    with Store.open(path) as store:
        with pytest.raises(IntegrityError):
            store.timeline(run)
        with pytest.raises(IntegrityError):
            store.click(run, 2)
        assert [one.seq for one in store.verify(run)] == [2]


def test_one_more_is_what_the_tests_think(tmp_path: Path) -> None:
    """The tests' own writes hold every kind of row."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        writes = []
        for _ in range(8):
            writes.append(one_more(branch))
            branch.commit(writes[-1])
    assert any(one.extras for one in writes)
    assert any(one.settled for one in writes)

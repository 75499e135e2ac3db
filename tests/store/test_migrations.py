"""How the file came to its present form."""

# ruff: noqa: S608 - tables are damaged by name here

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from detent.states import StoreError
from detent.states.canonical import canonical
from detent.store import Store
from detent.store.migrations import APPLICATION_ID, FULL_EVERY, SCHEMAS, VERSION, migrate
from detent.store.opening import schema_digest
from tests.store.making import NOW, PYTHON, begun, dumped, form_1, grow, grown, outside

ROOT = Path(__file__).parents[2]
EVIDENCE = ("object", "run", "snapshot", "message", "extra", "decision")


def test_a_new_file_has_the_present_form() -> None:
    """All migrations together make exactly the schema that every open compares with."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    migrate(raw)
    raw.execute("COMMIT")
    assert raw.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert schema_digest(raw) == SCHEMAS[VERSION]
    assert set(SCHEMAS) == set(range(1, VERSION + 1))
    raw.close()


def test_a_kill_in_a_migration_leaves_old_or_new(tmp_path: Path) -> None:
    """Killed before every second statement of the migration, a process leaves an empty database or a whole one."""
    command = [PYTHON, "-m", "tests.store.dying", "migrate", str(tmp_path / "a.db"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    versions = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert versions == ["0"] * (len(versions) - 1) + [str(VERSION)]
    assert len(versions) > 20


def test_a_kill_on_the_way_to_the_second_form_loses_nothing(tmp_path: Path) -> None:
    """Killed before every second statement, a process leaves the old form or the new one, with all it held, and whole copies."""
    command = [PYTHON, "-m", "tests.store.dying", "upgrade", str(tmp_path / "a.db"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    versions = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert versions == ["1"] * (len(versions) - 1) + ["2"]
    assert len(versions) > 20


def test_the_first_form_can_be_read_as_it_is(tmp_path: Path) -> None:
    """A reader sees all of a database of form 1, notes too, and changes nothing of it."""
    path = form_1(tmp_path / "a.db")
    before = path.read_bytes()
    with Store.open(path, mode="read") as store:
        assert store.notices == ()
        assert store.verify() == []
        assert {one.name: (one.state, one.seq) for one in store.runs()} == {
            "waits": ("AWAITING_APPROVAL", 4),
            "denied": ("DONE", 7),
            "plain": ("PLANNING", 37),
            "fork": ("PLANNING", 3),
        }
        assert [one.body for one in store.inbox_take("a" * 26)] == [{"text": "a note"}]
        assert store.rules("a" * 26) == ["write_file(path=notes/*)"]
        driver = store.driver_of("a" * 26)
        assert driver is not None
        assert (driver.pid, driver.ended) == (17, False)
        with pytest.raises(StoreError, match="not open for writing"):
            store.label("a" * 26, "x")
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.backup"))


def test_the_first_form_is_kept_before_it_goes(tmp_path: Path) -> None:
    """A writer brings a database of form 1 up to date, keeps it as it was in a file of its own, and says where, once."""
    path = form_1(tmp_path / "a.db")
    was = dumped(path)
    with Store.open(path) as store:
        (notice,) = store.notices
        (kept,) = tmp_path.glob("a.db.form1-*.backup")
        assert str(kept) in notice
        assert kept.stat().st_mode & 0o777 == 0o600
        assert store.verify() == []
        assert store.inbox_put("a" * 26, "note", {}, NOW) == 4
        assert (store.inbox_verdict(3).state, store.inbox_verdict(2).error) == ("taken", "not now")
        assert store.record("a" * 26).labels == ("kept", "seen")
        grow(store.branch("a" * 26), 1)
    for one in (kept, form_1(tmp_path / "b.db")):
        assert dumped(one) == was
        raw = outside(one)
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert schema_digest(raw) == SCHEMAS[1]
        raw.close()
    with Store.open(path) as store:
        assert store.notices == ()
    with Store.open(kept) as store:
        assert store.verify() == []
        assert store.head("a" * 26).seq == 37


def test_nothing_is_kept_of_a_database_without_runs(tmp_path: Path) -> None:
    """A database of form 1 that holds no run changes its form without a copy."""
    path = form_1(tmp_path / "a.db")
    raw = outside(path)
    raw.execute("INSERT INTO pruning SELECT key FROM run")
    for table in (*EVIDENCE, "inbox", "rule", "label", "driver", "pruning"):
        raw.execute(f"DELETE FROM {table}")
    raw.close()
    with Store.open(path) as store:
        assert (store.notices, store.verify()) == ((), [])
        begun(store)
    assert not list(tmp_path.glob("*.backup"))


def test_no_room_for_the_copy_changes_nothing(tmp_path: Path) -> None:
    """Where the copy cannot be made the database stays as it is, and can still be read."""
    path = form_1(tmp_path / "a.db")
    before = path.read_bytes()
    program = f"""
import resource, signal
from detent.states import StoreError
from detent.store import Store
import sqlite_utils
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    Store.open({str(path)!r})
except StoreError as error:
    print(error.exit_code, bool(error.hint))
"""
    done = subprocess.run(
        [PYTHON, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert (done.stdout, done.stderr) == ("74 True\n", "")
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.suffix in (".backup", ".partial")] == []
    with Store.open(path, mode="read") as store:
        assert store.verify() == []


def test_sqlite_checks_every_page(tmp_path: Path) -> None:
    """SQLite's own check looks at free and lost pages too: which it leaves out where it meets a view first."""
    for name in ("new", "new and analysed", "upgraded", "upgraded and analysed"):
        path = tmp_path / f"{name}.db"
        if name.startswith("upgraded"):
            form_1(path)
        with Store.open(path) as store:
            assert store.verify() == []
        if name.endswith("analysed"):
            raw = outside(path)
            raw.execute("ANALYZE")
            raw.close()
        content = bytearray(path.read_bytes())
        content[36:40] = (int.from_bytes(content[36:40], "big") + 1).to_bytes(4, "big")
        path.write_bytes(content)
        with Store.open(path, mode="read") as store:
            assert any("freelist" in one.what for one in store.verify()), name


@pytest.mark.parametrize("table", EVIDENCE)
@pytest.mark.parametrize("how", ["UPDATE", "DELETE", "REPLACE"])
def test_evidence_is_never_changed(tmp_path: Path, table: str, how: str) -> None:
    """No row that a run has recorded can be updated, deleted or replaced."""
    path = tmp_path / "a.db"
    grown(path, 5)
    raw = outside(path)
    raw.execute("PRAGMA recursive_triggers = ON")
    columns = [f'"{row[1]}"' for row in raw.execute(f"PRAGMA table_info({table})")]
    statement = {
        "UPDATE": f"UPDATE {table} SET {columns[1]} = {columns[1]}",
        "DELETE": f"DELETE FROM {table}",
        "REPLACE": f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT * FROM {table} LIMIT 1",
    }[how]
    with pytest.raises(sqlite3.IntegrityError, match="what a run has recorded is never"):
        raw.execute(statement)
    raw.close()


def test_a_run_that_is_pruned_can_go(tmp_path: Path) -> None:
    """Only for a run named in `pruning` may rows be deleted, and only its own."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        for _ in range(2):
            grow(begun(store), 3)
    raw = outside(path)
    raw.execute("INSERT INTO pruning (run) VALUES (1)")
    for table in ("snapshot", "message", "extra", "decision"):
        raw.execute(f"DELETE FROM {table} WHERE run = 1")
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute(f"DELETE FROM {table} WHERE run = 2")
    raw.close()


def test_plain_sql_can_read_everything(tmp_path: Path) -> None:
    """The views give every body whole, what each click changed, the runs and what was said, without any of our code."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store, name="n"), FULL_EVERY * 2 + 3)
        run = branch.run
        fork = begun(store, parent=(run, 5)).run
        raw = outside(path)
        rows = raw.execute(
            "SELECT seq, body, digest, chain FROM snapshot_view WHERE run = ? ORDER BY seq", (run,)
        )
        for (seq, body, digest, chain), click in zip(rows.fetchall(), store.clicks(run), strict=True):
            assert (seq, digest, chain) == (click.seq, click.digest, click.chain)
            assert canonical(json.loads(body)) == canonical(click.body)
        changed = raw.execute(
            "SELECT changed, guards FROM clicks_view WHERE run = ? AND seq = 4", (run,)
        ).fetchone()
        assert json.loads(changed[0])["history"] == 5
        assert changed[1] == store.click(run, 4).guards
        listed = raw.execute(
            "SELECT id, name, state, seq, parent, parent_seq FROM runs_view ORDER BY created"
        ).fetchall()
        assert listed == [(run, "n", "PLANNING", branch.seq, None, None), (fork, "", "PLANNING", 0, run, 5)]
        said = raw.execute(
            "SELECT kind, body FROM messages_view WHERE run = ? ORDER BY position", (run,)
        ).fetchall()
        assert said == [(one.text.kind, one.text.body) for one in store.messages(run)]
        decided = raw.execute(
            "SELECT gate, how, text FROM decisions_view WHERE run = ? ORDER BY seq", (run,)
        ).fetchall()
        assert decided == [(one.gate, one.how, None) for one in store.decisions(run)]
        texts = raw.execute(
            "SELECT seq, kind, body FROM texts_view WHERE run = ? ORDER BY seq, place", (run,)
        ).fetchall()
        assert texts == [(seq, one.kind, one.body) for seq, one in store.texts(run)]
        raw.close()


def test_plain_sql_can_read_what_was_said_and_noted(tmp_path: Path) -> None:
    """The views of the second form give a decision with its reason, and the notes beside the runs."""
    path = form_1(tmp_path / "a.db")
    Store.open(path).close()
    raw = outside(path)
    ((how, said),) = raw.execute(
        "SELECT d.how, d.text FROM decisions_view d JOIN runs_view r ON r.id = d.run WHERE r.name = 'denied'"
    )
    assert (how, "no list, please" in said) == ("Denied", True)
    assert raw.execute("SELECT run, rule FROM rules_view ORDER BY at").fetchall()[-1][0]
    assert len(raw.execute("SELECT run, rule, at FROM rules_view").fetchall()) == 3
    assert raw.execute("SELECT id, kind, refused FROM inbox_view ORDER BY id").fetchall() == [
        (1, "note", None),
        (2, "cancel", "not now"),
    ]
    seen = raw.execute("SELECT pid, ended FROM drivers_view WHERE pid IN (17, 18) ORDER BY pid").fetchall()
    assert seen == [(17, 0), (18, 1)]
    raw.close()


def test_one_click_of_a_long_run_is_read_quickly_by_sql(tmp_path: Path) -> None:
    """The view of bodies reads the rows since the nearest full one, not the run."""
    path = tmp_path / "a.db"
    run = grown(path, 800)
    raw = outside(path)
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    raw.set_progress_handler(count, 100)
    raw.execute("SELECT body FROM snapshot_view WHERE run = ? AND seq = 790", (run,)).fetchone()
    raw.close()
    assert steps[0] < 50

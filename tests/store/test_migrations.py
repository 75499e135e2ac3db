"""How the file came to its present form."""

# ruff: noqa: S608 - tables are damaged by name here

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from detent.states.canonical import canonical
from detent.store import Store
from detent.store.migrations import APPLICATION_ID, FULL_EVERY, SCHEMAS, VERSION, migrate
from detent.store.opening import schema_digest
from tests.store.making import PYTHON, begun, grow, grown, outside

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

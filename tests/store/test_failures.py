"""What SQLite's errors mean, with real ones."""

import sqlite3
from pathlib import Path

import pytest

from detent.states import Busy, DetentError, IntegrityError, InternalError, StoreError
from detent.store.failures import is_constraint, mapped, primary


def error_of(raw: sqlite3.Connection, *statements: str) -> sqlite3.Error:
    """The error that the last of these statements meets."""
    *before, last = statements
    for statement in before:
        raw.execute(statement)
    with pytest.raises(sqlite3.Error) as caught:
        raw.execute(last).fetchall()
    return caught.value


def connected(path: Path, how: str = "") -> sqlite3.Connection:
    """A connection that waits for nobody."""
    return sqlite3.connect(f"{path.as_uri()}{how}", uri=True, isolation_level=None, timeout=0)


def full(path: Path) -> sqlite3.Error:
    """A file that may not grow."""
    raw = connected(path)
    error = error_of(
        raw, "CREATE TABLE t (x)", "PRAGMA max_page_count = 3", "INSERT INTO t VALUES (zeroblob(99999))"
    )
    raw.close()
    return error


def read_only(path: Path) -> sqlite3.Error:
    """A file opened to be read."""
    connected(path).execute("CREATE TABLE t (x)").connection.close()
    raw = connected(path, "?mode=ro")
    error = error_of(raw, "INSERT INTO t VALUES (1)")
    raw.close()
    return error


def cannot_open(path: Path) -> sqlite3.Error:
    """A file that is not there."""
    with pytest.raises(sqlite3.Error) as caught:
        connected(path, "?mode=rw")
    return caught.value


def locked(path: Path) -> sqlite3.Error:
    """A file that another writes to."""
    other, raw = connected(path), connected(path)
    other.execute("BEGIN EXCLUSIVE")
    error = error_of(raw, "BEGIN IMMEDIATE")
    raw.close()
    other.close()
    return error


def no_database(path: Path) -> sqlite3.Error:
    """A file of another kind."""
    path.write_bytes(b"not a database, but long enough to be taken for one " * 20)
    raw = connected(path)
    error = error_of(raw, "SELECT * FROM sqlite_schema")
    raw.close()
    return error


def no_text(path: Path) -> sqlite3.Error:
    """A text that is not UTF-8."""
    raw = connected(path)
    error = error_of(raw, "SELECT CAST(x'ff' AS TEXT)")
    raw.close()
    return error


def a_bug(path: Path) -> sqlite3.Error:
    """A statement that is wrong."""
    raw = connected(path)
    error = error_of(raw, "SELECT nothing FROM nowhere")
    raw.close()
    return error


@pytest.mark.parametrize(
    ("make", "kind", "code"),
    [
        (full, StoreError, 74),
        (read_only, StoreError, 74),
        (cannot_open, StoreError, 74),
        (locked, Busy, 75),
        (no_database, IntegrityError, 76),
        (no_text, IntegrityError, 76),
        (a_bug, InternalError, 70),
    ],
)
def test_an_error_of_sqlite_becomes_ours(
    tmp_path: Path, make: object, kind: type[DetentError], code: int
) -> None:
    """Each kind of trouble has its exit code, names the file, and says what to do."""
    path = tmp_path / "a.db"
    ours = mapped(make(path), path)  # type: ignore[operator]
    assert type(ours) is kind
    assert ours.exit_code == code
    assert str(path) in ours.message
    assert ours.hint


def test_a_constraint_names_its_table() -> None:
    """A row that is there already is told from other trouble, by its table."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    error = error_of(raw, "CREATE TABLE snapshot (x UNIQUE)", "INSERT INTO snapshot VALUES (1), (1)")
    raw.close()
    assert is_constraint(error, "snapshot")
    assert not is_constraint(error, "decision")
    assert primary(error) == sqlite3.SQLITE_CONSTRAINT
    assert primary(sqlite3.ProgrammingError("Python's own")) == -1

"""Opening a file: what it is, who may see it, and the promises SQLite is held to.

Rules.  Nothing here, or anywhere, opens the database but SQLite: closing another descriptor of it would drop SQLite's
locks.  The one exception makes the file, closed to others, before SQLite has seen it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import sys
from pathlib import Path
from typing import Literal

from ..states.errors import ConfigError, IntegrityError, NotFound, StoreError, VersionMismatch
from .connection import Connection
from .copies import kept_copy, make_folder, read_copy, sync_folder
from .failures import TROUBLE, mapped, primary
from .locks import PATIENCE, WriteLock
from .migrations import APPLICATION_ID, SCHEMAS, VERSION, migrate
from .upkeep import filesystem

__all__ = ["ALLOWED", "Mode", "connect", "schema_digest"]

ALLOWED = "DETENT_ALLOW_NETWORK_FS"  # 1: write there all the same

Mode = Literal["write", "read"]

_JOURNAL, _HEADER = bytes.fromhex("d9d505f920a163d7"), 28  # how a rollback journal begins, and how far
_NO_ROOM = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
)
_FULL = 2  # what `PRAGMA synchronous` says for FULL
_LONGEST = 256 * 2**20  # bytes of one value: a tool's output is 16 MB at most


def connect(path: Path, mode: Mode) -> Connection:
    """Open a database of ours; in mode `write` make it, or bring it up to date.

    Args:
        path: the file
        mode: `write` or `read`

    Raises:
        NotFound: to be read, and not there
        StoreError: it cannot be opened or written, does not keep its promises, or is to be written on a network
        Busy: another program keeps it locked
        ConfigError: it is a database of another program
        VersionMismatch: it belongs to a newer version
        IntegrityError: it is damaged
    """
    try:
        return _reader(path) if mode == "read" else _writer(path)
    except TROUBLE as error:
        raise mapped(error, path) from error


def _reader(path: Path) -> Connection:
    if not path.exists():
        raise NotFound(
            f"There is no database at {path}.", "Start a run first, or name another one with --db."
        )
    raw = _raw(path, "mode=ro")
    try:
        try:
            version = _recognise(raw, path)
        except sqlite3.OperationalError as error:
            _check_begun(path, 0 if _unborn(error, path) else VERSION)
            if primary(error) not in _NO_ROOM or not _nothing_logged(path):
                raise
            # A folder that cannot be written, or is full, has no room for the log's index; with no log none is needed.
            raw.close()
            raw = _raw(path, "mode=ro&immutable=1")
            version = _recognise(raw, path)
        _check_begun(path, version)
        if version < VERSION:
            with contextlib.closing(raw):
                raw = read_copy(raw)
            _migrate(raw, path)
    except BaseException:
        raw.close()
        raise
    return Connection(path, raw, None)


def _check_begun(path: Path, version: int) -> None:
    if version == 0:
        raise NotFound(f"{path} holds no runs yet.", "Start a run first, or name another database with --db.")


def _nothing_logged(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"{path}-wal").stat().st_size == 0
    return True


def _writer(path: Path) -> Connection:
    _check_place(path)
    _make(path)
    lock = WriteLock(Path(f"{path}.lock"))
    try:
        lock.acquire()
        try:
            _look(path)
            raw = _raw(path, "mode=rw")
            try:
                return Connection(path, raw, lock, _prepare(raw, path))
            except BaseException:
                raw.close()
                raise
        finally:
            lock.release()
    except BaseException:
        lock.close()
        raise


def _look(path: Path) -> None:
    """Tell a file that is not ours without changing it."""
    with contextlib.closing(_raw(path, "mode=ro")) as looking:
        try:
            _recognise(looking, path)
        except sqlite3.OperationalError as error:
            if not _unborn(error, path):
                raise


def _unborn(error: sqlite3.Error, path: Path) -> bool:
    """Whether whoever made the file was killed in its first transaction, whose journal has to be undone.

    The journal's header says how many pages there were before; where there were none the file is an empty one.
    """
    if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
        return False
    with contextlib.suppress(OSError), Path(f"{path}-journal").open("rb") as journal:
        header = journal.read(_HEADER)
        return header[:8] == _JOURNAL and header[16:20] == bytes(4)
    return False


def _check_place(path: Path) -> None:
    kind = filesystem(path)
    if kind is not None and os.environ.get(ALLOWED) != "1":
        raise StoreError(
            f"{path} lies on a network file system ({kind}), where SQLite's locks and log cannot be relied on.",
            f"Put it on a local disk with --db or DETENT_DB, or set {ALLOWED}=1 if only one machine ever uses it.",
        )


def _make(path: Path) -> None:
    """The file and its folder, closed to others before SQLite sees them, and their names durable."""
    if path.exists():
        return
    try:
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        sync_folder(path.absolute().parent)
    except OSError as error:
        if not path.exists():  # else another process was faster
            raise StoreError(
                f"The database {path} cannot be made ({error.strerror}).",
                "Make its folder writable, or choose another place with --db.",
            ) from error


def _raw(path: Path, how: str) -> sqlite3.Connection:
    name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    raw = sqlite3.connect(f"file://{name}?{how}", uri=True, isolation_level=None, timeout=PATIENCE)
    raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    raw.execute("PRAGMA trusted_schema = OFF")
    raw.execute("PRAGMA cell_size_check = ON")
    raw.execute("PRAGMA mmap_size = 0")
    return raw


def _recognise(raw: sqlite3.Connection, path: Path) -> int:
    """The version of a database of ours; 0 for an empty one.

    No table is asked for anything before the schema is known to be ours, to the letter.
    """
    (application,) = raw.execute("PRAGMA application_id").fetchone()
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    (objects,) = raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application == 0 and version == 0 and objects == 0:
        return 0
    if application != APPLICATION_ID:
        raise ConfigError(
            f"{path} is a database of another program; it was not changed.",
            "Choose another place for detent's with --db.",
        )
    if version > VERSION:
        raise VersionMismatch(
            f"{path} was written by a newer version of detent (form {version}; this one knows {VERSION}).",
            "Use that version; the file was not changed.",
        )
    if schema_digest(raw) != SCHEMAS.get(version):
        raise IntegrityError(
            f"The tables of {path} are not those that detent made: something was added, changed or removed.",
            "Nothing was changed; put a backup in its place, or undo the change with the `sqlite3` program.",
        )
    return int(version)


def schema_digest(raw: sqlite3.Connection) -> str:
    """A digest of every table, index, trigger and view, but for SQLite's own; in form 1 sqlite-utils had words of its own."""
    rows = raw.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'"
        " AND (tbl_name <> '_sqlite_migrations' OR (SELECT user_version FROM pragma_user_version) > 1)"
        " ORDER BY type, name"
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _prepare(raw: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """Hold SQLite to its promises, and bring the tables up to date; what a person should know of it."""
    raw.execute("PRAGMA recursive_triggers = ON")
    raw.execute("PRAGMA foreign_keys = ON")
    (journal,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
    raw.execute("PRAGMA journal_size_limit = 67108864")
    raw.execute("PRAGMA synchronous = FULL")
    if sys.platform == "darwin":
        raw.execute("PRAGMA fullfsync = ON")
    (sync,) = raw.execute("PRAGMA synchronous").fetchone()
    if journal != "wal" or sync != _FULL:
        raise StoreError(
            f"{path} cannot be written durably (journal {journal}, synchronous {sync}).",
            "Put the database on a local disk.",
        )
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return ()
    kept = kept_copy(raw, path, version) if version and _used(raw) else None
    _migrate(raw, path)
    if kept is None:
        return ()
    return (f"{path} was brought to form {VERSION} of detent's database; as it was it is kept in {kept}.",)


def _used(raw: sqlite3.Connection) -> bool:
    return raw.execute("SELECT 1 FROM run LIMIT 1").fetchone() is not None


def _migrate(raw: sqlite3.Connection, path: Path) -> None:
    raw.execute("BEGIN IMMEDIATE")
    try:
        migrate(raw)
        fits = schema_digest(raw) == SCHEMAS[VERSION]
        raw.execute("COMMIT" if fits else "ROLLBACK")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    if not fits:
        raise IntegrityError(f"{path} did not come to its present form; it was left as it was.")

"""One connection to the file: how it is opened, and what a write transaction is.

Rules.  A file that is not ours, or belongs to a newer version, is told from a read-only look and not changed by a
byte.  Writers hold the file lock around open, migration, every transaction with its checkpoint, and close.
After the disk has failed the connection is closed for good: nothing it would say could be trusted.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn

from ..states.errors import ConfigError, NotFound, StoreError, VersionMismatch
from .failures import is_io, mapped
from .locks import PATIENCE, WriteLock
from .migrations import APPLICATION_ID, VERSION, migrate

__all__ = ["Connection", "Mode", "connect"]

Mode = Literal["write", "read"]
_SYNC_FULL = 2


def connect(path: Path, mode: Mode) -> Connection:
    """Open a database of ours; in mode `write` make it, or bring it up to date.

    Args:
        path: the file
        mode: `write` or `read`

    Raises:
        NotFound: to be read, and not there
        StoreError: it cannot be opened or written, or does not keep its promises
        Busy: another program keeps it locked
        ConfigError: it is a database of another program
        VersionMismatch: it belongs to a newer version
        IntegrityError: it is damaged
    """
    return _reading(path) if mode == "read" else _writing(path)


def _reading(path: Path) -> Connection:
    if not path.exists():
        raise NotFound(
            f"There is no database at {path}.", "Start a run first, or name another one with --db."
        )
    try:
        raw = _raw(path, "ro")
        try:
            recognised = _recognise(raw, path)
        except BaseException:
            raw.close()
            raise
        if recognised < VERSION:
            raw.close()
            if recognised == 0:
                raise NotFound(
                    f"{path} holds no runs yet.", "Start a run first, or name another one with --db."
                )
            raise VersionMismatch(
                f"{path} was written by an older version of detent (form {recognised}, this one reads {VERSION}).",
                "Any command that writes brings it up to date, for example `detent resume`.",
            )
    except sqlite3.Error as error:
        raise mapped(error, path) from error
    return Connection(path, raw, None)


def _writing(path: Path) -> Connection:
    _make(path)
    lock = WriteLock(Path(f"{path}.lock"))
    lock.acquire()
    try:
        with contextlib.closing(_raw(path, "ro")) as looking:
            _recognise(looking, path)
        raw = _raw(path, "rw")
        try:
            _prepare(raw, path)
        except BaseException:
            raw.close()
            raise
        return Connection(path, raw, lock)
    except BaseException as error:
        lock.release()
        lock.close()
        if isinstance(error, sqlite3.Error):
            raise mapped(error, path) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            lock.release()


def _make(path: Path) -> None:
    """The file and its folder, closed to others before SQLite sees them."""
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be made ({error.strerror}).",
            "Make its folder writable, or choose another place with --db.",
        ) from error


def _raw(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    raw = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)
    raw.execute("PRAGMA trusted_schema = OFF")
    raw.execute("PRAGMA cell_size_check = ON")
    raw.execute("PRAGMA mmap_size = 0")
    return raw


def _recognise(raw: sqlite3.Connection, path: Path) -> int:
    """The version of a database of ours; 0 for an empty one."""
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
            f"{path} was written by a newer version of detent (form {version}, this one knows {VERSION}).",
            "Use that version; the file was not changed.",
        )
    return int(version)


def _prepare(raw: sqlite3.Connection, path: Path) -> None:
    raw.execute("PRAGMA recursive_triggers = ON")
    raw.execute("PRAGMA foreign_keys = ON")
    (journal,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
    raw.execute("PRAGMA synchronous = FULL")
    if sys.platform == "darwin":
        raw.execute("PRAGMA fullfsync = ON")
    (sync,) = raw.execute("PRAGMA synchronous").fetchone()
    if journal != "wal" or sync != _SYNC_FULL:
        raise StoreError(
            f"{path} cannot be written durably (journal {journal}, synchronous {sync}).",
            "Put the database on a local disk.",
        )
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    if version < VERSION:
        raw.execute("BEGIN IMMEDIATE")
        try:
            migrate(raw)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise


class Connection:
    """An open database.

    Args:
        path: the file
        raw: SQLite's connection
        lock: the writers' lock; None for a reader
    """

    __slots__ = ("_identity", "_raw", "_trouble", "lock", "path")

    def __init__(self, path: Path, raw: sqlite3.Connection, lock: WriteLock | None) -> None:
        self.path = path
        self.lock = lock
        self._raw: sqlite3.Connection | None = raw
        self._identity = _identity(path)
        self._trouble: StoreError | None = None

    @property
    def raw(self) -> sqlite3.Connection:
        """SQLite's connection.

        Raises:
            StoreError: it was closed, or the disk has failed it
        """
        if self._raw is None:
            raise self._trouble or StoreError(f"{self.path} is closed.", "Open it again.")
        return self._raw

    def all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows a statement reads."""
        try:
            return self.raw.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            self.fail(error)

    def one(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        """The first row a statement reads, or None."""
        try:
            return self.raw.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            self.fail(error)

    def fail(self, error: sqlite3.Error) -> NoReturn:
        """Raise our error for one of SQLite's; after a failure of the disk, never write again."""
        ours = mapped(error, self.path)
        if is_io(error):
            self.poison(ours)
        raise ours from error

    def poison(self, trouble: StoreError | Any) -> None:
        """Close for good."""
        if self._raw is not None:
            raw, self._raw = self._raw, None
            self._trouble = trouble
            with contextlib.suppress(sqlite3.Error):
                raw.close()

    def writing(self) -> Transaction:
        """A write transaction, to be used with `with`."""
        if self.lock is None:
            raise StoreError(f"{self.path} was opened for reading only.", "Open it for writing.")
        return Transaction(self, self.lock)

    def check_identity(self) -> None:
        """Whether the file is still the one that was opened.

        Raises:
            StoreError: it was deleted, or another one lies in its place
        """
        if _identity(self.path) != self._identity:
            trouble = StoreError(
                f"{self.path} was deleted or replaced while it was open.",
                "Nothing more is written by this process; put the file back, or start again.",
            )
            self.poison(trouble)
            raise trouble

    def close(self) -> None:
        """Close; a second time changes nothing."""
        raw, self._raw = self._raw, None
        if self.lock is None:
            if raw is not None:
                raw.close()
            return
        lock, self.lock = self.lock, None
        try:
            if raw is not None:
                lock.acquire()
                raw.close()
        except sqlite3.Error as error:
            raise mapped(error, self.path) from error
        finally:
            lock.close()


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


class Transaction:
    """One write transaction under the writers' lock: all of it is durable when the block ends, or nothing."""

    __slots__ = ("_connection", "_lock")

    def __init__(self, connection: Connection, lock: WriteLock) -> None:
        self._connection = connection
        self._lock = lock

    def __enter__(self) -> sqlite3.Connection:
        connection = self._connection
        raw = connection.raw
        self._lock.acquire()
        try:
            connection.check_identity()
            raw.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error):
                connection.fail(error)
            raise
        return raw

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._connection
        try:
            if error is None:
                connection.raw.execute("COMMIT")
            else:
                self._undo()
        except sqlite3.Error as failed:
            self._undo()
            connection.fail(failed)
        finally:
            self._lock.release()
        if isinstance(error, sqlite3.Error):
            connection.fail(error)

    def _undo(self) -> None:
        """Roll back; SQLite may have done so already, and a failed disk may refuse."""
        raw = self._connection.raw
        if raw.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                raw.execute("ROLLBACK")

"""One connection to the file: how it is opened, and what a write transaction is.

Rules.  A file that is not ours, or belongs to a newer version, is told from a read-only look and not changed by a
byte.  Writers hold the file lock around open, migration, every transaction with its checkpoint, and close.
After the disk has failed the connection is closed for good: nothing it would say could be trusted.  So it is when one
of its files is not the one that was opened; where another lies in its place not even closing may write.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from ..states.errors import DetentError, StoreError
from .failures import TROUBLE, Trouble, is_io, mapped
from .identity import Changed, Identity
from .locks import WriteLock

__all__ = ["Connection", "Transaction"]


class Connection:
    """An open database.

    Args:
        path: the file
        raw: SQLite's connection
        lock: the writers' lock; None for a reader
        notices: what a person should know of how it was opened
    """

    __slots__ = ("_identity", "_left", "_raw", "_trouble", "lock", "notices", "path")

    def __init__(
        self, path: Path, raw: sqlite3.Connection, lock: WriteLock | None, notices: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self.lock = lock
        self.notices = notices
        self._raw: sqlite3.Connection | None = raw
        self._left: sqlite3.Connection | None = None
        self._identity = Identity(path) if lock is not None else None
        self._trouble: DetentError = StoreError(f"{path} is closed.", "Open it again.")

    @property
    def raw(self) -> sqlite3.Connection:
        """SQLite's connection.

        Raises:
            StoreError: it was closed, or the disk has failed it
        """
        if self._raw is None:
            raise self._trouble
        return self._raw

    @property
    def trouble(self) -> DetentError | None:
        """Why nothing can be asked of it any more; None while something can."""
        return self._trouble if self._raw is None else None

    def same_file(self, other: Connection) -> bool:
        """Whether both have the very same file open."""
        ours, theirs = self._identity, other._identity
        return ours is not None and theirs is not None and ours.same(theirs)

    def all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows a statement reads."""
        try:
            return self.raw.execute(sql, values).fetchall()
        except TROUBLE as error:
            self.fail(error)

    def one(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        """The first row a statement reads, or None."""
        try:
            return self.raw.execute(sql, values).fetchone()
        except TROUBLE as error:
            self.fail(error)

    def fail(self, error: Trouble) -> NoReturn:
        """Raise our error for one of SQLite's; after a failure of the disk, never write again."""
        ours = mapped(error, self.path)
        if is_io(error):
            self.poison(ours)
        raise ours from error

    def poison(self, trouble: DetentError) -> None:
        """Close for good; whatever is asked afterwards gets this error."""
        raw, self._raw = self._raw, None
        self._trouble = trouble
        if raw is None:
            return
        if self.lock is not None:
            try:
                self.lock.acquire()  # closing may write the log back; where the lock is held already, this is nothing
            except DetentError:
                self._left = raw  # open until the process ends
                return
        with contextlib.suppress(sqlite3.Error):
            raw.close()
        if self.lock is not None:
            self.lock.release()

    def writing(self, *, wait: bool = True) -> Transaction:
        """A write transaction, to be used with `with`.

        Args:
            wait: whether to wait while somebody else writes; if not, entering it may raise `Occupied`

        Raises:
            StoreError: the database was opened for reading
        """
        if self.lock is None:
            raise StoreError(f"{self.path} is not open for writing.", "Open it for writing.")
        return Transaction(self, self.lock, wait=wait)

    def check_identity(self) -> None:
        """Whether the database, its log and its index are still the files that were opened.

        Raises:
            StoreError: one was deleted, or another one lies in its place
        """
        changed = self._identity.changed() if self._identity is not None else None
        if changed is None:
            return
        trouble = StoreError(
            f"{changed.path} was deleted or replaced while it was open.",
            "Nothing more is written by this process; put the file back, or start again.",
        )
        self._leave(changed, trouble)
        raise trouble

    def _leave(self, changed: Changed, trouble: DetentError) -> None:
        """Close for good.

        A log that is only gone is written back in closing: this process still has it, and nobody else has come.  Where
        another log or index lies in its place somebody has, and closing would write over them.
        """
        if changed.gone or changed.path == str(self.path):  # SQLite itself sees that the database was moved
            self.poison(trouble)
            return
        raw, self._raw = self._raw, None
        self._trouble = trouble
        threading.Thread(target=_keep, args=(raw,), daemon=True, name="detent-left-open").start()

    def close(self) -> None:
        """Close; a second time changes nothing.

        Raises:
            Busy: another program kept the file locked; this connection is left open until the process ends
            StoreError: the disk failed; what was committed is safe
        """
        lock = self.lock
        if self._identity is not None:
            self._identity.close()
        if self._raw is None:
            if lock is not None:
                lock.close()
            return
        if lock is None:
            self._raw.close()
            self._raw = None
            return
        lock.acquire()  # the last writer to close writes the log back into the file
        raw, self._raw = self._raw, None
        try:
            raw.close()
        except TROUBLE as error:
            raise mapped(error, self.path) from error
        finally:
            lock.release()
            lock.close()


def _keep(raw: sqlite3.Connection) -> None:
    """Hold a connection until the process is gone, so that nothing closes it on the way out."""
    threading.Event().wait()
    raw.close()  # never reached


class Transaction:
    """One write transaction under the writers' lock: all of it is durable when the block ends, or nothing.

    Args:
        connection: where
        lock: the writers' lock
        wait: whether to wait for it
    """

    __slots__ = ("_connection", "_lock", "_wait")

    def __init__(self, connection: Connection, lock: WriteLock, *, wait: bool = True) -> None:
        self._connection = connection
        self._lock = lock
        self._wait = wait

    def __enter__(self) -> sqlite3.Connection:
        connection = self._connection
        raw = connection.raw
        if self._wait:
            self._lock.acquire()
        else:
            self._lock.seize()
        try:
            connection.check_identity()
            raw.execute("BEGIN IMMEDIATE")
        except TROUBLE as error:
            self._lock.release()
            connection.fail(error)
        except BaseException:
            self._lock.release()
            raise
        return raw

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._connection
        try:
            if error is None:
                connection.raw.execute("COMMIT")
                return
            self._undo()
            if isinstance(error, TROUBLE):
                connection.fail(error)
        except TROUBLE as failed:
            self._undo()
            connection.fail(failed)
        finally:
            self._lock.release()

    def _undo(self) -> None:
        """Roll back; SQLite may have done so already, and a failed disk may refuse."""
        raw = self._connection._raw  # noqa: SLF001 - the two are one thing; it may be closed already
        if raw is not None and raw.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                raw.execute("ROLLBACK")

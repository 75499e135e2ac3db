"""What SQLite's errors mean: the one place where they become ours.

disk full, I/O, read-only, cannot open   StoreError (74)
locked past the time limit               Busy (75)
malformed, not a database                IntegrityError (76)
anything else                            InternalError (70): a bug of ours
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..states.errors import Busy, DetentError, IntegrityError, InternalError, StoreError

__all__ = ["TROUBLE", "Trouble", "is_constraint", "is_io", "mapped", "may_pass", "primary"]

Trouble = (
    sqlite3.Error | UnicodeDecodeError
)  # the second where a damaged text is part of SQLite's own message
TROUBLE = (sqlite3.Error, UnicodeDecodeError)


def primary(error: Trouble) -> int:
    """The primary result code of an error; -1 where Python's own module raised it."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def is_constraint(error: sqlite3.Error, table: str) -> bool:
    """Whether a row of this table is there already."""
    return primary(error) == sqlite3.SQLITE_CONSTRAINT and f"constraint failed: {table}." in str(error)


def is_io(error: Trouble) -> bool:
    """Whether the disk itself failed, after which nothing this connection says can be trusted."""
    return primary(error) == sqlite3.SQLITE_IOERR


def may_pass(error: DetentError) -> bool:
    """Whether trying again may help, because nothing is wrong but that the disk is full."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and primary(cause) == sqlite3.SQLITE_FULL


def mapped(error: Trouble, path: Path) -> DetentError:
    """Our error for one of SQLite's.

    Args:
        error: what SQLite said
        path: the database
    """
    code = primary(error)
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            f"The disk is full: {path} cannot grow.",
            "Nothing was changed; make room, then go on with `detent resume`.",
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(
            f"The disk failed while {path} was used ({error}).",
            "Nothing more is written by this process; check the disk, then go on with `detent resume`.",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StoreError(
            f"{path} cannot be written ({error}).",
            "Make the file and its folder writable, or choose another database with --db.",
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH):
        return StoreError(
            f"{path} cannot be opened ({error}).",
            "Check that its folder exists and may be entered, or choose another database with --db.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return Busy(
            f"Another program keeps {path} locked.",
            "Try again when it has finished; `detent doctor` says what may hold it.",
        )
    undecodable = code == -1 and "decode" in str(error)  # Python's own complaint about a text column
    if undecodable or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IntegrityError(
            f"{path} is damaged or is no SQLite database ({error}).",
            "Nothing was changed; `detent verify` says what can still be read, and a backup can take its place.",
        )
    return InternalError(
        f"SQLite refused a statement on {path} ({error}).", "This is a bug; please report it."
    )

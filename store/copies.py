"""Copies of a whole database: one that is kept, whole or not at all under its name, and one to read an older form by.

Rules.  A copy is made under another name, synced, and only then given its own, which was free: a kill leaves no half of
one there, and nothing is ever overwritten.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
import time
from pathlib import Path

from ..states.errors import StoreError
from .failures import TROUBLE, mapped

__all__ = ["copy_into", "kept_copy", "make_folder", "read_copy", "sync_folder"]

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
_PARTIAL = ".partial"


def copy_into(raw: sqlite3.Connection, target: Path) -> None:
    """Copy all that is durable into a new file, 0600, and make the copy and its name durable.

    Args:
        raw: a connection that is in no transaction
        target: the new file, whose folder is there

    Raises:
        FileExistsError: there is a file of that name
        OSError: it cannot be made
        StoreError: the disk is full, or failed
    """
    if os.path.lexists(target):
        raise FileExistsError(target)
    partial = target.with_name(f"{target.name}.{os.getpid()}{_PARTIAL}")
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        raw.execute("VACUUM INTO ?", (str(partial),))
        _sync(partial, os.O_RDONLY)
        _name(partial, target)
    except TROUBLE as error:
        raise mapped(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    sync_folder(target.parent)


def kept_copy(raw: sqlite3.Connection, path: Path, version: int) -> Path:
    """Keep a database as it is before its form changes; where.

    Args:
        raw: a connection to it, under the writers' lock
        path: the database
        version: its form

    Raises:
        StoreError: there is no room, or the folder cannot be written; the database was not changed
    """
    # Of one that was killed: whoever makes such a copy holds the lock.
    for left in path.parent.glob(f"{path.name}.form*{_PARTIAL}*"):
        left.unlink(missing_ok=True)
    day = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    tries = 0
    while True:
        more = f"-{tries}" if tries else ""
        target = path.with_name(f"{path.name}.form{version}-{day}{more}.backup")
        try:
            copy_into(raw, target)
        except FileExistsError:
            tries += 1
        except OSError as error:
            raise StoreError(
                f"The copy {target}, which is kept before the form changes, cannot be made ({error.strerror}).",
                "Nothing was changed; make the database's folder writable.",
            ) from error
        else:
            return target


def read_copy(raw: sqlite3.Connection) -> sqlite3.Connection:
    """A private copy of a database, which nobody else sees and which goes with the connection.

    Args:
        raw: a connection to the database

    Raises:
        StoreError: there is no room for it
    """
    with tempfile.TemporaryDirectory(prefix="detent-older-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            raw.execute("VACUUM INTO ?", (str(copy),))
            made = sqlite3.connect(copy, isolation_level=None)
            made.execute("PRAGMA journal_mode = MEMORY")  # the file loses its name, and so would a journal
            made.execute("PRAGMA trusted_schema = OFF")
        except TROUBLE as error:
            raise mapped(error, copy) from error
        return made


def make_folder(folder: Path) -> None:
    """Make a folder with those above it, closed to others, and their names durable.

    Raises:
        OSError: it cannot be made
    """
    whole = folder.absolute()
    missing = [one for one in (whole, *whole.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _name(partial: Path, target: Path) -> None:
    """Give a file its name, if that is free."""
    try:
        os.link(partial, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No hard links here: take the name, then put the file in its place.
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        partial.replace(target)


def _sync(path: Path, flags: int) -> None:
    """Sync a file that no connection of SQLite's has open, or a folder."""
    file = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)

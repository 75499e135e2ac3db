"""Health: whether the place where a database lies, or will lie, can keep what the store promises.

The promises are tried out, not guessed: a database of ours is made beside the real one, written to and removed.  The
real one is only read.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from attrs import frozen

from ..states.errors import DetentError, NotFound, StoreError
from .opening import connect
from .upkeep import filesystem

__all__ = ["Health", "health", "resets", "users"]

_FIRST, _LAST = (3, 7, 0), (3, 51, 2)  # of the versions whose log can lose a commit to a checkpoint


@frozen(kw_only=True)
class Health:
    """What can be said of a place.

    Args:
        path: the database
        there: whether it is there already
        trouble: why it cannot be opened or made; None if it can
        sqlite: SQLite's version
        resets: whether this SQLite has the write-ahead log's reset defect
        log: bytes of its write-ahead log
        network: the kind of network file system it lies on; None for none
        free: bytes left there
        commit: milliseconds that one durable write transaction took
        users: the processes that have it open, where the system tells (Linux)
    """

    path: Path
    there: bool
    trouble: DetentError | None
    sqlite: str
    resets: bool
    log: int
    network: str | None
    free: int
    commit: float
    users: tuple[int, ...]


def resets(version: tuple[int, ...]) -> bool:
    """Whether SQLite of this version has the defect."""
    return _FIRST <= version <= _LAST


def health(path: Path) -> Health:
    """Look at the place of a database.

    Args:
        path: the database, which need not be there
    """
    folder = next(one for one in path.absolute().parents if one.is_dir())
    there = path.exists()
    trouble = _read(path) if there else None
    commit = 0.0
    if trouble is None:
        try:
            commit = _tried(folder)
        except DetentError as error:
            trouble = error
    return Health(
        path=path,
        there=there,
        trouble=trouble,
        sqlite=sqlite3.sqlite_version,
        resets=resets(sqlite3.sqlite_version_info),
        log=_size(Path(f"{path}-wal")),
        network=filesystem(path),
        free=shutil.disk_usage(folder).free,
        commit=commit,
        users=users(path),
    )


def users(path: Path) -> tuple[int, ...]:
    """The processes that hold a lock of any kind on a database: every one that has it open does.

    Args:
        path: the database
    """
    try:
        lines = Path("/proc/locks").read_text().splitlines()
        files = [Path(f"{path}{end}") for end in ("", "-shm", ".lock")]
        inodes = {f"{one.stat().st_ino}" for one in files if one.exists()}
    except OSError:
        return ()
    held = (line.split() for line in lines if "->" not in line)
    return tuple(sorted({int(words[4]) for words in held if words[5].rpartition(":")[2] in inodes}))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path) -> DetentError | None:
    """What is wrong with a database that is there."""
    try:
        connect(path, "read").close()
    except NotFound:
        return None  # an empty file becomes one
    except DetentError as error:
        return error
    return None


def _tried(folder: Path) -> float:
    """Make a database in a folder, write to it, and take it away again; how long the writing took.

    Raises:
        StoreError: it cannot be made, or does not keep its promises
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".detent-doctor-", dir=folder) as place:
            connection = connect(Path(place) / "trial.db", "write")
            try:
                began = time.monotonic()
                with connection.writing() as raw:
                    raw.execute("INSERT INTO object (kind, body, digest) VALUES ('trial', '', x'00')")
                return (time.monotonic() - began) * 1000
            finally:
                connection.close()
    except OSError as error:
        raise StoreError(
            f"Nothing can be written in {folder} ({error.strerror}).",
            "Make it writable, or choose another database with --db.",
        ) from error

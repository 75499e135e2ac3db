"""Upkeep: copies of the whole file, runs that are to go, and where the file lies."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from attrs import define

from ..states.errors import StoreError, UsageError
from .connection import Connection
from .copies import copy_into, make_folder
from .reading import Reader
from .weighing import UNREACHED, Weight

__all__ = ["NETWORK", "Upkeep", "filesystem", "mounted"]

_SWEPT = f"CREATE TEMP TABLE swept AS {UNREACHED}"
_ESCAPE = re.compile(r"\\([0-7]{3})")  # a blank in a mount point is written \040

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "drvfs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)


def filesystem(path: str | os.PathLike[str]) -> str | None:
    """The kind of network file system a path lies on; None where it lies on none, or nobody can tell.

    SQLite's log needs memory that all its users share, which such file systems have not got.

    Args:
        path: a file or folder, which need not exist
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return None  # not Linux
    return mounted(os.path.realpath(path), mounts)


def mounted(real: str, mounts: Iterable[str]) -> str | None:
    """The kind of network file system a resolved path lies on, by the lines of a mount table.

    Args:
        real: the path, absolute and without links
        mounts: the lines of `/proc/self/mountinfo`
    """
    best, kind = "", ""
    for line in mounts:
        before, _, after = line.partition(" - ")
        point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), before.split()[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind if kind in NETWORK else None


@define(eq=False)
class Upkeep:
    """What copies and prunes one database.

    Args:
        connection: to it
        reader: what reads its runs
    """

    connection: Connection
    reader: Reader

    def backup(self, target: Path) -> None:
        """Copy all that is durable into a new file, 0600, and make the copy durable."""
        try:
            make_folder(target.parent)
        except OSError as error:
            raise StoreError(
                f"The backup {target} cannot be made ({error.strerror}).", "Name another place."
            ) from error
        try:
            copy_into(self.connection.raw, target)
        except FileExistsError:
            raise UsageError(
                f"{target} is there already.", "A backup never overwrites; name another file."
            ) from None
        except OSError as error:
            raise StoreError(
                f"The backup {target} cannot be made ({error.strerror}).", "Name another place."
            ) from error

    def prune(self, run: str) -> None:
        """Remove a run with everything only it refers to; whoever asks holds the run."""
        key = self.reader.key(run)
        # Else SQLite looks through all messages for each text that goes.
        self.connection.raw.execute("PRAGMA foreign_keys = OFF")
        try:
            self._prune(run, key)
        finally:
            self.connection.raw.execute("PRAGMA foreign_keys = ON")
        self.reader.forget(run)

    def _prune(self, run: str, key: int) -> None:
        with self.connection.writing() as raw:
            forks = raw.execute("SELECT id FROM run WHERE parent = ? LIMIT 1", (key,)).fetchone()
            if forks is not None:
                raise UsageError(
                    f"Run {run} cannot be removed: {forks[0]} was forked from it and reads its messages.",
                    "Remove the forks first.",
                )
            self._remove(raw, key)

    def _remove(self, raw: sqlite3.Connection, key: int) -> None:
        raw.execute("INSERT INTO pruning (run) VALUES (?)", (key,))
        raw.execute(
            "CREATE TEMP TABLE gone AS SELECT object FROM message WHERE run = ?"
            " UNION ALL SELECT object FROM extra WHERE run = ?",
            (key, key),
        )
        raw.execute("DELETE FROM snapshot WHERE run = ?", (key,))
        raw.execute("DELETE FROM message WHERE run = ?", (key,))
        raw.execute("DELETE FROM extra WHERE run = ?", (key,))
        raw.execute("DELETE FROM decision WHERE run = ?", (key,))
        raw.execute("DELETE FROM inbox WHERE run = ?", (key,))
        raw.execute("DELETE FROM rule WHERE run = ?", (key,))
        raw.execute("DELETE FROM label WHERE run = ?", (key,))
        raw.execute("DELETE FROM driver WHERE run = ?", (key,))
        raw.execute("DELETE FROM run WHERE key = ?", (key,))
        # Texts that repeat (specs, guards) stay until `sweep`: other runs may share them.
        raw.execute(
            "DELETE FROM object WHERE id IN (SELECT object FROM temp.gone)"
            " AND kind NOT IN ('spec', 'schema', 'prompt', 'guards')"
        )
        raw.execute("DROP TABLE temp.gone")
        raw.execute("DELETE FROM pruning WHERE run = ?", (key,))

    def sweep(self) -> list[Weight]:
        """Remove every text that no row refers to any more; what went, by kind."""
        # Else SQLite looks through all messages for each text that goes.
        self.connection.raw.execute("PRAGMA foreign_keys = OFF")
        try:
            return self._sweep()
        finally:
            self.connection.raw.execute("PRAGMA foreign_keys = ON")

    def _sweep(self) -> list[Weight]:
        with self.connection.writing() as raw:
            raw.execute(_SWEPT, (json.dumps([]),))
            went = raw.execute(
                "SELECT kind, count(*), sum(length(CAST(body AS BLOB))) FROM object"
                " WHERE id IN (SELECT id FROM temp.swept) GROUP BY kind ORDER BY 3 DESC, kind"
            ).fetchall()
            raw.execute("INSERT INTO pruning (run) VALUES (0)")  # no run has this number
            raw.execute("DELETE FROM object WHERE id IN (SELECT id FROM temp.swept)")
            raw.execute("DROP TABLE temp.swept")
            raw.execute("DELETE FROM pruning WHERE run = 0")
        return [Weight(*row) for row in went]

"""Identity: whether the files of a database are still those that were opened.

SQLite goes on writing into files that were deleted or replaced, and what it says is durable would be gone.  A look at
the folder's time is enough where no name in it has changed; only then are the three files looked at one by one.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from attrs import frozen

__all__ = ["Changed", "Identity"]

_ENDS = ("", "-wal", "-shm")
_FINE = (
    100_000_000  # nanoseconds after which a folder's time would have moved on, where it has parts of a second
)
_COARSE = 3_000_000_000  # and where it has none
_SECOND = 1_000_000_000
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC


@frozen
class Changed:
    """A file that is not the one that was opened.

    Args:
        path: which
        gone: whether there is none now; else another one lies there
    """

    path: str
    gone: bool


class Identity:
    """The files of an open database, as they were.

    Args:
        path: the database, after SQLite has opened it with its log
    """

    __slots__ = ("_files", "_folder", "_known", "_settled")

    def __init__(self, path: Path) -> None:
        self._files = tuple(f"{path}{end}" for end in _ENDS)
        self._known = [_inode(one) for one in self._files]
        try:
            self._folder = os.open(path.absolute().parent, _FOLDER)
        except OSError:
            self._folder = -1  # then each file is looked at every time
        self._settled = -1

    def changed(self) -> Changed | None:
        """The first file that is another one now, or gone; None where all is as it was."""
        if self._folder >= 0:
            time_of_folder = os.fstat(self._folder).st_mtime_ns
            if time_of_folder == self._settled:  # no name has come or gone; the path may still lead elsewhere
                return self._look(1)
            found = self._look(len(self._files))
            self._settle(time_of_folder)
            return found
        return self._look(len(self._files))

    def same(self, other: Identity) -> bool:
        """Whether the database that was opened is the same file."""
        return self._known[0] is not None and self._known[0] == other._known[0]

    def close(self) -> None:
        """Let the folder go; a second time changes nothing."""
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _look(self, count: int) -> Changed | None:
        for file, known in zip(self._files[:count], self._known, strict=False):
            found = _inode(file)
            if found != known and known is not None:
                return Changed(file, gone=found is None)
        return None

    def _settle(self, time_of_folder: int) -> None:
        """Trust a folder's time once another change would surely show in it."""
        since = time.time_ns() - time_of_folder
        if since > (_FINE if time_of_folder % _SECOND else _COARSE):
            self._settled = time_of_folder


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat, at every commit
    except OSError:
        return None
    return found.st_dev, found.st_ino

"""File locks: one that writers of a database take in turn, and one a run that its driver holds for life.

Rules.  flock belongs to the open file, dies with the process, and stays with a stopped one.  Lock files are never
deleted: a new file under the old name would be another lock.  Nothing here opens the database itself: closing any
descriptor of it would drop SQLite's own locks.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from ..states.errors import Busy, StoreError

__all__ = ["PATIENCE", "DriverLock", "WriteLock", "owner"]

PATIENCE = 30.0  # seconds to wait for another writer
_TRIES = 5  # of a driver's lock: somebody may just be looking whether it is held
_PAUSE = 0.005  # seconds between them


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The lock file {path} cannot be opened ({error.strerror}).",
            "Make the database's folder writable, or choose another database with --db.",
        ) from error


class WriteLock:
    """The lock that writing connections of a database hold around every write; waits its turn.

    Args:
        path: the lock file
        patience: seconds to wait
    """

    __slots__ = ("_file", "_patience", "path")

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._file = _open(path)

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Busy: another program held it all the time
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait()

    def release(self) -> None:
        """Give it back."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up the file; a second time changes nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _wait(self) -> None:
        """Queue in the kernel, which is fair, in a thread, which can be left behind."""
        waiting = _Waiting(self._file)
        waiting.start()
        if waiting.taken.wait(self._patience):
            return
        if waiting.abandon():
            return
        self._file = _open(self.path)
        held = holder(self.path)
        by = f" by process {held}" if held else ""
        raise Busy(
            f"The database has been kept locked for {self._patience:.0f} seconds{by} ({self.path}).",
            "End that program or let it go on, then try again.",
        )


class _Waiting(threading.Thread):
    """Waits for a lock in place of somebody who may lose patience."""

    def __init__(self, file: int) -> None:
        super().__init__(daemon=True, name="detent-lock")
        self.taken = threading.Event()
        self._file = file
        self._turn = threading.Lock()
        self._abandoned = False

    def run(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._turn:
            if self._abandoned:
                os.close(self._file)
            else:
                self.taken.set()

    def abandon(self) -> bool:
        """Stop waiting; True when the lock came at the last moment after all."""
        with self._turn:
            self._abandoned = not self.taken.is_set()
            return not self._abandoned


class DriverLock:
    """The lock of one run, held by its driver for the driver's whole life.

    Args:
        path: the run's lock file
        run: the run's id
    """

    __slots__ = ("_file", "path", "run")

    def __init__(self, path: Path, run: str) -> None:
        self.path = path
        self.run = run
        self._file = _open(path)
        for attempt in range(_TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt < _TRIES - 1:
                    time.sleep(_PAUSE)
        else:
            os.close(self._file)
            raise self._busy()
        note = json.dumps({"pid": os.getpid(), "since": int(time.time() * 1000)}).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, note, 0)

    def _busy(self) -> Busy:
        pid, since = _note(self.path)
        who = f"process {pid}" if pid else "another process"
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since / 1000)) if since else "a while"
        return Busy(
            f"Run {self.run} is driven by {who} since {when}.",
            "Wait for it, or end that process and try again; decisions and notes reach it without this.",
        )

    def release(self) -> None:
        """Give the run back; a second time changes nothing."""
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def owner(path: Path) -> int | None:
    """The process that drives a run, or None; whoever drives it notices nothing.

    Args:
        path: the run's lock file
    """
    pid, _ = _note(path)
    if not pid:
        return None
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return pid
    else:
        return None
    finally:
        os.close(file)


def _note(path: Path) -> tuple[int, int]:
    """Who wrote into a lock file, and when; zeros when nobody did."""
    try:
        made = json.loads(path.read_bytes())
        return int(made["pid"]), int(made["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0


def holder(path: Path) -> int | None:
    """The process that holds a lock file, where the system tells (Linux); else None."""
    try:
        inode = path.stat().st_ino
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        words = line.split()
        if "->" not in words and len(words) > 5 and words[1] == "FLOCK" and words[5].endswith(f":{inode}"):  # noqa: PLR2004
            return int(words[4])
    return None

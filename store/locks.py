"""File locks: one that writers of a database take in turn, and one a run that its driver holds for life.

Rules.  flock belongs to the open file, dies with the process, and stays with a stopped one.  Lock files are never
deleted: a new file under the old name would be another lock.  Nothing here opens the database itself: closing any
descriptor of it would drop SQLite's own locks.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import frozen

from ..states.errors import Busy, StoreError
from .processes import Process

__all__ = ["PATIENCE", "DriverLock", "Held", "Occupied", "WriteLock", "held", "owner"]

PATIENCE = 30.0  # seconds to wait for another writer
_TRIES = 5  # of a driver's lock: somebody may just be looking whether it is held
_PAUSE = 0.005  # seconds between them
_BELL = 8  # bytes of the number that every ring raises
_MOMENT = 0.001  # seconds that it is not read again: all runs of a process share it


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The lock file {path} cannot be opened ({error.strerror}).",
            "Make the database's folder writable, or choose another database with --db.",
        ) from error


class Occupied(Busy):
    """Somebody else writes just now; told only to those who asked not to wait."""


class WriteLock:
    """The lock that writing connections of a database hold around every write; waits its turn.

    Its file holds a number too, a bell: whoever leaves something in an inbox rings, so that drivers need not look.

    Args:
        path: the lock file
        patience: seconds to wait
    """

    __slots__ = ("_file", "_patience", "_rung", "_stale", "path")

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._file = _open(path)
        self._rung, self._stale = b"", 0.0

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Busy: another program held it all the time
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait()

    def seize(self) -> None:
        """Take the lock if nobody has it.

        Raises:
            Occupied: somebody has
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(f"Another program writes to the database ({self.path}).", "Try again.") from None

    def queue(self) -> None:
        """Take the lock, however long that takes: for a thread that can be left behind."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Give it back."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def ring(self) -> None:
        """Let all who have this file open hear that something was left for one of them."""
        self._stale = 0.0
        rung = int.from_bytes(self.rung(), "little") + 1
        with contextlib.suppress(
            OSError
        ):  # it is left all the same, and whoever hears nothing looks in a moment
            os.pwrite(self._file, (rung % 2 ** (8 * _BELL)).to_bytes(_BELL, "little"), 0)
        self._stale = 0.0

    def rung(self) -> bytes:
        """What is otherwise after every ring, a moment later at most, and costs no look into the database."""
        now = time.monotonic()
        if now >= self._stale:
            try:
                self._rung = os.pread(self._file, _BELL, 0)
            except OSError:
                self._rung = b""
            self._stale = now + _MOMENT
        return self._rung

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
        raise self.busy()

    def busy(self) -> Busy:
        """What is said where another program held it all the time."""
        held = holder(self.path)
        by = f" by process {held}" if held else ""
        return Busy(
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


@frozen
class Held:
    """Who holds a lock.

    Args:
        process: it
        since: since when, milliseconds since the epoch
    """

    process: Process
    since: int

    @property
    def when(self) -> str:
        """Since when, as a person reads it."""
        return (
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since / 1000)) if self.since else "a while"
        )


class DriverLock:
    """The lock of one run, held by its driver for the driver's whole life.

    The file says who holds it: pid, start time, boot, and since when.

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
        note = json.dumps({**Process.here().note(), "since": int(time.time() * 1000)}).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, note, 0)

    def _busy(self) -> Busy:
        noted, short = _note(self.path), self.run[:6]
        who = f"process {noted.process.pid}" if noted else "another process"
        when = noted.when if noted else "a while"
        return Busy(
            f"Run {self.run} is driven by {who} since {when}.",
            f"Stop it and go on here:  detent resume {short} --take-over   "
            f"Or end the run:  detent cancel {short}",
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


def held(path: Path) -> Held | None:
    """Who holds a run, or None; whoever it is notices nothing.

    Args:
        path: the run's lock file
    """
    noted = _note(path)
    if noted is None:
        return None
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return noted
    else:
        return None
    finally:
        os.close(file)


def owner(path: Path) -> int | None:
    """The process that drives a run, by its number, or None.

    Args:
        path: the run's lock file
    """
    found = held(path)
    return found.process.pid if found else None


def _note(path: Path) -> Held | None:
    """Who wrote into a lock file, and when; None when nobody did."""
    try:
        made = json.loads(path.read_bytes())
        process, since = Process.of(made), int(made["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Held(process, since) if process.pid > 0 else None


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

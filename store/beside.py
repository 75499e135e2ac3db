"""What a store keeps beside the runs: notes for and about their drivers, what came too late, rules, labels and locks.

Part of `Store`, which is all that others see.  No chain covers it, and most of it may change and go.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..states.errors import StoreError
from .connection import Connection
from .locks import DriverLock, Held, held
from .notes import Notes
from .reading import Reader
from .values import DriverRecord, InboxEntry, InboxKind, Verdict

__all__ = ["Beside"]


class Beside:
    """The part of a store that keeps what lies beside the runs."""

    _connection: Connection
    _notes: Notes
    _reader: Reader

    @property
    def path(self) -> Path:
        """The file."""
        return self._connection.path

    def inbox_put(self, run: str, kind: InboxKind, body: Mapping[str, Any], at: int) -> int:
        """Leave a decision, a note, a cancel or a wish to have it parked for the driver of a run; its number."""
        return self._notes.put(run, kind, body, at)

    def inbox_take(self, run: str) -> list[InboxEntry]:
        """What waits for the driver of a run; an entry goes when a `Write` names it, or when it is answered."""
        return self._notes.waiting(run)

    def inbox_bell(self) -> bytes:
        """What is otherwise after everything that was left in any inbox; a driver that hears nothing need not look.

        Whoever is killed between leaving something and ringing is not heard, so look now and then all the same.
        """
        lock = self._connection.lock
        return b"" if lock is None else lock.rung()

    def inbox_answer(self, entry: int, error: str | None) -> None:
        """Say what became of an entry: None that it was taken, else why it was refused."""
        self._notes.answer(entry, error)

    def inbox_verdict(self, entry: int) -> Verdict:
        """What became of an entry."""
        return self._notes.verdict(entry)

    def keep_late(self, run: str, body: Mapping[str, Any], at: int) -> None:
        """Keep what an attempt of a run came to when nobody waited for it any more."""
        self._notes.put(run, "late", body, at)

    def late(self, run: str) -> list[InboxEntry]:
        """What came too late of the attempts of a run, in order."""
        return self._notes.late(run)

    def add_rule(self, run: str, rule: str, at: int) -> None:
        """Let pass what a rule matches in this run; a second time changes nothing."""
        self._notes.add_rule(run, rule, at)

    def rules(self, run: str) -> list[str]:
        """The rules of a run, in order."""
        return self._notes.rules(run)

    def label(self, run: str, label: str, *, on: bool = True) -> None:
        """Mark a run, or take the mark away."""
        self._notes.label(run, label, on=on)

    def own(self, run: str) -> DriverLock:
        """Hold a run for as long as the lock lives; use it with `with`.

        Raises:
            Busy: another driver holds it; its process is named
            NotFound: there is no such run
        """
        self._reader.key(run)
        return DriverLock(self._lock_of(run), run)

    def owner(self, run: str) -> int | None:
        """The process that holds a run, by its number, or None."""
        found = self.held(run)
        return found.process.pid if found else None

    def held(self, run: str) -> Held | None:
        """Who holds a run, and since when, or None; whoever it is notices nothing."""
        return held(self._lock_of(run, make=False))

    def own_attempt(self, run: str, attempt: str) -> DriverLock:
        """Say, for as long as the lock lives, that an attempt still runs here though nobody waits for it any more.

        Args:
            run: the run
            attempt: call and attempt

        Raises:
            Busy: another process says so
        """
        return DriverLock(self._lock_of(f"{run}.{attempt}"), run)

    def attempt_held(self, run: str, attempt: str) -> Held | None:
        """Where an attempt still runs though nobody waits for it any more, or None."""
        return held(self._lock_of(f"{run}.{attempt}", make=False))

    def driver_started(self, run: str, pid: int, start_time: str, boot_id: str, head_seq: int) -> None:
        """Note that a driver has taken a run at this click."""
        now = int(time.time() * 1000)
        record = DriverRecord(
            pid=pid, start_time=start_time, boot_id=boot_id, head_seq=head_seq, at=now, ended=False
        )
        self._notes.started(run, record)

    def driver_ended(self, run: str) -> None:
        """Note that the last driver of a run ended by itself, so that it does not count as a crash."""
        self._notes.ended(run)

    def takeovers(self, run: str) -> int:
        """How many drivers took the run at its present click and did not end by themselves."""
        return self._notes.takeovers(run)

    def driver_of(self, run: str) -> DriverRecord | None:
        """The last driver that took a run."""
        return self._notes.driver(run)

    def _lock_of(self, run: str, *, make: bool = True) -> Path:
        folder = Path(f"{self.path}.locks")
        if make:
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"The folder {folder} cannot be made ({error.strerror}).",
                    "Make the database's folder writable, or choose another database with --db.",
                ) from error
        return folder / run

"""Working notes beside the runs: the inbox, what came too late, rules, labels, and who drives what.

No chain covers them, and most may change and go; what came too late stays.  Each row carries a digest of what it says,
and is not believed when that does not fit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from attrs import define

from ..states.canonical import canonical
from .connection import Connection
from .reading import Reader
from .seals import check, seal
from .values import DriverRecord, InboxEntry, InboxKind, Verdict

__all__ = ["Notes"]

_KEPT = 24 * 3600 * 1000  # milliseconds a refusal waits for whoever put the entry
_LAST_DRIVER = (
    "SELECT id, pid, start_time, boot_id, head_seq, at, ended, digest FROM driver"
    " WHERE run = ? ORDER BY id DESC LIMIT 1"
)


@define(eq=False)
class Notes:
    """What keeps the working notes of one database.

    Args:
        connection: to it
        reader: what knows its runs
    """

    connection: Connection
    reader: Reader

    def put(self, run: str, kind: InboxKind, body: Mapping[str, Any], at: int) -> int:
        """Leave something for the driver of a run; its number."""
        key, told = self.reader.key(run), canonical(dict(body))
        with self.connection.writing() as raw:
            raw.execute("DELETE FROM inbox WHERE refused IS NOT NULL AND at < ?", (at - _KEPT,))
            made = raw.execute(
                "INSERT INTO inbox (run, kind, body, at, digest) VALUES (?, ?, ?, ?, ?)",
                (key, kind, told, at, seal("inbox", run, kind, told, at, None)),
            ).lastrowid
        if self.connection.lock is not None:
            self.connection.lock.ring()
        return made or 0

    def waiting(self, run: str) -> list[InboxEntry]:
        """What waits for the driver of a run, in order.

        Raises:
            IntegrityError: an entry is not what was put there
        """
        return self._entries(
            run,
            "SELECT id, kind, body, at, refused, digest FROM inbox WHERE run = ? AND kind <> 'late' ORDER BY id",
        )

    def late(self, run: str) -> list[InboxEntry]:
        """What came too late of the attempts of a run, in order; it stays.

        Raises:
            IntegrityError: an entry is not what was put there
        """
        return self._entries(
            run,
            "SELECT id, kind, body, at, refused, digest FROM inbox WHERE run = ? AND kind = 'late' ORDER BY id",
        )

    def _entries(self, run: str, sql: str) -> list[InboxEntry]:
        rows = self.connection.all(sql, (self.reader.key(run),))
        for _, *said, digest in rows:
            check(digest, "inbox", run, *said)
        return [
            InboxEntry(number, kind, json.loads(body), at)
            for number, kind, body, at, refused, _ in rows
            if refused is None
        ]

    def answer(self, entry: int, error: str | None) -> None:
        """Say what became of an entry: None that it was taken, else why it was refused."""
        with self.connection.writing() as raw:
            if error is None:
                raw.execute("DELETE FROM inbox WHERE id = ?", (entry,))
            else:
                _refuse(raw, entry, error)

    def verdict(self, entry: int) -> Verdict:
        """What became of an entry.

        Raises:
            IntegrityError: the entry is not what was written
        """
        row = self.connection.one(
            "SELECT i.digest, run.id, i.kind, i.body, i.at, i.refused FROM inbox i JOIN run ON run.key = i.run"
            " WHERE i.id = ?",
            (entry,),
        )
        if row is None:
            return Verdict("taken")
        digest, run, *said = row
        check(digest, "inbox", run, *said)
        return Verdict("waiting") if said[-1] is None else Verdict("refused", said[-1])

    def add_rule(self, run: str, rule: str, at: int) -> None:
        """Let pass what a rule matches in this run; a second time changes nothing."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            raw.execute(
                "INSERT OR IGNORE INTO rule (run, rule, at, digest) VALUES (?, ?, ?, ?)",
                (key, rule, at, seal("rule", run, rule, at)),
            )

    def rules(self, run: str) -> list[str]:
        """The rules of a run, in order.

        Raises:
            IntegrityError: a rule is not what a person allowed
        """
        rows = self.connection.all(
            "SELECT rule, at, digest FROM rule WHERE run = ? ORDER BY id", (self.reader.key(run),)
        )
        for rule, at, digest in rows:
            check(digest, "rule", run, rule, at)
        return [rule for rule, _, _ in rows]

    def label(self, run: str, label: str, *, on: bool) -> None:
        """Mark a run, or take the mark away."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            if on:
                raw.execute(
                    "INSERT OR IGNORE INTO label (run, label, digest) VALUES (?, ?, ?)",
                    (key, label, seal("label", run, label)),
                )
            else:
                raw.execute("DELETE FROM label WHERE run = ? AND label = ?", (key, label))

    def started(self, run: str, driver: DriverRecord) -> None:
        """Note that a driver has taken a run; notes about earlier clicks are forgotten."""
        head_seq = driver.head_seq
        key = self.reader.key(run)
        said = (driver.pid, driver.start_time, driver.boot_id, head_seq, driver.at)
        with self.connection.writing() as raw:
            raw.execute("DELETE FROM driver WHERE run = ? AND (ended OR head_seq <> ?)", (key, head_seq))
            raw.execute(
                "INSERT INTO driver (run, pid, start_time, boot_id, head_seq, at, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, *said, seal("driver", run, *said, 0)),
            )

    def ended(self, run: str) -> None:
        """Note that the last driver of a run ended by itself."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            last = raw.execute(_LAST_DRIVER, (key,)).fetchone()
            if last is not None:
                number, *said, _, _ = last
                raw.execute(
                    "UPDATE driver SET ended = 1, digest = ? WHERE id = ?",
                    (seal("driver", run, *said, 1), number),
                )

    def takeovers(self, run: str) -> int:
        """How many drivers took the run at its present click and did not end by themselves."""
        (count,) = self.connection.one(
            "SELECT count(*) FROM driver WHERE run = ? AND NOT ended"
            " AND head_seq = (SELECT max(seq) FROM snapshot WHERE run = ?)",
            (self.reader.key(run), self.reader.key(run)),
        )
        return int(count)

    def driver(self, run: str) -> DriverRecord | None:
        """The last driver that took a run.

        Raises:
            IntegrityError: the note is not what was written
        """
        row = self.connection.one(_LAST_DRIVER, (self.reader.key(run),))
        if row is None:
            return None
        _, *said, digest = row
        check(digest, "driver", run, *said)
        pid, start_time, boot_id, head_seq, at, ended = said
        return DriverRecord(
            pid=pid, start_time=start_time, boot_id=boot_id, head_seq=head_seq, at=at, ended=bool(ended)
        )


def _refuse(raw: sqlite3.Connection, entry: int, error: str) -> None:
    row = raw.execute(
        "SELECT run.id, i.kind, i.body, i.at FROM inbox i JOIN run ON run.key = i.run WHERE i.id = ?",
        (entry,),
    ).fetchone()
    if row is not None:
        raw.execute(
            "UPDATE inbox SET refused = ?, digest = ? WHERE id = ?",
            (error, seal("inbox", *row, error), entry),
        )

"""Working notes beside the runs: the inbox, rules, labels, and who drives what.

Nothing of this is evidence: it may change and go, and no digest covers it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import define

from ..states.canonical import canonical
from .connection import Connection
from .reading import Reader
from .values import DriverRecord, InboxEntry, InboxKind, Verdict

__all__ = ["Notes"]

_KEPT = 24 * 3600 * 1000  # milliseconds a refusal waits for whoever put the entry


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
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            raw.execute("DELETE FROM inbox WHERE refused IS NOT NULL AND at < ?", (at - _KEPT,))
            made = raw.execute(
                "INSERT INTO inbox (run, kind, body, at) VALUES (?, ?, ?, ?)",
                (key, kind, canonical(dict(body)), at),
            ).lastrowid
        return made or 0

    def waiting(self, run: str) -> list[InboxEntry]:
        """What waits for the driver of a run, in order."""
        rows = self.connection.all(
            "SELECT id, kind, body, at FROM inbox WHERE run = ? AND refused IS NULL ORDER BY id",
            (self.reader.key(run),),
        )
        return [InboxEntry(number, kind, json.loads(body), at) for number, kind, body, at in rows]

    def answer(self, entry: int, error: str | None) -> None:
        """Say what became of an entry: None that it was taken, else why it was refused."""
        with self.connection.writing() as raw:
            if error is None:
                raw.execute("DELETE FROM inbox WHERE id = ?", (entry,))
            else:
                raw.execute("UPDATE inbox SET refused = ? WHERE id = ?", (error, entry))

    def verdict(self, entry: int) -> Verdict:
        """What became of an entry."""
        row = self.connection.one("SELECT refused FROM inbox WHERE id = ?", (entry,))
        if row is None:
            return Verdict("taken")
        return Verdict("waiting") if row[0] is None else Verdict("refused", row[0])

    def add_rule(self, run: str, rule: str, at: int) -> None:
        """Let pass what a rule matches in this run; a second time changes nothing."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            raw.execute("INSERT OR IGNORE INTO rule (run, rule, at) VALUES (?, ?, ?)", (key, rule, at))

    def rules(self, run: str) -> list[str]:
        """The rules of a run, in order."""
        rows = self.connection.all("SELECT rule FROM rule WHERE run = ? ORDER BY id", (self.reader.key(run),))
        return [rule for (rule,) in rows]

    def label(self, run: str, label: str, *, on: bool) -> None:
        """Mark a run, or take the mark away."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            if on:
                raw.execute("INSERT OR IGNORE INTO label (run, label) VALUES (?, ?)", (key, label))
            else:
                raw.execute("DELETE FROM label WHERE run = ? AND label = ?", (key, label))

    def started(self, run: str, driver: DriverRecord) -> None:
        """Note that a driver has taken a run; notes about earlier clicks are forgotten."""
        head_seq = driver.head_seq
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            raw.execute("DELETE FROM driver WHERE run = ? AND (ended OR head_seq <> ?)", (key, head_seq))
            raw.execute(
                "INSERT INTO driver (run, pid, start_time, boot_id, head_seq, at) VALUES (?, ?, ?, ?, ?, ?)",
                (key, driver.pid, driver.start_time, driver.boot_id, head_seq, driver.at),
            )

    def ended(self, run: str) -> None:
        """Note that the last driver of a run ended by itself."""
        key = self.reader.key(run)
        with self.connection.writing() as raw:
            raw.execute(
                "UPDATE driver SET ended = 1 WHERE id = (SELECT max(id) FROM driver WHERE run = ?)", (key,)
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
        """The last driver that took a run."""
        row = self.connection.one(
            "SELECT pid, start_time, boot_id, head_seq, at, ended FROM driver WHERE run = ? ORDER BY id DESC LIMIT 1",
            (self.reader.key(run),),
        )
        if row is None:
            return None
        pid, start_time, boot_id, head_seq, at, ended = row
        return DriverRecord(
            pid=pid, start_time=start_time, boot_id=boot_id, head_seq=head_seq, at=at, ended=bool(ended)
        )

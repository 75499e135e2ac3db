"""Inserting: the rows of one write, or of many at once, a statement a table.

Whoever calls holds the write transaction.  So nobody else numbers texts meanwhile, and all new ones get their numbers
here; kinds that repeat are looked up first.  The order of tables is that of their references.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from .chain import as_bytes
from .objects import SHARED, put
from .rows import Guards, ObjectRow, Rows

__all__ = ["insert"]

Batch = Sequence[tuple[int, Rows]]


def insert(raw: sqlite3.Connection, batch: Batch, guards: Guards, known: Mapping[str, int]) -> dict[str, int]:
    """Insert writes; the numbers of guards' texts that were not known, by text.

    Args:
        raw: a connection in a write transaction
        batch: the number of each run and what is written to it
        guards: digests of guards' texts
        known: numbers of those that are durable

    Raises:
        sqlite3.IntegrityError: a row is there already; what was inserted until then has to be rolled back
        IntegrityError: a text that many runs share is damaged
    """
    fresh: dict[str, int] = {}
    for _, rows in batch:
        for row in rows.snapshots:
            if row[5] not in known and row[5] not in fresh:
                fresh[row[5]] = put(raw, ("guards", row[5], as_bytes(guards[row[5]])))
    texts = _Texts(raw, batch)
    raw.executemany(
        "INSERT INTO snapshot (run, seq, state, event, event_body, body, guards, digest, chain, at, took)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (key, seq, state, event, told, body, known.get(why) or fresh[why], digest, chain, at, took)
            for key, rows in batch
            for seq, state, event, told, body, why, digest, chain, at, took in rows.snapshots
        ],
    )
    if texts.new:
        raw.executemany("INSERT INTO object (id, kind, body, digest) VALUES (?, ?, ?, ?)", texts.new)
    if texts.messages:
        raw.executemany(
            "INSERT INTO message (run, position, seq, object) VALUES (?, ?, ?, ?)", texts.messages
        )
    if texts.extras:
        raw.executemany("INSERT INTO extra (run, seq, place, object) VALUES (?, ?, ?, ?)", texts.extras)
    for key, rows in batch:
        _beside(raw, key, rows)
    return fresh


class _Texts:
    """The texts of a batch, numbered, and the rows that refer to them.

    Args:
        raw: a connection in a write transaction
        batch: the writes
    """

    def __init__(self, raw: sqlite3.Connection, batch: Batch) -> None:
        self.new: list[tuple[int, str, str, bytes]] = []
        shared = {
            row: put(raw, row) for _, rows in batch for *_, row in rows.extras if row[0] in SHARED
        }  # no message is of such a kind
        (last,) = raw.execute("SELECT coalesce(max(id), 0) FROM object").fetchone()

        def number(row: ObjectRow) -> int:
            if row in shared:
                return shared[row]
            made = last + len(self.new) + 1
            self.new.append((made, *row))
            return int(made)

        self.messages = [
            (key, position, seq, number(row)) for key, rows in batch for position, seq, row in rows.messages
        ]
        self.extras = [
            (key, seq, place, number(row)) for key, rows in batch for seq, place, row in rows.extras
        ]


def _beside(raw: sqlite3.Connection, key: int, rows: Rows) -> None:
    """Settle gates, and take from the inbox what was answered."""
    for gate in rows.write.settled:
        raw.execute(
            'INSERT INTO decision (run, gate, kind, seq, how, "by", at) VALUES (?, ?, ?, ?, ?, ?, ?)',
            (key, gate.gate, gate.kind, gate.seq, gate.how, gate.by, gate.at),
        )
    for entry in rows.write.inbox:
        raw.execute("DELETE FROM inbox WHERE id = ? AND run = ?", (entry, key))

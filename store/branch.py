"""Writing: a run's growing end, and the commit that many runs may share.

Compare-and-swap is the primary key: whoever is second to write (run, seq) or to settle a gate changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import define, field

from ..states.canonical import canonical
from ..states.errors import Busy, DetentError, GateSettled, InternalError
from .connection import Connection
from .failures import is_constraint, mapped
from .objects import put, shared
from .rows import End, Rows, prepare
from .values import RunRecord, Write

__all__ = ["Branch", "Writer"]


@define(eq=False)
class Writer:
    """What writes to one database.

    Args:
        connection: to it
        known: ids of durable texts that repeat, by digest
    """

    connection: Connection
    known: dict[str, int] = field(factory=dict)

    def begin(self, record: RunRecord, first: Write, start: End) -> Branch:
        """Write a run with its first click, in one commit."""
        rows = prepare(record.id, start, first)
        fresh: dict[str, int] = {}
        with self.connection.writing() as raw:
            try:
                key = _insert_run(raw, record)
                self._insert(raw, key, rows, fresh)
            except sqlite3.IntegrityError as error:
                raise self._lost(error, record.id, rows) from error
        self.known.update(fresh)
        return Branch(self, key, record.id, rows.end)

    def commit(self, branch: Branch, write: Write) -> None:
        """Add to one run, in one commit."""
        rows = prepare(branch.run, branch.end, write)
        fresh: dict[str, int] = {}
        with self.connection.writing() as raw:
            try:
                self._insert(raw, branch.key, rows, fresh)
            except sqlite3.IntegrityError as error:
                raise self._lost(error, branch.run, rows) from error
        self.known.update(fresh)
        branch.end = rows.end

    def commit_many(self, writes: Sequence[tuple[Branch, Write]]) -> list[DetentError | None]:
        """Add to many runs in one commit; what is wrong with one leaves the others alone."""
        outcomes: list[DetentError | None] = []
        ends: dict[Branch, End] = {}
        fresh: dict[str, int] = {}
        with self.connection.writing() as raw:
            for branch, write in writes:
                tried: dict[str, int] = {}
                try:
                    rows = prepare(branch.run, ends.get(branch, branch.end), write)
                    raw.execute("SAVEPOINT one")
                    try:
                        self._insert(raw, branch.key, rows, tried)
                    except sqlite3.IntegrityError as error:
                        raw.execute("ROLLBACK TO one")
                        raise self._lost(error, branch.run, rows) from error
                    finally:
                        raw.execute("RELEASE one")
                except DetentError as error:
                    outcomes.append(error)
                    continue
                ends[branch] = rows.end
                fresh.update(tried)
                outcomes.append(None)
        self.known.update(fresh)
        for branch, end in ends.items():
            branch.end = end
        return outcomes

    def _insert(self, raw: sqlite3.Connection, key: int, rows: Rows, fresh: dict[str, int]) -> None:
        for row in rows.snapshots:
            guards = self.known.get(row.guards.digest)
            if guards is None:
                guards = fresh[row.guards.digest] = shared(raw, row.guards, fresh)
            raw.execute(
                "INSERT INTO snapshot (run, seq, state, event, event_body, body, guards, digest, chain, at, took)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    row.seq,
                    row.state,
                    row.event,
                    row.event_body,
                    row.body,
                    guards,
                    row.digest,
                    row.chain,
                    row.at,
                    row.took,
                ),
            )
        for seq, placed in rows.messages:
            values = (key, placed.position, seq, put(raw, placed.text))
            raw.execute("INSERT INTO message (run, position, seq, object) VALUES (?, ?, ?, ?)", values)
        for seq, place, one in rows.extras:
            raw.execute(
                "INSERT INTO extra (run, seq, place, object) VALUES (?, ?, ?, ?)",
                (key, seq, place, put(raw, one)),
            )
        for gate in rows.write.settled:
            raw.execute(
                'INSERT INTO decision (run, gate, kind, seq, how, "by", at) VALUES (?, ?, ?, ?, ?, ?, ?)',
                (key, gate.gate, gate.kind, gate.seq, gate.how, gate.by, gate.at),
            )
        for entry in rows.write.inbox:
            raw.execute("DELETE FROM inbox WHERE id = ? AND run = ?", (entry, key))

    def _lost(self, error: sqlite3.IntegrityError, run: str, rows: Rows) -> DetentError:
        """Why a row was there already."""
        if is_constraint(error, "snapshot"):
            return Busy(
                f"Another process has taken {run} on from click {rows.snapshots[0].seq - 1}.",
                "Nothing was changed; look at the run and try again.",
            )
        if is_constraint(error, "decision"):
            gates = ", ".join(one.gate for one in rows.write.settled)
            return GateSettled(
                f"Gate {gates} of {run} was settled before.", "Nothing was changed; `detent show` tells how."
            )
        if is_constraint(error, "run"):
            return InternalError(f"Run {run} was begun twice.")
        return mapped(error, self.connection.path)


@define(eq=False)
class Branch:
    """The growing end of one run.

    Args:
        writer: what writes to its database
        key: the run's number there
        run: its id
        end: where it ends, durably
    """

    _writer: Writer
    key: int
    run: str
    end: End

    @property
    def seq(self) -> int:
        """The last click that is durable."""
        return self.end.seq

    def commit(self, write: Write) -> None:
        """Make a write durable: all of it, before this returns, or nothing.

        Raises:
            Busy: another process went on with the run, or keeps the file locked
            GateSettled: a gate was settled before
            StoreError: the disk is full, or failed
        """
        self._writer.commit(self, write)


def _insert_run(raw: sqlite3.Connection, record: RunRecord) -> int:
    parent, seq = None, None
    if record.parent is not None:
        found = raw.execute("SELECT key FROM run WHERE id = ?", (record.parent[0],)).fetchone()
        if found is None:
            raise InternalError(
                f"Run {record.id} is to be forked from {record.parent[0]}, which is not here."
            )
        parent, seq = found[0], record.parent[1]
    key = raw.execute(
        "INSERT INTO run (id, name, spec, goal, parent, parent_seq, created, folder, origin)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.id,
            record.name,
            put(raw, record.spec),
            record.goal,
            parent,
            seq,
            record.created,
            record.folder,
            canonical(record.origin),
        ),
    ).lastrowid
    for label in record.labels:
        raw.execute("INSERT INTO label (run, label) VALUES (?, ?)", (key, label))
    return key or 0

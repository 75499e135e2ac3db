"""Writing: a run's growing end, and the commit that many runs may share.

Compare-and-swap is the primary key: whoever is second to write (run, seq) or to settle a gate changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from attrs import define, field

from ..states.canonical import canonical
from ..states.errors import Busy, DetentError, GateSettled, IntegrityError, InternalError
from ..states.texts import Text
from .chain import as_bytes, first_chain
from .connection import Connection
from .failures import is_constraint, mapped
from .inserting import insert
from .objects import put
from .rows import End, Guards, Rows, prepare
from .seals import seal
from .values import RunRecord, Write

__all__ = ["Branch", "Writer"]

_Prepared = Sequence[tuple["Branch", Rows | DetentError]]
_Done = tuple[list[DetentError | None], dict[str, int]]


@define(eq=False)
class Writer:
    """What writes to one database.

    Args:
        connection: to it
    """

    connection: Connection
    _guards: Guards = field(factory=Guards)
    _known: dict[str, int] = field(factory=dict)  # ids of durable guards, by their text
    _version: int = -1  # of the file as others have left it, when those were known

    def begin(self, record: RunRecord, first: Write) -> Branch:
        """Write a new run with its first click, in one commit."""
        rows = prepare(record.id, End(-1, first_chain(record)), first, self._guards)
        with self.connection.writing() as raw:
            try:
                key = _insert_run(raw, record)
                fresh = insert(raw, [(key, rows)], self._guards, self._durable(raw))
            except sqlite3.IntegrityError as error:
                raise self._lost(error, record.id, rows) from error
        self._known.update(fresh)
        return Branch(self, key, record.id, rows.end)

    def commit(self, branch: Branch, write: Write, *, wait: bool = True) -> None:
        """Add to one run, in one commit."""
        rows = prepare(branch.run, branch.end, write, self._guards)
        with self.connection.writing(wait=wait) as raw:
            try:
                fresh = insert(raw, [(branch.key, rows)], self._guards, self._durable(raw))
            except sqlite3.IntegrityError as error:
                raise self._lost(error, branch.run, rows) from error
        if fresh:
            self._known.update(fresh)
        branch.end = rows.end

    def commit_many(
        self, writes: Sequence[tuple[Branch, Write]], *, wait: bool = True
    ) -> list[DetentError | None]:
        """Add to many runs in one commit; what is wrong with one leaves the others alone."""
        ends: dict[Branch, End] = {}
        prepared = [(branch, self._prepared(branch, write, ends)) for branch, write in writes]
        with self.connection.writing(wait=wait) as raw:
            outcomes, fresh = self._together(raw, prepared) or self._each(raw, prepared)
        self._known.update(fresh)
        for (branch, rows), error in zip(prepared, outcomes, strict=True):
            if error is None and isinstance(rows, Rows):
                branch.end = rows.end
        return outcomes

    def _together(self, raw: sqlite3.Connection, prepared: _Prepared) -> _Done | None:
        """Insert all that was prepared, a statement a table; None with nothing left of it if anything is wrong."""
        batch = [(branch.key, rows) for branch, rows in prepared if isinstance(rows, Rows)]
        if len(batch) < len(prepared):
            return None
        raw.execute("SAVEPOINT every")
        try:
            fresh = insert(raw, batch, self._guards, self._durable(raw))
        except (sqlite3.IntegrityError, IntegrityError):
            raw.execute("ROLLBACK TO every")
            raw.execute("RELEASE every")
            return None
        raw.execute("RELEASE every")
        return [None] * len(batch), fresh

    def _each(self, raw: sqlite3.Connection, prepared: _Prepared) -> _Done:
        """Insert one after the other, each under a savepoint; what follows on one that failed fails with it."""
        outcomes: list[DetentError | None] = []
        refused: dict[Branch, DetentError] = {}
        fresh: dict[str, int] = {}
        for branch, rows in prepared:
            error = rows if isinstance(rows, DetentError) else refused.get(branch)
            if error is None and isinstance(rows, Rows):
                error = self._try(raw, branch, rows, fresh)
            outcomes.append(error)
            if error is not None:
                refused[branch] = error
        return outcomes, fresh

    def _prepared(self, branch: Branch, write: Write, ends: dict[Branch, End]) -> Rows | DetentError:
        try:
            rows = prepare(branch.run, ends.get(branch, branch.end), write, self._guards)
        except DetentError as error:
            return error
        ends[branch] = rows.end
        return rows

    def _try(
        self, raw: sqlite3.Connection, branch: Branch, rows: Rows, fresh: dict[str, int]
    ) -> DetentError | None:
        """Insert under a savepoint; why it could not be, with nothing of it left."""
        raw.execute("SAVEPOINT one")
        try:
            fresh |= insert(raw, [(branch.key, rows)], self._guards, self._durable(raw))
        except (sqlite3.IntegrityError, IntegrityError) as error:
            raw.execute("ROLLBACK TO one")
            raw.execute("RELEASE one")
            return error if isinstance(error, DetentError) else self._lost(error, branch.run, rows)
        raw.execute("RELEASE one")
        return None

    def _durable(self, raw: sqlite3.Connection) -> Mapping[str, int]:
        """Ids of guards that are durable: none where another connection has written, which may have swept them."""
        (version,) = raw.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self.forget()
            self._version = version
        return self._known

    def forget(self) -> None:
        """Forget the ids of guards: texts were swept."""
        self._known.clear()

    def _lost(self, error: sqlite3.IntegrityError, run: str, rows: Rows) -> DetentError:
        """Why a row was there already."""
        if is_constraint(error, "snapshot"):
            return Busy(
                f"Another process has taken run {run} on from click {rows.snapshots[0][0] - 1}.",
                "Nothing was changed; look at the run and try again.",
            )
        if is_constraint(error, "decision"):
            gates = ", ".join(one.gate for one in rows.write.settled)
            return GateSettled(
                f"Gate {gates} of run {run} was settled before.",
                "Nothing was changed; `detent show` tells how.",
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

    def commit(self, write: Write, *, wait: bool = True) -> None:
        """Make a write durable: all of it, before this returns, or nothing.

        Args:
            write: what is added
            wait: whether to wait while somebody else writes

        Raises:
            Occupied: somebody else writes just now, and it was not to be waited for
            Busy: another process went on with the run, or keeps the file locked
            GateSettled: a gate was settled before
            StoreError: the disk is full, or failed
        """
        self._writer.commit(self, write, wait=wait)


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
            put(raw, _row_of(record.spec)),
            record.goal,
            parent,
            seq,
            record.created,
            record.folder,
            canonical(record.origin),
        ),
    ).lastrowid
    for label in sorted(set(record.labels)):
        raw.execute(
            "INSERT INTO label (run, label, digest) VALUES (?, ?, ?)",
            (key, label, seal("label", record.id, label)),
        )
    return key or 0


def _row_of(text: Text) -> tuple[str, str, bytes]:
    return text.kind, text.body, as_bytes(text.digest)

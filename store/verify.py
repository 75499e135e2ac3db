"""Verifying: everything that was stored, derived again from what is read.

Rules.  Nothing is trusted that can be derived: bodies are folded from patches, digests and chains computed, texts hashed,
and messages, extras and decisions counted where the chain says they were written.  Notes are held against their seals.  Damage is collected, not raised;
after a damaged row its stored chain is taken, so that one damage is not found once a row.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, field

from ..states.canonical import canonical
from ..states.errors import BadValue, DetentError, IntegrityError
from .chain import decision_line, extra_line, first_chain, message_line, next_chain, shown, snapshot_digest
from .connection import Connection
from .migrations import FULL_EVERY, NAMES
from .patches import merge
from .reading import Reader
from .rows import restored
from .seals import fits
from .values import Finding, Settled

__all__ = ["Verifier"]

_PAGE = 512  # rows read at once
_ROWS = (
    "SELECT s.seq, s.state, s.event, s.event_body, s.body, g.kind, g.body, g.digest, s.digest, s.chain, s.at, s.took"
    " FROM snapshot s LEFT JOIN object g ON g.id = s.guards WHERE s.run = ? AND s.seq > ? ORDER BY s.seq LIMIT ?"
)
_OBJECTS = "SELECT id, kind, body, digest FROM object WHERE id > ? ORDER BY id LIMIT ?"
_MESSAGES = (
    "SELECT m.seq, m.position, o.digest FROM message m LEFT JOIN object o ON o.id = m.object"
    " WHERE m.run = ? AND m.seq >= ? ORDER BY m.position"
)
_EXTRAS = (
    "SELECT e.seq, e.place, o.digest FROM extra e LEFT JOIN object o ON o.id = e.object"
    " WHERE e.run = ? AND e.seq >= ? ORDER BY e.seq, e.place"
)
_DECISIONS = 'SELECT gate, kind, seq, how, "by", at FROM decision WHERE run = ? AND seq >= ? ORDER BY gate'
_MESSAGE_TEXTS = (
    "SELECT m.position, m.seq, o.kind, o.body, o.digest FROM message m JOIN object o ON o.id = m.object"
    " WHERE m.run = ? AND m.position > ? ORDER BY m.position LIMIT ?"
)
_EXTRA_TEXTS = (
    "SELECT e.seq, e.place, o.kind, o.body, o.digest FROM extra e JOIN object o ON o.id = e.object"
    " WHERE e.run = ? AND (e.seq, e.place) > (?, ?) ORDER BY e.seq, e.place LIMIT ?"
)
_USERS = (
    "SELECT run.id, m.seq FROM message m JOIN run ON run.key = m.run WHERE m.object = ? UNION ALL"
    " SELECT run.id, e.seq FROM extra e JOIN run ON run.key = e.run WHERE e.object = ? UNION ALL"
    " SELECT run.id, min(s.seq) FROM snapshot s JOIN run ON run.key = s.run WHERE s.guards = ? GROUP BY run.id"
    " UNION ALL SELECT run.id, 0 FROM run WHERE run.spec = ?"
)
_STRAYS = (
    "SELECT 'snapshot', count(*) FROM snapshot WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'message', count(*) FROM message WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'extra', count(*) FROM extra WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'decision', count(*) FROM decision WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'inbox', count(*) FROM inbox WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'rule', count(*) FROM rule WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'label', count(*) FROM label WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'driver', count(*) FROM driver WHERE run NOT IN (SELECT key FROM run) UNION ALL"
    " SELECT 'pruning', count(*) FROM pruning"  # it is empty but while a run is being removed
)
# The notes of a run, or of all where the run is 0: their seal, the run's id, what they say.
_NOTES = {
    "inbox": "SELECT n.digest, run.id, n.kind, n.body, n.at, n.refused FROM inbox n JOIN run ON run.key = n.run"
    " WHERE ? IN (0, n.run)",
    "rule": "SELECT n.digest, run.id, n.rule, n.at FROM rule n JOIN run ON run.key = n.run WHERE ? IN (0, n.run)",
    "label": "SELECT n.digest, run.id, n.label FROM label n JOIN run ON run.key = n.run WHERE ? IN (0, n.run)",
    "driver": "SELECT n.digest, run.id, n.pid, n.start_time, n.boot_id, n.head_seq, n.at, n.ended"
    " FROM driver n JOIN run ON run.key = n.run WHERE ? IN (0, n.run)",
}
_OWN = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE substr(name, 1, 7) = 'sqlite_'"
_OWN_TABLES = {
    "sqlite_sequence": "CREATE TABLE sqlite_sequence(name,seq)",
    "sqlite_stat1": "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "sqlite_stat4": "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
_MIGRATIONS = "SELECT id, migration_set, name, applied_at FROM _sqlite_migrations ORDER BY id"
_LAST_NUMBERS = (
    "SELECT 'run', coalesce(max(key), 0) FROM run UNION ALL SELECT 'inbox', coalesce(max(id), 0) FROM inbox"
)
_MOST_NUMBERS = 2**40  # far beyond what anybody will use


@define(eq=False)
class Verifier:
    """What proves a database, or says what is wrong with it.

    Args:
        connection: to it
        reader: what reads its runs
    """

    connection: Connection
    reader: Reader
    _found: list[Finding] = field(factory=list)

    def file(self, tell: Callable[[int, int], None] = lambda _done, _all: None) -> list[Finding]:
        """Everything: SQLite's own check, every text, every run, and rows that belong to none.

        Args:
            tell: is told how many runs were looked at, of how many
        """
        self._found = []

        def runs() -> Iterator[Finding]:
            return self._runs(tell)

        for part in (self._pages, self._listed, self._objects, self._strays, runs, self._notes):
            self._try(part, "", "The file")
        return self._found

    def run(self, run: str, *, bodies: bool = True) -> list[Finding]:
        """One run with all it refers to; its forebears are runs of their own."""
        self._found = []
        self._run(run, texts=True, bodies=bodies)
        return self._found

    def end(self, run: str, seq: int) -> None:
        """The last rows of a run, from the nearest full one.

        Raises:
            IntegrityError: one of them is not what was written
        """
        key, start = self.reader.key(run), seq - seq % FULL_EVERY
        chain = first_chain(self.reader.record(run)) if start == 0 else self._chain_at(key, start - 1)
        for what in self._chained(run, key, start, chain):
            raise IntegrityError(
                what.what,
                "Nothing was changed; `detent verify` lists all that is damaged, other runs can be used.",
            )

    def _try(self, part: Any, run: str, name: str) -> None:
        """Collect what a part finds, and what SQLite cannot even read."""
        try:
            self._found.extend(part())
        except DetentError as error:
            self._found.append(Finding(run, -1, f"{name} cannot be read to its end: {error.message}"))
        except (TypeError, ValueError, RecursionError, sqlite3.Error) as error:
            self._found.append(Finding(run, -1, f"{name} holds a value that cannot be: {error}."))

    def _pages(self) -> Iterator[Finding]:
        for (what,) in self.connection.all("PRAGMA integrity_check(100)"):
            if what != "ok":
                yield Finding("", -1, f"SQLite says of the file: {what}.")

    def _objects(self) -> Iterator[Finding]:
        for number, *text in self._paged(_OBJECTS, (), (0,)):
            if not _fits(*text):
                yield from self._users(number, text[0])

    def _paged(self, sql: str, fixed: tuple[Any, ...], after: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        """All rows of a statement that takes those after a key; in a damaged file they may come in any order."""
        while rows := self.connection.all(sql, (*fixed, *after, _PAGE)):
            for row in rows:
                if row[: len(after)] <= after:
                    raise IntegrityError(f"Rows lie in a wrong order after {after[-1]}.")
                after = row[: len(after)]
                yield row

    def _users(self, number: int, kind: str) -> Iterator[Finding]:
        """A damaged text, once for every run that refers to it."""
        users = self.connection.all(_USERS, (number,) * 4)
        for run, seq in users or [("", -1)]:
            where = f" at {run}@{seq}" if run else ", which no run refers to,"
            yield Finding(run, seq, f"Text {number} ({kind}){where} is not what was written.")

    def _strays(self) -> Iterator[Finding]:
        for table, count in self.connection.all(_STRAYS):
            if count:
                yield Finding("", -1, f"{count} rows of the table {table} belong to no run.")

    def _listed(self) -> Iterator[Finding]:
        """What sqlite-utils and SQLite keep for themselves, and the next migration or run will go by."""
        if not _usual(self.connection.all(_OWN)):
            yield Finding("", -1, "What SQLite says of its own tables and indexes is not what it writes.")
        names = self.connection.all(_MIGRATIONS)
        if names != [(number, "detent", name, "") for number, name in enumerate(NAMES, 1)]:
            yield Finding("", -1, "The list of migrations is not what was written.")
        last = dict(self.connection.all(_LAST_NUMBERS))  # first: while others write, counters only grow
        numbers = dict(self.connection.all("SELECT name, seq FROM sqlite_sequence"))
        for table, used in last.items():
            given = numbers.pop(table, 0)
            if type(given) is not int or not used <= given < _MOST_NUMBERS:
                yield Finding("", -1, f"The counter of the table {table} is not what was written.")
        if numbers:
            yield Finding("", -1, "There is a counter of a table that has none.")

    def _notes(self, key: int = 0) -> Iterator[Finding]:
        """Notes of a run, or of all, that are not what was written."""
        for table, sql in _NOTES.items():
            for digest, run, *said in self.connection.all(sql, (key,)):
                if not fits(digest, table, run, *said):
                    yield Finding(
                        run, -1, f"A row of the table {table} of run {run} is not what was written."
                    )

    def _runs(self, tell: Callable[[int, int], None]) -> Iterator[Finding]:
        runs = self.connection.all("SELECT id FROM run ORDER BY key")
        for done, (run,) in enumerate(runs, 1):
            self._run(run)
            tell(done, len(runs))
        return iter(())

    def _run(self, run: str, *, texts: bool = False, bodies: bool = True) -> None:
        key = self.reader.key(run)

        def rows() -> Iterator[Finding]:
            yield from self._chained(run, key, 0, first_chain(self.reader.record(run)), bodies=bodies)

        self._try(rows, run, f"Run {run}")
        if texts:
            self._try(lambda: self._texts(run, key), run, f"Run {run}")
            self._try(lambda: self._notes(key), run, f"Run {run}")

    def _chain_at(self, key: int, seq: int) -> bytes:
        row = self.connection.one("SELECT chain FROM snapshot WHERE run = ? AND seq = ?", (key, seq))
        return bytes(row[0]) if row is not None else b""

    def _chained(
        self, run: str, key: int, start: int, chain: bytes, *, bodies: bool = True
    ) -> Iterator[Finding]:
        """What is wrong with the rows of a run from a full one on; clicks that come meanwhile are left out."""
        last = self.connection.one("SELECT max(seq) FROM snapshot WHERE run = ?", (key,))[0]
        lines = self._lines(key, start)
        body: Mapping[str, Any] | None = None
        seq = start
        for row in self._paged(_ROWS, (key,), (start - 1,)):
            if row[0] > last:
                break
            if row[0] != seq:
                yield Finding(run, seq, f"Click {seq} of run {run} is missing.")
                seq, chain, body = row[0], b"", None
            what = _linked(run, row, chain, lines.pop(seq, []))
            if bodies:
                wrong, body = _folded(run, row, body)
                what = wrong or what
            if what:
                yield Finding(run, seq, what)
            seq, chain = seq + 1, row[9]
        if seq == start:
            yield Finding(run, -1, f"Run {run} has no clicks.")
        for stray in sorted(lines):
            if not self._chain_at(key, stray):
                yield Finding(
                    run, stray, f"Something was written with click {stray} of run {run}, which is not there."
                )

    def _lines(self, key: int, start: int) -> dict[int, list[str]]:
        """What the chain says of messages, extras and decisions, by click."""
        lines: dict[int, list[str]] = defaultdict(list)
        for seq, position, digest in self.connection.all(_MESSAGES, (key, start)):
            lines[seq].append(message_line(position, shown(digest)))
        for seq, place, digest in self.connection.all(_EXTRAS, (key, start)):
            lines[seq].append(extra_line(place, shown(digest)))
        for row in self.connection.all(_DECISIONS, (key, start)):
            one = Settled(*row)
            lines[one.seq].append(decision_line(one))
        return lines

    def _texts(self, run: str, key: int) -> Iterator[Finding]:
        for position, seq, *text in self._paged(_MESSAGE_TEXTS, (key,), (-1,)):
            if not _fits(*text):
                yield Finding(
                    run, seq, f"Message {position} of run {run} ({text[0]}) is not what was written."
                )
        for seq, _, *text in self._paged(_EXTRA_TEXTS, (key,), (-1, -1)):
            if not _fits(*text):
                yield Finding(run, seq, f"A text of {run}@{seq} ({text[0]}) is not what was written.")


def _usual(rows: list[Any]) -> bool:
    """Whether SQLite's own entries of the schema are such as it makes: counters, statistics, and indexes by number."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for kind, name, table, sql in rows:
        index = re.fullmatch(rf"sqlite_autoindex_{re.escape(table)}_(\d+)", name)
        if kind == "index" and sql is None and index:
            numbers[table].add(int(index[1]))
        elif kind != "table" or name != table or sql != _OWN_TABLES.get(name):
            return False
    return all(found == set(range(1, len(found) + 1)) for found in numbers.values())


def _fits(kind: Any, body: Any, digest: Any) -> bool:
    """Whether a text is what was written."""
    return bool(hashlib.sha256(f"{kind}\n{body}".encode()).digest() == digest)


def _linked(run: str, row: tuple[Any, ...], chain: bytes, lines: list[str]) -> str:
    """What is wrong with a row's place in the chain, or with its guards, if anything."""
    seq, state, event, told, stored, kind, guards, guards_digest, digest, stored_chain, at, took = row
    try:
        columns = (str(seq), state, event, told, stored, shown(guards_digest), str(at), str(took), *lines)
        if not _fits(kind, guards, guards_digest):
            return f"The guards of {run}@{seq} are not what was written."
        if next_chain(chain, digest, columns) != stored_chain:
            return f"The chain is broken at {run}@{seq}: the row, or what was written with it, was changed."
    except (ValueError, TypeError, AttributeError):
        return f"The row {run}@{seq} cannot be read."
    return ""


def _folded(
    run: str, row: tuple[Any, ...], before: Mapping[str, Any] | None
) -> tuple[str, dict[str, Any] | None]:
    """What is wrong with a row's snapshot, if anything, and the body it folds to; None where nobody can tell."""
    seq, state, _, _, stored, _, _, _, digest, _, at, _ = row
    body = None
    try:
        if seq % FULL_EVERY == 0:
            body = dict(json.loads(stored))
        elif before is not None:
            body = merge(before, json.loads(stored))
        if body is not None and snapshot_digest(canonical(restored(body, run, seq, at, state))) != digest:
            return f"The snapshot {run}@{seq} does not fit its digest.", None
    except (ValueError, TypeError, AttributeError, RecursionError, BadValue):
        return f"The row {run}@{seq} cannot be read.", None
    return "", body

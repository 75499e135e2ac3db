"""Changing a database behind the product's back: one value of one row, in a file whose triggers were taken away.

Rules.  It is done by somebody who knows nothing of digests, or just enough to make the one of a text fit.  Whoever can
write a whole new chain can write a whole new run; that is not what is tried here.
"""

# ruff: noqa: S608 - the names of tables and columns are our own

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from detent.states import BadValue
from detent.states.canonical import canonical
from tests.store.making import outside

from .mutating import arguments, one_byte

__all__ = ["Tamperer", "unguarded"]

COLUMNS: dict[str, tuple[str, ...]] = {
    "object": ("kind", "body", "digest"),
    "snapshot": ("state", "event", "event_body", "body", "digest", "chain", "at", "took", "seq"),
    "decision": ("gate", "kind", "how", "by", "at", "seq"),
    "run": ("id", "name", "goal", "created", "folder", "origin"),
    "message": ("position", "seq"),
    "extra": ("place", "seq"),
}
KEYS = {"object": "id", "snapshot": "id", "run": "key"}


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database whose triggers are away meanwhile."""
    raw = outside(path)
    try:
        kept = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in kept:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA synchronous = OFF")
        yield raw
        for _, sql in kept:
            raw.execute(sql)
    finally:
        raw.close()


@frozen
class Tamperer:
    """Changes one value of a database that holds one approved call.

    Args:
        path: the database
        chance: every random choice
        given: the arguments that were approved
    """

    path: Path
    chance: random.Random
    given: dict[str, Any]

    def tamper(self) -> tuple[bool, str]:
        """Change one; whether what was approved is not there any more, and what was done."""
        kind = self.chance.choice((self._in_text, self._in_text, self._in_row, self._anywhere))
        with unguarded(self.path) as raw:
            return kind(raw)

    def _in_text(self, raw: sqlite3.Connection) -> tuple[bool, str]:
        """One of the texts that make up what was approved: the plan, the person's own bytes, the spec."""
        kinds = ["turn", "spec"]
        edited = raw.execute("SELECT count(*) FROM object WHERE kind = 'arguments'").fetchone()[0]
        kind = "arguments" if edited and self.chance.random() < 0.6 else self.chance.choice(kinds)
        rowid, body = raw.execute(
            "SELECT id, body FROM object WHERE kind = ? ORDER BY id LIMIT 1", (kind,)
        ).fetchone()
        other = self._reworded(kind, body)
        if other == body:
            other = str(one_byte(self.chance, body))
        fits = self.chance.random() < 0.5
        digest = hashlib.sha256(f"{kind}\n{other}".encode()).digest()
        raw.execute(
            f"UPDATE object SET body = ?{', digest = ?' if fits else ''} WHERE id = ?",
            (other, *((digest,) if fits else ()), rowid),
        )
        same = fits and kind == "turn" and (edited or _arguments_of(other) == _arguments_of(body))
        return not same, f"{kind} {'resealed' if fits else 'as it was sealed'}: {other}"

    def _reworded(self, kind: str, body: str) -> str:
        if self.chance.random() < 0.3:
            return str(one_byte(self.chance, body))
        if kind == "spec":
            old, new = self.chance.choice(
                (
                    ('"name":"pay"', '"name":"pax"'),
                    ('"version":1', '"version":2'),
                    ('"approval":"always"', '"approval":"never"'),
                    ('"effect":"once"', '"effect":"read"'),
                    ('\\"integer\\"', '\\"number\\"'),
                )
            )
            return body.replace(old, new)
        written = arguments(self.chance, self.given)
        if kind == "arguments":
            return written
        return body.replace(canonical(json.loads(body)["calls"][0]["arguments"]), written)

    def _in_row(self, raw: sqlite3.Connection) -> tuple[bool, str]:
        """The last click, or the decision: they say that a person said yes."""
        table = self.chance.choice(("snapshot", "decision"))
        column = self.chance.choice(COLUMNS[table])
        value = raw.execute(f'SELECT "{column}" FROM {table} ORDER BY seq DESC LIMIT 1').fetchone()[0]
        other = one_byte(self.chance, value)
        last = f"(SELECT max(seq) FROM {table})"
        try:
            raw.execute(f'UPDATE {table} SET "{column}" = ? WHERE seq = {last}', (other,))
        except sqlite3.IntegrityError:
            return False, f"{table}.{column} cannot be {other!r}"
        return True, f"{table}.{column} {value!r} -> {other!r}"

    def _anywhere(self, raw: sqlite3.Connection) -> tuple[bool, str]:
        """Any value of any row: what is approved and nothing else may be paid, if anything."""
        table = self.chance.choice(list(COLUMNS))
        column = self.chance.choice(COLUMNS[table])
        rows = raw.execute(f'SELECT "{column}" FROM {table}').fetchall()
        if not rows:
            return False, f"{table} is empty"
        place = self.chance.randrange(len(rows))
        other = one_byte(self.chance, rows[place][0])
        try:
            if table in ("object", "snapshot", "run"):
                key = {"object": "id", "snapshot": "id", "run": "key"}[table]
                found = raw.execute(f"SELECT {key} FROM {table} LIMIT 1 OFFSET ?", (place,)).fetchone()[0]
                raw.execute(f'UPDATE {table} SET "{column}" = ? WHERE {key} = ?', (other, found))
            else:
                raw.execute(
                    f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?', (other, rows[place][0])
                )
        except sqlite3.IntegrityError:
            return False, f"{table}.{column} cannot be {other!r}"
        return False, f"{table}.{column} {rows[place][0]!r} -> {other!r}"


def _arguments_of(turn: str) -> str:
    """The canonical bytes of the arguments in a turn; empty where there are none."""
    try:
        return canonical(json.loads(turn)["calls"][0]["arguments"])
    except (BadValue, KeyError, TypeError, ValueError):
        return ""

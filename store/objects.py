"""Texts as rows: written once, read with their digests checked."""

from __future__ import annotations

import hashlib
import sqlite3

from ..states.canonical import PREFIX
from ..states.errors import IntegrityError
from ..states.texts import Text
from .chain import shown
from .rows import ObjectRow

__all__ = ["SHARED", "checked", "put"]

SHARED = frozenset({"spec", "schema", "prompt", "guards"})  # kinds that repeat; the table's index says it too


def put(raw: sqlite3.Connection, row: ObjectRow) -> int:
    """The id of a text: of a new row, or where its kind repeats of the one that is there.

    Args:
        raw: a connection in a write transaction
        row: kind, body and digest

    Raises:
        IntegrityError: the row that is there is damaged
    """
    if row[0] in SHARED:
        found = raw.execute(
            "SELECT id, body FROM object WHERE digest = ? AND kind IN ('spec', 'schema', 'prompt', 'guards')",
            (row[2],),
        ).fetchone()
        if found is not None:
            if found[1] != row[1]:
                raise IntegrityError(
                    f"Text {found[0]} ({row[0]}), which many runs share, is not what was written.",
                    "Nothing was changed; put a backup in the database's place, or go on in another one with --db.",
                )
            return int(found[0])
    return raw.execute("INSERT INTO object (kind, body, digest) VALUES (?, ?, ?)", row).lastrowid or 0


def checked(kind: str, body: str, digest: bytes, where: str) -> Text:
    """A text that was read, if it is what was written.

    Raises:
        IntegrityError: it is not
    """
    if hashlib.sha256(f"{kind}\n{body}".encode()).digest() != digest:
        raise IntegrityError(
            f"A {kind} of run {where} is not what was written: it does not fit its digest {shown(digest)}.",
            "Nothing was changed; `detent verify` lists all that is damaged, and other runs can still be used.",
        )
    return Text(kind, body, PREFIX + digest.hex())

"""Texts as rows: written once, read with their digests checked."""

from __future__ import annotations

import hashlib
import sqlite3

from ..states.canonical import PREFIX
from ..states.errors import IntegrityError
from ..states.texts import Text
from .chain import shown
from .rows import ObjectRow

__all__ = ["SHARED", "checked", "put", "shared"]

SHARED = frozenset({"spec", "schema", "prompt", "guards"})  # kinds that repeat; the table's index says it too


def put(raw: sqlite3.Connection, row: ObjectRow) -> int:
    """The id of a text: of a new row, or where its kind repeats of the one that is there.

    Args:
        raw: a connection in a write transaction
        row: kind, body and digest
    """
    if row[0] in SHARED:
        found = shared(raw, row[2])
        if found is not None:
            return found
    return raw.execute("INSERT INTO object (kind, body, digest) VALUES (?, ?, ?)", row).lastrowid or 0


def shared(raw: sqlite3.Connection, digest: bytes) -> int | None:
    """The id of a text that repeats, if it is there."""
    row = raw.execute(
        "SELECT id FROM object WHERE digest = ? AND kind IN ('spec', 'schema', 'prompt', 'guards')", (digest,)
    ).fetchone()
    return None if row is None else int(row[0])


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

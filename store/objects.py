"""Texts as rows: written once, read with their digests checked."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

from ..states.errors import IntegrityError
from ..states.texts import Text
from .chain import as_bytes, as_text

__all__ = ["SHARED", "checked", "put", "shared"]

SHARED = frozenset(
    {"spec", "schema", "prompt", "guards"}
)  # kinds that repeat; the index of the table says it too


def put(raw: sqlite3.Connection, one: Text) -> int:
    """The id of a new row for a text, or of the row that is there where its kind repeats."""
    if one.kind in SHARED:
        return shared(raw, one, {})
    made = raw.execute(
        "INSERT INTO object (kind, body, digest) VALUES (?, ?, ?)", (one.kind, one.body, as_bytes(one.digest))
    ).lastrowid
    return made or 0


def shared(raw: sqlite3.Connection, one: Text, known: Mapping[str, int]) -> int:
    """The id of the one row of a text that repeats.

    Args:
        raw: a connection in a write transaction
        one: the text
        known: ids by digest, of rows that are durable
    """
    found = known.get(one.digest)
    if found is not None:
        return found
    digest = as_bytes(one.digest)
    row = raw.execute(
        "SELECT id FROM object WHERE digest = ? AND kind IN ('spec', 'schema', 'prompt', 'guards')", (digest,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    values = (one.kind, one.body, digest)
    return raw.execute("INSERT INTO object (kind, body, digest) VALUES (?, ?, ?)", values).lastrowid or 0


def checked(kind: str, body: str, digest: bytes, where: str) -> Text:
    """A text that was read, if it is what was written.

    Raises:
        IntegrityError: it is not
    """
    if hashlib.sha256(f"{kind}\n{body}".encode()).digest() != digest:
        raise IntegrityError(
            f"A {kind} of {where} is not what was written: its digest {as_text(digest)} does not fit it.",
            "Nothing was changed; `detent verify` lists all that is damaged, and other runs can still be used.",
        )
    return Text(kind, body, as_text(digest))

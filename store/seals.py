r"""Seals: the digest that a row of working notes carries, so that a flipped bit in what decides unasked is found.

The chain covers evidence, which never changes; notes change and go, so each row stands for itself:

    seal = sha256(table + "\n" + canonical JSON of [run, the row's other columns in order])

without the row's own number.  A row that is gone leaves no trace here: a rule that is lost asks again.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ..states.canonical import canonical
from ..states.errors import BadValue, IntegrityError

__all__ = ["check", "fits", "seal"]


def seal(table: str, run: str, *said: str | int | None) -> bytes:
    """The digest of a note.

    Args:
        table: where it lies
        run: the run's id
        said: its columns in order, but for its own number, its run and the digest
    """
    return hashlib.sha256(f"{table}\n{canonical([run, *said])}".encode()).digest()


def fits(digest: bytes, table: str, run: str, *said: Any) -> bool:
    """Whether a note is what was written, whatever a damaged file holds in its columns."""
    try:
        return seal(table, run, *said) == digest
    except (BadValue, TypeError, ValueError):
        return False


def check(digest: bytes, table: str, run: str, *said: Any) -> None:
    """Whether a note that was read is what was written.

    Raises:
        IntegrityError: it is not
    """
    if not fits(digest, table, run, *said):
        raise IntegrityError(
            f"A row of the table {table} of run {run} is not what was written.",
            "Nothing was changed; `detent verify` lists all that is damaged, and other runs can still be used.",
        )

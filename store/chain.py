r"""The chain: what ties every row of a run to all rows before it.

    chain(-1)  = sha256("run\n" + canonical JSON of the run's record)
    chain(seq) = sha256(chain(seq - 1) + digest(seq) + row)

where `digest` is that of the canonical full body, and `row` holds every other column and what was written with the
click, a line each: seq, state, event, event body, stored body, digest of the guards, time, duration, then `message
position digest`, `extra place digest` and `decision` with its canonical JSON, in order.  Texts hold no line feed here
(JSON escapes it), so no two rows read alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ..states.canonical import PREFIX, canonical
from .values import RunRecord, Settled

__all__ = [
    "as_bytes",
    "as_text",
    "decision_line",
    "extra_line",
    "first_chain",
    "message_line",
    "next_chain",
    "shown",
    "snapshot_digest",
]


def snapshot_digest(body: str) -> bytes:
    """The digest of a canonical full body."""
    return hashlib.sha256(b"snapshot\n" + body.encode()).digest()


def first_chain(record: RunRecord) -> bytes:
    """What the chain of a run begins from: the run itself, but for its labels."""
    told = canonical(
        {
            "id": record.id,
            "spec": record.spec.digest,
            "created": record.created,
            "name": record.name,
            "goal": record.goal,
            "parent": list(record.parent or ()),
            "folder": record.folder,
            "origin": record.origin,
        }
    )
    return hashlib.sha256(b"run\n" + told.encode()).digest()


def next_chain(before: bytes, digest: bytes, row: Iterable[str]) -> bytes:
    """The chain after one more row.

    Args:
        before: the chain so far
        digest: the digest of the row's full body
        row: its other columns, and the lines of what was written with it
    """
    return hashlib.sha256(before + digest + "\n".join(row).encode()).digest()


def message_line(position: int, digest: str) -> str:
    """A message, as the chain sees it."""
    return f"message {position} {digest}"


def extra_line(place: int, digest: str) -> str:
    """A text beside a click, as the chain sees it."""
    return f"extra {place} {digest}"


def decision_line(one: Settled) -> str:
    """A decision, as the chain sees it."""
    return "decision " + canonical([one.gate, one.kind, one.how, one.by, one.at])


def as_bytes(digest: str) -> bytes:
    """`sha256:<hex>` as the 32 bytes of a column."""
    return bytes.fromhex(digest[len(PREFIX) :])


def as_text(digest: bytes) -> str:
    """The 32 bytes of a column as `sha256:<hex>`."""
    return PREFIX + digest.hex()


def shown(digest: object) -> str:
    """A digest column for a message to a person, whatever a damaged file holds there."""
    return PREFIX + digest.hex() if isinstance(digest, bytes) else "(no digest)"

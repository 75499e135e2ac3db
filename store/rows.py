"""What a write becomes: rows with their digests and chain, made before any lock is taken.

Rules.  A body is stored as a merge patch on the one before, in full where seq is a multiple of 16; run, seq, time and
state are columns and left out of it.  Nothing here touches the database, and where a run ends is changed in memory only
after a commit.  Rows are plain tuples in the order of their columns: this is the hot path, and bodies pass it as text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ..states.canonical import canonical, digest
from ..states.errors import BadValue, InternalError
from ..states.forms import COLUMNS
from ..states.texts import Text
from .chain import as_bytes, decision_line, extra_line, message_line, next_chain, snapshot_digest
from .migrations import FULL_EVERY
from .values import Click, Write

__all__ = ["End", "Guards", "Rows", "prepare", "restored"]

_KEPT = 4096  # texts of guards whose digests are remembered

SnapshotRow = tuple[int, str, str, str, str, str, bytes, bytes, int, int]
ObjectRow = tuple[str, str, bytes]


class Guards(dict[str, str]):
    """Digests of guards' texts: the same few come with every click."""

    def __missing__(self, body: str) -> str:
        if len(self) >= _KEPT:
            self.clear()
        made = self[body] = digest("guards", body)
        return made


@frozen(slots=False)
class End:
    """Where a run ends.

    Args:
        seq: its last click; -1 before the first
        chain: the chain up to there
    """

    seq: int
    chain: bytes


@frozen(slots=False)
class Rows:
    """All rows of one write, but for the run's number and the objects' ids, and where the run ends with them.

    Args:
        end: where the run ends with them
        snapshots: seq, state, event, event body, stored body, guards, digest, chain, at, took
        messages: position, seq, object
        extras: seq, place among the texts of that click, object
        write: what they were made of
    """

    end: End
    snapshots: list[SnapshotRow]
    messages: list[tuple[int, int, ObjectRow]]
    extras: list[tuple[int, int, ObjectRow]]
    write: Write = field(repr=False)


def prepare(run: str, end: End, write: Write, guards: Guards) -> Rows:
    """The rows of a write.

    Args:
        run: the run's id
        end: where it ends now
        write: what is to be added
        guards: digests that are known

    Raises:
        InternalError: the clicks do not follow the end, or something belongs to none of them
        BadValue: something cannot be written as JSON or UTF-8
    """
    clicks = write.clicks
    if not clicks:
        raise InternalError("A write without a click was to be committed.")
    lines: dict[int, list[str]] = {click.seq: [] for click in clicks}
    try:
        messages = _messages(write, lines) if write.messages else []
        extras = _extras(write, lines) if write.extras else []
        if write.settled:
            for one in sorted(write.settled, key=lambda settled: settled.gate):
                lines[one.seq].append(decision_line(one))
        rows = []
        for click in clicks:
            row, end = _row(run, end, click, guards, lines[click.seq])
            rows.append(row)
    except KeyError as error:
        raise InternalError(
            f"Something was to be written with click {error} of {run}, which is not there."
        ) from None
    except UnicodeEncodeError as error:
        raise BadValue(f"A text of run {run} holds a lone surrogate, which is not Unicode.") from error
    return Rows(end, rows, messages, extras, write)


def restored(body: Mapping[str, Any], run: str, seq: int, at: int, state: str) -> dict[str, Any]:
    """A stored body with its columns, as it was given."""
    return {**body, "run": run, "seq": seq, "at": at, "state": state}


def _row(run: str, end: End, click: Click, guards: Guards, lines: list[str]) -> tuple[SnapshotRow, End]:
    seq, state, at, whole = click.seq, click.state, click.at, click.whole
    if seq != end.seq + 1:
        raise InternalError(f"Click {seq} does not follow {run}@{end.seq}.")
    for said in (f'"run":"{run}"', f'"seq":{seq},', f'"at":{at},', f'"state":"{state}"'):
        if said not in whole:
            raise InternalError(f"The body of {run}@{seq} does not say what its row says.")
    stored = click.patch if seq % FULL_EVERY else _bare(whole)
    hashed = snapshot_digest(whole)
    event, told, took = click.event, click.event_body, click.took
    columns = (str(seq), state, event, told, stored, guards[click.guards], str(at), str(took), *lines)
    chain = next_chain(end.chain, hashed, columns)
    return (seq, state, event, told, stored, click.guards, hashed, chain, at, took), End(seq, chain)


def _bare(whole: str) -> str:
    """A body without its columns."""
    return canonical({name: value for name, value in json.loads(whole).items() if name not in COLUMNS})


def _messages(write: Write, lines: dict[int, list[str]]) -> list[tuple[int, int, ObjectRow]]:
    made = []
    for placed in sorted(write.messages, key=lambda one: one.position):
        position, text = placed.position, placed.text
        seq = placed.seq if placed.seq >= 0 or len(write.clicks) > 1 else write.clicks[0].seq
        lines[seq].append(message_line(position, text.digest))
        made.append((position, seq, _object(text)))
    return made


def _extras(write: Write, lines: dict[int, list[str]]) -> list[tuple[int, int, ObjectRow]]:
    places: dict[int, int] = {}
    made = []
    for seq, text in write.extras:
        place = places.get(seq, 0)
        places[seq] = place + 1
        lines[seq].append(extra_line(place, text.digest))
        made.append((seq, place, _object(text)))
    return made


def _object(text: Text) -> ObjectRow:
    """A text's row; a wrong digest would make the run unreadable for ever, so it is found here."""
    digest = as_bytes(text.digest)
    if hashlib.sha256(f"{text.kind}\n{text.body}".encode()).digest() != digest:
        raise InternalError(f"The digest of a {text.kind} does not fit it.")
    return text.kind, text.body, digest

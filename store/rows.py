"""What a write becomes: rows with their digests and chain, made before any lock is taken.

Rules.  A body is stored as a merge patch on the one before, in full where seq is a multiple of 16; run, seq, time and
state are columns and left out of it.  Nothing here touches the database, and what a run's end is in memory changes only
after a commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ..states.canonical import canonical
from ..states.errors import InternalError
from ..states.texts import Text, text
from .chain import decision_line, extra_line, message_line, next_chain, snapshot_digest
from .migrations import FULL_EVERY
from .patches import diff
from .values import Click, Placed, Write

__all__ = ["COLUMNS", "End", "Row", "Rows", "prepare", "restored"]

COLUMNS = ("run", "seq", "at", "state")  # of a body: they are columns of its row


@frozen
class End:
    """Where a run ends.

    Args:
        seq: its last click; -1 before the first
        chain: the chain up to there
        body: the body there, without the columns
    """

    seq: int
    chain: bytes
    body: Mapping[str, Any]


@frozen
class Row:
    """One row of `snapshot`, but for the run and the guards' id."""

    seq: int
    state: str
    event: str
    event_body: str
    body: str
    guards: Text
    digest: bytes
    chain: bytes
    at: int
    took: int


@frozen
class Rows:
    """All rows of one write, and where the run ends with them.

    Args:
        snapshots: a row a click
        messages: seq and message
        extras: seq, place among the texts of that click, text
        write: what they were made of
        end: where the run ends with them
    """

    snapshots: tuple[Row, ...]
    messages: tuple[tuple[int, Placed], ...]
    extras: tuple[tuple[int, int, Text], ...]
    write: Write
    end: End


def prepare(run: str, end: End, write: Write) -> Rows:
    """The rows of a write.

    Args:
        run: the run's id
        end: where it ends now
        write: what is to be added

    Raises:
        InternalError: the clicks do not follow the end, or something belongs to none of them
    """
    if not write.clicks:
        raise InternalError("A write without a click was to be committed.")
    first, last = write.clicks[0].seq, write.clicks[-1].seq
    if first != end.seq + 1 or any(click.seq != first + place for place, click in enumerate(write.clicks)):
        raise InternalError(f"Clicks {first} to {last} do not follow {run}@{end.seq}.")
    lines: dict[int, list[str]] = {click.seq: [] for click in write.clicks}
    messages = tuple(
        (placed.seq if placed.seq >= 0 else _written_by(placed.position, write.clicks), placed)
        for placed in write.messages
    )
    extras = _placed_extras(write)
    try:
        for seq, placed in sorted(messages, key=lambda one: one[1].position):
            lines[seq].append(message_line(placed.position, placed.text.digest))
        for seq, place, one in extras:
            lines[seq].append(extra_line(place, one.digest))
        for settled in sorted(write.settled, key=lambda one: one.gate):
            lines[settled.seq].append(decision_line(settled))
    except KeyError as error:
        raise InternalError(
            f"Something was to be written with click {error} of {run}, which is not."
        ) from None
    rows = []
    for click in write.clicks:
        row, end = _row(run, end, click, lines[click.seq])
        rows.append(row)
    return Rows(tuple(rows), messages, extras, write, end)


def restored(body: Mapping[str, Any], run: str, seq: int, at: int, state: str) -> dict[str, Any]:
    """A stored body with its columns, as it was given."""
    return {**body, "run": run, "seq": seq, "at": at, "state": state}


def _row(run: str, end: End, click: Click, lines: list[str]) -> tuple[Row, End]:
    stored = {key: value for key, value in click.body.items() if key not in COLUMNS}
    if restored(stored, run, click.seq, click.at, click.state) != click.body:
        raise InternalError(f"The body of {run}@{click.seq} does not say what its row says.")
    full = canonical(click.body)
    body = canonical(stored if click.seq % FULL_EVERY == 0 else diff(end.body, stored))
    guards = text("guards", click.guards)
    digest = snapshot_digest(full)
    columns = (
        str(click.seq),
        click.state,
        click.event,
        click.event_body,
        body,
        guards.digest,
        str(click.at),
        str(click.took),
        *lines,
    )
    chain = next_chain(end.chain, digest, columns)
    row = Row(
        click.seq,
        click.state,
        click.event,
        click.event_body,
        body,
        guards,
        digest,
        chain,
        click.at,
        click.took,
    )
    return row, End(click.seq, chain, stored)


def _written_by(position: int, clicks: tuple[Click, ...]) -> int:
    """The click that wrote a message: the first whose history reaches it and whose call there is settled."""
    for click in clicks:
        body = click.body
        if position >= body.get("history", 0):
            continue
        index = position - body.get("outcomes", 0)
        call = body.get("calls", {}).get(str(index)) if index >= 0 else None
        if call is None or "outcome" in call:
            return click.seq
    return clicks[-1].seq


def _placed_extras(write: Write) -> tuple[tuple[int, int, Text], ...]:
    counts: dict[int, int] = {}
    made = []
    for seq, one in write.extras:
        place = counts.get(seq, 0)
        counts[seq] = place + 1
        made.append((seq, place, one))
    return tuple(made)

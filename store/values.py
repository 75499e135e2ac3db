"""The values the store takes and gives, frozen.

Rules: plain strings, numbers and JSON dictionaries only; the store knows nothing of snapshots, events or the kernel.
Times are milliseconds since the epoch, durations milliseconds, digests `sha256:<hex>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from attrs import field, frozen

from ..states.canonical import canonical
from ..states.texts import Text
from .patches import patch_text

__all__ = [
    "Click",
    "Counts",
    "DriverRecord",
    "Finding",
    "InboxEntry",
    "InboxKind",
    "Placed",
    "Related",
    "RunRecord",
    "RunSummary",
    "Settled",
    "StoredClick",
    "TimelineRow",
    "Verdict",
    "Write",
    "Written",
]

InboxKind = Literal["decision", "note", "cancel", "park", "late"]


@frozen(slots=False)
class Click:
    """One transition, as it is written.

    Args:
        seq: how many transitions came before
        state: the state it led to
        event: name of the event
        event_body: the event as canonical JSON, without run and time
        whole: the whole snapshot it led to, canonical JSON
        patch: the merge patch that makes it of the one before, without the members that are columns, canonical JSON
        guards: the guards' values and the rows that lost, canonical JSON; stored once for all equal ones
        at: time of the event, milliseconds since the epoch
        took: how long the work took that the event reports, milliseconds
    """

    seq: int
    state: str
    event: str
    event_body: str
    whole: str
    patch: str
    guards: str
    at: int
    took: int = 0

    @classmethod
    def of(cls, body: Mapping[str, Any], before: Mapping[str, Any], **row: Any) -> Self:
        """A click of plain snapshots.

        Args:
            body: the one it led to
            before: the one before; empty for the first
            row: everything else

        Raises:
            BadValue: one cannot be written as JSON
        """
        return cls(whole=canonical(body), patch=patch_text(before, body), **row)


@frozen
class Written:
    """A click as its row has it; nothing of it is checked.

    Args:
        seq: how many transitions came before
        state: the state it led to
        event: name of the event
        event_body: the event as canonical JSON, without run and time
        body: what is stored of the snapshot: the whole or a patch, without columns
        guards: the guards' values and the rows that lost
        digest: of the whole snapshot
        at: time of the event, milliseconds since the epoch
        full: whether the body is the whole
    """

    seq: int
    state: str
    event: str
    event_body: str
    body: str
    guards: str
    digest: str
    at: int
    full: bool


@frozen(slots=False)
class Placed:
    """A message of the history.

    Args:
        position: its place
        text: what it says
        seq: the click that wrote it, -1 where the commit has only one; of an inherited message the parent's click
    """

    position: int
    text: Text
    seq: int = field(default=-1, eq=False)


@frozen
class Related:
    """A run among those around it.

    Args:
        id: its id
        parent: run and click it was forked from
        origin: where its agent came from; of a child run also who called it
    """

    id: str
    parent: tuple[str, int] | None
    origin: dict[str, Any]


@frozen
class Settled:
    """One gate, settled.

    Args:
        gate: its id
        kind: its kind
        seq: the click that settled it
        how: name of the event
        by: who decided
        at: when, milliseconds since the epoch
    """

    gate: str
    kind: str
    seq: int
    how: str
    by: str
    at: int


@frozen(slots=False)
class Write:
    """Everything one commit of one run holds.

    Args:
        clicks: transitions, one after the other
        messages: the messages they wrote
        extras: texts that are no messages, each with the click that brought it
        settled: the gates they settled
        inbox: ids of the inbox entries they answer
    """

    clicks: tuple[Click, ...]
    messages: tuple[Placed, ...] = ()
    extras: tuple[tuple[int, Text], ...] = ()
    settled: tuple[Settled, ...] = ()
    inbox: tuple[int, ...] = ()


@frozen(kw_only=True)
class RunRecord:
    """What a run is, apart from what happened in it.  Only labels change after it has begun.

    Args:
        id: 26 characters of lower-case base32
        spec: what it agreed to, canonical JSON
        created: when it began, milliseconds since the epoch
        name: the person's name for it; empty for none
        goal: the goal, short, for lists
        parent: run and click it was forked from
        folder: the folder it was started in
        origin: where its agent came from: file, `FILE:NAME`, overrides; JSON
        labels: the person's marks, sorted
    """

    id: str
    spec: Text
    created: int
    name: str = ""
    goal: str = ""
    parent: tuple[str, int] | None = None
    folder: str = ""
    origin: dict[str, Any] = field(factory=dict)
    labels: tuple[str, ...] = ()


@frozen(kw_only=True)
class StoredClick:
    """One transition, as it is read.

    Args:
        seq: how many transitions came before
        state: the state it led to
        event: name of the event
        event_body: the event as canonical JSON, without run and time
        body: the whole snapshot it led to, plain
        guards: the guards' values and the rows that lost, canonical JSON
        digest: of the canonical body
        chain: of everything stored up to here
        at: time of the event, milliseconds since the epoch
        took: how long the work took that the event reports, milliseconds
    """

    seq: int
    state: str
    event: str
    event_body: str
    body: dict[str, Any]
    guards: str
    digest: str
    chain: str
    at: int
    took: int


@frozen
class TimelineRow:
    """One line of a timeline: a click without its body.

    Args:
        seq: how many transitions came before
        state: the state it led to
        event: name of the event
        event_body: the event as canonical JSON, without run and time
        digest: of the canonical body
        at: time of the event, milliseconds since the epoch
        took: how long the work took that the event reports, milliseconds
    """

    seq: int
    state: str
    event: str
    event_body: str
    digest: str
    at: int
    took: int


@frozen(kw_only=True)
class RunSummary:
    """One line of the list of runs.

    Args:
        id: the run
        name: the person's name for it
        goal: the goal, short
        folder: the folder it was started in
        created: when it began, milliseconds since the epoch
        parent: run and click it was forked from
        state: where it is
        seq: its last click
        at: when that was, milliseconds since the epoch
        reason: why it ended; empty while it has not
        usage: what it has spent
        gates: ids of its open gates
        labels: the person's marks
    """

    id: str
    name: str
    goal: str
    folder: str
    created: int
    parent: tuple[str, int] | None
    state: str
    seq: int
    at: int
    reason: str
    usage: dict[str, int]
    gates: tuple[str, ...]
    labels: tuple[str, ...]


@frozen
class Counts:
    """How much a database, or one run of it, holds.

    Args:
        runs: runs
        clicks: clicks of them
        texts: messages, and texts that are none
    """

    runs: int
    clicks: int
    texts: int


@frozen
class InboxEntry:
    """Something another process left for the driver of a run, or what came too late of one of its attempts.

    Args:
        id: its number, never used again
        kind: decision, note, cancel, park or late
        body: what it says, plain JSON
        at: when it was put there, milliseconds since the epoch
    """

    id: int
    kind: InboxKind
    body: dict[str, Any]
    at: int


@frozen
class Verdict:
    """What became of an inbox entry.

    Args:
        state: waiting, taken or refused
        error: why it was refused; empty otherwise
    """

    state: Literal["waiting", "taken", "refused"]
    error: str = ""


@frozen(kw_only=True)
class DriverRecord:
    """A driver that was started for a run.

    Args:
        pid: its process
        start_time: when that process started, as the system tells it (pids are used again)
        boot_id: the boot it ran in
        head_seq: the run's last click then
        at: when, milliseconds since the epoch
        ended: whether it ended by itself
    """

    pid: int
    start_time: str
    boot_id: str
    head_seq: int
    at: int
    ended: bool


@frozen
class Finding:
    """One thing that `verify` found wrong.

    Args:
        run: the run; empty where it is about the whole file
        seq: the click; -1 where it is about none
        what: one sentence
    """

    run: str
    seq: int
    what: str

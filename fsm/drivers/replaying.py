"""Replay: the stored events of a run, stepped again through the kernel, and every snapshot compared byte for byte.

No model, no tool, nothing written.  First the store derives its digests and chains again; then the kernel makes the
first snapshot from what the run agreed to and each next one from its event; bodies and reasons must be the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from ...states.canonical import canonical, digest
from ...states.codec import decode_event, decode_snapshot, decode_spec, encode_snapshot
from ...states.errors import (
    BadValue,
    DetentError,
    IllegalEvent,
    IntegrityError,
    InternalError,
    VersionMismatch,
)
from ...states.events import Forked
from ...states.names import State
from ...states.snapshot import Snapshot
from ...states.spec import RULES, Spec
from ...store import Store, StoredClick
from ..forking import edited
from ..kernel import Transition, begin, fork, transition
from ..table import Row

__all__ = ["Divergence", "Replayed", "replay", "retraced"]

SHORT = 60  # characters of a damaged value that are told

# What the reasons of a click follow from: the state before, the row, which names the event, and the guards' values.
_Asked = tuple[State, Row, tuple[tuple[str, bool], ...]]


@frozen(kw_only=True)
class Divergence:
    """The first click that came out otherwise.

    Args:
        seq: the click
        field: what differs: a path in the snapshot, "reasons", or "event" where no row takes it
        stored: what the store has there, plain
        replayed: what the kernel makes of it now, plain
    """

    seq: int
    field: str
    stored: Any
    replayed: Any


@frozen(kw_only=True)
class Replayed:
    """What came of a replay.

    Args:
        run: the run
        clicks: how many clicks were stepped again and are the same
        digest: of the last of them
        divergence: the first that is not; None where all are
    """

    run: str
    clicks: int
    digest: str
    divergence: Divergence | None = None


def replay(store: Store, run: str, seq: int | None = None) -> Replayed:
    """Step a stored run again.

    Args:
        store: where it lies; reading is enough
        run: its id
        seq: up to this click; None is all

    Raises:
        IntegrityError: what is stored is damaged
        VersionMismatch: it follows rules that this version does not know
    """
    found = store.verify(run)
    if found:
        field = _changed(store, run, found[0].seq)
        raise IntegrityError(
            f"{found[0].what}{f' {field}' if field else ''}",
            f"`detent verify {run[:6]}` tells all that is damaged.",
        )
    same, last, known = 0, "", dict[_Asked, str]()
    try:
        for stored, click in retraced(store, run, seq):
            divergence = _compared(stored, click, known)
            if divergence is not None:
                return Replayed(run=run, clicks=same, digest=last, divergence=divergence)
            same, last = same + 1, stored.digest
    except (IllegalEvent, InternalError, BadValue) as refused:
        event = store.click(run, same).event
        wrong = Divergence(seq=same, field="event", stored=event, replayed=str(refused))
        return Replayed(run=run, clicks=same, digest=last, divergence=wrong)
    return Replayed(run=run, clicks=same, digest=last)


def _changed(store: Store, run: str, seq: int) -> str:
    """What was changed in a damaged click, in words: its first field that is not what the events lead to."""
    try:
        before = list(retraced(store, run, seq - 1)) if seq > 0 else []
        if not before:
            return ""
        (row,) = store.timeline(run, seq, seq + 1)
        made = before[-1][1]
        head = made.after if isinstance(made, Transition) else made
        click = transition(head, decode_event(row.event, run, row.at, row.event_body))
        body, guards = store.suspect(run, seq)
        after = encode_snapshot(click.after)
    except DetentError:
        return ""
    if body != after:
        path, stored, replayed = _difference(body, after)
    elif guards != canonical(click.reasons()):
        path, stored, replayed = _difference(_parsed(guards), click.reasons(), "reasons")
    else:
        return ""
    return f"Its field {path} is {_short(stored)}, and the events lead to {_short(replayed)}."


def _parsed(guards: str) -> Any:
    try:
        return json.loads(guards)
    except ValueError:
        return guards


def _short(value: Any) -> str:
    said = canonical(value)
    return said if len(said) <= SHORT else f"{said[:SHORT]}…"


def retraced(
    store: Store, run: str, seq: int | None = None
) -> Iterator[tuple[StoredClick, Transition | Snapshot]]:
    """Every stored click with what the kernel makes of it: a snapshot for click 0, else a transition.

    Args:
        store: where the run lies
        run: its id
        seq: up to this click; None is all

    Raises:
        IllegalEvent: no row takes a stored event
        VersionMismatch: the run follows rules that this version does not know
    """
    spec = _spec(store, run)
    snapshot: Snapshot | None = None
    for stored in store.clicks(run, 0, None if seq is None else seq + 1):
        if snapshot is None:
            snapshot = _first(store, run, spec, stored)
            yield stored, snapshot
            continue
        click = transition(snapshot, decode_event(stored.event, run, stored.at, stored.event_body))
        snapshot = click.after
        yield stored, click


def _spec(store: Store, run: str) -> Spec:
    spec = decode_spec(store.spec(run))
    if spec.rules > RULES:
        raise VersionMismatch(
            f"Run {run[:6]} follows rules {spec.rules} of the machine; this version knows {RULES}.",
            "Replay it in the newer version.",
        )
    return spec


def _first(store: Store, run: str, spec: Spec, stored: StoredClick) -> Snapshot:
    """Click 0, made again: of the spec alone, or of the parent's click."""
    record = store.record(run)
    if record.parent is None:
        first = begin(spec, run, stored.at)
        planner = [text.digest for _, text in store.texts(run, 0, "planner")]
        return evolve(first, planner=planner[-1]) if planner else first
    parent, seq = record.parent
    event = decode_event(stored.event, run, stored.at, stored.event_body)
    edits = event.edits if isinstance(event, Forked) else ()
    before = decode_snapshot(store.click(parent, seq).body, _spec(store, parent))
    return edited(fork(before, spec, run, stored.at), edits)


def _compared(
    stored: StoredClick, made: Transition | Snapshot, known: dict[_Asked, str]
) -> Divergence | None:
    """What differs.  The stored body has been held against its digest, so equal digests are equal bytes."""
    after = made.after if isinstance(made, Transition) else made
    body = encode_snapshot(after)
    if digest("snapshot", canonical(body)) != stored.digest:
        path, here, there = _difference(stored.body, body)
        return Divergence(seq=stored.seq, field=path, stored=here, replayed=there)
    if isinstance(made, Transition) and (reasons := _reasons(made, known)) != stored.guards:
        return Divergence(seq=stored.seq, field="reasons", stored=stored.guards, replayed=reasons)
    return None


def _reasons(made: Transition, known: dict[_Asked, str]) -> str:
    """The reasons of a click as text: the same few come again and again."""
    asked = (made.before.state, made.row, tuple(made.guards.items()))
    found = known.get(asked)
    if found is None:
        found = known[asked] = canonical(made.reasons())
    return found


def _difference(one: Any, other: Any, path: str = "") -> tuple[str, Any, Any]:
    """The first place in which two plain values differ, in the order of their names."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            if one.get(name) != other.get(name) or (name in one) != (name in other):
                return _difference(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (here, there) in enumerate(zip(one, other, strict=True)):
            if here != there:
                return _difference(here, there, f"{path}[{index}]")
    return path or "snapshot", one, other

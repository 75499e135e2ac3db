"""Replay: the stored events of a run, stepped again through the kernel, and every snapshot compared byte for byte.

No model, no tool, nothing written.  First the store derives its chains again, with all they cover; then the kernel
makes the first snapshot from what the run agreed to and each next one from its event, and what it would write of each
is held against what was written: the body as it is stored, the digest of the whole, the reasons.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from ...states.canonical import canonical
from ...states.codec import decode_event, decode_snapshot, decode_spec, encode_snapshot, snapshot_digest
from ...states.errors import (
    BadValue,
    DetentError,
    IllegalEvent,
    IntegrityError,
    InternalError,
    VersionMismatch,
)
from ...states.events import Forked
from ...states.forms import Form
from ...states.snapshot import Snapshot
from ...states.spec import RULES, Spec
from ...store import Store, Written
from ..forking import edited
from ..kernel import begin, fork, transition

__all__ = ["Divergence", "Replayed", "replay"]

SHORT = 60  # characters of a damaged value that are told


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
    if store.verify(run, bodies=False):
        _sound(store, run)
    same, last = 0, ""
    form: Form | None = None
    try:
        for row, snapshot, reasons in _steps(store, run, seq):
            form = form.after(snapshot) if form else Form.of(snapshot)
            wrong = _otherwise(row, form, reasons) and _divergence(store, run, row, snapshot, reasons)
            if wrong:
                return Replayed(run=run, clicks=same, digest=last, divergence=wrong)
            same, last = same + 1, row.digest
    except (IllegalEvent, InternalError, BadValue) as refused:
        _sound(store, run)
        event = store.click(run, same).event
        wrong = Divergence(seq=same, field="event", stored=event, replayed=str(refused))
        return Replayed(run=run, clicks=same, digest=last, divergence=wrong)
    return Replayed(run=run, clicks=same, digest=last)


def _steps(store: Store, run: str, seq: int | None) -> Iterator[tuple[Written, Snapshot, str]]:
    """Every stored row with the snapshot that the kernel makes of its event, and why; click 0 has its own reasons."""
    spec = _spec(store, run)
    snapshot: Snapshot | None = None
    for row in store.written(run, 0, None if seq is None else seq + 1):
        if snapshot is None:
            snapshot = _first(store, run, spec, row)
            yield row, snapshot, row.guards
            continue
        click = transition(snapshot, decode_event(row.event, run, row.at, row.event_body))
        snapshot = click.after
        yield row, snapshot, click.reasons


def _sound(store: Store, run: str) -> None:
    """Refuse what is damaged: it is no matter of the kernel."""
    found = store.verify(run)
    if found:
        field = _changed(store, run, found[0].seq)
        raise IntegrityError(
            f"{found[0].what}{f' {field}' if field else ''}",
            f"`detent verify {run[:6]}` tells all that is damaged.",
        )


def _changed(store: Store, run: str, seq: int) -> str:
    """What was changed in a damaged click, in words: its first field that is not what the events lead to."""
    try:
        before = list(_steps(store, run, seq - 1)) if seq > 0 else []
        if not before:
            return ""
        (row,) = store.written(run, seq, seq + 1)
        click = transition(before[-1][1], decode_event(row.event, run, row.at, row.event_body))
        body, guards = store.suspect(run, seq)
        after = encode_snapshot(click.after)
    except DetentError:
        return ""
    if body != after:
        path, stored, replayed = _difference(body, after)
    elif guards != click.reasons:
        path, stored, replayed = _difference(_parsed(guards), json.loads(click.reasons), "reasons")
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


def _otherwise(row: Written, form: Form, reasons: str) -> bool:
    """Whether anything of a row is not what would be written now."""
    return (
        snapshot_digest(form.whole) != row.digest
        or (form.bare if row.full else form.patch) != row.body
        or reasons != row.guards
        or f'"state":"{row.state}"' not in form.whole
    )


def _divergence(store: Store, run: str, row: Written, snapshot: Snapshot, reasons: str) -> Divergence | None:
    """What differs, if it is not only how a patch was written.

    Raises:
        IntegrityError: the row itself is damaged
    """
    _sound(store, run)
    stored, body = store.click(run, row.seq).body, encode_snapshot(snapshot)
    if stored != body:
        path, here, there = _difference(stored, body)
        return Divergence(seq=row.seq, field=path, stored=here, replayed=there)
    if reasons != row.guards:
        return Divergence(seq=row.seq, field="reasons", stored=row.guards, replayed=reasons)
    return None


def _spec(store: Store, run: str) -> Spec:
    spec = decode_spec(store.spec(run))
    if spec.rules > RULES:
        raise VersionMismatch(
            f"Run {run[:6]} follows rules {spec.rules} of the machine; this version knows {RULES}.",
            "Replay it in the newer version.",
        )
    return spec


def _first(store: Store, run: str, spec: Spec, stored: Written) -> Snapshot:
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

"""Forking a stored run: a new run from one of its clicks, with something changed.

Nothing of the parent is touched, and nothing of the world: what is written is one row with what is different.  The
fork is parked; going on with it is `resume`, as for any run.  What its calls may do is its `Mode`, kept in its origin.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from ...states.canonical import canonical, check_text
from ...states.codec import decode_snapshot, decode_spec, encode_event, spec_text
from ...states.errors import NotFound, UsageError
from ...states.events import Forked
from ...states.forms import Form
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Edit, Text, text
from ...store import Click, Placed, RunRecord, Store, Write, new_run_id
from ..forking import edited, fork
from ..history import forked
from .clock import wall
from .recordings import Mode

__all__ = ["Change", "Wanted", "changed_text", "fork_run", "message_at", "message_text"]

SHORT = 200  # characters of a goal that lists show
WHOLE = ("turn", "refused")  # kinds of messages that are JSON with the text inside


@frozen
class Change:
    """A message that a fork has otherwise.

    Args:
        position: its place in the history
        body: what it says instead: plain text, also where the message holds more than that
    """

    position: int
    body: str


@frozen(kw_only=True)
class Wanted:
    """What a fork is to be.

    Args:
        spec: what it agrees to
        mode: what its calls may do
        changes: messages that it has otherwise
        name: another address for it
        goal: how lists show it; empty for its first message
        origin: where its functions come from
        check: is given its first snapshot before it is written, and raises where it will not do
    """

    spec: Spec
    mode: Mode
    changes: tuple[Change, ...] = ()
    name: str = ""
    goal: str = ""
    origin: Mapping[str, Any] = field(factory=dict)
    check: Callable[[Snapshot], None] = lambda _first: None


def message_at(store: Store, run: str, seq: int, written: str) -> int:
    """The place of the message a person means: its number, or the last of a kind.

    Args:
        store: where the run lies
        run: its id
        seq: the click until which messages count
        written: a number, or goal, turn, result, error, note, reply, hint, correction or refused

    Raises:
        NotFound: there is none
    """
    placed = {one.position: one.text.kind for one in store.messages(run, seq=seq)}
    if written.isdecimal() and int(written) in placed:
        return int(written)
    found = [position for position, kind in placed.items() if kind == written]
    if not found:
        kinds = ", ".join(dict.fromkeys(placed.values()))
        raise NotFound(
            f"Click {seq} of run {run[:6]} has no message {written}.",
            f"There are 0 to {max(placed, default=0)}, of the kinds {kinds}.",
        )
    return found[-1]


def message_text(store: Store, run: str, seq: int, written: str) -> str:
    """What a message says, as a person would change it; see `changed_text`.

    Raises:
        NotFound: there is none
    """
    position = message_at(store, run, seq, written)
    (placed,) = store.messages(run, position, position + 1, seq=seq)
    if placed.text.kind in WHOLE:
        return str(json.loads(placed.text.body).get("content", ""))
    if placed.text.kind == "error":
        return str(json.loads(placed.text.body).get("message", ""))
    return placed.text.body


def changed_text(old: Text, body: str) -> Text:
    """A message with another text: of a reply the words change and its calls stay, of an error the message."""
    check_text(body)
    if old.kind in WHOLE:
        made = {**json.loads(old.body), "content": body}
        return text(old.kind, canonical({name: part for name, part in made.items() if part}))
    if old.kind == "error":
        return text(old.kind, canonical({**json.loads(old.body), "message": body}))
    return text(old.kind, body)


def fork_run(store: Store, parent: str, seq: int, wanted: Wanted) -> str:
    """Write a fork, parked at its first click; its id.

    Args:
        store: where the parent lies
        parent: its id
        seq: the click it goes on from
        wanted: what it is to be

    Raises:
        NotFound: no such click, or no such message
        UsageError: a change that changes nothing that is there
        StoreError: nothing was written
    """
    record = store.record(parent)
    before = decode_snapshot(store.click(parent, seq).body, decode_spec(record.spec.body))
    run, at = new_run_id(), max(wall(), before.at)
    texts = _changed(store, parent, seq, before, wanted.changes)
    edits = tuple(Edit(position=position, text=one.digest) for position, one in texts.items())
    first = edited(fork(before, wanted.spec, run, at), edits)
    wanted.check(first)
    event = Forked(run=run, at=at, spec=wanted.spec.digest, parent=parent, parent_seq=seq, edits=edits)
    messages = {one.position: one.text for one in forked(before, first)} | texts
    goal = wanted.goal or (texts[0].body if 0 in texts else record.goal)
    made = RunRecord(
        id=run,
        name=wanted.name,
        spec=spec_text(wanted.spec),
        goal=goal[:SHORT],
        created=at,
        parent=(parent, seq),
        folder=record.folder,
        origin={**wanted.origin, "recordings": wanted.mode.value},
    )
    store.begin(made, _written(first, event, messages))
    return run


def _changed(
    store: Store, parent: str, seq: int, before: Snapshot, changes: Sequence[Change]
) -> dict[int, Text]:
    if not changes:
        return {}  # a fork costs the same however long the history is
    placed = {one.position: one.text for one in store.messages(parent, 0, before.history, seq=seq)}
    made: dict[int, Text] = {}
    for change in changes:
        if change.position not in placed:
            raise NotFound(
                f"Click {seq} of run {parent[:6]} has no message {change.position}.",
                f"There are 0 to {max(placed)}.",
            )
        new = changed_text(placed[change.position], change.body)
        if new.digest == placed[change.position].digest:
            raise UsageError(
                f"Message {change.position} says that already.", "Say something else, or leave it out."
            )
        made[change.position] = new
    return made


def _written(first: Snapshot, event: Forked, messages: Mapping[int, Text]) -> Write:
    """The one write that begins a fork."""
    form = Form.of(first)
    click = Click(
        seq=0,
        state=first.state.value,
        event=type(event).__name__,
        event_body=encode_event(event),
        whole=form.whole,
        patch=form.patch,
        guards=canonical({"taken": "forked", "guards": {}, "lost": {}}),
        at=first.at,
        took=0,
    )
    placed = tuple(Placed(position, messages[position]) for position in sorted(messages))
    return Write(clicks=(click,), messages=placed)


def same_spec(spec: Spec, stored: Spec) -> Spec:
    """The spec with what a run settled before it began, where it was settled from the same options."""
    return evolve(spec, options=stored.options) if spec.model == stored.model else spec

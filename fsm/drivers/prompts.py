"""Prompts, made again: what exactly a model was asked at a click, and what of the history was left out or shortened.

The same pure function made them the first time.  What it depended on beside the run lies beside the reply, where it was
not the plain one.  No model is asked and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from ...states.codec import decode_event, decode_snapshot, decode_spec
from ...states.commands import MakePlan
from ...states.errors import ConfigError
from ...states.events import PlanMade, PlanRefused
from ...states.names import State
from ...states.snapshot import Snapshot
from ...store import Store
from ..history import Message, read_turn
from ..kernel import commands
from ..models.door import split_name
from ..planners.lens import LENS, Learned, Lens, fitted, notes_of, plain, read_lens, through
from ..planners.prompting import Layout
from ..planners.wire import OUTCOMES, READ_ON
from .memory import History
from .replies import reply_after, reply_before

__all__ = ["Asked", "asked", "prompt_view"]


@frozen(kw_only=True)
class Asked:
    """What a model was asked, or will be.

    Args:
        snapshot: the click the plan was ordered at
        reply: the click that the reply came with, in the same run; None where it has not come
        lens: through what the model saw the history
        messages: the history as it was then
        layout: what was sent
    """

    snapshot: Snapshot
    reply: int | None
    lens: Lens
    messages: tuple[Message, ...]
    layout: Layout


@frozen
class _Recited:
    """A history that lies there whole.

    Args:
        messages: all of it, in order
        length: how many places are taken
    """

    messages: tuple[Message, ...]
    length: int

    def __len__(self) -> int:
        return self.length

    def backwards(self) -> Iterator[Message]:
        """The messages, the newest first."""
        return reversed(self.messages)

    def goal(self) -> str:
        """What the person asked for."""
        return self.messages[0].text.body

    def planner_state(self) -> str | None:
        """A model planner has none."""
        return None

    def lens(self) -> str | None:
        """It is given apart."""
        return None


def asked(store: Store, run: str, seq: int) -> Asked | None:
    """The prompt of a click: in PLANNING what the model is asked there, elsewhere what it was asked last.

    Args:
        store: where the run lies
        run: its id
        seq: the click

    Raises:
        ConfigError: the plan is not made yet, and what must be sent does not fit the window
    """
    snapshot = _snapshot(store, run, seq)
    if not snapshot.spec.model:
        return None
    if snapshot.state is State.PLANNING:
        reply = reply_after(store, run, seq)
        return _next(store, snapshot) if reply is None else _answered(store, run, reply)
    _, *forebears = store.lineage(run)
    for one, last in ((run, seq), *forebears):
        reply = reply_before(store, one, last)
        if reply is not None:
            return _answered(store, one, reply)
    return None


def _answered(store: Store, run: str, reply: int) -> Asked:
    """The prompt that a reply answered."""
    stored = store.click(run, reply)
    event = decode_event(stored.event, run, stored.at, stored.event_body)
    shown = event.notes if isinstance(event, PlanMade | PlanRefused) else 0
    seq = reply - 1
    while (snapshot := _snapshot(store, run, seq)).told > shown and seq:  # told while the model was speaking
        seq -= 1
    kept = store.texts(run, reply, LENS)
    lens = read_lens(kept[0][1].body, retry=False)[0] if kept else plain(snapshot.spec)
    command, history = _told(store, snapshot)
    layout = through(snapshot.spec, command, history, lens, notes_of(history))
    return Asked(snapshot=snapshot, reply=reply, lens=lens, messages=history.messages, layout=layout)


def _next(store: Store, snapshot: Snapshot) -> Asked:
    """The prompt of a plan that is not made yet, as another process would ask for it."""
    kept = History(store, snapshot.run, snapshot.history).lens(snapshot.seq)
    learned = Learned(window=plain(snapshot.spec).window)
    if kept is not None:
        _, learned = read_lens(kept, retry=snapshot.refusals > 0)
    command, history = _told(store, snapshot)
    lens, layout = fitted(snapshot.spec, command, history, learned, notes_of(history))
    return Asked(snapshot=snapshot, reply=None, lens=lens, messages=history.messages, layout=layout)


def _told(store: Store, snapshot: Snapshot) -> tuple[MakePlan, _Recited]:
    """What is ordered at a click, and the history as it is there."""
    placed = store.messages(snapshot.run, 0, snapshot.history, seq=snapshot.seq)
    messages = tuple(Message(one.position, one.text) for one in placed)
    command = next(one for one in commands(snapshot) if isinstance(one, MakePlan))
    return command, _Recited(messages, snapshot.history)


def _snapshot(store: Store, run: str, seq: int) -> Snapshot:
    return decode_snapshot(store.click(run, seq).body, decode_spec(store.spec(run)))


def prompt_view(store: Store, run: str, seq: int) -> dict[str, Any] | None:
    """The prompt of a click as plain JSON; None where no model is asked.

    Args:
        store: where the run lies
        run: its id
        seq: the click
    """
    try:
        made = asked(store, run, seq)
    except ConfigError as unfit:
        return {"run": run, "seq": seq, "reply": None, "unfit": unfit.message}
    if made is None:
        return None
    prompt, spec, lengths = made.layout.prompt, made.snapshot.spec, made.layout.lengths()
    return {
        "run": made.snapshot.run,
        "seq": made.snapshot.seq,
        "reply": made.reply,
        "scripted": split_name(spec.model)[0] == "script",
        "window": made.lens.window,
        "estimate": prompt.estimate,
        "num_predict": prompt.num_predict,
        "messages": prompt.messages,
        "tools": prompt.tools,
        "left_out": [one.position for one in made.messages if one.position not in lengths],
        "trimmed": list(_trimmed(made, lengths, handles=READ_ON in spec.by_name)),
    }


def _trimmed(made: Asked, lengths: dict[int, int], *, handles: bool) -> Iterator[dict[str, Any]]:
    """The messages that stand in the prompt shortened: how long they are, how much is shown, where to read on."""
    for one in made.messages:
        if one.position not in lengths:
            continue
        shown, whole = lengths[one.position], _length(one)
        if shown >= whole:
            continue
        readable = handles and one.text.kind in OUTCOMES
        yield {
            "position": one.position,
            "kind": one.text.kind,
            "characters": whole,
            "shown": shown,
            "handle": str(one.position) if readable else None,
        }


def _length(message: Message) -> int:
    """The characters of a message of the history, counted as those of a prompt are."""
    if message.text.kind not in ("turn", "refused"):
        return len(message.text.body)
    turn = read_turn(message.text.body)
    return len(turn.content) + len(turn.thinking) + sum(len(call.arguments) for call in turn.calls)

"""What a driver keeps in memory of one run: the tail of its history, and the argument bytes of this turn's calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...states.calls import Call
from ...states.canonical import digest
from ...states.errors import IntegrityError
from ...states.snapshot import Snapshot
from ...states.texts import Text
from ...store import Store
from ..history import Message, Turn, read_turn
from ..planners.lens import LENS
from .replies import reply_before

__all__ = ["History", "arguments_digest", "turn_of"]

PAGE = 64
KEPT = 4096


class History:
    """A run's messages, read lazily from the end.

    Args:
        store: where they lie
        run: the run's id
        length: how many places are taken
        fresh: nothing of it lies in the store yet
    """

    def __init__(self, store: Store, run: str, length: int, *, fresh: bool = False) -> None:
        self._store = store
        self._run = run
        self._length = length
        self._known: dict[int, Message] = {}
        self._loaded_from = 0 if fresh else length
        self._planner: str | None = None

    def __len__(self) -> int:
        return self._length

    def add(self, messages: Iterable[Message], length: int) -> None:
        """Take in what a click wrote."""
        for message in messages:
            self._known[message.position] = message
        self._length = length
        while len(self._known) > 2 * KEPT:
            self._forget()

    def _forget(self) -> None:
        gone = sorted(self._known)[:KEPT]
        self._loaded_from = max(self._loaded_from, gone[-1] + 1)
        for position in gone:
            del self._known[position]

    def at(self, position: int) -> Message | None:
        """The message at a place; None while the place is only kept."""
        if position < self._loaded_from - PAGE and position not in self._known:  # far back: this one alone
            found = self._store.messages(self._run, position, position + 1)
            return Message(position, found[0].text) if found else None
        while position < self._loaded_from:
            start = max(0, self._loaded_from - PAGE)
            for placed in self._store.messages(self._run, start, self._loaded_from):
                self._known.setdefault(placed.position, Message(placed.position, placed.text))
            self._loaded_from = start
        return self._known.get(position)

    def backwards(self) -> Iterator[Message]:
        """The messages, newest first."""
        for position in range(self._length - 1, -1, -1):
            message = self.at(position)
            if message is not None:
                yield message

    def goal(self) -> str:
        """What the person asked for."""
        first = self._known.get(0)
        if first is None:
            placed = self._store.messages(self._run, 0, 1)
            if not placed:
                raise IntegrityError(f"Run {self._run} has no goal.")
            first = self._known[0] = Message(0, placed[0].text)
        return first.text.body

    def planner_state(self) -> str | None:
        """The planner's own state, if it has one."""
        if self._planner is None:
            found = self._store.texts(self._run, kind="planner")
            self._planner = found[-1][1].body if found else ""
        return self._planner or None

    def lens(self, seq: int | None = None) -> str | None:
        """What is kept beside the newest reply of this run, up to a click, about its prompt, if there is any."""
        reply = reply_before(self._store, self._run, seq)
        kept = self._store.texts(self._run, reply, LENS) if reply is not None else []
        return kept[0][1].body if kept else None

    def remember_planner(self, state: Text) -> None:
        """Take in the planner's new state."""
        self._planner = state.body


def arguments_digest(arguments: str) -> str:
    """The digest of canonical argument bytes, as proposals and calls carry it."""
    return digest("arguments", arguments)


def turn_of(history: History, snapshot: Snapshot) -> Turn:
    """The plan whose calls this snapshot has."""
    message = history.at(snapshot.outcomes - 1) if snapshot.outcomes else None
    if message is None:
        raise IntegrityError(f"The plan of turn {snapshot.turn} of run {snapshot.run} is missing.")
    return read_turn(message.text.body)


def arguments_of(history: History, store: Store, snapshot: Snapshot, index: int, call: Call) -> str:
    """The exact argument bytes of a call, as text; checked against the digest that was approved."""
    planned = turn_of(history, snapshot).calls
    if index < len(planned) and arguments_digest(planned[index].arguments) == call.arguments:
        return planned[index].arguments
    for _, edited in reversed(store.texts(snapshot.run, kind="arguments")):
        if edited.digest == call.arguments:
            return edited.body
    raise IntegrityError(f"The arguments of a call of run {snapshot.run} are not those that were approved.")

"""Recordings: what calls came to in the family of a run, served again instead of calling a tool.

Two calls are equal where the tool is (name, version, schema, effect) and the canonical arguments are; what a call was
bound to (the digest of a file, say) does not count, for it is the world's.  Where an equal call was made several
times, the first in the fork gets the first result, the second the second, and so on; the last serves all that follow.
A call that never came to a known end has no recording.

    recorded    a call without a recording is a failed outcome, `not_recorded`; no tool is ever called
    ask         a call without a recording asks first, and then runs for real
    live        nothing is served: tools run under their own rules
    rehearsed   as recorded, but gates stand where the tools' own rules put them; only rehearsals have it
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import define, evolve, field, frozen

from ...states.calls import call_id, named
from ...states.canonical import canonical, digest
from ...states.codec import decode_event, decode_snapshot, decode_spec, plain
from ...states.events import Event, Resolved, ToolFailed, ToolReturned
from ...states.names import Approval, Ran, Resolution
from ...states.snapshot import Snapshot
from ...states.spec import ToolSpec
from ...store import Store
from ...tools import Failure, Returned
from .memory import History, arguments_of

__all__ = ["Mode", "Recordings", "key_of", "not_recorded", "outcomes", "recordings_of", "without_base"]

UNKNOWN = (
    "cancelled",
    "lost",
    "not_recorded",
    "timeout",
)  # failures that say nothing of what the call would come to
_TELLING = ("ToolReturned", "ToolFailed", "Resolved")  # events a call may come to its end by


class Mode(StrEnum):
    """What becomes of the calls of a fork."""

    RECORDED = "recorded"
    ASK = "ask"
    LIVE = "live"
    REHEARSED = "rehearsed"

    @property
    def calls_nothing(self) -> bool:
        """Whether no tool is ever called."""
        return self in (Mode.RECORDED, Mode.REHEARSED)


Key = tuple[str, str]
Outcome = Returned | Failure


@frozen
class Kept:
    """One recorded call.

    Args:
        arguments: its argument text, with what it was bound to
        outcome: what it came to
    """

    arguments: str
    outcome: Outcome


@define
class Recordings:
    """The recorded outcomes of a family, as one of its runs is served them.

    Args:
        mode: what becomes of a call that has none
        kept: the outcomes of equal calls, in the order in which they are served
        served: how many of each the run has had before
    """

    mode: Mode
    kept: dict[Key, list[Kept]] = field(factory=dict)
    served: dict[Key, int] = field(factory=dict)
    _given: dict[str, Outcome] = field(factory=dict)

    def knows(self, tool: ToolSpec, arguments: str) -> bool:
        """Whether a call has a recording."""
        return bool(self.kept.get(key_of(tool, arguments)))

    def serves(self, tool: ToolSpec, arguments: str) -> bool:
        """Whether a call will be served, so that there is nothing in the world to look at."""
        return self.mode.calls_nothing or self.knows(tool, arguments)

    def asks(self, tool: ToolSpec, arguments: str) -> bool | None:
        """Whether a call asks first; None where its tool's own rules say."""
        return None if self.mode is Mode.REHEARSED else not self.serves(tool, arguments)

    def bound(self, tool: ToolSpec, arguments: str) -> str:
        """A call's argument text as the recorded call had it, bound to what that was bound to; else unchanged."""
        key = key_of(tool, arguments)
        kept = self.kept.get(key)
        return kept[min(self.served.get(key, 0), len(kept) - 1)].arguments if kept else arguments

    def serve(self, call: str, tool: ToolSpec, arguments: str, attempt: int = 1) -> Outcome | None:  # noqa: ARG002 - see Rehearsed
        """What a call comes to without its tool; None where the tool is to be called.

        Args:
            call: the call's id; asked again, it gets the same
            tool: what it names
            arguments: its canonical argument text
            attempt: which attempt, from 1; all of them come to the same
        """
        if call in self._given:
            return self._given[call]
        key = key_of(tool, arguments)
        kept = self.kept.get(key)
        if not kept:
            return None if self.mode is Mode.ASK else not_recorded(tool)
        number = self.served.get(key, 0)
        self.served[key] = number + 1
        self._given[call] = kept[min(number, len(kept) - 1)].outcome
        return self._given[call]


def not_recorded(tool: ToolSpec) -> Failure:
    """What a call without a recording comes to where no tool is to be called."""
    return Failure(
        error="not_recorded",
        message=f"{tool.name} was not called with these arguments before, and only recorded results are given here.",
        ran=Ran.NO,
    )


def key_of(tool: ToolSpec, arguments: str) -> Key:
    """What equal calls have in common."""
    bare = evolve(tool, description="", output_cap=0, calls=0, attempts=1, timeout=1, fallback=())
    told = plain(evolve(bare, approval=Approval.NEVER))
    return digest("tool", canonical(told)), digest("arguments", canonical(without_base(arguments)))


def without_base(arguments: str) -> dict[str, Any]:
    """A call's arguments without what it was bound to."""
    given: dict[str, Any] = json.loads(arguments)
    given.pop("$base", None)
    return given


def recordings_of(store: Store, run: str) -> Recordings | None:
    """The recordings a run is served; None for a run that calls its tools.

    Args:
        store: where the family lies
        run: the run
    """
    mode = Mode(store.record(run).origin.get("recordings", Mode.LIVE.value))
    if mode is Mode.LIVE:
        return None
    made = Recordings(mode)
    path = dict(store.lineage(run))
    # A run that was only served recordings has none of its own.
    others = (
        one.id
        for one in store.related(run)
        if one.id not in path and one.origin.get("recordings") != Mode.RECORDED.value
    )
    for one in (*reversed([one for one in path if one != run]), *others):
        for key, kept in outcomes(store, one):
            made.kept.setdefault(key, []).append(kept)
    for one, last in path.items():
        for key, _ in outcomes(store, one, last):
            made.served[key] = made.served.get(key, 0) + 1
    return made


def outcomes(store: Store, run: str, last: int | None = None) -> list[tuple[Key, Kept]]:
    """What the calls of a run came to, in the order in which they did.

    Args:
        store: where it lies
        run: its id
        last: up to this click; None is all
    """
    stop = None if last is None else last + 1
    if not any(row.event in _TELLING for row in store.timeline(run, 0, stop)):
        return []
    spec = decode_spec(store.spec(run))
    texts = {placed.text.digest: placed.text.body for placed in store.messages(run, own=True)}
    history = History(store, run, store.head(run).body["history"])
    made: dict[str, tuple[Key, Kept]] = {}
    before: Snapshot | None = None
    for stored in store.clicks(run, 0, stop):
        event = decode_event(stored.event, run, stored.at, stored.event_body)
        if before is not None and isinstance(event, ToolReturned | ToolFailed | Resolved):
            found = _outcome(event, before, texts)
            if found is not None:
                index, outcome = found
                call = before.calls[index]
                arguments = arguments_of(history, store, before, index, call)
                name = call_id(before.turn, index, call.fallback)
                made.pop(name, None)
                made[name] = (key_of(named(spec, call), arguments), Kept(arguments, outcome))
        before = decode_snapshot(stored.body, spec)
    return list(made.values())


def _outcome(event: Event, before: Snapshot, texts: Mapping[str, str]) -> tuple[int, Outcome] | None:
    """The place of the call that an event is about, and what the call came to by it, if that is known."""
    if isinstance(event, Resolved):
        gate = next(one for one in before.gates if one.id == event.gate)
        known = event.how is Resolution.HAPPENED and event.result in texts
        return (gate.call, Returned(texts[event.result])) if known else None
    if isinstance(event, ToolReturned):
        return (
            (int(event.call.split(".")[1]), Returned(texts[event.result])) if event.result in texts else None
        )
    if not isinstance(event, ToolFailed) or event.error in UNKNOWN or event.ran is Ran.UNKNOWN:
        return None
    told = json.loads(texts.get(event.message, "{}"))
    failure = Failure(error=event.error, message=told.get("message", event.error), ran=event.ran)
    return int(event.call.split(".")[1]), failure

"""A stage: a run as a test tells it, one short line a click.

`Stage.of(spec)` begins a run; every method steps one event and gives the stage back, so that lines can be chained.
"""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from detent.fsm.kernel import Transition, begin, commands, transition
from detent.states.calls import Call, Proposal
from detent.states.commands import AskPerson
from detent.states.events import (
    CallStarted,
    Cancelled,
    Decision,
    Event,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Told,
    ToolFailed,
    ToolReturned,
)
from detent.states.names import Approval, Effect, GateKind, PlanKind, Ran
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec

__all__ = ["NOW", "Stage", "once", "put", "read", "spec_of"]

NOW = 1_000  # the time a told run begins, milliseconds


def read(name: str = "read", **more: Any) -> ToolSpec:
    """A READ tool that never asks."""
    return ToolSpec(name=name, **{"effect": Effect.READ, "approval": Approval.NEVER, **more})


def put(name: str = "put", **more: Any) -> ToolSpec:
    """An IDEMPOTENT tool that asks where it is told to."""
    return ToolSpec(name=name, **{"effect": Effect.IDEMPOTENT, "approval": Approval.PREDICATE, **more})


def once(name: str = "once", **more: Any) -> ToolSpec:
    """A ONCE tool that asks where it is told to."""
    return ToolSpec(name=name, **{"effect": Effect.ONCE, "approval": Approval.PREDICATE, **more})


def spec_of(*tools: ToolSpec, **more: Any) -> Spec:
    """A spec with these tools."""
    return Spec(tools=tools, **more)


@define
class Stage:
    """A run, and its last click.

    Args:
        now: the last snapshot
        click: the last transition; None at the beginning
    """

    now: Snapshot
    click: Transition | None = None

    @classmethod
    def of(cls, *tools: ToolSpec, **more: Any) -> Self:
        """The beginning of a run with these tools."""
        return cls(begin(spec_of(*tools, **more), "r", NOW))

    def take(self, event: Event) -> Self:
        """Step an event."""
        self.click = transition(self.now, event)
        self.now = self.click.after
        return self

    def event(self, of: type[Event], /, **more: Any) -> Event:
        """An event of this run, now unless it says otherwise."""
        return of(**{"run": self.now.run, "at": self.now.at, **more})

    def does(self, of: type[Event], /, **more: Any) -> Self:
        """Step an event of this kind."""
        return self.take(self.event(of, **more))

    def planned(self, kind: PlanKind, **more: Any) -> Event:
        """A plan that answers this turn."""
        binds = {"turn": self.now.turn, "refusals": self.now.refusals, "notes": self.now.told}
        return self.event(PlanMade, **{**binds, "kind": kind, "reply": "reply", **more})

    def plans(self, *names: str, asks: tuple[str, ...] = (), **more: Any) -> Self:
        """Step a plan that calls these tools; those named in `asks` ask first."""
        calls = tuple(Proposal(tool=name, arguments="x", asks=name in asks) for name in names)
        return self.take(self.planned(PlanKind.CALLS, **{"calls": calls, **more}))

    def answers(self, answer: str = "answer", **more: Any) -> Self:
        """Step an answer."""
        return self.take(self.planned(PlanKind.ANSWER, answer=answer, **more))

    def asks(self, question: str = "question", **more: Any) -> Self:
        """Step a question to the person."""
        return self.take(self.planned(PlanKind.QUESTION, answer=question, **more))

    def refuses(self, kind: str = "empty_reply", **more: Any) -> Self:
        """Step a refused reply."""
        binds = {"turn": self.now.turn, "refusals": self.now.refusals, "notes": self.now.told}
        return self.does(PlanRefused, **{**binds, "kind": kind, "reply": "r", "correction": "c", **more})

    def call(self, place: int = 0) -> Call:
        """A call of this turn."""
        return self.now.calls[place]

    def attempt(self, of: type[Event], place: int = 0, **more: Any) -> Event:
        """An event about the attempt of a call."""
        call = self.call(place)
        name = f"{self.now.turn}.{place}.{call.fallback}"
        return self.event(of, **{"call": name, "attempt": call.attempt, **more})

    def starts(self, place: int = 0, **more: Any) -> Self:
        """Step the mark of an attempt."""
        return self.take(self.attempt(CallStarted, place, **more))

    def returns(self, place: int = 0, result: str = "result", **more: Any) -> Self:
        """Step the result of an attempt."""
        return self.take(self.attempt(ToolReturned, place, result=result, **more))

    def fails(self, place: int = 0, ran: Ran = Ran.NO, **more: Any) -> Self:
        """Step the failure of an attempt."""
        return self.take(self.attempt(ToolFailed, place, error="broken", ran=ran, **more))

    def observes(self, **more: Any) -> Self:
        """Step the end of a turn."""
        return self.does(Observed, **{"turn": self.now.turn, **more})

    def gate(self, kind: GateKind | None = None) -> AskPerson:
        """The first open gate, or the first of this kind."""
        asked = (one for one in commands(self.now) if isinstance(one, AskPerson))
        return next(one for one in asked if kind in (None, one.kind))

    def decision(self, of: type[Decision], gate: GateKind | None = None, **more: Any) -> Event:
        """A decision at the first open gate, or the first of this kind."""
        asked = self.gate(gate)
        return self.event(of, **{"gate": asked.gate, "digest": asked.digest, "by": "me", **more})

    def decides(self, of: type[Decision], gate: GateKind | None = None, **more: Any) -> Self:
        """Step a decision."""
        return self.take(self.decision(of, gate, **more))

    def expires(self, gate: GateKind | None = None) -> Self:
        """Step the expiry of a gate."""
        asked = self.gate(gate)
        return self.does(GateExpired, gate=asked.gate, at=asked.expires)

    def hears(self, note: str = "note") -> Self:
        """Step a note."""
        return self.does(Told, number=self.now.told + 1, note=note)

    def cancels(self) -> Self:
        """Step a cancel."""
        return self.does(Cancelled, by="me")

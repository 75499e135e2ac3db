"""One click in words: the state it led to, what it was about, and a figure for the right edge.

What models and tools said is escaped here, once, so whoever prints a `Line` prints it as it is.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from ...states.calls import call_id, named
from ...states.commands import MakePlan
from ...states.events import (
    Answered,
    Approved,
    CallStarted,
    Cancelled,
    Decision,
    Denied,
    Edited,
    Event,
    Extended,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from ...states.names import GateKind, State, Status
from ...states.snapshot import Snapshot
from ..drivers.allowing import rule_by
from ..drivers.journal import Journal
from ..history import Turn, read_turn
from ..kernel import Transition, commands
from . import escape
from .wording import call_words, count, duration, plural, rule_words, size

__all__ = ["Line", "Narrator", "spent_words"]

DECIDED = {
    Approved: "yes",
    Edited: "yes, with other arguments,",
    Denied: "no",
    Answered: "answered",
    Extended: "one more helping of the limits",
    GateExpired: "nobody answered in time",
    Cancelled: "ending; started tools are stopped",
}


@frozen
class Line:
    """One click, told.

    Args:
        state: the name of the state it led to
        texts: what it was about; the first stands beside the state, the others below it
        right: a figure for the right edge
    """

    state: str
    texts: tuple[str, ...]
    right: str = ""


def spent_words(snapshot: Snapshot) -> str:
    """`3 of 15 turns, 3 calls, 2,911 tokens`."""
    usage, limits = snapshot.usage, snapshot.spec.limits
    cap = limits.cap("model_turns", snapshot.extensions)
    tokens = f", {plural(usage.tokens, 'token')}" if usage.tokens else ""
    return f"{usage.model_turns} of {plural(cap or 0, 'turn')}, {plural(usage.tool_calls, 'call')}{tokens}"


class Narrator:
    """Tells the clicks of one run.

    Args:
        journal: the run, as its driver steps it
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def now(self) -> Line:
        """Where the run stands, before anything happened here."""
        head = self._journal.head
        if head.state is State.PLANNING:
            return Line(head.state.value, (self._asking(head),))
        if head.state is State.AWAITING_APPROVAL:
            return Line(head.state.value, (self._gates(head),))
        if head.state is State.EXECUTING:
            names = ", ".join(named(head.spec, call).name for call in head.calls if not call.settled)
            return Line(head.state.value, (f"goes on with {escape.line(names)}",))
        return Line(head.state.value, ("goes on" if head.state.live else self._over(head),))

    def click(self, click: Transition, took: int) -> Line:
        """One click."""
        after = click.after
        if not after.state.live:
            return Line(after.state.value, (self._over(after),), _took(took))
        texts, right = self._texts(click, took)
        if after.state is State.AWAITING_APPROVAL:
            texts = (
                (self._gates(after),)
                if isinstance(click.event, PlanMade | Observed)
                else (*texts, self._gates(after))
            )
        elif after.state is State.PLANNING and not isinstance(click.event, Told):
            texts = (*(() if isinstance(click.event, Observed) else texts), self._asking(after))
        return Line(after.state.value, texts, right)

    def _texts(self, click: Transition, took: int) -> tuple[tuple[str, ...], str]:
        before, event, after = click.before, click.event, click.after
        match event:
            case PlanMade() if after.refusals > before.refusals:
                return ("that plan cannot be taken here",), _took(took)
            case PlanMade():
                return self._calls(after, event), _took(took)
            case PlanRefused():
                return (f"the reply cannot be used: {event.kind.replace('_', ' ')}",), _took(took)
            case CallStarted():
                return (f"{self._tool(after, event.call)} started",), ""
            case ToolReturned():
                return self._returned(before, after, event), _took(took)
            case ToolFailed():
                passed = (_allowed(event.fallback_rule),) if event.fallback_rule else ()
                return (self._failed(event, after), *passed), _took(took)
            case Observed():
                return ("",), f"{count(after.usage.tokens)} tokens so far" if after.usage.tokens else ""
            case _:
                return (self._settled(before, after, event),), ""

    def _settled(self, before: Snapshot, after: Snapshot, event: Event) -> str:
        """What a person said, or did not."""
        match event:
            case Told():
                return f"told: {self._said(after.history - 1)}"
            case Resolved():
                return f"you say: {event.how.value.replace('_', ' ')}"
            case Approved() if rule_by(event.by):
                return f"yes{self._about(before, event.gate)}, {_allowed(rule_by(event.by))}"
            case Decision():
                return f"{DECIDED[type(event)]}{self._about(before, event.gate)}"
            case _:
                return DECIDED[type(event)]

    def _about(self, before: Snapshot, gate: str) -> str:
        """The call a gate was about."""
        calls = (one.call for one in before.gates if one.id == gate and one.call >= 0)
        return next((f" to {escape.line(named(before.spec, before.calls[at]).name)}" for at in calls), "")

    # Parts -----------------------------------------------------------------------------------------------------

    def _asking(self, head: Snapshot) -> str:
        model = head.spec.model.partition(":")[2] or head.spec.model
        if not model:
            return "choosing the next steps"
        last = any(isinstance(one, MakePlan) and one.last for one in commands(head))
        again = f", repair {head.refusals} of {head.spec.limits.repairs}" if head.refusals else ""
        return f"asking {escape.line(model)}{' for its last answer' if last else ''}{again}"

    def _gates(self, head: Snapshot) -> str:
        words = []
        for gate in head.gates:
            tool = escape.line(named(head.spec, head.calls[gate.call]).name) if gate.call >= 0 else ""
            words.append(
                {
                    GateKind.APPROVAL: f"{tool} asks first",
                    GateKind.DOUBT: f"did {tool} happen?",
                    GateKind.QUESTION: "the model asks you something",
                    GateKind.LIMIT: f"{gate.name} is used up",
                    GateKind.LOOP: "it goes round in circles",
                }[gate.kind]
            )
        return "; ".join(words)

    def _over(self, head: Snapshot) -> str:
        reason = "" if head.reason == "answered" else f"{head.reason}: "
        return f"{reason}{spent_words(head)}"

    def _turn(self, head: Snapshot) -> Turn:
        message = self._journal.history.at(head.outcomes - 1) if head.outcomes else None
        return read_turn(message.text.body) if message else Turn()

    def _calls(self, head: Snapshot, event: PlanMade) -> tuple[str, ...]:
        """The calls of a plan, each with the rule that let it pass unasked."""
        texts: list[str] = []
        for call, proposal in zip(self._turn(head).calls, event.calls, strict=False):
            texts.append(call_words(call.tool, json.loads(call.arguments)))
            texts += [_allowed(proposal.rule)] if proposal.rule else []
        return tuple(texts)

    def _said(self, position: int) -> str:
        message = self._journal.history.at(position)
        return escape.line(message.text.body) if message else ""

    def _tool(self, head: Snapshot, call: str) -> str:
        for index, one in enumerate(head.calls):
            if call_id(head.turn, index, one.fallback) == call:
                return escape.line(named(head.spec, one).name)
        return escape.line(call)

    def _returned(self, before: Snapshot, after: Snapshot, event: ToolReturned) -> tuple[str, ...]:
        index = int(event.call.split(".")[1])
        message = self._journal.history.at((after.outcomes or before.outcomes) + index)
        said = message.text.body if message else ""
        words = f"{self._tool(before, event.call)}: {size(len(said.encode()))}"
        if after.state is State.OBSERVING and len(after.calls) > 1:
            good = sum(one.outcome is not None and one.outcome.status is Status.OK for one in after.calls)
            words += f"; {good} of {len(after.calls)} ok"
        return (words,)

    def _failed(self, event: ToolFailed, after: Snapshot) -> str:
        tool = self._tool(after, event.call)
        index = int(event.call.split(".")[1])
        message = self._journal.history.at(after.outcomes + index) if after.outcomes else None
        said = _message(message.text.body) if message and message.text.kind == "error" else ""
        return f"{tool} failed: {escape.line(event.error)}{': ' if said else ''}{escape.line(said)}"


def _took(milliseconds: int) -> str:
    """How long it took, where that is worth a word."""
    return duration(milliseconds) if milliseconds else ""


def _allowed(rule: str) -> str:
    """Which rule let a call pass."""
    return rule_words(rule)


def _message(body: str) -> str:
    made: Any = json.loads(body)
    return str(made.get("message", ""))

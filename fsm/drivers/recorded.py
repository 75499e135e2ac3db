"""What is recorded of a run for its rehearsal: plain values, each result once, and nothing that always differs.

turns    what the model said, as a script; a reply that was refused is refused again, for its calls are not kept
calls    what calls came to, by tool and arguments, attempt after attempt; the last serves all that follow
people   what people said at gates, in order, and notes with the number of replies before them
rules    what was allowed in advance, with the number of replies before it was first of use
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from ...states.calls import named
from ...states.codec import decode_spec
from ...states.errors import UsageError
from ...states.events import (
    Answered,
    Approved,
    Cancelled,
    Decision,
    Denied,
    Edited,
    Event,
    Extended,
    GateExpired,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from ...states.names import Phase, Ran, Resolution, State
from ...states.snapshot import Snapshot
from ...store import Store
from ..history import Turn, read_turn
from .origin import FOREIGN
from .recordings import without_base
from .retelling import Step, place_of, retold, steps, texts_of

__all__ = ["Recorded", "recorded"]

SAID_NO = "The person said no: "
STANDS = (State.PLANNING, State.AWAITING_APPROVAL, State.DONE, State.FAILED)


@frozen(kw_only=True)
class Recorded:
    """A run, written down for its rehearsal.

    Args:
        run: its id
        agent: where its agent lies, as FILE:NAME; empty where it began without a file
        said: what `rehearse` takes
        clicks: its clicks, a line each
    """

    run: str
    agent: str
    said: dict[str, Any]
    clicks: list[str]


def recorded(store: Store, run: str, seq: int | None = None) -> Recorded:
    """What is recorded of a run, up to the last click at which nothing runs and that nobody ended by hand.

    Args:
        store: where it lies
        run: its id
        seq: up to this click; None is all

    Raises:
        UsageError: it cannot be rehearsed
    """
    record = store.record(run)
    spec = decode_spec(store.spec(run))
    short = run[:6]
    if record.parent is not None:
        raise UsageError(
            f"Run {short} is a fork, and a fork cannot be rehearsed.", f"Export run {record.parent[0][:6]}."
        )
    if "caller" in record.origin:
        caller = record.origin["caller"]["run"][:6]
        raise UsageError(
            f"Run {short} is a child run, and only its caller has an agent file.", f"Export run {caller}."
        )
    if spec.planner != "model":
        raise UsageError(
            f"Run {short} is a workflow's, and only an agent's run can be rehearsed.", "Test its steps."
        )
    made = _Recording(texts_of(store, run))
    last = _last(store, run, seq)
    for step in steps(store, run, last):
        made.take(step)
    overrides = {name: value for name, value in record.origin.get("overrides", {}).items() if name != "model"}
    said = {
        "goal": made.goal,
        "at_limit": spec.at_limit.value,
        **({"overrides": overrides} if overrides else {}),
        "turns": made.turns,
        "calls": made.calls(),
        **({"people": made.people} if made.people else {}),
        **({"rules": made.rules} if made.rules else {}),
    }
    return Recorded(
        run=run,
        agent="" if FOREIGN in record.labels else record.origin.get("file", ""),
        said=said,
        clicks=retold(store, run, last),
    )


def _last(store: Store, run: str, seq: int | None) -> int:
    """The last click up to which a run can be rehearsed: there it is over, or waits for a model or a person."""
    found = 0
    for step in steps(store, run, seq):
        if isinstance(step.event, Cancelled):
            break
        if step.after.state in STANDS:
            found = step.seq
    return found


@define
class _Recording:
    """What has been recorded up to a click."""

    texts: Mapping[str, str]
    goal: str = ""
    turns: list[Any] = field(factory=list)
    people: list[dict[str, Any]] = field(factory=list)
    rules: list[dict[str, Any]] = field(factory=list)
    _turn: Turn = field(factory=Turn)
    _edited: dict[int, str] = field(factory=dict)
    _calls: dict[tuple[str, str], list[Any]] = field(factory=dict)

    def calls(self) -> list[dict[str, Any]]:
        """What calls came to, without what is only said again at the end."""
        made = []
        for (tool, arguments), outcomes in self._calls.items():
            while len(outcomes) > 1 and outcomes[-1] == outcomes[-2]:
                outcomes.pop()
            made.append({"tool": tool, "arguments": without_base(arguments), "came_to": outcomes})
        return made

    def take(self, step: Step) -> None:
        """Take a click in."""
        event, before = step.event, step.before
        if before is None:
            self.goal = self.texts.get(getattr(event, "goal", ""), "")
        elif isinstance(event, PlanMade | PlanRefused):
            self._reply(event)
        elif isinstance(event, ToolReturned | ToolFailed):
            self._outcome(event, before)
        elif isinstance(event, Told):
            self._note(step)
        elif isinstance(event, Decision):
            self._decision(event, before)
        elif isinstance(event, GateExpired):
            raise _cannot(step, "a gate expired there, and a rehearsal has no clock")

    def _reply(self, event: PlanMade | PlanRefused) -> None:
        self._turn, self._edited = read_turn(self.texts[event.reply]), {}
        turn = self._turn
        words = {"content": turn.content, "thinking": turn.thinking}
        made: dict[str, Any] = {name: said for name, said in words.items() if said}
        if isinstance(event, PlanRefused):
            self.turns.append({"refused": event.kind, **made})
            return
        for proposal in event.calls:
            if proposal.rule and proposal.rule not in [one["rule"] for one in self.rules]:
                self.rules.append({"reply": len(self.turns), "rule": proposal.rule})
        calls = [{"name": call.tool, "arguments": without_base(call.arguments)} for call in turn.calls]
        if calls and not made:
            self.turns.append(calls[0] if len(calls) == 1 else calls)
        elif not calls and not turn.thinking:
            self.turns.append(turn.content)
        else:
            self.turns.append({**made, **({"tool_calls": calls} if calls else {})})

    def _outcome(self, event: ToolReturned | ToolFailed, before: Snapshot) -> None:
        index = place_of(event.call)
        call = before.calls[index]
        if isinstance(event, ToolReturned) and call.phase is Phase.DOUBT:
            raise UsageError(
                f"Run {before.run[:6]} cannot be rehearsed past click {before.seq}: a result came too late there.",
                f"Export {before.run[:6]}@{before.seq}.",
            )
        arguments = self._edited.get(index, self._turn.calls[index].arguments)
        key = (named(before.spec, call).name, json.dumps(without_base(arguments), sort_keys=True))
        self._calls.setdefault(key, []).append(self._came_to(event))

    def _came_to(self, event: ToolReturned | ToolFailed) -> Any:
        if isinstance(event, ToolReturned):
            return self.texts[event.result]
        told = json.loads(self.texts.get(event.message, "{}"))
        made: dict[str, Any] = {"error": event.error, "message": told.get("message", event.error)}
        if event.ran is not Ran.NO:
            made["ran"] = event.ran.value
        if event.transient:
            made["transient"] = True
        return made

    def _note(self, step: Step) -> None:
        self.people.append(
            {"note_after": len(self.turns), "note": self.texts[getattr(step.event, "note", "")]}
        )

    def _decision(self, event: Event, before: Snapshot) -> None:
        """What a person said at a gate, as the deciding verbs take it."""
        gate = next(one for one in before.gates if one.id == getattr(event, "gate", ""))
        said: dict[str, Any] = {"gate": gate.id}
        if isinstance(event, Approved | Extended):
            said["how"] = "approve"
        elif isinstance(event, Edited):
            self._edited[gate.call] = self.texts[event.arguments]
            said |= {"how": "edit", "text": without_base(self.texts[event.arguments])}
        elif isinstance(event, Denied):
            said |= {"how": "deny", "text": _reason(self.texts.get(event.reason, ""))}
        elif isinstance(event, Answered):
            said |= {"how": "answer", "text": self.texts[event.answer]}
        elif isinstance(event, Resolved):
            said |= {"how": event.how.value, "text": self._resolved(event)}
        self.people.append({name: value for name, value in said.items() if value != ""})

    def _resolved(self, event: Resolved) -> str:
        if event.how is Resolution.FAILED:
            return _message(self.texts.get(event.result, ""))
        return self.texts.get(event.result, "")


def _reason(body: str) -> str:
    """Why a person said no, without our words around it; at a limit and at a loop there are none."""
    said = _message(body)
    return said.removeprefix(SAID_NO) if said.startswith(SAID_NO) else "" if said != body else said


def _message(body: str) -> str:
    """The message of a structured error; any other text as it is."""
    try:
        made = json.loads(body)
    except ValueError:
        return body
    return str(made["message"]) if isinstance(made, dict) and "message" in made else body


def _cannot(step: Step, why: str) -> UsageError:
    short = step.after.run[:6]
    return UsageError(
        f"Run {short} cannot be rehearsed past click {step.seq - 1}: {why}.",
        f"Export {short}@{step.seq - 1}.",
    )

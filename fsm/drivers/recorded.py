"""What is recorded of a run for its rehearsal: plain values, each result once, and nothing that always differs.

fork     of a fork: the click it goes on from, and what its calls were served
inputs   of a workflow: the state it began with
turns    what the model said, as a script; a reply that was refused is refused again, for its calls are not kept
plans    of a workflow that has not ended: how many plans its steps made
calls    what calls came to, by tool and arguments, attempt after attempt; the last serves all that follow
people   what people said at gates, in order, and notes with the number of replies before them
rules    what was allowed in advance, with the number of replies before it was first of use
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from ...states.calls import chain, named
from ...states.canonical import canonical
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
from ...store import RunRecord, Store
from ..history import Turn, read_turn
from .beginnings import beginning, planned
from .origin import FOREIGN
from .promised import RECORDED
from .recordings import Mode, without_base
from .retelling import LONG, Step, place_of, retold, steps, texts_of

__all__ = ["EXPIRED", "Recorded", "recorded"]

EXPIRED = "expire"  # in the place of what a person said: nobody said anything in time
SAID_NO = "The person said no: "
SPENT = ("money", "tokens", "wall_seconds")  # caps of what a rehearsal does not spend
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
    record, spec = store.record(run), decode_spec(store.spec(run))
    last, workflow = _last(store, run, seq), spec.planner == "workflow"
    made = _Recording(texts_of(store, run), workflow=workflow)
    for step in steps(store, run, last):
        if step.before is None and record.parent:
            made.goes_on(planned(store, run, step.after))
        made.take(step)
    mode = Mode(record.origin.get("recordings", Mode.LIVE.value))
    said: dict[str, Any] = {
        "goal": store.messages(run, 0, 1)[0].text.body,
        "fork": _fork(store, record, mode),
        "at_limit": spec.at_limit.value,
        "overrides": _overrides(record),
        "inputs": _inputs(store, run) if workflow and record.parent is None else {},
        "turns": None if workflow else made.turns,
        "plans": len(made.turns) if workflow and made.live else None,
        "calls": made.calls(asking=mode is Mode.ASK),
        "people": made.people or None,
        "rules": made.rules or None,
    }
    return Recorded(
        run=run,
        agent="" if FOREIGN in record.labels else record.origin.get("file", ""),
        said={name: one for name, one in said.items() if one not in (None, {})},
        clicks=retold(store, run, last),
    )


def _overrides(record: RunRecord) -> dict[str, Any]:
    """What the run had otherwise than its agent, without words for the model, and which model it was."""
    made: dict[str, Any] = record.origin.get("overrides", {})
    return {name: value for name, value in made.items() if name not in ("instructions", "model")}


def _fork(store: Store, record: RunRecord, mode: Mode) -> dict[str, Any]:
    """What a fork goes on from, and what its calls may do where they do not run under their tools' own rules."""
    if record.parent is None:
        return {}
    served = {} if mode is Mode.LIVE else {"recordings": mode.value}
    return {**served, **beginning(store, record.id, *record.parent)}


def _inputs(store: Store, run: str) -> dict[str, Any]:
    """The state a workflow began with."""
    _, first = store.texts(run, 0, kind="planner")[0]
    made: dict[str, Any] = json.loads(first.body)["state"]
    return made


def _last(store: Store, run: str, seq: int | None) -> int:
    """The last click up to which a run can be rehearsed: there it is over, or waits for a model or a person.

    Raises:
        UsageError: there is none
    """
    found = -1
    for step in steps(store, run, seq):
        if isinstance(step.event, Cancelled):
            break
        if step.after.state in STANDS:
            found = step.seq
    if found < 0:
        raise UsageError(
            f"Run {run[:6]} has no click at which it is over, or waits for a plan or a person.",
            "Export it when it has gone on:  detent resume " + run[:6],
        )
    return found


@define
class _Recording:
    """What has been recorded up to a click."""

    texts: Mapping[str, str]
    workflow: bool = False
    live: bool = True
    turns: list[Any] = field(factory=list)
    people: list[dict[str, Any]] = field(factory=list)
    rules: list[dict[str, Any]] = field(factory=list)
    _turn: Turn = field(factory=Turn)
    _edited: dict[int, str] = field(factory=dict)
    _calls: dict[tuple[str, str], list[Any]] = field(factory=dict)
    _served: set[tuple[str, str]] = field(factory=set)

    def calls(self, *, asking: bool) -> list[dict[str, Any]]:
        """What calls came to, without what is only said again at the end.

        A workflow calls each step once, and its lines tell with what: arguments are kept where a line cannot hold them.

        Args:
            asking: whether it is said of those that were served that they were: they did not ask
        """
        made = []
        for (tool, arguments), outcomes in self._calls.items():
            while len(outcomes) > 1 and outcomes[-1] == outcomes[-2]:
                outcomes.pop()
            told = self.workflow and len(arguments) <= LONG
            given = {} if told else {"arguments": json.loads(arguments)}
            served = {"served": True} if asking and (tool, arguments) in self._served else {}
            made.append({"tool": tool, **given, **served, "came_to": outcomes})
        return made

    def goes_on(self, arguments: Sequence[str]) -> None:
        """The calls that a fork goes on with have these argument texts."""
        self._edited = dict(enumerate(arguments))

    def take(self, step: Step) -> None:
        """Take a click in."""
        event, before, self.live = step.event, step.before, step.after.state.live
        self._check(step)
        if isinstance(event, PlanMade | PlanRefused):
            self._reply(event)
        elif before is None:
            return
        elif isinstance(event, ToolReturned | ToolFailed):
            self._outcome(event, before)
        elif isinstance(event, Told):
            self._note(step)
        elif isinstance(event, Decision | GateExpired):
            self._decision(event, before)

    def _check(self, step: Step) -> None:
        """A rehearsal spends nothing that is counted but turns and calls.

        Raises:
            UsageError: a cap of something else was reached at this click
        """
        caps = {gate.name for gate in step.after.gates} | {step.after.last.removeprefix("limit.")}
        spent = next((name for name in SPENT if name in caps), "")
        if spent:
            raise _cannot(step, f"it had spent its {spent} there, and a rehearsal spends none")

    def _reply(self, event: PlanMade | PlanRefused) -> None:
        self._turn, self._edited = read_turn(self.texts[event.reply]), {}
        turn = self._turn
        words = {"content": turn.content, "thinking": turn.thinking}
        made: dict[str, Any] = {name: said for name, said in words.items() if said}
        if isinstance(event, PlanRefused):
            self.turns.append({"refused": event.kind, **made})
            return
        for proposal, call in zip(event.calls, turn.calls, strict=False):
            self._passed(proposal.rule, call.tool, call.arguments)
        calls = [{"name": call.tool, "arguments": without_base(call.arguments)} for call in turn.calls]
        if calls and not made:
            self.turns.append(calls[0] if len(calls) == 1 else calls)
        elif not calls and not turn.thinking:
            self.turns.append(turn.content)
        else:
            self.turns.append({**made, **({"tool_calls": calls} if calls else {})})

    def _passed(self, rule: str, tool: str, arguments: str) -> None:
        """A call was let pass: by a rule, or because it is served what an equal one came to."""
        if rule == RECORDED:
            self._served.add(_key(tool, arguments))
        elif rule and rule not in [one["rule"] for one in self.rules]:
            self.rules.append({"reply": len(self.turns), "rule": rule})

    def _outcome(self, event: ToolReturned | ToolFailed, before: Snapshot) -> None:
        index = place_of(event.call)
        call = before.calls[index]
        if isinstance(event, ToolReturned) and call.phase is Phase.DOUBT:
            raise UsageError(
                f"Run {before.run[:6]} cannot be rehearsed past click {before.seq}: a result came too late there.",
                f"Export {before.run[:6]}@{before.seq}.",
            )
        arguments = self._edited[index] if index in self._edited else self._turn.calls[index].arguments
        key = _key(named(before.spec, call).name, arguments)
        self._calls.setdefault(key, []).append(self._came_to(event))
        tools = chain(before.spec, call)
        if isinstance(event, ToolFailed) and event.fallback_rule:
            self._passed(event.fallback_rule, tools[call.fallback + 1].name, arguments)

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
        elif isinstance(event, GateExpired):
            said["how"] = EXPIRED
        elif isinstance(event, Answered):
            said |= {"how": "answer", "text": self.texts[event.answer]}
        elif isinstance(event, Resolved):
            said |= {"how": event.how.value, "text": self._resolved(event)}
        self.people.append({name: value for name, value in said.items() if value != ""})

    def _resolved(self, event: Resolved) -> str:
        if event.how is Resolution.FAILED:
            return _message(self.texts.get(event.result, ""))
        return self.texts.get(event.result, "")


def _key(tool: str, arguments: str) -> tuple[str, str]:
    """What equal calls have in common."""
    return tool, canonical(without_base(arguments))


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

"""Beginnings: what a fork goes on from, written down for its rehearsal, and made again of that.

A fork's first snapshot follows from a click of its parent and from what its agent is now.  Of that click only what
still matters is written down: its state and turn, the calls of the turn, the question that was open, a workflow's own
state; and the tools of calls that had not ended, for a fork goes on with such a call only where its tool is the same.
In a rehearsal a run of one click stands in for the parent, and the fork is made of it as every fork is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from ...states.calls import Call, Outcome, chain
from ...states.canonical import canonical
from ...states.codec import decode_snapshot, decode_spec, plain, spec_text
from ...states.events import Begun
from ...states.gates import Gate, turn_gate
from ...states.limits import Usage
from ...states.names import Approval, Effect, GateKind, Phase, State, Status
from ...states.snapshot import Snapshot
from ...states.spec import Spec, ToolSpec
from ...states.texts import Text, text
from ...store import RunRecord, Store, new_run_id
from ..forking import calls_worth_keeping
from ..history import Message, Turn, TurnCall, outcome_text, read_turn, turn_text
from .clock import wall
from .journal import first_click
from .memory import arguments_digest
from .recordings import without_base

__all__ = ["beginning", "planned", "stand_in"]


def planned(store: Store, run: str, first: Snapshot) -> tuple[str, ...]:
    """The argument texts of the calls that a fork took over from its parent, in their order; a person may have edited them.

    Args:
        store: where it lies
        run: the fork
        first: its first snapshot, or the click it began with
    """
    if not first.calls:
        return ()
    (turn,) = store.messages(run, first.outcomes - 1, first.outcomes, seq=0)
    edited = {one.digest: one.body for _, one in store.texts(run, kind="arguments")}
    calls = read_turn(turn.text.body).calls
    return tuple(
        edited.get(call.arguments, one.arguments) for call, one in zip(first.calls, calls, strict=True)
    )


# Written down ----------------------------------------------------------------------------------------------------


def beginning(store: Store, run: str, parent: str, seq: int) -> dict[str, Any]:
    """What a fork goes on from, as plain values.

    Args:
        store: where both lie
        run: the fork
        parent: the run it was forked from
        seq: the click
    """
    before = decode_snapshot(store.click(parent, seq).body, decode_spec(store.spec(parent)))
    calls = calls_worth_keeping(before)
    tools = {tool.name: tool for call in calls if not call.settled for tool in chain(before.spec, call)}
    made: dict[str, Any] = {"state": before.state.value, "turn": before.turn}
    if any(gate.kind is GateKind.QUESTION for gate in before.gates):
        made["question"] = _question(store, run, before)
    if calls:
        arguments = planned(store, run, before)
        said = {one.position: one.text for one in store.messages(run, before.outcomes, before.history, seq=0)}
        made["calls"] = [
            _call(call, arguments[index], said.get(before.outcomes + index))
            for index, call in enumerate(calls)
        ]
    if tools:
        made["tools"] = [plain(evolve(tool, description="")) for tool in tools.values()]
    if before.planner:
        kept = (one.body for _, one in store.texts(run, kind="planner") if one.digest == before.planner)
        made["planner"] = json.loads(next(kept))
    return made


def _question(store: Store, run: str, before: Snapshot) -> str:
    """What was asked; it is there to be read, for nothing hangs on it."""
    for placed in reversed(store.messages(run, 0, before.history, seq=0)):
        if placed.text.kind == "turn":
            turn = read_turn(placed.text.body)
            asked = [json.loads(call.arguments).get("question", "") for call in turn.calls]
            return next((one for one in asked if one), turn.content)
    return ""


def _call(call: Call, arguments: str, said: Text | None) -> dict[str, Any]:
    """A call of the turn that the fork goes on with."""
    if call.outcome is None:
        told = {name: value for name, value in plain(call).items() if name not in ("tool", "arguments")}
        told.pop("not_before", None)
        return {"name": call.tool, "arguments": without_base(arguments), **told}
    outcome = call.outcome
    made = {"name": call.tool, "status": outcome.status.value}
    if outcome.reason:
        made["reason"] = outcome.reason
    if said is not None and (outcome.text or said.digest != outcome_text(outcome).digest):
        return {**made, "came_to": json.loads(said.body) if said.kind == "error" else said.body}
    return made


# Made again ------------------------------------------------------------------------------------------------------


def stand_in(store: Store, told: Mapping[str, Any], goal: str, spec: Spec, folder: Path) -> str:
    """Write a run of one click that a fork can go on from as from its parent; its id.

    Args:
        store: where to
        told: what `beginning` wrote down
        goal: the first message
        spec: what the fork agrees to; what its parent did has the recorded tools instead
        folder: the run's folder
    """
    run, at = new_run_id(), wall()
    spec = evolve(spec, tools=tuple(map(_tool, told.get("tools", ()))))
    first = text("goal", goal)
    messages = [first, *_messages(told.get("calls", ()))]
    planner = text("planner", canonical(told["planner"])) if "planner" in told else None
    snapshot = Snapshot(
        run=run,
        spec=spec,
        state=State(told["state"]),
        seq=0,
        at=at,
        turn=told["turn"],
        usage=Usage(),
        calls=tuple(_calls(told.get("calls", ()), messages)),
        gates=_gates(told),
        history=len(messages),
        outcomes=2 if told.get("calls") else 0,
        planner=planner.digest if planner else "",
    )
    event = Begun(run=run, at=at, spec=spec.digest, goal=first.digest)
    placed = [Message(position, one) for position, one in enumerate(messages) if one]
    record = RunRecord(id=run, spec=spec_text(spec), created=at, folder=str(folder))
    store.begin(record, first_click(snapshot, event, placed, (planner,) if planner else ()))
    return run


def _tool(told: Mapping[str, Any]) -> ToolSpec:
    made: dict[str, Any] = dict(told)
    known = {"effect": Effect, "approval": Approval, "fallback": tuple}
    return ToolSpec(**{name: known[name](value) if name in known else value for name, value in made.items()})


def _messages(calls: Sequence[Mapping[str, Any]]) -> Iterator[Text | None]:
    """The plan, then what each of its calls came to; of one that has not ended, the place is kept."""
    if calls:
        turn = (TurnCall(tool=one["name"], arguments=canonical(one.get("arguments", {}))) for one in calls)
        yield turn_text(Turn(calls=tuple(turn)))
    for one in calls:
        came = one.get("came_to")
        if came is not None:
            yield text("result", came) if isinstance(came, str) else text("error", canonical(came))
        else:
            yield outcome_text(_outcome(one, None)) if "status" in one else None


def _calls(calls: Sequence[Mapping[str, Any]], messages: Sequence[Text | None]) -> Iterator[Call]:
    for one, said in zip(calls, messages[2:], strict=True):
        arguments = arguments_digest(canonical(one.get("arguments", {})))
        if "status" in one:
            outcome = _outcome(one, said if "came_to" in one else None)
            yield Call(
                tool=one["name"], arguments=arguments, attempts=1, phase=Phase.SETTLED, outcome=outcome
            )
        else:
            known = {name: value for name, value in one.items() if name not in ("name", "arguments", "phase")}
            yield Call(tool=one["name"], arguments=arguments, phase=Phase(one["phase"]), **known)


def _outcome(told: Mapping[str, Any], said: Text | None) -> Outcome:
    return Outcome(
        status=Status(told["status"]), text=said.digest if said else "", reason=told.get("reason", "")
    )


def _gates(told: Mapping[str, Any]) -> tuple[Gate, ...]:
    """The question that was open; a fork makes every other gate anew."""
    if "question" not in told:
        return ()
    asked = text("answer", told["question"])
    return (turn_gate(GateKind.QUESTION, told["turn"], 0, text=asked.digest),)

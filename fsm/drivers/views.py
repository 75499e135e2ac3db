"""Views: what a run looks like from outside, as plain JSON values.

The command line prints them and the Python face returns them; neither makes its own.  Keys may be added, never
renamed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...states.calls import call_id, named
from ...states.canonical import digest
from ...states.codec import decode_snapshot, decode_spec, encode_snapshot, plain
from ...states.gates import Gate
from ...states.names import GateKind, Phase
from ...states.snapshot import Snapshot
from ...states.spec import Spec, ToolSpec
from ...store import Store
from ..exits import exit_code
from ..fuel import fuel
from ..history import read_turn
from .allowing import free, offered_rule, rule_by
from .decisions import digest_of
from .evidence import doubt_view
from .foreseeing import consequences
from .late import late_views
from .memory import History, arguments_of
from .previews import drawn_for
from .prompts import prompt_view

__all__ = ["answer_of", "click_view", "gate_views", "in_order", "load_head", "run_view", "usage_view"]


def load_head(store: Store, run: str) -> Snapshot:
    """The head of a stored run."""
    return decode_snapshot(store.head(run).body, decode_spec(store.spec(run)))


def run_view(store: Store, snapshot: Snapshot, code: int | None = None) -> dict[str, Any]:
    """A run as `run` and `resume` print it."""
    return {
        "run": snapshot.run,
        "state": snapshot.state.value,
        "answer": answer_of(store, snapshot),
        "reason": snapshot.reason or None,
        "seq": snapshot.seq,
        "gates": gate_views(store, snapshot),
        "usage": usage_view(snapshot),
        "rules": store.rules(snapshot.run),
        "chain": store.click(snapshot.run, snapshot.seq).chain,
        "exit": exit_code(snapshot) if code is None else code,
    }


def usage_view(snapshot: Snapshot) -> dict[str, int]:
    """What was spent, under the names of the limits."""
    usage = snapshot.usage
    return {
        "model_turns": usage.model_turns,
        "model_calls": usage.model_calls,
        "tool_calls": usage.tool_calls,
        "tokens": usage.tokens,
        "money": usage.money,
        "wall_seconds": usage.milliseconds // 1000,
        "extensions": snapshot.extensions,
        "notes": snapshot.told,
    }


def answer_of(store: Store, snapshot: Snapshot) -> str | None:
    """The answer of a finished run, or its partial one; None if there is none."""
    if not snapshot.answer:
        return None
    for placed in reversed(store.messages(snapshot.run, max(0, snapshot.history - 1), snapshot.history)):
        content = read_turn(placed.text.body).content
        if digest("answer", content) == snapshot.answer:
            return content
    apart = (
        kept.body for _, kept in store.texts(snapshot.run, kind="answer") if kept.digest == snapshot.answer
    )
    return next(apart, None)


def gate_views(store: Store, snapshot: Snapshot) -> list[dict[str, Any]]:
    """The open gates, each with what it asks and exactly what a yes would mean."""
    if not snapshot.gates:
        return []
    history = History(store, snapshot.run, snapshot.history)
    return [_gate(store, snapshot, history, gate) for gate in snapshot.gates]


def _gate(store: Store, snapshot: Snapshot, history: History, gate: Gate) -> dict[str, Any]:
    made: dict[str, Any] = {
        "gate": gate.id,
        "kind": gate.kind.value,
        "digest": digest_of(snapshot, gate),
        "opened": gate.opened,
        "expires": gate.expires or None,
        "asks": _asks(snapshot, history, gate),
    }
    if gate.call >= 0:
        call = snapshot.calls[gate.call]
        tool = named(snapshot.spec, call)
        made |= {
            "tool": tool.name,
            **_arguments(snapshot.spec, tool.name, arguments_of(history, store, snapshot, gate.call, call)),
            "call": call_id(snapshot.turn, gate.call, call.fallback),
            "effect": tool.effect.value,
            "attempt": call.attempt,
            "attempts": call.attempts,
        }
        preview = _preview(store, snapshot, gate)
        if preview is not None and not call.fallback:
            made["preview"] = preview
        if gate.kind is GateKind.APPROVAL:
            made |= _allowable(store, snapshot, tool, made["arguments"])
        if gate.kind is GateKind.DOUBT:
            made |= doubt_view(store, snapshot, gate)
    if gate.name:
        made["limit"] = gate.name
    return made | consequences(snapshot, gate)


def _allowable(store: Store, snapshot: Snapshot, tool: ToolSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that would let calls like this pass from now on, and the arguments it says nothing about."""
    rule = offered_rule(tool, given, store.record(snapshot.run).folder)
    return {"allow": None if rule is None else str(rule), "free": list(free(rule, tool)) if rule else []}


def _arguments(spec: Spec, tool: str, text: str) -> dict[str, Any]:
    """A call's arguments, and apart from them the digest of what its preview was made from."""
    given = json.loads(text)
    base = given.pop("$base", None)
    return {"arguments": in_order(spec, tool, given), **({"base": base} if base else {})}


def in_order(spec: Spec, tool: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments in the order of the tool's parameters, which is how a person reads them."""
    known = spec.by_name.get(tool)
    names = list(json.loads(known.parameters).get("properties", ())) if known else []
    ranked = sorted(given, key=lambda name: names.index(name) if name in names else len(names))
    return {name: given[name] for name in ranked if not name.startswith("$")}


def _preview(store: Store, snapshot: Snapshot, gate: Gate) -> str | None:
    """What a call would do, as it was drawn when exactly this call was proposed."""
    kept = (one for _, one in store.texts(snapshot.run, kind="preview"))
    return drawn_for(kept, snapshot.turn, gate.call, snapshot.calls[gate.call])


def _asks(snapshot: Snapshot, history: History, gate: Gate) -> str:
    match gate.kind:
        case GateKind.APPROVAL:
            return f"May {named(snapshot.spec, snapshot.calls[gate.call]).name} run with exactly these arguments?"
        case GateKind.DOUBT:
            tool = named(snapshot.spec, snapshot.calls[gate.call]).name
            return f"{tool} was running when nobody was left to see its end. Did it happen?"
        case GateKind.QUESTION:
            return _question(history)
        case GateKind.LIMIT:
            return f"{gate.name} is used up. May the run have one more helping of every limit?"
        case _:
            turns = snapshot.spec.limits.loop_window
            return f"The last {turns} turns made the same calls with the same results. What should it do instead?"


def _question(history: History) -> str:
    """What the plan of this turn asks; notes may have been told since."""
    for message in history.backwards():
        if message.text.kind == "turn":
            turn = read_turn(message.text.body)
            asked = [json.loads(call.arguments).get("question", "") for call in turn.calls]
            return next((one for one in asked if one), turn.content) or "The model asks something."
    return "The model asks something."


def click_view(store: Store, run: str, seq: int) -> dict[str, Any]:
    """A click whole: the snapshot, what led to it, what it asks for, what was said, and what the model was asked."""
    stored = store.click(run, seq)
    snapshot = decode_snapshot(stored.body, decode_spec(store.spec(run)))
    messages = [
        {"position": placed.position, "kind": placed.text.kind, "text": placed.text.body}
        for placed in store.messages(run, 0, snapshot.history, seq=seq)
    ]
    return {
        "run": run,
        "seq": seq,
        "state": snapshot.state.value,
        "event": {"name": stored.event, **json.loads(stored.event_body)},
        "at": stored.at,
        "took": stored.took,
        "digest": stored.digest,
        "chain": stored.chain,
        "guards": json.loads(stored.guards),
        "snapshot": encode_snapshot(snapshot),
        "calls": _calls(store, snapshot),
        "gates": gate_views(store, snapshot),
        "decisions": _decisions(store, run, seq),
        "late": late_views(store, run),
        "limits": plain(snapshot.spec.limits, full=True),
        "usage": usage_view(snapshot),
        "fuel": fuel(snapshot),
        "rules": store.rules(run),
        "messages": messages,
        "prompt": prompt_view(store, run, seq),
        "model": snapshot.spec.model or None,
        "answer": answer_of(store, snapshot),
        "reason": snapshot.reason or None,
    }


def _decisions(store: Store, run: str, seq: int) -> list[dict[str, Any]]:
    """What was settled until a click: which gate, how, by whom, when, and by which click."""
    return [
        {"gate": one.gate, "kind": one.kind, "how": one.how, "by": one.by, "at": one.at, "seq": one.seq}
        for one in store.decisions(run)
        if one.seq <= seq
    ]


def _calls(store: Store, snapshot: Snapshot) -> list[dict[str, Any]]:
    if not snapshot.calls:
        return []
    history = History(store, snapshot.run, snapshot.history)
    rules = _passed(store, snapshot)
    return [
        {
            "call": call_id(snapshot.turn, index, call.fallback),
            "tool": named(snapshot.spec, call).name,
            **_arguments(snapshot.spec, call.tool, arguments_of(history, store, snapshot, index, call)),
            "phase": call.phase.value,
            "attempt": call.attempt,
            "attempts": call.attempts,
            "outcome": plain(call.outcome) if call.outcome else None,
            "started": call.phase in (Phase.STARTED, Phase.DOUBT),
            "rule": rules.get(call_id(snapshot.turn, index, call.fallback)),
        }
        for index, call in enumerate(snapshot.calls)
    ]


def _passed(store: Store, snapshot: Snapshot) -> dict[str, str]:
    """The rules that let calls of this turn pass unasked, or said yes at their gates, by call."""
    made: dict[str, str] = {}
    for row in store.timeline(snapshot.run, 0, snapshot.seq + 1):
        if row.event not in ("PlanMade", "ToolFailed", "Approved"):
            continue
        event = json.loads(row.event_body)
        if row.event == "Approved":
            call = event["gate"].split("-")[1]
            made |= {call: rule_by(event["by"])} if rule_by(event.get("by", "")) else {}
            continue
        if row.event == "PlanMade" and event["turn"] == snapshot.turn:
            calls = enumerate(event.get("calls", ()))
            made |= {call_id(snapshot.turn, at, 0): call["rule"] for at, call in calls if call.get("rule")}
        elif event.get("fallback_rule"):
            turn, index, fallback = map(int, event["call"].split("."))
            made[call_id(turn, index, fallback + 1)] = event["fallback_rule"]
    return made

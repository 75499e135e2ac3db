"""The timeline of a run: a click in one line, as plain JSON.

What is read is what is asked for: the clicks of the lines, the texts that came with them, and where lines begin in the
middle of a run, the plan whose calls are under way there.  Keys may be added, never renamed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...states.calls import call_id
from ...states.codec import decode_snapshot, decode_spec
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Text
from ...store import Store
from ..history import TurnCall, read_turn
from .allowing import rule_by
from .late import late_views
from .views import in_order

__all__ = ["log_views"]

KILO = 1000  # sizes are written in kB of 1,000 bytes


def log_views(store: Store, run: str, start: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
    """The timeline, one value a click: seq, state, event, digest, time, duration, and what it was about.

    What came too late stands with the last click before it.

    Args:
        store: where the run lies
        run: its id
        start: the first click
        stop: the click after the last; None is all there are
    """
    record = store.record(run)
    spec = decode_spec(record.spec.body)
    before = _before(store, run, spec, start, forked=record.parent is not None)
    calls = _under_way(store, before) if before else {}
    rows = store.timeline(run, start, stop)
    texts = _texts(store, run, start, before)
    late = late_views(store, run)
    bounds = [rows[0].at if start else -math.inf, *(row.at for row in rows[1:]), math.inf] if rows else []
    for row, begin, end in zip(rows, bounds, bounds[1:], strict=False):
        event = json.loads(row.event_body)
        yield {
            "seq": row.seq,
            "state": row.state,
            "event": row.event,
            "at": row.at,
            "took": row.took,
            "digest": row.digest,
            "what": _what(row.event, event, texts, calls, goal=record.goal, spec=spec),
            "rules": _rules(event),
            "late": [one for one in late if begin <= one["at"] < end],
        }


def _before(store: Store, run: str, spec: Spec, start: int, *, forked: bool) -> Snapshot | None:
    """The click before the first line; of a fork from its beginning its own first, which has its parent's calls."""
    if start == 0 and not forked:
        return None
    return decode_snapshot(store.click(run, max(0, start - 1)).body, spec)


def _under_way(store: Store, before: Snapshot) -> dict[str, str]:
    """The tools of the calls that are under way, by call."""
    if not before.calls:
        return {}
    placed = store.messages(before.run, before.outcomes - 1, before.outcomes)
    planned = read_turn(placed[0].text.body).calls if placed else ()
    return {call_id(before.turn, index, 0): call.tool for index, call in enumerate(planned)}


def _texts(store: Store, run: str, start: int, before: Snapshot | None) -> dict[str, str]:
    """What the run itself wrote from a click on, by digest; an outcome lies at the place that was kept for it."""
    place = 0
    if start and before is not None:
        place = before.outcomes if before.calls else before.history
    kept = (
        *(placed.text for placed in store.messages(run, place, own=True)),
        *(text for _, text in store.texts(run, start=start)),
    )
    return {text.digest: _words(text) for text in kept}


def _what(
    name: str,
    event: Mapping[str, Any],
    texts: Mapping[str, str],
    calls: dict[str, str],
    *,
    goal: str,
    spec: Spec,
) -> str:
    """One line about an event."""
    match name:
        case "Begun" | "Forked":
            return json.dumps(goal, ensure_ascii=False)
        case "PlanMade":
            return _plan(event, texts, calls, spec)
        case "PlanRefused":
            return f"refused: {event['kind']}"
        case "CallStarted":
            return _call(event, calls)
        case "ToolReturned":
            return f"{_call(event, calls)} → {_size(texts.get(event['result'], ''))}"
        case "ToolFailed":
            said = texts.get(event.get("message", ""), "")
            return f"{_call(event, calls)} failed: {event['error']} {said}".strip()
        case "Told":
            return texts.get(event["note"], "")
        case "Observed":
            return f"turn {event['turn']} is over"
        case "Cancelled":
            return f"by {event['by']}" if event.get("by") else ""
        case _:
            return _decided(event, texts)


def _words(text: Text) -> str:
    """What a text says to a person: of a structured error its message."""
    if text.kind != "error":
        return text.body
    message: str = json.loads(text.body).get("message", "")
    return message


def _call(event: Mapping[str, Any], calls: Mapping[str, str]) -> str:
    """The tool of the call an event is about."""
    call: str = event["call"]
    return calls.get(call, call)


def _plan(event: Mapping[str, Any], texts: Mapping[str, str], calls: dict[str, str], spec: Spec) -> str:
    kind: str = event["kind"]
    turn = read_turn(texts.get(event.get("reply", ""), "{}"))
    if kind == "question":
        return next((asked for asked in map(_asked, turn.calls) if asked), turn.content or kind)
    if kind != "calls":
        return turn.content or kind
    shown = [f"{call.tool}({_inside(spec, call)})" for call in turn.calls]
    for index, call in enumerate(turn.calls):
        calls[call_id(event["turn"], index, 0)] = call.tool
    return "  ".join(shown)


def _asked(call: TurnCall) -> str:
    """What a call asks the person."""
    return str(json.loads(call.arguments).get("question", ""))


def _rules(event: Mapping[str, Any]) -> list[str]:
    """The rules that let the calls of an event pass unasked, or settled their gates, each once."""
    found = [call.get("rule") for call in event.get("calls", ())]
    given = rule_by(event.get("by", ""))
    return [rule for rule in dict.fromkeys([*found, event.get("fallback_rule"), given]) if rule]


def _inside(spec: Spec, call: TurnCall) -> str:
    given = in_order(spec, call.tool, json.loads(call.arguments))
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())


def _decided(event: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    said = next(
        (texts[event[name]] for name in ("answer", "reason", "result") if event.get(name) in texts), ""
    )
    by = f" by {event['by']}" if event.get("by") else ""
    return f"{event.get('gate', '')}{by} {said}".strip()


def _size(body: str) -> str:
    count = len(body.encode())
    return f"{count:,} B" if count < KILO else f"{count / KILO:,.1f} kB"

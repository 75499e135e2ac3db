"""The history: which messages a click writes, and where.

A run's history is a row of messages by position, exactly what the model is built from.  A plan's outcomes have their
places kept when the plan is accepted, so parallel results may arrive in any order.  Kinds:

    goal        what the person asked for (position 0)
    turn        a plan as it was taken: text, thinking, calls with their exact argument bytes
    refused     a reply that could not be used, without its calls
    correction  what the planner was told about it
    result      what a tool gave, whole
    error       why a call has no result, as JSON: error, message, available_alternatives
    note        what a person told the run
    reply       a person's answer to a question
    hint        what a person said at a loop
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ..states.calls import Call, Outcome
from ..states.canonical import canonical
from ..states.errors import BadValue, IntegrityError
from ..states.events import Answered, Denied, GateExpired, PlanMade, PlanRefused, Told
from ..states.names import Status
from ..states.snapshot import Snapshot
from ..states.texts import Text, text
from .kernel import Transition

__all__ = [
    "Message",
    "Turn",
    "TurnCall",
    "error_text",
    "forked",
    "outcome_text",
    "read_turn",
    "turn_text",
    "written",
]

REASONS = {
    "cancelled": "Not run: the run was ended.",
    "denied": "The person said no.",
    "earlier_failed": "Not run: an earlier call that has to come first did not succeed.",
    "expired": "Not run: nobody answered in time.",
    "limit": "Not run: no more tool calls are left in this run.",
    "not_recorded": "Not run: no recorded result answers this call.",
    "resolved_failed": "It failed.",
    "tool_changed": "Not run: the tool has changed since this call was made.",
}
UNKNOWN = "It may have run, and nobody knows: the tool has changed since this call was made."


@frozen
class Message:
    """One message of a history.

    Args:
        position: its place
        text: what it says; the text's kind says who and why
    """

    position: int
    text: Text


@frozen(kw_only=True)
class TurnCall:
    """A call as a turn keeps it.

    Args:
        tool: its name
        arguments: the canonical argument bytes, as text
        id: the id the model's server gave it; empty if none
    """

    tool: str
    arguments: str
    id: str = ""


@frozen(kw_only=True)
class Turn:
    """A plan as the history keeps it.

    Args:
        content: the text
        thinking: what the model thought before
        calls: the calls, in order
    """

    content: str = ""
    thinking: str = ""
    calls: tuple[TurnCall, ...] = field(default=())


def turn_text(turn: Turn, kind: str = "turn") -> Text:
    """The text a turn is stored as, canonical JSON; empty parts are left out, and arguments stand in it as they are."""
    parts = []
    if turn.calls:
        parts.append(f'"calls":[{",".join(map(_call, turn.calls))}]')
    if turn.content:
        parts.append(f'"content":{canonical(turn.content)}')
    if turn.thinking:
        parts.append(f'"thinking":{canonical(turn.thinking)}')
    return text(kind, f"{{{','.join(parts)}}}")


def _call(call: TurnCall) -> str:
    own = f'"id":{canonical(call.id)},' if call.id else ""
    return f'{{"arguments":{call.arguments},{own}"tool":{canonical(call.tool)}}}'


def read_turn(body: str) -> Turn:
    """The turn of a stored text; its argument bytes are those that were approved and run.

    Raises:
        IntegrityError: it is none
    """
    try:
        made = json.loads(body)
        calls = tuple(
            TurnCall(tool=call["tool"], arguments=canonical(call["arguments"]), id=call.get("id", ""))
            for call in made.get("calls", ())
        )
        return Turn(content=made.get("content", ""), thinking=made.get("thinking", ""), calls=calls)
    except (AttributeError, BadValue, KeyError, RecursionError, TypeError, ValueError) as error:
        raise IntegrityError(
            "A plan cannot be read.", "Nothing was changed; `detent verify` lists all that is damaged."
        ) from error


def error_text(error: str, message: str, alternatives: tuple[str, ...] = ()) -> Text:
    """A structured error as the model is told of it."""
    return text(
        "error", canonical({"error": error, "message": message, "available_alternatives": list(alternatives)})
    )


def outcome_text(outcome: Outcome) -> Text:
    """What an outcome without a text of its own says."""
    if outcome.status is Status.UNKNOWN:
        return error_text(outcome.reason, UNKNOWN)
    return error_text(outcome.reason, REASONS.get(outcome.reason, outcome.reason))


def written(click: Transition, texts: Mapping[str, Text]) -> tuple[Message, ...]:
    """The messages this click adds.

    Args:
        click: the transition
        texts: the texts that came with its event, by digest
    """
    before, event, after = click.before, click.event, click.after
    at = before.history
    if after.refusals > before.refusals:
        return _refusal(at, event, texts)
    if isinstance(event, PlanMade):
        return (Message(at, texts[event.reply]), *_settled(before, after, texts))
    if isinstance(event, Told):
        return (Message(at, texts[event.note]),)
    if after.history > at:
        return (Message(at, _person(click, texts)),)
    return _settled(before, after, texts)


def forked(parent: Snapshot, first: Snapshot) -> tuple[Message, ...]:
    """The messages that a fork adds at its beginning: why calls of its parent are settled in it.

    Args:
        parent: the click it goes on from
        first: its first snapshot
    """
    return tuple(
        Message(first.outcomes + index, outcome_text(call.outcome))
        for index, call in enumerate(first.calls)
        if call.outcome and not parent.calls[index].outcome
    )


def _refusal(at: int, event: Any, texts: Mapping[str, Text]) -> tuple[Message, ...]:
    if isinstance(event, PlanRefused):
        return (Message(at, texts[event.reply]), Message(at + 1, texts[event.correction]))
    reason = "That plan cannot be taken here. Answer, or call the tools you were offered, fewer of them."
    return (
        Message(at, text("refused", texts[event.reply].body)),
        Message(at + 1, text("correction", reason)),
    )


def _person(click: Transition, texts: Mapping[str, Text]) -> Text:
    """What a person said at a question, a limit or a loop; only a question is worth a word if they said nothing."""
    event = click.event
    if isinstance(event, Answered):
        return texts[event.answer]
    if isinstance(event, Denied) and event.reason:
        return texts[event.reason]
    if isinstance(event, GateExpired):
        return error_text("expired", "No answer came in time.")
    return error_text("denied", "The person did not answer.")


def _settled(before: Snapshot, after: Snapshot, texts: Mapping[str, Text]) -> tuple[Message, ...]:
    """The outcomes this click brought, each at the place kept for it."""
    if before.calls is after.calls:
        return ()
    old: tuple[Call | None, ...] = before.calls or (None,) * len(after.calls)
    return tuple(
        Message(
            after.outcomes + index,
            texts[call.outcome.text] if call.outcome.text else outcome_text(call.outcome),
        )
        for index, (was, call) in enumerate(zip(old, after.calls, strict=False))
        if call.outcome and not (was and was.outcome)
    )

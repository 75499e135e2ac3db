"""Messages of a history as messages of a chat.

Pure.  A *group* is a reply with all that came after it until the next reply: results, notes, corrections.  It is
rendered whole: an assistant message, then one tool message for each of its calls, in order, then what people and
corrections said.  How much of its texts is shown is a `Level`; what is left out is always said.

    goal, note, hint, correction    user
    turn                            assistant, with its calls
    refused                         assistant, text only
    result, error, reply            tool
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ...states.canonical import canonical
from ...states.spec import Spec
from ..history import Message, Turn, TurnCall, read_turn

__all__ = [
    "OUTCOMES",
    "PINNED",
    "READ_ON",
    "Group",
    "Level",
    "groups",
    "joined",
    "lengths",
    "rendered",
    "size",
    "trimmed",
]

READ_ON = "read_output"  # the tool that reads on in a result
OVERHEAD = 24  # characters that a message costs beside its text: role, tags
PINNED = ("note", "goal")  # what people said of their own accord: never left out
_HEADS = ("turn", "refused")
OUTCOMES = ("result", "error", "reply")
_LOST = canonical({"error": "no_result", "message": "This call has no result."})
_REFUSED = 600  # characters of a refused reply that the model is shown
_NOTHING = "(no text)"


@frozen
class Level:
    """How much of a group's texts is shown, in characters.

    Args:
        results: of one result
        arguments: of one text inside a call's arguments
        texts: of anything else that was said
        thinking: whether thinking is shown
    """

    results: int
    arguments: int
    texts: int
    thinking: bool


@frozen
class Group:
    """A reply and what came after it.

    Args:
        head: the reply; None for what came before the first one
        tail: the messages after it, in order
    """

    head: Message | None
    tail: tuple[Message, ...]

    @property
    def start(self) -> int:
        """The place of its first message."""
        return self.head.position if self.head else self.tail[0].position


def groups(newest_first: Iterable[Message]) -> Iterator[Group]:
    """The groups of a history, the newest first, read as they are asked for; the goal at place 0 is left out."""
    tail: list[Message] = []
    for message in newest_first:
        if message.position == 0:
            break
        if message.text.kind in _HEADS:
            yield Group(message, tuple(reversed(tail)))
            tail = []
        else:
            tail.append(message)
    if tail:
        yield Group(None, tuple(reversed(tail)))


def rendered(group: Group, spec: Spec, level: Level) -> list[dict[str, Any]]:
    """A group as chat messages."""
    said = [message for message in group.tail if message.text.kind not in OUTCOMES]
    users = [_user(trimmed(message.text.body, level.texts)) for message in said]
    if group.head is None:
        return users
    turn = read_turn(group.head.text.body)
    if group.head.text.kind == "refused":
        content = trimmed(turn.content, min(level.texts, _REFUSED))
        return [{"role": "assistant", "content": content or _NOTHING}, *users]
    content = trimmed(turn.content, level.texts)
    made: dict[str, Any] = {"role": "assistant", "content": content or ("" if turn.calls else _NOTHING)}
    if level.thinking and turn.thinking:
        made["thinking"] = trimmed(turn.thinking, level.texts)
    if turn.calls:
        made["tool_calls"] = [
            {
                "id": _call_id(group.head, index, call),
                "type": "function",
                "function": {"name": call.tool, "arguments": _arguments(call, level)},
            }
            for index, call in enumerate(turn.calls)
        ]
    return [made, *_results(group, turn, spec, level), *users]


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _call_id(head: Message, index: int, call: TurnCall) -> str:
    """The server's own id, or one that never repeats in the history."""
    return call.id or f"call_{head.position}_{index}"


def _arguments(call: TurnCall, level: Level) -> Any:
    arguments = json.loads(call.arguments)
    return arguments if len(call.arguments) <= level.arguments else _shrunk(arguments, level.arguments)


def _shrunk(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return trimmed(value, most)
    if isinstance(value, Mapping):
        return {key: _shrunk(one, most) for key, one in value.items()}
    if isinstance(value, list):
        return [_shrunk(one, most) for one in value]
    return value


def _results(group: Group, turn: Turn, spec: Spec, level: Level) -> Iterator[dict[str, Any]]:
    """One tool message for each call: a template is confused by a call without its result."""
    head = group.head
    for index, (call, message) in enumerate(zip(turn.calls, _by_call(group, turn), strict=True)):
        body = _outcome(message, call, spec, level) if message else _LOST
        yield {
            "role": "tool",
            "content": body,
            "tool_name": call.tool,
            "tool_call_id": _call_id(head, index, call) if head else "",
        }


def _by_call(group: Group, turn: Turn) -> list[Message | None]:
    """The outcome of each call, in order; None where there is none."""
    outcomes = [message for message in group.tail if message.text.kind in OUTCOMES]
    first = group.head.position + 1 if group.head else 0
    by_call = {
        message.position - first: message
        for message in outcomes
        if message.position - first < len(turn.calls)
    }
    left = (message for message in outcomes if message.position - first >= len(turn.calls))
    return [by_call.get(index) or next(left, None) for index in range(len(turn.calls))]


def lengths(group: Group, messages: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """How many characters of each message of a group are in what it was rendered as, by its place.

    Args:
        group: the group
        messages: what `rendered` made of it
    """
    places = [message.position for message in group.tail if message.text.kind not in OUTCOMES]
    if group.head is not None:
        outcomes: list[Message | None] = []
        if group.head.text.kind == "turn":
            outcomes = _by_call(group, read_turn(group.head.text.body))
        between = [message.position if message else -1 for message in outcomes]
        places = [group.head.position, *between, *places]
    made = {place: _length(message) for place, message in zip(places, messages, strict=True)}
    made.pop(-1, None)
    return made


def _length(message: Mapping[str, Any]) -> int:
    calls = message.get("tool_calls", ())
    said = len(message["content"]) + len(message.get("thinking", ""))
    return said + sum(len(canonical(call["function"]["arguments"])) for call in calls)


def _outcome(message: Message, call: TurnCall, spec: Spec, level: Level) -> str:
    tool = spec.by_name.get(call.tool)
    most = min(level.results, tool.output_cap) if tool and tool.output_cap else level.results
    if READ_ON not in spec.by_name:
        return trimmed(message.text.body, most)
    if call.tool == READ_ON:
        return _read_on(message.text.body, call, most)
    return trimmed(message.text.body, most, handle=str(message.position))


def _read_on(body: str, call: TurnCall, most: int) -> str:
    """A piece of a result, trimmed at its end; what is left out is read on where it came from."""
    if len(body) <= most:
        return body
    arguments = json.loads(call.arguments)
    handle, offset = arguments.get("handle"), arguments.get("offset", 0)
    head, _, text = body.partition("\n")
    if not isinstance(handle, str) or not isinstance(offset, int) or not text:
        return trimmed(body, most)
    kept = text[: max(0, most - len(head) - 120)]
    mark = f"[… the rest is left out; read on with {READ_ON}(handle={json.dumps(handle)}, offset={offset + len(kept)})]"
    return f"{head}\n{kept}\n{mark}"


def trimmed(text: str, most: int, *, handle: str = "") -> str:
    """A text of at most about so many characters: its head and its tail, and how much is left out between them.

    Args:
        text: the text
        most: characters that may be shown; for what is not ASCII, bytes
        handle: where it can be read on; empty if nowhere
    """
    if len(text) <= most and (text.isascii() or len(text.encode()) <= most):
        return text
    head = _first(text, most * 3 // 4)
    tail = _first(text[: len(head) - 1 if head else None : -1], most - most * 3 // 4)[::-1]
    left = len(text) - len(head) - len(tail)
    where = f"; read on with {READ_ON}(handle={json.dumps(handle)}, offset={len(head)})" if handle else ""
    mark = f"[… {left:,} of {len(text):,} characters left out{where}]"
    return f"{head}\n{mark}\n{tail}" if head else mark


def _first(text: str, most: int) -> str:
    """The beginning of a text, at most so many bytes."""
    cut = text[:most]
    return cut if cut.isascii() else cut.encode()[:most].decode(errors="ignore")


def size(message: Mapping[str, Any]) -> int:
    """The characters a chat message is counted with."""
    calls = message.get("tool_calls", ())
    return (
        OVERHEAD
        + len(message["content"])
        + len(message.get("thinking", ""))
        + sum(OVERHEAD + len(json.dumps(call["function"], ensure_ascii=False)) for call in calls)
    )


def joined(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with neighbours of the user made one: some templates want roles to take turns."""
    made: list[dict[str, Any]] = []
    for message in messages:
        if made and message["role"] == made[-1]["role"] == "user":
            made[-1] = _user(f"{made[-1]['content']}\n\n{message['content']}")
        else:
            made.append(message)
    return made

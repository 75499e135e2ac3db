"""What the planner tests share: a history in memory, specs, and replies to begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from detent.fsm.history import Message, Turn, TurnCall, turn_text
from detent.states.canonical import canonical
from detent.states.commands import MakePlan
from detent.states.errors import BadValue
from detent.states.spec import Spec, ToolSpec
from detent.states.texts import text

PATH = canonical({"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})
TOOLS = (
    ToolSpec(name="list_dir", description="List a folder.", parameters=PATH),
    ToolSpec(name="read_file", description="Read a file.", parameters=PATH),
)
SPEC = Spec(model="ollama:tiny", tools=TOOLS, instructions="Be short.")


class Talk:
    """A history in memory, which counts how far back it was read.

    Args:
        goal: what the person asked for
        state: the body of the planner's own state
    """

    def __init__(self, goal: str = "What is in here?", state: str | None = None) -> None:
        self.messages: dict[int, Message] = {0: Message(0, text("goal", goal))}
        self.length = 1
        self.state = state
        self.kept: str | None = None
        self.read = 0

    def __len__(self) -> int:
        return self.length

    def backwards(self) -> Iterator[Message]:
        """The messages, the newest first."""
        for position in range(self.length - 1, -1, -1):
            if position in self.messages:
                self.read += 1
                yield self.messages[position]

    def goal(self) -> str:
        """The first message."""
        return self.messages[0].text.body

    def planner_state(self) -> str | None:
        """The planner's own state."""
        return self.state

    def lens(self) -> str | None:
        """What is kept beside the newest reply."""
        return self.kept

    def put(self, kind: str, body: str) -> None:
        """One more message."""
        self.messages[self.length] = Message(self.length, text(kind, body))
        self.length += 1

    def turn(
        self,
        *calls: tuple[str, dict[str, Any], str],
        content: str = "",
        thinking: str = "",
        ids: Sequence[str] = (),
    ) -> None:
        """A turn with its calls (tool, arguments, result), each result at the place kept for it."""
        made = tuple(
            TurnCall(tool=tool, arguments=canonical(arguments), id=ids[index] if ids else "")
            for index, (tool, arguments, _) in enumerate(calls)
        )
        self.put("turn", turn_text(Turn(content=content, thinking=thinking, calls=made)).body)
        for _, _, result in calls:
            self.put("result", result)

    def refused(self, content: str, correction: str) -> None:
        """A refused reply and its correction."""
        self.put("refused", turn_text(Turn(content=content), "refused").body)
        self.put("correction", correction)


def order(*, turn: int = 1, refusals: int = 0, calls: int = 8, last: str = "") -> MakePlan:
    """An order for a plan."""
    return MakePlan(turn=turn, refusals=refusals, calls=0 if last else calls, last=last)


def check(tool: str, value: Any) -> str:
    """A strict check of the tools above: one text named path."""
    if not isinstance(value, dict) or set(value) != {"path"} or not isinstance(value["path"], str):
        raise BadValue(f"{tool} takes path (a text).")
    return canonical(value)


def anything(tool: str, value: Any) -> str:
    """A check that takes every object."""
    if not isinstance(value, dict):
        raise BadValue(f"{tool} takes an object.")
    return canonical(value)


def called(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The names and arguments of a chat message's calls."""
    return [
        (call["function"]["name"], json.dumps(call["function"]["arguments"]))
        for call in message.get("tool_calls", ())
    ]

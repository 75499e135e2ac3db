"""The prompt of a click in words: how much of the window it takes, and what of the history the model did not see whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from . import escape
from .display import barred
from .wording import plural

__all__ = ["prompt_lines", "prompt_words", "seen_as"]

View = Mapping[str, Any]


def prompt_words(view: View | None) -> str:
    """One line: how long the prompt is, and how much of the history is not in it; empty where there is none."""
    if view is None:
        return ""
    if "unfit" in view:
        return escape.line(view["unfit"])
    left, trimmed = len(view["left_out"]), len(view["trimmed"])
    said = (
        f"{plural(len(view['messages']), 'message')}, about {view['estimate']:,} of {view['window']:,} tokens"
    )
    parts = [f"{left:,} left out"] if left else []
    parts += [f"{trimmed:,} shortened"] if trimmed else []
    parts += ["a script reads none of it"] if view["scripted"] else []
    return f"{said}; {', '.join(parts) or 'nothing left out'}"


def seen_as(view: View | None, position: int) -> str:
    """How the model saw one message of the history, where it did not see it whole."""
    if view is None or "unfit" in view:
        return ""
    if position in view["left_out"]:
        return "left out of the prompt"
    for one in view["trimmed"]:
        if one["position"] == position:
            where = f", handle {one['handle']}" if one["handle"] else ""
            return f"in the prompt {one['shown']:,} of {one['characters']:,} characters{where}"
    return ""


def prompt_lines(view: View | None, columns: int) -> Iterator[str]:
    """The prompt whole, message by message, exactly as it was sent."""
    if view is None or "unfit" in view:
        return
    yield "prompt"
    for message in view["messages"]:
        yield f"  {message['role']}  {escape.line(message.get('tool_name', ''))}".rstrip()
        yield from barred(_text(message), columns)
    if view["tools"]:
        names = ", ".join(tool["function"]["name"] for tool in view["tools"])
        yield f"  tools  {escape.line(names)}"
    yield ""


def _text(message: View) -> str:
    parts = [f"(thinking) {message['thinking']}"] if message.get("thinking") else []
    parts += [message["content"]] if message["content"] else []
    parts += [
        f"{call['function']['name']}({json.dumps(call['function']['arguments'], ensure_ascii=False)})"
        for call in message.get("tool_calls", ())
    ]
    return "\n".join(parts)

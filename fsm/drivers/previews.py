"""Previews: what a person is shown of a call, and the binding of the call's arguments to what that was made from.

A preview is kept beside the click that proposed its call, with the call's place and the digest of its arguments, so
it is never shown for another call, nor for other bytes.  Previews and bases are a person's own functions: they run in
a thread, they may fail, and they may take only so long.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from attrs import evolve

from ...states.calls import Call
from ...states.canonical import canonical
from ...states.texts import Text, text
from ...tools import Context, Hands, Tool
from ...tools.value import UNAVAILABLE
from ..history import TurnCall
from .memory import arguments_digest

__all__ = ["bound", "drawn_for", "preview_text"]

PATIENCE = 10.0  # seconds a preview may take
MOST = 256 * 1024  # characters of one that are kept


async def bound(
    tool: Tool, call: TurnCall, context: Context, hands: Hands, seconds: float = PATIENCE
) -> tuple[TurnCall, str]:
    """The call bound to the state it would change, and what a person is shown of that.

    Args:
        tool: the tool
        call: as it was proposed
        context: the call's
        hands: the threads the tool's functions run in
        seconds: how long it may take
    """
    try:
        async with asyncio.timeout(seconds):
            made: tuple[TurnCall, str] = await hands.run(
                _look, {"tool": tool, "call": call, "context": context}
            )
            return made
    except TimeoutError:
        return _unseen(tool, call, f"it took longer than {seconds:g} s")
    except Exception as error:  # noqa: BLE001 - there was no thread to run it in
        return _unseen(tool, call, str(error))


def _look(tool: Tool, call: TurnCall, context: Context) -> tuple[TurnCall, str]:
    """In a thread: find the base, bind it, draw the preview."""
    try:
        base = tool.bases(call.arguments, context)
        made = evolve(call, arguments=tool.bind(call.arguments, base)) if base else call
        return made, tool.previews(made.arguments, tool.bound(made.arguments, context))
    except BaseException as error:  # noqa: BLE001 - whatever it raises, a person is told and decides without it
        return _unseen(tool, call, f"{type(error).__name__}: {error}")


def _unseen(tool: Tool, call: TurnCall, why: str) -> tuple[TurnCall, str]:
    """Without a look: a call that must be bound is bound to what nothing has, so it will be refused."""
    made = evolve(call, arguments=tool.bind(call.arguments, UNAVAILABLE)) if tool.base is not None else call
    return made, f"No preview: {why}."


def preview_text(turn: int, index: int, call: TurnCall, drawn: str) -> Text:
    """A preview as it is kept.

    Args:
        turn: the turn
        index: the call's place in its plan
        call: with the arguments it was drawn for
        drawn: what a person is shown
    """
    clean = drawn.encode("utf-8", "backslashreplace").decode()
    if len(clean) > MOST:
        clean = f"{clean[:MOST]}\n... {len(clean) - MOST:,} more characters are not shown.\n"
    made = {"turn": turn, "index": index, "arguments": arguments_digest(call.arguments), "drawn": clean}
    return text("preview", canonical(made))


def drawn_for(kept: Iterable[Text], turn: int, index: int, call: Call) -> str | None:
    """What was drawn for a call, the newest of it; None if nothing was, or for other arguments."""
    drawn: str | None = None
    for one in kept:
        made = json.loads(one.body)
        if (made["turn"], made["index"], made["arguments"]) == (turn, index, call.arguments):
            drawn = made["drawn"]
    return drawn

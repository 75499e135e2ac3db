"""`probe`: asking a tool's own probe whether an attempt in doubt happened.

A probe only reads.  What it gives: None, it cannot tell, and a person is asked; False, it did not happen; anything
else, it happened, and this is its result.  It has a few seconds, in a thread; one that raises, or takes longer, cannot
tell either, and why is kept as evidence.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from attrs import frozen

from .outcomes import DONE, Failure, Returned, described, returned

if TYPE_CHECKING:
    from .context import Context
    from .hands import Hands
    from .hooks import Hook
    from .value import Tool

__all__ = ["PATIENCE", "Answer", "probe"]

PATIENCE = 10.0  # seconds a probe may take
_TRUTHS = ("bool", "bool_")  # numpy has a False of its own


@frozen
class Answer:
    """What a probe found.

    Args:
        outcome: what the attempt came to, if it happened
        happened: whether it did; None if that cannot be told
        why: why it cannot be told, a sentence; empty where the probe just does not know
    """

    outcome: Returned | Failure | None = None
    happened: bool | None = None
    why: str = ""


async def probe(tool: Tool, text: str, context: Context, hands: Hands, seconds: float = PATIENCE) -> Answer:
    """Ask a tool's probe; a tool that has none cannot tell.

    Args:
        tool: the tool
        text: the canonical argument text of the attempt
        context: of the attempt
        hands: the threads that probes run in
        seconds: how long it may take

    Raises:
        asyncio.CancelledError: the task that asks was cancelled
    """
    if tool.probe is None:
        return Answer()
    limit = asyncio.timeout(seconds)
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    try:
        async with limit:
            given = {"hook": tool.probe, "tool": tool, "text": text, "context": context}
            found = await hands.run(_asked, given)
            if inspect.isawaitable(found):
                found = await found
    except asyncio.CancelledError as error:
        if task and task.cancelling() > asked:
            raise
        return Answer(why=f"The probe failed: {described(error)}.")
    except BaseException as error:  # noqa: BLE001 - whatever it raises, a person is asked
        if limit.expired():
            return Answer(why=f"The probe did not answer within {seconds:g} s.")
        return Answer(why=f"The probe failed: {described(error)}.")
    return _answer(found)


def _asked(hook: Hook, tool: Tool, text: str, context: Context) -> Any:
    """In a thread: what the probe says."""
    return hook(tool.bound(text, context), **tool.arguments(text))


def _answer(found: Any) -> Answer:
    if found is None:
        return Answer(why="The probe cannot tell.")
    if type(found).__name__ in _TRUTHS and not found:
        return Answer(happened=False)
    return Answer(returned(DONE if type(found).__name__ in _TRUTHS else found), happened=True)

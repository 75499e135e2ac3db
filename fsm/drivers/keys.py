"""What a driver knows its tasks by, and what comes of one that has ended."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable
from typing import Any

from ...states.commands import AskPerson, Command, MakePlan, StartTool, ToolCommand
from ...states.errors import DetentError, InternalError, StoreError
from .journal import Fact
from .tasks import Key

__all__ = ["attempt_key", "attempt_named", "awaited", "bug", "key_of", "result_of"]

LACKING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)


async def awaited(work: Awaitable[Fact | None]) -> Fact | None:
    """What becomes of an awaitable, as a coroutine."""
    return await work


def result_of(task: asyncio.Task[Any]) -> Any:
    """What a task that has ended gave; None if it was cancelled.

    Raises:
        DetentError: it failed
    """
    if task.cancelled():
        return None
    error = task.exception()
    if error is None:
        return task.result()
    raise error if isinstance(error, DetentError) else bug(error)


def bug(error: BaseException) -> DetentError:
    """Something that nobody meant to raise, or that the system has no room for."""
    made: DetentError
    if getattr(error, "errno", 0) in LACKING or "can't start new thread" in str(error):
        made = StoreError(f"The system has no room for more: {error}.", "End some programs.")
    else:
        made = InternalError(
            f"The driver met {type(error).__name__}: {error}.", "DETENT_DEBUG=1 shows where it happened."
        )
    made.__cause__ = error
    return made


def key_of(command: Command) -> Key:
    """What a task is known by: one a plan, one an attempt, one a gate."""
    if isinstance(command, ToolCommand):
        return ("mark", *attempt_key(command)[1:]) if isinstance(command, StartTool) else attempt_key(command)
    if isinstance(command, MakePlan):
        return ("plan", str(command.turn), str(command.refusals))
    if isinstance(command, AskPerson):
        return ("gate", command.gate)
    return (type(command).__name__,)


def attempt_key(command: ToolCommand) -> Key:
    """What the task of one attempt is known by."""
    return attempt_named(command.call, command.attempt)


def attempt_named(call: str, attempt: int) -> Key:
    """What the task of an attempt of this call is known by."""
    return ("call", call, str(attempt))

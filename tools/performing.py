"""`perform`: one attempt of one call, from argument text to outcome.

Nothing a tool does gets out of here except as a value: not SystemExit, not a CancelledError that nobody asked for.
Only the cancellation of the task that performs is passed on.  There is no timeout here: whoever awaits decides how
long, and may go on waiting for the same task later.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from .errors import Parks
from .outcomes import Failure, Returned, failed, refused, returned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .context import Context
    from .hands import Hands
    from .value import Tool

__all__ = ["perform"]


async def perform(tool: Tool, text: str, context: Context | None, hands: Hands) -> Returned | Failure:
    """Run a tool once.

    An isolated tool runs in a process of its own, an async function on the loop, a plain one in a thread of `hands`.
    An awaitable that a plain function returns is awaited on the loop.

    Args:
        tool: the tool
        text: canonical argument text, as `Tool.check` or `Tool.bind` made it; what it binds is the context's base
        context: given to the parameter that is annotated with it; None only where the tool takes none
        hands: the threads for plain functions

    Raises:
        asyncio.CancelledError: the task that runs this was cancelled; a thread runs on, unheard
        Parks: the run is parked where it is; the call goes on later
    """
    if tool.isolation is not None and context is not None:
        from .isolation import isolated  # noqa: PLC0415 - most agents have no such tool

        return await isolated(tool, text, tool.bound(text, context), hands)
    return await _here(tool, text, context, hands)


async def _here(tool: Tool, text: str, context: Context | None, hands: Hands) -> Returned | Failure:
    """Run a tool once in this process."""
    try:
        arguments = tool.arguments(text)
        if tool.context_name and context is not None:
            arguments[tool.context_name] = tool.bound(text, context)
    except BaseException as error:  # noqa: BLE001 - nothing has run, and nothing gets out
        return refused(error)
    pending: Any = None
    if not tool.asynchronous:
        try:
            outcome = await hands.run(_called, {"tool": tool, "arguments": arguments, "hands": hands})
        except Exception as error:  # noqa: BLE001 - there was no thread to run it in
            return refused(error)
        if isinstance(outcome, Returned | Failure):
            return outcome
        pending = outcome
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    try:
        return returned(
            await _awaited(lambda: tool.function(**arguments) if pending is None else pending, hands)
        )
    except asyncio.CancelledError as error:
        if task and task.cancelling() > asked:
            raise
        return failed(error, tool.effect)
    except BaseException as error:  # noqa: BLE001 - the failure of a tool is a value
        parks = _parks(error)
        if parks is not None:
            raise parks from error.__cause__
        return failed(error, tool.effect)


async def _awaited(begin: Callable[[], Awaitable[Any]], hands: Hands) -> Any:
    """What the tool gives; where it was stopped before it gave anything, the programs that it has started are ended."""
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    with hands.flight(alone=False) as flight:
        try:
            return await begin()
        except BaseException:
            if task and task.cancelling() > asked:
                hands.stop(flight)
            raise


def _parks(error: BaseException) -> Parks | None:
    """What parks the run, also where a group of tasks raised it."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := _parks(one)) is not None), None)
    return error if isinstance(error, Parks) else None


def _called(tool: Tool, arguments: Mapping[str, Any], hands: Hands) -> Any:
    """In a thread: the outcome, so that long JSON is written there; or an awaitable for the loop."""
    try:
        with hands.flight(alone=True):
            value = tool.function(**arguments)
    except BaseException as error:  # noqa: BLE001 - the failure of a tool is a value
        return failed(error, tool.effect)
    return value if inspect.isawaitable(value) else returned(value)

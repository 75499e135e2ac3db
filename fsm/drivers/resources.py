"""Resources: context managers of an agent, entered once per driver and given to its tools by their Context.

They are a person's own code: one that cannot be entered keeps the run from starting, one that cannot be left is told
of and changes nothing, and none can swallow the trouble of the run it served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from ...states.errors import ConfigError

__all__ = ["enter"]


async def enter(
    given: Mapping[str, Any], stack: AsyncExitStack, notice: Callable[[str], None]
) -> dict[str, Any]:
    """What the resources were entered to, by name.

    Args:
        given: context managers, plain or asynchronous, or functions that make one
        stack: what leaves them again, the last one first
        notice: is told of one that cannot be left

    Raises:
        ConfigError: one is no context manager, or fails
    """
    return {name: await _entered(name, one, stack, notice) for name, one in given.items()}


async def _entered(name: str, given: Any, stack: AsyncExitStack, notice: Callable[[str], None]) -> Any:
    try:
        manager = given if _manages(given) or not callable(given) else given()
        kind: Any = type(manager)
        waits = hasattr(kind, "__aenter__")
        if waits or _manages(manager):
            value = await kind.__aenter__(manager) if waits else kind.__enter__(manager)
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}"
        raise ConfigError(
            f"Resource {name} cannot be entered: {why}.", "Correct it, or leave it out."
        ) from error
    if not _manages(manager):
        hint = "Give one, or a function that makes one."
        raise ConfigError(f"Resource {name} is no context manager: {manager!r}.", hint)

    async def leave(*why: Any) -> bool:
        try:
            if waits:
                await kind.__aexit__(manager, *why)
            else:
                kind.__exit__(manager, *why)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the run has ended as it has
            if error is not why[1]:
                notice(f"Resource {name} cannot be left: {type(error).__name__}: {error}.")
        return False

    stack.push_async_exit(leave)
    return value


def _manages(given: Any) -> bool:
    """Whether it is a context manager; a class is not, though its instances may be."""
    return hasattr(type(given), "__enter__") or hasattr(type(given), "__aenter__")

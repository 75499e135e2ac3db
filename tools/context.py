"""The context of a call: what a tool may know about the run that called it.

A parameter annotated `Context` gets it.  It is a value: what a tool may do with the run is in the two functions
that the driver puts into it, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ..states.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Context"]


def _silent(text: str) -> None:
    """Nobody listens."""


def _nothing(handle: str) -> str:
    """There is no earlier result."""
    raise KeyError(handle)


async def _childless(definition: Any, goal: str) -> str:
    """There is no run to be the child of."""
    del definition, goal
    raise ConfigError(
        "This call belongs to no run, so it can have no child run.", "Begin one with detent.run."
    )


def _here() -> Path:
    """The current folder."""
    from pathlib import Path  # noqa: PLC0415 - a driver has it already

    return Path.cwd()


@frozen(kw_only=True)
class Context:
    """What a call knows of its run.

    Args:
        run: the run's id
        call: the call's id in the run
        key: the idempotency key: the same for every attempt of this call, and for no other call
        deadline: when the driver stops waiting, in seconds of `time.monotonic`
        folder: the run's folder, absolute; file tools stay in it
        base: the digest of what the person saw a preview of; empty where nothing was bound
        attempt: which attempt this is, from 1
        resources: what the agent's resources were entered to, by name
        progress: tells the person how far the call is (one short text); may be called from any thread
        read_output: the whole text of an earlier call's result, by its handle; KeyError if there is none
        child: what another Agent or Workflow answers to a goal, in a run of its own that belongs to this call: begun
            once, whatever crashes, and gone on with by later attempts.  For async tools that are idempotent
    """

    run: str = ""
    call: str = ""
    key: str = ""
    deadline: float = float("inf")
    folder: Path = field(factory=_here)
    base: str = ""
    attempt: int = 1
    resources: Mapping[str, Any] = field(factory=dict)
    progress: Callable[[str], None] = field(default=_silent, repr=False)
    read_output: Callable[[str], str] = field(default=_nothing, repr=False)
    child: Callable[[Any, str], Awaitable[str]] = field(default=_childless, repr=False)

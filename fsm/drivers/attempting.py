"""Attempting: one marked attempt of a call, run here or looked into, and what is known of it while it runs.

An attempt that this driver has marked is run.  One that another life has marked is looked into first, see `recovery`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ...states.commands import AwaitTool, ToolCommand
from ...states.names import Ran
from ...tools import Context, Failure, Returned, Tool, perform
from .attempts import Working, attempt_name
from .recovery import Recovery

__all__ = ["Attempting", "timeout"]


@define
class Attempting:
    """Runs the marked attempts of one driven run.

    Args:
        recovery: looks into those of another life
        run: the run
    """

    recovery: Recovery
    run: str
    _working: dict[str, Working] = field(factory=dict)
    _probing: set[str] = field(factory=set)

    async def attempt(
        self, command: AwaitTool, tool: Tool, arguments: str, context: Callable[[], Context], *, ours: bool
    ) -> Returned | Failure:
        """What becomes of a marked attempt.

        Args:
            command: asks for it
            tool: the tool
            arguments: its canonical argument text
            context: makes the attempt's context, whose time begins then
            ours: whether this driver has marked it

        Raises:
            Busy: what is left of it cannot be ended, and it must not run beside that
        """
        if ours:
            return await self._performed(command, tool, arguments, context())
        if command.once:
            return await self.recovery.lost(command, tool, arguments, context())
        await self.recovery.gone(command, self.run)
        try:
            async with asyncio.timeout(command.timeout / 1000):
                return await self._performed(command, tool, arguments, context())
        except TimeoutError:
            return timeout(command)

    async def _performed(
        self, command: AwaitTool, tool: Tool, arguments: str, context: Context
    ) -> Returned | Failure:
        """Run it; where it ended and nobody knows whether it happened, its probe is asked."""
        name = attempt_name(command.call, command.attempt)
        working = self._working[name] = Working.of(tool)
        stays = False
        try:
            outcome = await perform(working.around(tool), arguments, context, self.recovery.hands)
        except asyncio.CancelledError:
            stays = working.threaded
            raise
        finally:
            if not stays:  # a thread runs on, unheard, and says itself when it has ended
                working.over()
                self._working.pop(name, None)
        unknown = command.once and isinstance(outcome, Failure) and outcome.ran is Ran.UNKNOWN
        if not unknown or tool.probe is None or isinstance(outcome, Returned):
            return outcome
        self._probing.add(name)
        try:
            return await self.recovery.asked(outcome, tool, arguments, context)
        finally:
            self._probing.discard(name)

    def leave(self, call: str, attempt: int) -> None:
        """Nobody waits for an attempt any more; while it runs on here, others can tell."""
        name = attempt_name(call, attempt)
        working = self._working.get(name)
        if working is not None:
            working.stays(self.recovery.store, self.run, name)

    def probing(self, command: ToolCommand) -> bool:
        """Whether an attempt has ended, and its probe is being asked."""
        return attempt_name(command.call, command.attempt) in self._probing


def timeout(command: ToolCommand) -> Failure:
    """The failure of an attempt whose time is up."""
    return Failure(
        error="timeout",
        message=f"It gave no result within {getattr(command, 'timeout', 0) / 1000:g} s.",
        ran=Ran.UNKNOWN,
        transient=True,
    )

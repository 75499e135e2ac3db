"""Attempting: one marked attempt of a call, run here or looked into, and what is known of it while it runs.

An attempt that this driver has marked is run.  One that another life has marked is looked into first, see `recovery`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from attrs import define, field

from ...states.commands import AwaitTool, ToolCommand
from ...states.names import Ran
from ...tools import Context, Failure, Returned, Tool, perform
from .attempts import Working, attempt_name
from .late import Late
from .recovery import Recovery
from .tasks import Key

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
    _tools: dict[str, str] = field(factory=dict)
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
            own = context()  # its time has begun
            heard = await self._earlier(command)
            return heard or await self._performed(command, tool, arguments, own)
        if command.once:
            return await self.recovery.lost(command, tool, arguments, context())
        await self.recovery.gone(command, self.run)
        try:
            async with asyncio.timeout(command.timeout / 1000):
                return await self._performed(command, tool, arguments, context())
        except TimeoutError:
            return timeout(command)

    async def _earlier(self, command: AwaitTool) -> Returned | None:
        """Wait until no earlier attempt of the call runs beside it here; a result of one is the call's: the key is the same."""
        for number in range(1, command.attempt):
            working = self._working.get(attempt_name(command.call, number))
            outcome = await working.ended() if working else None
            if isinstance(outcome, Returned):
                return outcome
        return None

    async def _performed(
        self, command: AwaitTool, tool: Tool, arguments: str, context: Context
    ) -> Returned | Failure:
        """Run it; where it ended and nobody knows whether it happened, its probe is asked."""
        name = attempt_name(command.call, command.attempt)
        self._tools[command.call] = tool.name
        late = partial(self._late, command.call, command.attempt, asyncio.get_running_loop())
        working = self._working[name] = Working.of(tool, late)
        stays = False
        try:
            outcome = await perform(working.around(tool), arguments, context, self.recovery.hands)
        except asyncio.CancelledError:
            stays = working.threaded
            if stays:
                working.stays(self.recovery.store, self.run, name)
                working.unheard()
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

    def late(self, call: str, attempt: int, outcome: Returned | Failure) -> None:
        """Keep what an attempt came to that nobody asks for any more, and tell of it.

        Args:
            call: the call's id
            attempt: which attempt
            outcome: what it came to
        """
        self._late(call, attempt, asyncio.get_running_loop(), outcome)

    def unheard(self, key: Key, given: object) -> None:
        """Keep what a task gave that was dropped, where it performed an attempt."""
        if key[0] == "call" and key[1] in self._tools and isinstance(given, Returned | Failure):
            self.late(key[1], int(key[2]), given)

    def _late(
        self, call: str, attempt: int, loop: asyncio.AbstractEventLoop, outcome: Returned | Failure
    ) -> None:
        """The same, from whatever thread."""
        said = Late(self.recovery.store, self.run).keep(call, attempt, self._tools[call], outcome)
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(self.recovery.notice, said)

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

"""Recovery: what is done about an attempt that another life of the driver started.

First nothing of it may still run: what its process left behind is found by its mark and ended.  Then a ONCE attempt is
looked into: the tool's probe is asked, and where it cannot tell the attempt is in doubt, with what is known about it.
An IDEMPOTENT one goes again, with its key.  No flag, no timeout and no other way leads past the question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, evolve

from ...states.commands import AwaitTool
from ...states.errors import Busy
from ...states.names import Ran
from ...store import Store
from ...tools import Context, Failure, Hands, Returned, Tool
from ...tools.probing import PATIENCE, probe
from .attempts import Attempt, attempt_of, end_left, running_in

__all__ = ["Recovery"]

STOPPED = "The program stopped while this call was running."
LOST = "The program stopped while this call was running, and nobody knows whether it happened."
PAUSE = 0.2  # seconds between two looks at it


@define
class Recovery:
    """Looks into the attempts that a driver found started.

    Args:
        store: where their run lies
        hands: the threads that probes run in
        notice: tells the person something
        patience: seconds that what cannot be ended has to go by itself
    """

    store: Store
    hands: Hands
    notice: Callable[[str], None]
    patience: float = 10.0

    async def lost(
        self, command: AwaitTool, tool: Tool, arguments: str, context: Context
    ) -> Returned | Failure:
        """What became of a ONCE attempt that another life started: what the probe says, or a doubt.

        Args:
            command: asks for its result
            tool: the tool
            arguments: its canonical argument text
            context: of the attempt
        """
        run = context.run
        noted = attempt_of(self.store, run, command.call, command.attempt)
        pid = running_in(self.store, run, command.call, command.attempt, noted)
        if pid is not None:
            return _doubt(LOST, f"It is still running in process {pid}.")
        left = await self._ended(run, noted)
        if left:
            return _doubt(LOST, f"{_processes(left)} that it started still runs, and cannot be stopped.")
        lost = Failure(error="lost", message=LOST, ran=Ran.UNKNOWN, transient=True)
        return await self.asked(lost, tool, arguments, context)

    async def asked(
        self, failure: Failure, tool: Tool, arguments: str, context: Context
    ) -> Returned | Failure:
        """What the probe makes of a failure that leaves a doubt; the same failure, with evidence, if it cannot tell.

        A probe that says that it did not happen is its author's yes to an attempt that is left.

        Args:
            failure: what is known; nothing of the attempt may still run
            tool: the tool
            arguments: its canonical argument text
            context: of the attempt
        """
        found = await probe(tool, arguments, context, self.hands, PATIENCE)
        if found.outcome is not None:
            return found.outcome
        if found.happened is None:
            return _doubt(failure.message, found.why, failure)
        said = STOPPED if failure.error == "lost" else failure.message
        return evolve(failure, message=f"{said} It did not happen, says its probe.", ran=Ran.NO)

    async def gone(self, command: AwaitTool, run: str) -> None:
        """Wait until nothing of an IDEMPOTENT attempt that another life started still runs.

        Raises:
            Busy: something of it cannot be ended
        """
        left = await self._beside(command, run)
        if not left:
            return
        self.notice(f"{_processes(left)} of an earlier {command.tool} still runs; waiting for its end.")
        deadline = asyncio.get_running_loop().time() + self.patience
        while left:
            if asyncio.get_running_loop().time() > deadline:
                raise Busy(
                    f"{_processes(left)} of an earlier {command.tool} still runs, and cannot be stopped.",
                    "End it yourself.",
                )
            await asyncio.sleep(PAUSE)
            left = await self._beside(command, run)

    async def _beside(self, command: AwaitTool, run: str) -> tuple[int, ...]:
        """The processes in which an attempt of this call still runs, or has left something that cannot be ended."""
        for number in range(1, command.attempt + 1):
            noted = attempt_of(self.store, run, command.call, number)
            pid = running_in(self.store, run, command.call, number, noted)
            left = await self._ended(run, noted) if pid is None else (pid,)
            if left:
                return left
        return ()

    async def _ended(self, run: str, noted: Attempt | None) -> tuple[int, ...]:
        """End what an attempt left behind; what still lives."""
        if noted is None:
            return ()
        left: tuple[int, ...] = await self.hands.run(end_left, {"run": run, "noted": noted})
        return left


def _doubt(message: str, evidence: str, failure: Failure | None = None) -> Failure:
    """A failure that leaves a doubt, with what is known."""
    known = failure or Failure(error="lost", message=message, ran=Ran.UNKNOWN, transient=True)
    return evolve(known, message=f"{message} {evidence}".strip(), ran=Ran.UNKNOWN)


def _processes(pids: tuple[int, ...]) -> str:
    return f"Process {', '.join(map(str, pids))}"

"""Facts: what performing a command led to, as an event with its texts.

This is the one place where planners, tools and the kernel's events meet.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from attrs import define, evolve

from ...states.calls import Proposal, chain, key, named
from ...states.commands import AwaitTool, CallTool, MakePlan, StopTool, ToolCommand
from ...states.errors import DetentError, InternalError
from ...states.events import PlanMade, PlanRefused, ToolFailed, ToolReturned
from ...states.limits import NOTHING, Spent
from ...states.names import PlanKind, Ran
from ...states.spec import ToolSpec
from ...states.texts import Text, text
from ...tools import Context, Failure, Parks, Returned, Tool, failure_text, perform
from ..history import TurnCall, turn_text
from ..planners.planner import Planned, Refused
from ..planners.wire import OUTCOMES
from .attempting import Attempting, timeout
from .clock import Clock
from .decisions import stopped_fact
from .journal import Fact, Journal
from .memory import arguments_digest
from .prepared import Prepared
from .previews import PATIENCE, bound, preview_text
from .promised import RECORDED, promised
from .recordings import Mode, not_recorded
from .rules import allowed_by

__all__ = ["Facts"]


@define
class Facts:
    """Performs what a command asks for, and says what happened.

    Args:
        journal: the run
        prepared: planner, tools, rules
        clock: its time
        attempting: runs marked attempts, and looks into those that another life started
    """

    journal: Journal
    prepared: Prepared
    clock: Clock
    attempting: Attempting

    # Plans -----------------------------------------------------------------------------------------------------

    async def plan(self, command: MakePlan, say: Callable[[str, str], None]) -> Fact:
        """Ask the planner, and look at what it proposes.

        Raises:
            ModelUnavailable, ConfigError: no correction can mend it
            InternalError: the planner has a bug
        """
        try:
            return await self._plan(command, say)
        except DetentError:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise InternalError("The planner cancelled itself.") from error
        except BaseException as error:  # a SystemExit must not end the process that drives
            raise InternalError(f"The planner failed: {type(error).__name__}: {error}.") from error

    async def _plan(self, command: MakePlan, say: Callable[[str, str], None]) -> Fact:
        head, journal = self.journal.head, self.journal
        started = time.monotonic()
        made = await self.prepared.planner.plan(head, command, journal.history, say)
        took = round((time.monotonic() - started) * 1000)
        envelope: dict[str, Any] = {
            "run": head.run,
            "turn": command.turn,
            "refusals": command.refusals,
            "notes": head.told,
        }
        if isinstance(made, Refused):
            reply, correction = turn_text(made.turn, "refused"), text("correction", made.correction)
            event = PlanRefused(
                **envelope,
                at=self.clock.now(),
                spent=self._spent(made.spent, made.loading),
                kind=made.kind,
                reply=reply.digest,
                correction=correction.digest,
            )
            return Fact(event, texts=(reply, correction), extras=(made.lens,) if made.lens else (), took=took)
        return await self._planned(made, command.turn, envelope, took)

    async def _planned(self, made: Planned, number: int, envelope: dict[str, Any], took: int) -> Fact:
        calls, previews = await self._shown(made, number)
        turn = turn_text(made.turn if calls is made.turn.calls else evolve(made.turn, calls=calls))
        answer = text("answer", made.answer) if made.answer else None
        event = PlanMade(
            **envelope,
            at=self.clock.now(),
            spent=self._spent(made.spent, made.loading),
            kind=made.kind,
            reply=turn.digest,
            answer=answer.digest if answer else "",
            calls=tuple(self._proposal(call) for call in calls) if made.kind is PlanKind.CALLS else (),
            planner=made.planner.digest if made.planner else "",
        )
        apart = (
            (answer,) if answer and made.kind is PlanKind.ANSWER and made.answer != made.turn.content else ()
        )
        beside = tuple(kept for kept in (made.planner, made.lens) if kept is not None)
        extras = (*previews, *apart, *beside)
        arguments = tuple(call.arguments for call in calls) if event.calls else ()
        return Fact(event, texts=(turn,), extras=extras, took=took, arguments=arguments)

    async def _shown(self, made: Planned, number: int) -> tuple[tuple[TurnCall, ...], tuple[Text, ...]]:
        """The calls, their arguments bound to what a person is shown, and what that is."""
        if made.kind is not PlanKind.CALLS or not any(map(self._draws, made.turn.calls)):
            return made.turn.calls, ()
        calls: list[TurnCall] = []
        previews: list[Text] = []
        for index, call in enumerate(made.turn.calls):
            tool = self.prepared.toolbox.get(call.tool)
            if not _drawn(tool) or self._served(call):
                calls.append(self._as_recorded(call))
                continue
            context = self._context(f"{number}.{index}.0", "", 1, round(PATIENCE * 1000), _unheard)
            one, drawn = await bound(tool, call, context, self.prepared.hands)
            calls.append(one)
            if drawn:
                previews.append(preview_text(number, index, one, drawn))
        return tuple(calls), tuple(previews)

    def _draws(self, call: TurnCall) -> bool:
        """Whether there is something to look at before a call is shown, in the world or in a recording."""
        return self.prepared.recordings is not None or _drawn(self.prepared.toolbox.get(call.tool))

    def _as_recorded(self, call: TurnCall) -> TurnCall:
        """A call that is served a recording, with what the recorded one was bound to."""
        recordings = self.prepared.recordings
        if recordings is None:
            return call
        return evolve(call, arguments=recordings.bound(self._named(call.tool), call.arguments))

    def _served(self, call: TurnCall) -> bool:
        """Whether a call will be served a recording, so that there is nothing in the world to look at."""
        recordings = self.prepared.recordings
        return recordings is not None and recordings.serves(self._named(call.tool), call.arguments)

    def _proposal(self, call: TurnCall) -> Proposal:
        asks, rule = self._asks(call.tool, call.arguments)
        return Proposal(tool=call.tool, arguments=arguments_digest(call.arguments), asks=asks, rule=rule)

    def _asks(self, tool: str, arguments: str) -> tuple[bool, str]:
        """Whether a call asks first, and the rule that lets it pass if it would."""
        recordings = self.prepared.recordings
        first = None if recordings is None else recordings.asks(self._named(tool), arguments)
        if first is not None:
            return first, "" if first else RECORDED
        asks = self.prepared.toolbox.get(tool).asks(arguments)
        rule = allowed_by(self.prepared.rules, tool, arguments, self.prepared.folder) if asks else ""
        return asks and not rule, rule

    # Calls -----------------------------------------------------------------------------------------------------

    async def call(
        self, command: CallTool | AwaitTool, progress: Callable[[str, str], None], *, ours: bool = True
    ) -> Returned | Failure:
        """Run one attempt of a call, as soon as it may start; of one that another life started, find out.

        Args:
            command: asks for it
            progress: what a tool says of itself goes there, with the call's id
            ours: whether this driver is the one that marked it

        Raises:
            DetentError: the run is parked; the call goes on later
        """
        try:
            return await self._call(command, progress, ours=ours)
        except Parks as parked:
            raise parked.trouble from parked

    async def _call(
        self, command: CallTool | AwaitTool, progress: Callable[[str, str], None], *, ours: bool
    ) -> Returned | Failure:
        if isinstance(command, CallTool) and command.not_before > self.clock.now():
            await asyncio.sleep((command.not_before - self.clock.now() + 1) / 1000)
        arguments = self.journal.arguments(_index(command))
        recorded = self._recorded(command, arguments, ours=ours)
        if recorded is not None:
            return recorded
        tool = self.prepared.toolbox.get(command.tool)
        own = command.key if isinstance(command, AwaitTool) else key(self.journal.head.run, command.call)

        def context() -> Context:
            return self._context(command.call, own, command.attempt, command.timeout, progress)

        if isinstance(command, CallTool):
            made = context() if tool.takes_context else None
            return await perform(tool, arguments, made, self.prepared.hands)
        return await self.attempting.attempt(command, tool, arguments, context, ours=ours)

    def _recorded(
        self, command: CallTool | AwaitTool, arguments: str, *, ours: bool
    ) -> Returned | Failure | None:
        """What a call came to in the family of the run, where recordings are served; None where a tool is called.

        What a person was asked about and another life started may have happened: it is not served.
        """
        recordings = self.prepared.recordings
        if recordings is None:
            return None
        served = recordings.mode is not Mode.ASK or promised(
            self.journal.store, self.journal.head, command.call
        )
        if not ours and not served:
            return None
        tool = self._named(command.tool)
        recorded = recordings.serve(command.call, tool, arguments, command.attempt)
        return not_recorded(tool) if recorded is None and served else recorded

    def _named(self, tool: str) -> ToolSpec:
        return self.journal.head.spec.by_name[tool]

    def stops(self, command: StopTool) -> bool:
        """Whether cancelling stops a call, and does not only lose its result: what runs in a thread runs on."""
        head = self.journal.head
        tool = self.prepared.toolbox.get(named(head.spec, head.calls[_index(command)]).name)
        return tool.asynchronous or tool.isolation is not None

    def _context(
        self, call: str, own: str, attempt: int, timeout: int, progress: Callable[[str, str], None]
    ) -> Context:
        prepared, loop, here = self.prepared, asyncio.get_running_loop(), threading.get_ident()

        def tell(said: str) -> None:
            """From any thread; whoever listens does so on the loop."""
            if not loop.is_closed():
                loop.call_soon_threadsafe(progress, call, str(said))

        async def read(handle: str) -> str:
            return self._result(handle)

        def read_output(handle: str) -> str:
            """The whole result under a handle; the store is read on the loop, wherever the tool runs."""
            if threading.get_ident() == here:
                return self._result(handle)
            return asyncio.run_coroutine_threadsafe(read(handle), loop).result()

        numbers = count()

        async def child(definition: Any, goal: str) -> str:
            """What a child run of this call answers."""
            if prepared.children is None:
                raise InternalError("A call was made by nobody who drives its run.")
            return await prepared.children.answer(
                definition, goal, caller=lambda: self.journal.head, call=call, key=own, number=next(numbers)
            )

        return Context(
            run=self.journal.head.run,
            call=call,
            key=own,
            attempt=attempt,
            deadline=time.monotonic() + timeout / 1000,
            folder=prepared.folder,
            resources=prepared.resources,
            progress=tell,
            read_output=read_output,
            child=child,
        )

    def _result(self, handle: str) -> str:
        message = self.journal.history.at(int(handle)) if handle.isdecimal() else None
        if message is None or message.text.kind not in OUTCOMES:
            raise KeyError(handle)
        return message.text.body

    def called(self, command: ToolCommand, outcome: Returned | Failure | None, took: int) -> Fact:
        """What an attempt led to; no outcome means that its time is up."""
        if isinstance(outcome, Returned):
            return self._returned(command, outcome, took)
        return self._failed(command, outcome or timeout(command), took)

    def late(self, command: ToolCommand, outcome: Returned | Failure | None, took: int) -> Fact | None:
        """The late result of an attempt in doubt; a late failure is no proof of anything, and is kept."""
        if isinstance(outcome, Failure):
            self.attempting.late(command.call, command.attempt, outcome)
        return self._returned(command, outcome, took) if isinstance(outcome, Returned) else None

    def stopped(self, command: StopTool, outcome: Returned | Failure | None = None, took: int = 0) -> Fact:
        """What became of an attempt that was stopped."""
        if isinstance(outcome, Returned):
            return self._returned(command, outcome, took)
        if outcome is None or outcome.ran is Ran.UNKNOWN:
            return evolve(stopped_fact(self.journal.head, command, self.clock.now()), took=took)
        return self._failed(command, outcome, took)

    def _returned(self, command: ToolCommand, outcome: Returned, took: int) -> Fact:
        result = text("result", outcome.text)
        event = ToolReturned(**self._envelope(command), result=result.digest)
        return Fact(event, texts=(result,), took=took)

    def _failed(self, command: ToolCommand, failure: Failure, took: int) -> Fact:
        message = text("error", failure_text(failure))
        asks, rule = self._fallback(command)
        event = ToolFailed(
            **self._envelope(command),
            error=failure.error,
            message=message.digest,
            ran=failure.ran,
            transient=failure.transient,
            retry_after=failure.retry_after,
            fallback_asks=asks,
            fallback_rule=rule,
        )
        return Fact(event, texts=(message,), took=took)

    def _fallback(self, command: ToolCommand) -> tuple[bool, str]:
        """Whether the fallback that this failure may lead to asks first."""
        head = self.journal.head
        index = _index(command)
        call = head.calls[index]
        tools = chain(head.spec, call)
        if call.fallback + 1 >= len(tools):
            return False, ""
        return self._asks(tools[call.fallback + 1].name, self.journal.arguments(index))

    def _envelope(self, command: ToolCommand) -> dict[str, Any]:
        return {
            "run": self.journal.head.run,
            "at": self.clock.now(),
            "spent": self._spent(self._spent_below(command.call), 0),
            "call": command.call,
            "attempt": command.attempt,
        }

    def _spent_below(self, call: str) -> Spent:
        """What the child runs of a call have spent, told once."""
        children = self.prepared.children
        return NOTHING if children is None else children.spent.pop(call, NOTHING)

    def _spent(self, spent: Spent, loading: int) -> Spent:
        """What was spent, with the active time since the event before; loading a model is not active time."""
        active = max(0, self.clock.lap() - loading)
        return spent if active == spent.milliseconds else evolve(spent, milliseconds=active)


def _drawn(tool: Tool) -> bool:
    """Whether a tool binds or previews what its call is shown with."""
    return tool.base is not None or tool.preview is not None


def _index(command: ToolCommand) -> int:
    return int(command.call.split(".")[1])


def _unheard(_call: str, _said: str) -> None:
    """A preview has nothing to say on the way."""

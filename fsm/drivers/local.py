"""The local driver: performs the commands of one run side by side, and feeds events back.

The order never changes: load the head, ask for its commands, perform, event, step, commit, and only then the next
commands, and only then tell anyone.  What needs nothing from outside (marks, observations) is stepped at once and
shares a commit with what led to it.  A task whose command is gone is stopped and its result discarded.

The driver decides nothing about the run: which command follows is the kernel's business, what an answer means too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from ...states.commands import (
    AskPerson,
    AwaitLate,
    AwaitTool,
    CallTool,
    Command,
    MakePlan,
    Observe,
    StartTool,
    StopTool,
    ToolCommand,
)
from ...states.errors import DetentError, IllegalEvent
from ...states.events import CallStarted, GateExpired, Observed
from ...states.names import State
from ...states.snapshot import Snapshot
from ..kernel import Transition, commands
from .clock import Clock
from .ending import Ending
from .facts import Facts
from .inbox import Inbox
from .journal import Fact, Journal
from .prepared import Prepared

__all__ = ["Driver", "Watcher"]

POLL = 0.2  # seconds between two looks into the inbox while nothing happens
GRACE = 2.0  # seconds a stopped tool has to end

Key = tuple[str, ...]


@frozen
class Watcher:
    """Who is told what happens.  Nothing here acknowledges anything but `click`, which comes after the commit.

    Args:
        click: a durable click, with the milliseconds it took
        say: a piece of provisional text of the model: "thinking" or "content", and the piece
        progress: what a tool says of itself: call id and text
        ask: puts a gate to the person at hand; None where nobody is there
    """

    click: Callable[[Transition, int], None] = lambda _click, _took: None
    say: Callable[[str, str], None] = lambda _kind, _piece: None
    progress: Callable[[str, str], None] = lambda _call, _text: None
    ask: Callable[[AskPerson], Any] | None = None


@define
class _Task:
    """Something that is being performed."""

    task: asyncio.Task[Any]
    started: float
    timer: asyncio.TimerHandle | None = None
    stopping: bool = False


@define
class Driver:
    """Drives one run from its head until it ends, waits for a person, or is parked.

    Args:
        journal: the run
        prepared: what performs its commands: planner, tools, rules
        watcher: who is told
    """

    journal: Journal
    prepared: Prepared
    watcher: Watcher = field(factory=Watcher)
    clock: Clock = field(init=False)
    facts: Facts = field(init=False)
    inbox: Inbox = field(init=False)
    _tasks: dict[Key, _Task] = field(factory=dict)
    _ready: list[Key] = field(factory=list)
    _marked: set[Key] = field(factory=set)
    _took: list[int] = field(factory=list)
    _woken: bool = False
    _waiter: asyncio.Future[None] | None = None
    _left: set[str] = field(factory=set)
    _asked: tuple[Snapshot, tuple[Command, ...]] | None = None
    _signal: int = 0
    _now: bool = False

    def __attrs_post_init__(self) -> None:
        self.clock = Clock(self.journal.head.at)
        self.facts = Facts(self.journal, self.prepared, self.clock)
        self.inbox = Inbox(self.journal, self.clock)

    def park(self, signal: int) -> None:
        """Park the run: at the next boundary, or, asked a second time, now.  Safe in a signal handler of the loop."""
        self._now = bool(self._signal)
        self._signal = signal
        self._wake()

    async def drive(self) -> Ending:
        """Drive the run.

        Raises:
            StoreError: a commit failed; the run stands at the commit before
        """
        try:
            return await self._loop()
        finally:
            await self._stop_all()

    async def _loop(self) -> Ending:
        while True:
            self._free()
            self._commit()
            if not self.journal.head.state.live:
                return Ending(self.journal.head)
            self._reconcile()
            if self._parked():
                return Ending(self.journal.head, signal=self._signal)
            await self._wait()
            try:
                self._absorb()
            except DetentError as trouble:
                self._commit()
                return Ending(self.journal.head, trouble=trouble)

    def _commands(self) -> tuple[Command, ...]:
        """What the head asks for, asked once a head."""
        if self._asked is None or self._asked[0] is not self.journal.head:
            self._asked = (self.journal.head, commands(self.journal.head))
        return self._asked[1]

    def _free(self) -> None:
        """Step everything that needs nothing from outside: observations, marks, and attempts that were lost."""
        moved = True
        while moved:
            moved = False
            for command in self._commands():
                fact = self._free_fact(command)
                if fact is not None:
                    self._take(fact)
                    moved = True
                    break

    def _free_fact(self, command: Command) -> Fact | None:
        head = self.journal.head
        if isinstance(command, Observe):
            state = self.prepared.planner.observe(head, self.journal.history)
            planner = state.digest if state else ""
            event = Observed(run=head.run, at=self.clock.now(), turn=command.turn, planner=planner)
            return Fact(event, extras=(state,) if state else ())
        if isinstance(command, StartTool) and not self._signal and command.not_before <= self.clock.now():
            self._marked.add(_attempt(command))
            return Fact(
                CallStarted(run=head.run, at=self.clock.now(), call=command.call, attempt=command.attempt)
            )
        if isinstance(command, AwaitTool) and command.once and _key(command) not in self._marked:
            return self.facts.lost(command)
        if isinstance(command, StopTool) and _key(command) not in self._tasks:
            return self.facts.stopped(command)
        if isinstance(command, AskPerson) and 0 < command.expires <= self.clock.now():
            return Fact(GateExpired(run=head.run, at=self.clock.now(), gate=command.gate))
        return None

    def _take(self, fact: Fact) -> None:
        if self.journal.head.state is State.AWAITING_APPROVAL:
            self.clock.rest()
        self.journal.take(fact)
        self._took.append(fact.took)

    def _commit(self) -> None:
        took = self._took
        self._took = []
        for click, milliseconds in zip(self.journal.commit(), took, strict=True):
            self.watcher.click(click, milliseconds)

    # What is performed -----------------------------------------------------------------------------------------

    def _reconcile(self) -> None:
        """Start what is commanded and not running; stop what runs and is not commanded any more."""
        wanted = {_key(command): command for command in self._commands()}
        for key in [key for key in self._tasks if key not in wanted]:
            self._drop(key)
        for key, command in wanted.items():
            if isinstance(command, StopTool):
                self._stop(key)
            elif key not in self._tasks and not self._signal:
                self._start(key, command)

    def _start(self, key: Key, command: Command) -> None:
        if isinstance(command, MakePlan):
            self._run(key, self.facts.plan(command, self.watcher.say))
        elif isinstance(command, CallTool | AwaitTool):
            self._run(key, self.facts.call(command, self.watcher.progress))
            wait = max(0, getattr(command, "not_before", 0) - self.clock.now()) + command.timeout
            self._tasks[key].timer = asyncio.get_running_loop().call_later(wait / 1000, self._finished, key)
        elif isinstance(command, StartTool):
            self._run(key, asyncio.sleep(max(0, command.not_before - self.clock.now()) / 1000))
        elif (
            isinstance(command, AskPerson)
            and self.watcher.ask
            and not self._asking()
            and command.gate not in self._left
        ):
            self._run(key, self.watcher.ask(command))

    def _run(self, key: Key, work: Any) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        self._tasks[key] = _Task(task, loop.time())
        task.add_done_callback(lambda _: self._finished(key))

    def _finished(self, key: Key) -> None:
        self._ready.append(key)
        self._wake()

    def _asking(self) -> bool:
        return any(key[0] == "gate" for key in self._tasks)

    def _stop(self, key: Key) -> None:
        """Stop a tool whose result is still awaited; it has a moment to end."""
        running = self._tasks.get(key)
        if running and not running.stopping:
            running.stopping = True
            running.task.cancel()
            running.timer = asyncio.get_running_loop().call_later(GRACE, self._finished, key)

    def _drop(self, key: Key) -> None:
        running = self._tasks.pop(key)
        if running.timer:
            running.timer.cancel()
        running.task.cancel()

    async def _stop_all(self) -> None:
        tasks = [running.task for running in self._tasks.values()]
        for key in list(self._tasks):
            self._drop(key)
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)

    # What is waited for ----------------------------------------------------------------------------------------

    def _parked(self) -> bool:
        """Whether nothing more happens here: a person is waited for elsewhere, or a signal came."""
        if self._now:
            return True
        if self._signal:
            awaited = (
                _key(one) for one in self._commands() if isinstance(one, CallTool | AwaitTool | StopTool)
            )
            return not any(key in self._tasks for key in awaited)
        busy = any(not running.task.done() or key in self._ready for key, running in self._tasks.items())
        waiting = self.journal.head.state is State.AWAITING_APPROVAL
        return waiting and (not busy or (self.watcher.ask is None) or self._everything_left())

    def _everything_left(self) -> bool:
        return all(gate.id in self._left for gate in self.journal.head.gates)

    async def _wait(self) -> None:
        """Wait until something is ready; look into the inbox every now and then."""
        while not self._ready and not self._woken:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            look = loop.call_later(POLL, self._release)
            await self._waiter
            look.cancel()
            if self.inbox.waiting() or self._expired():
                return
        self._woken = False

    def _release(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _wake(self) -> None:
        self._woken = True
        self._release()

    def _expired(self) -> bool:
        now = self.clock.now()
        return any(0 < gate.expires <= now for gate in self.journal.head.gates)

    def _absorb(self) -> None:
        """Step what has become ready: results as they arrived, then what other processes put into the inbox."""
        ready, self._ready = self._ready, []
        for key in dict.fromkeys(ready):
            self._absorb_one(key)
        self.inbox.answer(self._take)

    def _absorb_one(self, key: Key) -> None:
        running = self._tasks.get(key)
        command = next((one for one in self._commands() if _key(one) == key), None)
        if running is None or command is None:
            return
        fact = self._fact(command, running)
        if running.task.done():
            self._drop(key)
        if fact is not None:
            try:
                self._take(fact)
            except IllegalEvent:
                # The run has moved on since the command was given; its answer is not wanted any more.
                return

    def _fact(self, command: Command, running: _Task) -> Fact | None:
        """What has become of a task; None where nothing is to be said."""
        took = round((asyncio.get_running_loop().time() - running.started) * 1000)
        done = running.task.done()
        if isinstance(command, MakePlan):
            made: Fact = running.task.result()
            return made
        if isinstance(command, AskPerson):
            return self._answered(command, running.task.result())
        if not isinstance(command, ToolCommand) or isinstance(command, StartTool):
            return None
        outcome = None if not done or running.task.cancelled() else running.task.result()
        if isinstance(command, StopTool):
            return self.facts.stopped(command, outcome, took)
        if isinstance(command, AwaitLate):
            return self.facts.late(command, outcome, took)
        return self.facts.called(command, outcome, took)

    def _answered(self, command: AskPerson, fact: Fact | None) -> Fact | None:
        if fact is None:
            self._left.add(command.gate)
        return fact


def _key(command: Command) -> Key:
    """What a task is known by: one a plan, one an attempt, one a gate."""
    if isinstance(command, ToolCommand):
        return ("mark", *_attempt(command)[1:]) if isinstance(command, StartTool) else _attempt(command)
    if isinstance(command, MakePlan):
        return ("plan", str(command.turn), str(command.refusals))
    if isinstance(command, AskPerson):
        return ("gate", command.gate)
    return (type(command).__name__,)


def _attempt(command: ToolCommand) -> Key:
    """What the task of one attempt is known by."""
    return ("call", command.call, str(command.attempt))

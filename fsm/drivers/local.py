"""The local driver: performs the commands of one run side by side, and feeds events back.

The order never changes: load the head, ask for its commands, perform, event, step, commit, and only then the next
commands, and only then tell anyone.  What needs nothing from outside (marks, observations) is stepped at once and
shares a commit with what led to it.  A task whose command is gone is stopped and its result discarded.

The driver decides nothing about the run: which command follows is the kernel's business, what an answer means too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from signal import SIGTERM

from attrs import define, evolve, field

from ...states.calls import call_id, named
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
from ...states.errors import Busy, DetentError, IllegalEvent, InternalError, UsageError, Waits
from ...states.events import CallStarted, Event, Observed, Resolved
from ...states.names import Resolution, State
from ...states.snapshot import Snapshot
from ..kernel import commands
from .allowing import ruled
from .attempting import Attempting
from .attempts import attempt_text, check_rerun, still_runs
from .clock import Clock
from .committing import Committer
from .decisions import expiry
from .ending import Ending
from .facts import Facts
from .inbox import Inbox
from .journal import Fact, Journal
from .keys import attempt_key, attempt_named, awaited, bug, key_of, result_of
from .marked import marked
from .prepared import Prepared
from .recovery import Recovery
from .settle import end_below
from .tasks import Key, Running, Tasks
from .unsaved import with_unsaved
from .watcher import Watcher

__all__ = ["Driver", "Watcher"]

POLL = 0.2  # seconds between two looks around while nothing happens
GRACE = 2.0  # seconds a stopped tool has to end
HASTE = 0.5  # seconds it has when the run is to be parked now


@define
class Driver:
    """Drives one run from its head until it ends, waits for a person, or is parked.

    Args:
        journal: the run
        prepared: what performs its commands: planner, tools, rules
        watcher: who is told
        patience: seconds that running calls have to end when the run is to be parked
    """

    journal: Journal
    prepared: Prepared
    watcher: Watcher = field(factory=Watcher)
    patience: float = 10.0
    clock: Clock = field(init=False)
    facts: Facts = field(init=False)
    inbox: Inbox = field(init=False)
    _tasks: Tasks = field(init=False)
    _committer: Committer = field(init=False)
    _uncommitted: DetentError | None = None
    _durable: Snapshot = field(init=False)
    _marked: set[Key] = field(factory=set)
    _left: set[str] = field(factory=set)
    _asked: tuple[Snapshot, tuple[Command, ...]] | None = None
    _signal: int = 0
    _taker: str = ""
    _waits: Waits | None = None
    _aside: set[Key] = field(factory=set)  # calls whose child runs wait for a person
    _until: float = 0.0
    _now: bool = False

    def __attrs_post_init__(self) -> None:
        self._durable = self.journal.head
        self._committer = Committer.of(self.journal.store)
        self.clock = Clock(self.journal.head.at)
        recovery = Recovery(self.journal.store, self.prepared.hands, self.watcher.notice)
        self.facts = Facts(
            self.journal, self.prepared, self.clock, Attempting(recovery, self.journal.head.run)
        )
        self._tasks = Tasks(self.facts.attempting.unheard)
        self.inbox = Inbox(self.journal, self.clock)

    def park(self, signal: int) -> None:
        """Park the run: at the next boundary, or, asked a second time, now.  Safe in a signal handler of the loop."""
        if self._signal:
            self._now = True
        else:
            self._until = time.monotonic() + self.patience
        self._signal = signal
        self._tasks.wake()

    def give_up(self, taker: str) -> None:
        """Park the run at the next boundary, for another process that takes it over.

        Args:
            taker: who that is, in words
        """
        self._taker = taker
        if not self._signal:
            self.park(SIGTERM)

    async def drive(self) -> Ending:
        """Drive the run; trouble that parks it is part of the ending, its snapshot the last that is durable."""
        with self._committer.driving(), marked():
            try:
                return await self._loop()
            except asyncio.CancelledError:
                with contextlib.suppress(
                    DetentError
                ):  # whoever cancels is told of that, and the run stands where it was
                    self._absorb()
                    await self._commit()
                raise
            except DetentError as trouble:
                return await self._troubled(trouble)
            except Exception as error:  # noqa: BLE001 - whoever is told, or asks, may raise anything
                return await self._troubled(bug(error))
            finally:
                self._leave()
                await self._tasks.end(HASTE if self._now else GRACE)

    async def _troubled(self, trouble: DetentError) -> Ending:
        """Parked by trouble, with everything kept that had come in."""
        try:
            if trouble is not self._uncommitted:
                await self._commit()
        except DetentError as worse:
            trouble = worse
        except Exception as error:  # noqa: BLE001 - whoever is told may raise anything
            trouble = bug(error)
        lost = with_unsaved(trouble, self._durable, self.journal.pending())
        return Ending(self._durable, trouble=lost)

    def _leave(self) -> None:
        """Say of every marked attempt that runs here, and may run on, that nobody waits for it any more."""
        self.prepared.hands.leave()
        for key in self._tasks.keys():  # noqa: SIM118 - no mapping
            if key in self._marked:
                self.facts.attempting.leave(key[1], int(key[2]))

    def _ending(self) -> Ending:
        """Where the run stands now that it is parked."""
        if self._waits is not None:
            return Ending(self.journal.head, trouble=self._waits)
        if not self._taker:
            return Ending(self.journal.head, signal=self._signal)
        short = self.journal.head.run[:6]
        taken = Busy(f"Run {short} is taken over by {self._taker}.", f"Look at it:  detent show {short}")
        return Ending(self.journal.head, trouble=taken)

    async def _loop(self) -> Ending:
        while True:
            self._rest()
            self.inbox.answer(self._take, self.give_up)
            for fact in ruled(self.journal, self.prepared, self.clock):
                self._take(fact)
            self._free()
            await self._commit()
            if not self.journal.head.state.live:
                if self.journal.head.reason == "cancelled":
                    end_below(self.journal.store, self.journal.head.run)
                return Ending(self.journal.head)
            self._reconcile()
            if self._parked():
                if self._now or not self.inbox.waiting():
                    return self._ending()
                continue
            await self._tasks.wait(POLL)
            self._absorb()

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
            self._marked.add(attempt_key(command))
            mark = CallStarted(run=head.run, at=self.clock.now(), call=command.call, attempt=command.attempt)
            return Fact(mark, extras=(attempt_text(command.call, command.attempt),))
        if isinstance(command, StopTool) and key_of(command) not in self._tasks:
            return self.facts.stopped(command)
        if isinstance(command, AskPerson) and 0 < command.expires <= self.clock.now():
            return expiry(head, command.gate, self.clock.now())
        return None

    def _take(self, fact: Fact) -> None:
        """Step a fact in memory; one that was made while another came in has happened after it.

        Raises:
            IllegalEvent: no row takes it
            UsageError: it would run again what still runs here
        """
        head = self.journal.head
        self._check_rerun(head, fact.event)
        if fact.event.at < head.at:
            fact = evolve(fact, event=evolve(fact.event, at=head.at))
        self.journal.take(fact)

    def _check_rerun(self, head: Snapshot, event: Event) -> None:
        """Nobody can say that an attempt did not happen while it still runs here."""
        if not isinstance(event, Resolved) or event.how is not Resolution.DID_NOT_HAPPEN:
            return
        for gate in head.gates:
            if gate.id != event.gate or gate.call < 0:
                continue
            call = head.calls[gate.call]
            running = self._tasks.get(
                attempt_named(call_id(head.turn, gate.call, call.fallback), call.attempt)
            )
            if running is not None and not running.task.done():
                raise still_runs(named(head.spec, call).name, os.getpid())
        check_rerun(self.journal.store, head, event)

    async def _commit(self) -> None:
        """Make durable what was taken, and then tell of it, also where this is cancelled meanwhile."""
        try:
            await self._committer.commit(self.journal, self.watcher.notice)
        except DetentError as trouble:
            self._uncommitted = trouble
            raise
        finally:
            for click, took in self.journal.told():
                self._durable = click.after
                self.watcher.click(click, took)

    def _rest(self) -> None:
        """Waiting for a person is not active time."""
        if self.journal.head.state is State.AWAITING_APPROVAL:
            self.clock.rest()

    # What is performed -----------------------------------------------------------------------------------------

    def _reconcile(self) -> None:
        """Start what is commanded and not running; stop what runs and is not commanded any more."""
        wanted = {key_of(command): command for command in self._commands()}
        for key in self._tasks.keys():  # noqa: SIM118 - no mapping
            if key not in wanted:
                self._tasks.drop(key)
        for key, command in wanted.items():
            if isinstance(command, StopTool):
                self.prepared.hands.leave()
                self._tasks.stop(key, GRACE, cancel=self.facts.stops(command))
            elif (
                key not in self._tasks
                and key not in self._aside
                and (not self._signal or key in self._marked)
            ):
                self._start(key, command)

    def _start(self, key: Key, command: Command) -> None:
        if isinstance(command, MakePlan):
            self._tasks.start(key, self.facts.plan(command, self.watcher.say))
        elif isinstance(command, AwaitTool) and key not in self._marked:  # another life started it
            self._tasks.start(key, self.facts.call(command, self.watcher.progress, ours=False))
        elif isinstance(command, CallTool | AwaitTool):
            wait = self._until_then(getattr(command, "not_before", 0)) + command.timeout / 1000
            self._tasks.start(key, self.facts.call(command, self.watcher.progress), wait)
        elif isinstance(command, StartTool):
            self._tasks.start(key, asyncio.sleep(self._until_then(command.not_before)))
        elif isinstance(command, AskPerson) and self.watcher.ask is not None and self._asks(command):
            self._tasks.start(key, awaited(self.watcher.ask(command)))

    def _until_then(self, at: int) -> float:
        """Seconds until a time."""
        return max(0, at - self.clock.now()) / 1000

    def _asks(self, command: AskPerson) -> bool:
        """Whether this gate is put to the person now: one after the other, and none that was left."""
        return command.gate not in self._left and not any(key[0] == "gate" for key in self._tasks.keys())  # noqa: SIM118

    # What is waited for ----------------------------------------------------------------------------------------

    def _parked(self) -> bool:
        """Whether nothing more happens here: a person is waited for elsewhere, or a signal came."""
        if self._signal:
            self._now = self._now or time.monotonic() >= self._until
            out = (
                key_of(one) for one in self._commands() if isinstance(one, CallTool | AwaitTool | StopTool)
            )
            return self._now or not any(key in self._tasks for key in out)
        if self.journal.head.state is not State.AWAITING_APPROVAL:
            return False
        return self.watcher.ask is None or all(gate.id in self._left for gate in self.journal.head.gates)

    def _absorb(self) -> None:
        """Step what has become ready, in the order in which it did; trouble with one keeps no other out.

        Raises:
            DetentError: the first trouble there was
        """
        self._rest()
        troubles = []
        for key in self._tasks.ready():
            try:
                self._absorb_one(key)
            except Waits as waits:
                self._wait_below(key, waits)
            except DetentError as trouble:
                troubles.append(trouble)
        if troubles:
            raise troubles[0]

    def _wait_below(self, key: Key, waits: Waits) -> None:
        """A child run waits for a person: park with it, once what runs beside it had its time to end."""
        self._tasks.drop(key)
        self._aside.add(key)
        self._waits = self._waits or waits
        if not self._signal:
            self.park(SIGTERM)

    def _absorb_one(self, key: Key) -> None:
        running = self._tasks.get(key)
        command = next((one for one in self._commands() if key_of(one) == key), None)
        if running is None or command is None:
            return
        fact = self._fact(command, running)
        if running.task.done():
            self._tasks.heard(key)
        if fact is None:
            return
        try:
            self._take(fact)
        except (IllegalEvent, UsageError) as refused:
            if not isinstance(command, AskPerson):
                raise
            self.watcher.notice(
                str(refused)
            )  # it came too late, or cannot be yet; an open gate is asked again

    def _fact(self, command: Command, running: Running) -> Fact | None:
        """What has become of a task; None where nothing is to be said."""
        done = running.task.done()
        outcome = result_of(running.task) if done else None
        if isinstance(command, MakePlan):
            if outcome is None:
                raise InternalError("The planner was cancelled by itself.")
            planned: Fact = outcome
            return planned
        if isinstance(command, AskPerson):
            return self._answered(command, outcome)
        if not isinstance(command, ToolCommand) or isinstance(command, StartTool):
            return None
        if isinstance(command, StopTool):
            return self.facts.stopped(command, outcome, running.took)
        if isinstance(command, AwaitLate):
            return self.facts.late(command, outcome, running.took)
        if not done and self.facts.attempting.probing(command):
            return None  # it has ended, and what became of it is being found out
        if not done and isinstance(command, AwaitTool) and command.once:
            self.facts.attempting.leave(command.call, command.attempt)
        return self.facts.called(command, outcome, running.took)

    def _answered(self, command: AskPerson, fact: Fact | None) -> Fact | None:
        if fact is None:
            self._left.add(command.gate)
        return fact

"""A tiny driver, killed anywhere ten thousand times: what must not happen twice does not.

The driver is a generator that yields wherever a process can die: between a commit and a start, a start and its effect,
an effect and the commit of its result.  Dying is not asking it for more.  What survives is what was committed, and the
world's ledger of effects.

`DETENT_CRASHES` says how often it dies.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator
from random import Random

import pytest
from attrs import define, field, frozen

from detent.fsm.kernel import begin, commands, step
from detent.fsm.replay import fold
from detent.states.calls import call_id, key, named
from detent.states.canonical import canonical, parse
from detent.states.codec import decode_event, decode_snapshot, encode_event, encode_snapshot
from detent.states.commands import (
    AskPerson,
    AwaitLate,
    AwaitTool,
    CallTool,
    Command,
    StopTool,
    ToolCommand,
)
from detent.states.events import (
    Approved,
    CallStarted,
    Cancelled,
    Decision,
    Edited,
    Event,
    PlanMade,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from detent.states.limits import Limits
from detent.states.names import Approval, Effect, GateKind, Ran, Resolution
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec
from tests.moves import legal_answers, named_call

CRASHES = int(os.environ.get("DETENT_CRASHES", "10000"))
SPEC = Spec(
    tools=(
        ToolSpec(name="look", effect=Effect.READ, approval=Approval.NEVER, attempts=2),
        ToolSpec(
            name="put", effect=Effect.IDEMPOTENT, approval=Approval.PREDICATE, attempts=3, fallback=("pay",)
        ),
        ToolSpec(name="pay", effect=Effect.ONCE, approval=Approval.ALWAYS, attempts=3, fallback=("put",)),
        ToolSpec(name="ring", effect=Effect.ONCE, approval=Approval.PREDICATE, attempts=2, parallel=True),
    ),
    limits=Limits(model_turns=6, tool_calls=12, notes=2),
)


@frozen
class Done:
    """One effect in the world.

    Args:
        tool: whose
        call: the call's id
        key: its idempotency key; empty for READ
    """

    tool: str
    call: str
    key: str = ""


@define
class Disk:
    """What survives a crash: the committed rows, and the world."""

    body: str
    rows: list[tuple[str, int, str]] = field(factory=list)
    ledger: list[Done] = field(factory=list)

    def head(self) -> Snapshot:
        """The last committed snapshot."""
        return decode_snapshot(parse(self.body), SPEC)

    def events(self) -> list[Event]:
        """Every committed event."""
        return [decode_event(name, "r", at, body) for name, at, body in self.rows]


@define
class Life:
    """One life of a driver; what it holds besides the disk dies with it."""

    disk: Disk
    random: Random
    honest: bool
    marked: set[tuple[str, int]] = field(factory=set)
    running: set[tuple[str, int]] = field(factory=set)

    def drive(self) -> Generator[None, None, None]:
        """Drive the run to its end; whoever stops iterating has killed it."""
        head = self.disk.head()
        while head.state.live:
            command = self._next(commands(head))
            event = yield from self._perform(head, command)
            head = step(head, event)
            yield
            self.disk.rows.append((type(event).__name__, event.at, encode_event(event)))
            self.disk.body = canonical(encode_snapshot(head))
            if isinstance(event, CallStarted):
                self.marked.add((event.call, event.attempt))
            if not any(isinstance(one, AwaitLate) for one in commands(head)):
                self.running.clear()
            yield

    def _next(self, asked: tuple[Command, ...]) -> Command:
        """Any command; an attempt that still runs here comes before the question what became of it."""
        late = [one for one in asked if isinstance(one, AwaitLate) and _attempt(one) in self.running]
        rest = [one for one in asked if not isinstance(one, AwaitLate)]
        return self.random.choice(late or rest)

    def _perform(self, head: Snapshot, command: Command) -> Generator[None, None, Event]:
        if isinstance(command, AwaitTool):
            return (yield from self._tool(head, command))
        if isinstance(command, CallTool):
            self.disk.ledger.append(Done(command.tool, command.call))
            yield
        if isinstance(command, AwaitLate):
            yield from self._effect(head, command)
            return _result(head, command)
        if isinstance(command, StopTool):
            return _failure(head, command, Ran.NO if _attempt(command) in self.marked else Ran.UNKNOWN)
        if isinstance(command, AskPerson) and command.kind is GateKind.DOUBT and self.honest:
            return self._truth(head, command)
        return self._anything(head, command)

    def _tool(self, head: Snapshot, command: AwaitTool) -> Generator[None, None, Event]:
        """An attempt: a lost one is said to be lost; others fail before, during or after their effect, or return."""
        if command.once and _attempt(command) not in self.marked:
            return _failure(head, command, Ran.UNKNOWN)
        yield
        chance = self.random.random()
        if chance < 0.15:
            return _failure(head, command, Ran.NO)
        if chance < 0.3 and command.once:
            self.running.add(_attempt(command))  # it timed out, and may go on
            return _failure(head, command, Ran.UNKNOWN)
        yield from self._effect(head, command)
        return _failure(head, command, Ran.UNKNOWN) if chance < 0.4 else _result(head, command)

    def _effect(self, head: Snapshot, command: ToolCommand) -> Iterator[None]:
        tool = named(SPEC, named_call(head, command.call)).name
        self.running.discard(_attempt(command))
        self.marked.discard(_attempt(command))
        self.disk.ledger.append(Done(tool, command.call, key("r", command.call)))
        yield

    def _truth(self, head: Snapshot, command: AskPerson) -> Event:
        """What a person says who has looked into the ledger."""
        call = command.gate.split("-")[1]
        happened = any(done.call == call for done in self.disk.ledger)
        ways = {one.how: one for one in legal_answers(head, command) if isinstance(one, Resolved)}
        if happened:
            return ways[Resolution.HAPPENED]
        return ways.get(Resolution.DID_NOT_HAPPEN, ways[Resolution.FAILED])

    def _anything(self, head: Snapshot, command: Command) -> Event:
        """Whatever the model, a READ tool or the person happens to say."""
        chance = self.random.random()
        if chance < 0.02 and head.told < SPEC.limits.notes and not head.cancelling:
            return Told(run="r", at=head.at, number=head.told + 1, note="n")
        if chance > 0.99 and not head.cancelling:
            return Cancelled(run="r", at=head.at)
        said = list(legal_answers(head, command, width=2))
        wished = [
            one
            for one in said
            if isinstance(one, Approved) or (isinstance(one, PlanMade) and 0 < len(one.calls) <= 2)
        ]
        return self.random.choice(wished if wished and chance < 0.8 else said)


def _attempt(command: ToolCommand) -> tuple[str, int]:
    return command.call, command.attempt


def _result(head: Snapshot, command: ToolCommand) -> Event:
    return ToolReturned(run="r", at=head.at, call=command.call, attempt=command.attempt, result="r")


def _failure(head: Snapshot, command: ToolCommand, ran: Ran) -> Event:
    ways = (one for one in legal_answers(head, command) if isinstance(one, ToolFailed))
    return next(one for one in ways if one.ran is ran and one.transient)


def live_and_die(random: Random, *, honest: bool) -> tuple[Disk, int]:
    """One run through as many lives as it takes; how often it died."""
    disk = Disk(canonical(encode_snapshot(begin(SPEC, "r", 1))))
    deaths = 0
    while disk.head().state.live:
        life = Life(disk, random, honest).drive()
        deaths += all(next(life, life) is None for _ in range(random.randrange(16)))
        life.close()
    return disk, deaths


def check(disk: Disk, *, honest: bool) -> None:
    """What a person finds who compares the world with the record."""
    events = disk.events()
    reruns = Counter(
        event.gate.split("-")[1]
        for event in events
        if isinstance(event, Resolved) and event.how is Resolution.DID_NOT_HAPPEN
    )
    once = Counter(done.call for done in disk.ledger if SPEC.by_name[done.tool].effect is Effect.ONCE)
    for call, times in once.items():
        assert times <= 1 + (0 if honest else reruns[call])
    keys = {(done.call, done.key) for done in disk.ledger if done.key}
    assert len(keys) == len({call for call, _ in keys}) == len({one for _, one in keys})
    yes = {one.gate.split("-")[1] for one in events if isinstance(one, Approved | Edited)}
    assert {done.call for done in disk.ledger} & _asking(events) <= yes


def _asking(events: list[Event]) -> set[str]:
    """The calls that ask first, as plans and failures said."""
    plans = {
        event.turn: event for event in events if isinstance(event, PlanMade)
    }  # the last of a turn is taken
    asking = {
        call_id(turn, place, 0)
        for turn, plan in plans.items()
        for place, one in enumerate(plan.calls)
        if one.asks
    }
    for event in events:
        if isinstance(event, ToolFailed) and event.fallback_asks:
            turn, place, fallback = map(int, event.call.split("."))
            after = call_id(turn, place, fallback + 1)
            if any(isinstance(one, Decision) and one.gate.startswith(f"approval-{after}-") for one in events):
                asking.add(after)
    return asking


@pytest.mark.parametrize("honest", [True, False])
def test_nothing_irreversible_happens_twice_or_unasked(*, honest: bool) -> None:
    """However often its driver dies, a run ends; a ONCE effect comes twice only where a person said it had not come."""
    random = Random(11 + honest)
    deaths = effects = reruns = 0
    while deaths < CRASHES // 2:
        disk, times = live_and_die(random, honest=honest)
        check(disk, honest=honest)
        deaths += times
        effects += len(disk.ledger)
        reruns += any(isinstance(event, Resolved) for event in disk.events())
    assert effects > CRASHES // 20
    assert reruns > CRASHES // 1000


def test_a_replay_of_the_record_gives_the_last_snapshot() -> None:
    """What was committed in many lives folds to the same bytes in one go."""
    random = Random(3)
    for _ in range(30):
        disk, _ = live_and_die(random, honest=True)
        last = fold(begin(SPEC, "r", 1), disk.events())
        assert canonical(encode_snapshot(last)) == disk.body

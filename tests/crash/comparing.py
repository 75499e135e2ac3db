"""One event given to the kernel and to the second machine, and what they say of it compared.

Rules.  A difference is a sentence; whoever finds one keeps the history that leads to it.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from detent.fsm.fuel import fuel
from detent.fsm.kernel import begin, commands, fork, transition
from detent.states.canonical import canonical, parse
from detent.states.codec import decode_snapshot, encode_snapshot
from detent.states.commands import (
    AskPerson,
    AwaitTool,
    CallTool,
    Command,
    MakePlan,
    Observe,
    StartTool,
    ToolCommand,
)
from detent.states.errors import IllegalEvent
from detent.states.events import Event
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.crash import reference
from tests.crash.reference_fork import fork as second_fork
from tests.crash.reference_rules import Illegal, take

__all__ = ["Different", "Forking", "Pair"]


class Different(Exception):
    """The kernel and the second machine disagree, or the kernel breaks its own promises."""


@frozen
class Forking:
    """A fork, as a step of a history.

    Args:
        spec: what it agrees to
        run: its id
        at: when
    """

    spec: Spec
    run: str
    at: int


@define
class Pair:
    """The same run twice.

    Args:
        snapshot: the kernel's
        world: the second machine's
        asked: what the kernel asks for
        rows: the rows of the table that were taken
    """

    snapshot: Snapshot
    world: reference.World
    asked: tuple[Command, ...] = ()
    rows: set[str] = field(factory=set)

    @classmethod
    def begun(cls, spec: Spec, run: str, at: int) -> Pair:
        """A run that begins."""
        pair = cls(begin(spec, run, at), reference.begin(spec, run, at))
        pair.compare()
        return pair

    def fork(self, to: Forking) -> None:
        """Go on as a fork, and leave the parent as it is.

        Raises:
            Different: they differ
        """
        self.snapshot = fork(self.snapshot, to.spec, to.run, to.at)
        self.world = second_fork(self.world, to.spec, to.run, to.at)
        self.compare()

    def send(self, event: Event, *, deep: bool = False) -> bool:
        """Give both an event; whether it was taken.

        Args:
            event: it
            deep: also look at the stored form

        Raises:
            Different: they differ
        """
        before, world = self.snapshot, self.world.copy()
        was = (_seen(before), canonical(encode_snapshot(before)) if deep else "")
        try:
            take(world, event)
            legal = True
        except Illegal:
            legal = False
        try:
            click = transition(before, event)
        except IllegalEvent:
            if legal:
                raise Different("the kernel refuses what the second machine takes") from None
            now = (_seen(before), canonical(encode_snapshot(before)) if deep else "")
            _same("what a refused event left", now, was)
            return False
        except Exception as error:
            raise Different(f"the kernel raised {type(error).__name__}: {error}") from error
        if not legal:
            raise Different(f"the kernel takes (row {click.row.name}) what the second machine refuses")
        self.snapshot, self.world = click.after, world
        self.rows.add(click.row.name)
        if not 0 <= fuel(click.after) < fuel(before):
            raise Different(f"fuel went from {fuel(before)} to {fuel(click.after)}")
        self.compare(deep=deep)
        return True

    def compare(self, *, deep: bool = False) -> None:
        """Hold the two side by side.

        Raises:
            Different: they differ
        """
        snapshot = self.snapshot
        _waits(snapshot, self.world)
        _same("the state", _seen(snapshot), _meant(self.world))
        self.asked = commands(snapshot)
        wanted = reference.commands(self.world)
        found = {_command(one) for one in self.asked}
        if found != wanted or len(self.asked) != len(wanted):
            raise Different(f"the kernel asks for {sorted(found - wanted)}, not {sorted(wanted - found)}")
        if deep:
            again = decode_snapshot(parse(canonical(encode_snapshot(snapshot))), snapshot.spec)
            if again != snapshot or commands(again) != self.asked or commands(snapshot) != self.asked:
                raise Different("the stored form gives another snapshot, or other commands")


def _same(what: str, found: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
    if found != wanted:
        pairs = [(one, two) for one, two in zip(found, wanted, strict=True) if one != two]
        raise Different(f"{what}: " + "; ".join(f"{one!r} and not {two!r}" for one, two in pairs))


def _waits(snapshot: Snapshot, world: reference.World) -> None:
    """A wait is anything in its range; from then on both know it."""
    for call, job in zip(snapshot.calls, world.jobs, strict=False):
        if job.wait is not None:
            least, most = job.wait
            if not least <= call.not_before <= most:
                raise Different(f"the wait ends at {call.not_before} and not from {least} to {most}")
            job.not_before, job.wait = call.not_before, None


def _seen(snapshot: Snapshot) -> tuple[Any, ...]:
    """A snapshot without what is the kernel's own business."""
    usage = snapshot.usage
    return (
        snapshot.run,
        snapshot.state,
        snapshot.seq,
        snapshot.at,
        (snapshot.turn, snapshot.refusals, snapshot.extensions),
        (snapshot.told, snapshot.shown, snapshot.looped, snapshot.repeats),
        (
            usage.model_turns,
            usage.model_calls,
            usage.tool_calls,
            usage.tokens,
            usage.money,
            usage.milliseconds,
        ),
        snapshot.counts,
        [
            (
                *(call.tool, call.arguments, call.attempts, call.phase, call.attempt, call.fallback),
                *(call.not_before, call.single),
                (call.outcome.status, call.outcome.text, call.outcome.reason)
                if call.outcome
                else ("", "", ""),
            )
            for call in snapshot.calls
        ],
        sorted(
            (gate.id, gate.kind, gate.call, gate.name, gate.text, gate.opened, gate.expires)
            for gate in snapshot.gates
        ),
        (snapshot.cancelling, snapshot.last, snapshot.reason, snapshot.answer),
    )


def _meant(world: reference.World) -> tuple[Any, ...]:
    return (
        world.run,
        world.state,
        world.seq,
        world.at,
        (world.turn, world.refusals, world.extensions),
        (world.told, world.shown, world.looped, world.repeats),
        tuple(world.used.values()),
        tuple(sorted(world.counts.items())),
        [
            (
                *(job.tool, job.arguments, job.attempts, job.phase, job.attempt, job.fallback),
                *(job.not_before, job.single),
                (job.status, job.text, job.why),
            )
            for job in world.jobs
        ],
        sorted(
            (gate.id, gate.kind, gate.call, gate.name, gate.text, gate.opened, gate.expires)
            for gate in world.gates.values()
        ),
        (world.cancelling, world.last, world.reason, world.answer),
    )


def _command(command: Command) -> reference.Ask:
    """A command as the second machine says it."""
    kind = type(command).__name__
    match command:
        case MakePlan():
            return kind, command.turn, command.refusals, command.calls, command.last
        case Observe():
            return kind, command.turn
        case AskPerson():
            return kind, command.gate, command.kind, command.digest, command.expires
        case CallTool():
            named = (command.tool, command.arguments)
            return kind, command.call, command.attempt, *named, command.not_before
        case StartTool():
            return kind, command.call, command.attempt, command.not_before
        case AwaitTool():
            named = (command.tool, command.arguments)
            return kind, command.call, command.attempt, *named, command.key, command.once
        case ToolCommand():
            return kind, command.call, command.attempt
    raise AssertionError(command)

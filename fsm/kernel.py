"""The kernel: five pure functions.

    begin(spec, run, at)            -> Snapshot
    step(snapshot, event)           -> Snapshot      raises IllegalEvent and changes nothing
    fork(snapshot, spec, run, at)   -> Snapshot
    commands(snapshot)              -> tuple of Command
    fuel(snapshot)                  -> int           (in `fuel`)

No clock, no chance, no input or output: time and ids come in with events.  Because `commands` looks at the snapshot
alone, going on, forking and looking back are one act: load a snapshot, ask for its commands.

A step patches first (`states/`), then the guards are asked, then the table picks the row.  `transition` is a step
that also says which row was taken and what the guards' values were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from attrs import frozen

from ..states import anywhere, awaiting_approval, done, executing, failed, observing, planning
from ..states.canonical import canonical
from ..states.commands import Command
from ..states.errors import InternalError
from ..states.events import Cancelled, Event, Told
from ..states.legality import refuse
from ..states.limits import Usage
from ..states.names import State
from ..states.ordering import reached
from ..states.replacing import replace
from ..states.snapshot import Snapshot
from ..states.spec import Spec
from .forking import fork
from .fuel import fuel
from .table import Row, asked, candidates, pick

__all__ = ["Transition", "begin", "commands", "fork", "fuel", "step", "transition"]

_STATES: Mapping[State, ModuleType] = {
    State.PLANNING: planning,
    State.EXECUTING: executing,
    State.OBSERVING: observing,
    State.AWAITING_APPROVAL: awaiting_approval,
    State.DONE: done,
    State.FAILED: failed,
}
_ANYWHERE: Mapping[type[Event], Callable[[Snapshot, Any], Snapshot]] = {
    Told: anywhere.told,
    Cancelled: anywhere.cancelled,
}


@frozen(slots=False)
class Transition:
    """One click, with its reasons.

    Args:
        before: the snapshot it started from
        event: what happened
        after: the snapshot it led to
        row: the row of the table
        values: those of the guards that were asked, in their order
    """

    before: Snapshot
    event: Event
    after: Snapshot
    row: Row
    values: tuple[bool, ...]

    @property
    def guards(self) -> dict[str, bool]:
        """The value of every guard that was asked, by name."""
        guards = asked(self.before.state, type(self.event).__name__)
        return {name: value for (name, _), value in zip(guards, self.values, strict=True)}

    @property
    def reasons(self) -> str:
        """The row taken, the guards' values, and what spoke against each other candidate; canonical JSON."""
        return _reasons(self.row, self.values)


@lru_cache(maxsize=1024)
def _reasons(row: Row, values: tuple[bool, ...]) -> str:
    """They follow from the row, which has its state and event, and from the guards' values: few come ever again."""
    guards = {name: value for (name, _), value in zip(asked(row.source, row.event), values, strict=True)}
    lost = {one.name: list(one.lost(guards)) for one in candidates(row.source, row.event) if one is not row}
    return canonical({"taken": row.name, "guards": guards, "lost": lost})


def begin(spec: Spec, run: str, at: int) -> Snapshot:
    """The first snapshot of a run.

    Args:
        spec: what the run agrees to
        run: its id
        at: now, milliseconds since the epoch
    """
    first = Snapshot(
        run=run,
        spec=spec,
        state=State.PLANNING,
        seq=0,
        at=at,
        turn=1,
        usage=Usage(),
        history=1,
    )
    name = reached(first)
    return replace(first, usage=Usage(model_turns=1), last=f"limit.{name}" if name else "")


def commands(snapshot: Snapshot) -> tuple[Command, ...]:
    """What this snapshot asks the outside for; a function of the snapshot alone."""
    asked_for: tuple[Command, ...] = _STATES[snapshot.state].commands(snapshot)
    return asked_for


def step(snapshot: Snapshot, event: Event) -> Snapshot:
    """The next snapshot.

    Raises:
        IllegalEvent: no row of the table takes this event here; nothing was changed
    """
    return transition(snapshot, event).after


def transition(snapshot: Snapshot, event: Event) -> Transition:
    """One click, with its reasons.

    Raises:
        IllegalEvent: no row of the table takes this event here; nothing was changed
    """
    if event.run != snapshot.run:
        refuse(snapshot, event, f"it belongs to run {event.run}")
    if event.at < snapshot.at:
        refuse(snapshot, event, f"its time lies before {snapshot.at}")
    state, kind = snapshot.state, type(event)
    take = _ANYWHERE.get(kind) or _STATES[state].take
    patched: Snapshot = take(snapshot, event)
    name = kind.__name__
    guards = asked(state, name)
    values = tuple([value(snapshot, event, patched) for _, value in guards])
    row = pick(state, name, values)
    if row is None:
        raise InternalError(f"No row takes {name} from {state.value} at {snapshot.run}@{snapshot.seq}.")
    after = replace(patched, state=row.dest, seq=snapshot.seq + 1, at=event.at)
    left = fuel(after)
    if left >= (snapshot.fuel if snapshot.fuel >= 0 else fuel(snapshot)):
        raise InternalError(f"Fuel did not fall on {name} ({row.name}) at {snapshot.run}@{snapshot.seq}.")
    object.__setattr__(after, "fuel", left)  # nobody has seen it yet
    return Transition(snapshot, event, after, row, values)

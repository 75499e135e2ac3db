"""What any live state takes: a note told by a person, and the end of the run by one."""

from __future__ import annotations

from attrs import evolve

from .calls import Call, Outcome, settle
from .events import Cancelled, Told
from .legality import check
from .limits import add
from .names import Phase, State, Status
from .snapshot import Snapshot

__all__ = ["cancelled", "told"]


def told(snapshot: Snapshot, event: Told) -> Snapshot:
    """One more note; the planner sees it when it plans next."""
    left = snapshot.told < snapshot.spec.limits.notes
    check(snapshot, event, holds=left, why=f"the run takes no more than {snapshot.spec.limits.notes} notes")
    check(snapshot, event, holds=not snapshot.cancelling, why="the run is being cancelled")
    check(
        snapshot, event, holds=event.number == snapshot.told + 1, why=f"note {snapshot.told + 1} comes next"
    )
    usage = add(snapshot.usage, event.spent)
    return evolve(snapshot, told=event.number, history=snapshot.history + 1, usage=usage)


def cancelled(snapshot: Snapshot, event: Cancelled) -> Snapshot:
    """Drop what has not started, close the gates, wait for what has; an attempt in doubt stays so."""
    check(snapshot, event, holds=not snapshot.cancelling, why="the run is being cancelled already")
    not_run = Outcome(status=Status.NOT_RUN, reason="cancelled")

    def dropped(call: Call) -> Call:
        return settle(call, not_run) if call.phase in (Phase.PROPOSED, Phase.READY) else call

    started = snapshot.state is State.EXECUTING and any(
        call.phase is Phase.STARTED for call in snapshot.calls
    )
    return evolve(
        snapshot,
        calls=tuple(dropped(call) for call in snapshot.calls),
        gates=(),
        cancelling=started,
        reason="" if started else "cancelled",
        usage=add(snapshot.usage, event.spent),
    )

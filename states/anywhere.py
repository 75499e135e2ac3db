"""What any live state takes: a note told by a person, and the end of the run by one."""

from __future__ import annotations

from .calls import Call, Outcome, settle
from .events import Cancelled, Event, Told
from .legality import check
from .limits import add
from .names import Phase, State, Status
from .replacing import replace
from .snapshot import Snapshot

__all__ = ["cancelled", "told"]


def told(snapshot: Snapshot, event: Told) -> Snapshot:
    """One more note; the planner sees it when it plans next."""
    _check_live(snapshot, event)
    left = snapshot.told < snapshot.spec.limits.notes
    check(snapshot, event, holds=left, why=f"the run takes no more than {snapshot.spec.limits.notes} notes")
    check(snapshot, event, holds=not snapshot.cancelling, why="the run is being cancelled")
    check(
        snapshot, event, holds=event.number == snapshot.told + 1, why=f"note {snapshot.told + 1} comes next"
    )
    usage = add(snapshot.usage, event.spent)
    return replace(snapshot, told=event.number, history=snapshot.history + 1, usage=usage)


def cancelled(snapshot: Snapshot, event: Cancelled) -> Snapshot:
    """Drop what has not started, close the gates, wait for what has; an attempt in doubt stays so."""
    _check_live(snapshot, event)
    check(snapshot, event, holds=not snapshot.cancelling, why="the run is being cancelled already")
    not_run = Outcome(status=Status.NOT_RUN, reason="cancelled")

    def dropped(call: Call) -> Call:
        return settle(call, not_run) if call.phase in (Phase.PROPOSED, Phase.READY) else call

    started = snapshot.state is State.EXECUTING and any(
        call.phase is Phase.STARTED for call in snapshot.calls
    )
    return replace(
        snapshot,
        calls=tuple(dropped(call) for call in snapshot.calls),
        gates=(),
        cancelling=started,
        reason="" if started else "cancelled",
        usage=add(snapshot.usage, event.spent),
    )


def _check_live(snapshot: Snapshot, event: Event) -> None:
    check(snapshot, event, holds=snapshot.state.live, why=f"the run is over ({snapshot.reason})")

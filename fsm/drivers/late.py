"""Late: what an attempt came to when nobody waited for it any more.

Its gate was settled before, its run is parked or over, or another attempt was made.  Such an outcome is never applied;
it is kept beside the run, durably and at once, for whoever looks at what really happened.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from ...states.calls import call_id
from ...states.errors import DetentError
from ...states.events import Event, Resolved, ToolFailed, ToolReturned
from ...states.snapshot import Snapshot
from ...store import Process, Store
from ...tools import Failure, Returned
from .clock import wall

__all__ = ["Late", "late_about", "late_of", "late_views"]


@frozen
class Late:
    """Keeps what the attempts of one run come to when nobody waits for them.

    Args:
        store: where the run lies
        run: the run
    """

    store: Store
    run: str

    def keep(self, call: str, attempt: int, tool: str, outcome: Returned | Failure) -> str:
        """Keep an outcome, from whatever thread, though the store be closed by now; gives what to tell of it.

        Args:
            call: the call's id
            attempt: which attempt
            tool: its tool
            outcome: what it came to
        """
        came = "has returned" if isinstance(outcome, Returned) else f"has failed ({outcome.error})"
        said = outcome.text if isinstance(outcome, Returned) else outcome.message
        made: dict[str, Any] = {
            "call": call,
            "attempt": attempt,
            "tool": tool,
            "error": "" if isinstance(outcome, Returned) else outcome.error,
            "text": said,
            "process": Process.here().pid,
        }
        try:
            with self.store.again() as own:
                own.keep_late(self.run, made, wall())
        except DetentError as error:
            return (
                f"{tool} {came} when nobody waited for it any more: {said}  That could not be kept: {error}"
            )
        short = self.run[:6]
        return f"{tool} {came} when nobody waited for it any more; it is kept, see  detent show {short}."


def late_views(store: Store, run: str) -> list[dict[str, Any]]:
    """What came too late in a run, in the order in which it came, as plain JSON.

    call, attempt, tool: what was performed.  error: the kind of failure; empty where it returned.  text: the result, or
    what the failure said.  process: where it was performed.  at: when it came, milliseconds since the epoch.
    """
    return [{**entry.body, "at": entry.at} for entry in store.late(run)]


def late_about(store: Store, before: Snapshot, event: Event) -> list[dict[str, Any]]:
    """What came too late of the attempt that an event is about.

    Args:
        store: where the run lies
        before: the snapshot that the event was taken in
        event: it
    """
    about: tuple[str, int] | None = None
    if isinstance(event, ToolReturned | ToolFailed):
        about = event.call, event.attempt
    elif isinstance(event, Resolved):
        gate = next(gate for gate in before.gates if gate.id == event.gate)
        call = before.calls[gate.call]
        about = call_id(before.turn, gate.call, call.fallback), call.attempt
    return late_of(store, before.run, *about) if about else []


def late_of(store: Store, run: str, call: str, attempt: int) -> list[dict[str, Any]]:
    """What one attempt came to too late, as `late_views` gives it."""
    return [one for one in late_views(store, run) if (one["call"], one["attempt"]) == (call, attempt)]

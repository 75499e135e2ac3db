"""Settling a run from any terminal: decisions, notes, cancels.

A driver that owns the run takes them at once, through its inbox; for a parked run we take the driver's lock, step
once, perform no command, and let go.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from ...states.errors import Busy, GateSettled, UsageError
from ...states.gates import Gate
from ...states.snapshot import Snapshot
from ...store import Store
from .clock import Clock, wall
from .decisions import Verdict, digest_of, gate_of, person
from .inbox import fact_of
from .journal import load
from .views import load_head

__all__ = ["cancel", "decide", "gates_meant", "tell"]

Kind = Literal["decision", "note", "cancel"]

PATIENCE = 30.0  # seconds a busy driver has to take an entry of its inbox


def gates_meant(
    store: Store, run: str, name: str | None, *, every: bool
) -> tuple[Snapshot, tuple[Gate, ...]]:
    """The head of a run, and the gates a person means: one, or all that are open.

    Raises:
        NotFound, GateSettled, UsageError: none, or not which
    """
    head = load_head(store, run)
    if every and head.gates and name is None:
        return head, head.gates
    if name is not None:
        _check_unsettled(store, run, name)
    return head, (gate_of(head, name),)


def _check_unsettled(store: Store, run: str, name: str) -> None:
    """Say who settled a gate before, and how."""
    for decision in store.decisions(run):
        if decision.gate == name:
            by = f" by {decision.by}" if decision.by else ""
            raise GateSettled(f"Gate {name} was settled before{by}: {decision.how}.", "Nothing was changed.")


def decide(store: Store, head: Snapshot, gate: Gate, how: str, text: str = "") -> Snapshot:
    """Settle one gate with what a person said.

    Args:
        store: where the run lies
        head: the snapshot the person was shown
        gate: the gate
        how: approve, deny, edit, answer, happened, failed, did_not_happen
        text: the reason, the answer, the result, or the edited arguments as JSON

    Raises:
        GateSettled: somebody was faster
        UsageError: the gate cannot be settled that way
        Busy: the driver that owns the run did not take it in time
    """
    verdict = Verdict(gate=gate.id, how=how, digest=digest_of(head, gate), text=text, by=person())
    return _settle(store, head.run, "decision", verdict.plain())


def tell(store: Store, run: str, note: str) -> Snapshot:
    """Tell a live run something."""
    return _settle(store, run, "note", {"text": note})


def cancel(store: Store, run: str) -> Snapshot:
    """End a run; its started tools are stopped."""
    return _settle(store, run, "cancel", {"by": person()})


def _settle(store: Store, run: str, kind: Kind, body: dict[str, Any]) -> Snapshot:
    try:
        with store.own(run):
            return _step_once(store, run, kind, body)
    except Busy:
        return _through_inbox(store, run, kind, body)


def _step_once(store: Store, run: str, kind: Kind, body: dict[str, Any]) -> Snapshot:
    journal = load(store, run)
    if not journal.head.state.live:
        raise UsageError(f"Run {run[:6]} is over ({journal.head.reason}).", f"See  detent show {run[:6]}.")
    journal.take(fact_of(journal, kind, body, Clock(journal.head.at).now()))
    journal.commit()
    return journal.head


def _through_inbox(store: Store, run: str, kind: Kind, body: dict[str, Any]) -> Snapshot:
    """Leave it with the driver, and wait until it was taken."""
    entry = store.inbox_put(run, kind, body, wall())
    if not _wait_for(lambda: store.inbox_verdict(entry).state != "waiting"):
        pid = store.owner(run)
        raise Busy(
            f"Process {pid}, which drives run {run[:6]}, did not take it within {PATIENCE:g} s.", "Try again."
        )
    verdict = store.inbox_verdict(entry)
    if verdict.state == "refused":
        raise GateSettled(verdict.error) if kind == "decision" else UsageError(verdict.error)
    return load_head(store, run)


def _wait_for(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False

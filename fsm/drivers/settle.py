"""Settling a run from any terminal: decisions, notes, cancels.

A driver that owns the run takes them at once, through its inbox; for a parked run we take the driver's lock, step
once, perform no command, and let go.  Whoever holds the lock may let it go meanwhile, so both are tried until one of
them has answered.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Literal

from ...states.commands import StopTool
from ...states.errors import Busy, DetentError, GateSettled, IllegalEvent, UsageError
from ...states.gates import Gate
from ...states.snapshot import Snapshot
from ...store import DriverLock, Settled, Store
from ..kernel import commands
from .attempts import attempt_of, check_rerun, end_left
from .clock import Clock, wall
from .decisions import (
    Verdict,
    decision_fact,
    digest_of,
    expiry,
    gate_of,
    overdue,
    person,
    stopped_fact,
)
from .inbox import fact_of
from .journal import Journal, load
from .views import load_head

__all__ = ["cancel", "decide", "end_below", "gates_meant", "tell"]

Kind = Literal["decision", "note", "cancel"]

PATIENCE = 30.0  # seconds a busy driver has to answer
PAUSE = 0.02  # seconds between two looks at what it says

SETTLED = {
    "Approved": "approved",
    "Edited": "approved with other arguments",
    "Denied": "denied",
    "Answered": "answered",
    "Extended": "extended",
    "Resolved": "resolved",
    "ToolReturned": "settled by the late result of its call",
    "Cancelled": "closed with its run, which was cancelled",
}


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
    """Say who settled a gate before, when and how."""
    for decision in store.decisions(run):
        if decision.gate == name:
            raise GateSettled(_settled_words(decision), f"Nothing was changed; see  detent show {run[:6]}.")


def _settled_words(decision: Settled) -> str:
    when = time.strftime("%H:%M:%S on %Y-%m-%d", time.localtime(decision.at / 1000))
    if decision.how == "GateExpired":
        return f"Gate {decision.gate} expired at {when}, before this came."
    by = f" by {decision.by}" if decision.by else ""
    how = SETTLED.get(decision.how, f"closed by {decision.how}")
    return f"Gate {decision.gate} was settled before: {how}{by} at {when}."


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
        UsageError: the gate cannot be settled that way, or has expired
        BadValue: edited arguments that do not fit
        Busy: the driver that owns the run has not answered
    """
    verdict = Verdict(gate=gate.id, how=how, digest=digest_of(head, gate), text=text, by=person())
    _check_unsettled(store, head.run, gate.id)
    decision_fact(head, verdict, head.at)  # what cannot be is refused here, whoever drives the run
    return _settle(store, head.run, "decision", verdict.plain())


def tell(store: Store, run: str, note: str) -> Snapshot:
    """Tell a live run something.

    Raises:
        UsageError: it is over, or takes no more notes
        Busy: the driver that owns the run has not answered
    """
    return _settle(store, run, "note", {"text": note})


def cancel(store: Store, run: str) -> Snapshot:
    """End a run; its started tools are stopped, and the runs that its calls began are ended with it.

    Raises:
        UsageError: it is over, or being ended
        Busy: the driver that owns the run has not answered
    """
    return _settle(store, run, "cancel", {"by": person()})


def end_below(store: Store, run: str) -> None:
    """End the runs that the calls of a run began and left: nobody waits for them, now that it is ended.

    Args:
        store: where they lie
        run: the run that was ended
    """
    for one in store.related(run):
        caller = one.origin.get("caller")
        if not caller or caller["run"] != run or not load_head(store, one.id).state.live:
            continue
        if store.owner(one.id) is None:  # else it is driven, and is ended by who drives it
            with suppress(DetentError):  # somebody was faster
                cancel(store, one.id)


def _settle(store: Store, run: str, kind: Kind, body: dict[str, Any]) -> Snapshot:
    """Step it here as soon as nobody drives the run, unless its driver has taken it before."""
    deadline = time.monotonic() + PATIENCE
    entry = 0
    while True:
        lock = _lock(store, run)
        if lock is not None:
            with lock:
                if not entry or store.inbox_verdict(entry).state == "waiting":
                    return _step_once(store, run, kind, body, entry)
        if not entry:
            entry = store.inbox_put(run, kind, body, wall())
        answer = store.inbox_verdict(entry)
        if answer.state == "taken":
            return load_head(store, run)
        if answer.state == "refused":
            if kind == "decision":
                _check_unsettled(store, run, body["gate"])
            raise UsageError(answer.error)
        if time.monotonic() > deadline:
            raise _unanswered(store, run)
        time.sleep(PAUSE)


def _lock(store: Store, run: str) -> DriverLock | None:
    """The run's lock; None while somebody has it."""
    try:
        return store.own(run)
    except Busy:
        return None


def _step_once(store: Store, run: str, kind: Kind, body: dict[str, Any], entry: int) -> Snapshot:
    """Step it, holding the run; an entry of the inbox that said the same is gone with it, or taken back."""
    try:
        journal = load(store, run)
        clock = Clock(journal.head.at)
        if kind == "decision":
            _expire(journal, clock)
            _check_unsettled(store, run, body["gate"])
        fact = fact_of(journal, kind, body, clock.now(), (entry,) if entry else ())
        check_rerun(store, journal.head, fact.event)
        journal.take(fact)
        for command in commands(journal.head):
            if isinstance(
                command, StopTool
            ):  # nobody drives it, so what it left behind is all there is of it
                end_left(run, attempt_of(store, run, command.call, command.attempt))
                journal.take(stopped_fact(journal.head, command, clock.now()))
        journal.commit()
        if kind == "cancel":
            end_below(store, run)
    except DetentError as error:
        if entry:
            store.inbox_answer(entry, None)
        if isinstance(error, IllegalEvent):
            raise UsageError(error.message, f"See  detent show {run[:6]}.") from error
        raise
    return journal.head


def _expire(journal: Journal, clock: Clock) -> None:
    """Settle, durably, every gate whose time is up, so that a clock that jumps back opens none of them again."""
    while gate := overdue(journal.head, clock.now()):
        journal.take(expiry(journal.head, gate.id, clock.now()))
    journal.commit()


def _unanswered(store: Store, run: str) -> Busy:
    pid = store.owner(run)
    who = f"Process {pid}, which drives run {run[:6]}," if pid else f"Whoever drives run {run[:6]}"
    return Busy(
        f"{who} has not answered for {PATIENCE:g} s.",
        "It lies in its inbox, and is taken as soon as that process goes on; if it hangs, stop it with  "
        f"detent resume {run[:6]} --take-over.",
    )

"""What is said when a driver has left a run: the answer on standard output, the rest on standard error."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from ...states.calls import named
from ...states.names import Phase, Status
from . import escape
from .gates import waiting
from .opening import short
from .wording import duration, plural

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.face import Run
    from .manners import Manners

__all__ = ["ended", "reason_words"]

REASONS = {
    "answered": "it answered",
    "cancelled": "it was cancelled",
    "gave_up": "a step failed for good",
}


def reason_words(reason: str) -> str:
    """Why a run ended, in words."""
    kind, _, name = reason.partition(".")
    if kind == "limit":
        return f"its limit {name} was reached"
    if kind == "refused":
        return f"the model's replies could not be used ({name.replace('_', ' ')})"
    return REASONS.get(reason, reason)


def ended(manners: Manners, store: Store, run: Run, took: int, *, asked: bool) -> int:
    """Say how a run ended, or where it stands.

    Args:
        manners: how to speak
        store: where the run lies
        run: the run
        took: milliseconds this driver had it
        asked: whether its gates were put to a person just now

    Returns:
        the exit code
    """
    code = run.exit_code
    if manners.json:
        manners.document(run.view())
        return code
    name = short(store, run.id)
    if manners.verbose:
        head = store.click(run.id, run.snapshot.seq)
        manners.tell(f"{name}@{head.seq}  chain {head.chain}")
    answer = run.answer
    if not run.snapshot.state.live and answer is not None:
        manners.tell()
        manners.answer(answer)
        if manners.streams.on_terminal():
            manners.tell()
    if run.ending.signal and run.snapshot.state.live:
        sent = signal.Signals(run.ending.signal).name
        manners.say(
            f"{manners.paint(name, bold=True)} is parked at click {run.snapshot.seq} ({sent}); everything is saved."
        )
        manners.say(f"  {manners.command('resume', name)}")
    elif run.gates:
        manners.tell()
        for line in waiting(manners, name, run.gates, code, shown=asked):
            manners.say(line)
    else:
        _over(manners, run, name, took)
    return code


def _over(manners: Manners, run: Run, name: str, took: int) -> None:
    clicks = plural(run.snapshot.seq, "click")
    look = f"{manners.command('show', name)} · {manners.command('log', name)}"
    shown = manners.paint(name, bold=True)
    if run.state == "DONE" and run.reason == "answered":
        manners.tell(f"{shown} is done in {duration(took)} and {clicks}.   {look}")
        return
    reason = run.reason or ""
    limited = reason.startswith("limit")
    partial = " What stands above is a partial answer." if limited and run.answer is not None else ""
    verb = "ended" if run.state == "DONE" or limited or reason == "cancelled" else "failed"
    manners.say(f"{shown} {verb}: {escape.line(reason_words(reason))}.{partial}")
    for call in run.snapshot.calls:
        if call.phase is Phase.DOUBT or (call.outcome and call.outcome.status is Status.UNKNOWN):
            tool = escape.line(named(run.snapshot.spec, call).name)
            manners.say(f"Nobody knows whether {tool} happened: look at what it would have done.")
    manners.say(f"  {look}")

"""EXECUTING: calls run.

Asks for CallTool (READ), StartTool and AwaitTool (others), AwaitLate (an attempt in doubt), StopTool (cancelling).
Takes CallStarted, ToolReturned, ToolFailed.  What may be repeated is decided here and nowhere else.
"""

from __future__ import annotations

from .calls import Call, Outcome, attempts_of, call_id, can_run, chain, key, named, settle
from .canonical import digest
from .commands import AwaitLate, AwaitTool, CallTool, Command, StartTool, StopTool
from .events import CallStarted, Event, ToolFailed, ToolReturned
from .gates import call_gate
from .legality import check, find_call, refuse
from .limits import Usage, add
from .names import Approval, Effect, GateKind, Phase, Ran, Status
from .ordering import add_gate, ask, close_gate, drop_held
from .replacing import replace
from .snapshot import Snapshot

__all__ = ["busy", "commands", "late", "put", "returned", "take"]

BACKOFF = 1000  # milliseconds before the second attempt; doubled for each further one, plus up to half of it


def commands(snapshot: Snapshot) -> tuple[Command, ...]:
    """What EXECUTING asks for."""
    if snapshot.cancelling:
        return tuple(
            StopTool(call=call_id(snapshot.turn, index, call.fallback), attempt=call.attempt)
            for index, call in enumerate(snapshot.calls)
            if call.phase is Phase.STARTED
        )
    ready = set(can_run(snapshot.spec, snapshot.calls))
    asked = (
        _command(snapshot, index, call)
        for index, call in enumerate(snapshot.calls)
        if index in ready or call.phase is Phase.STARTED
    )
    return (*asked, *late(snapshot))


def _command(snapshot: Snapshot, index: int, call: Call) -> Command:
    tool = named(snapshot.spec, call)
    one = call_id(snapshot.turn, index, call.fallback)
    if tool.effect is Effect.READ:
        return CallTool(
            call=one,
            attempt=call.attempt,
            tool=tool.name,
            arguments=call.arguments,
            timeout=tool.timeout,
            not_before=call.not_before,
        )
    if call.phase is Phase.READY:
        return StartTool(call=one, attempt=call.attempt, not_before=call.not_before)
    return AwaitTool(
        call=one,
        attempt=call.attempt,
        tool=tool.name,
        arguments=call.arguments,
        timeout=tool.timeout,
        key=key(snapshot.run, one),
        once=tool.effect is Effect.ONCE,
    )


def late(snapshot: Snapshot) -> tuple[Command, ...]:
    """The attempts in doubt whose results are still welcome."""
    return tuple(
        AwaitLate(call=call_id(snapshot.turn, index, call.fallback), attempt=call.attempt)
        for index, call in enumerate(snapshot.calls)
        if call.phase is Phase.DOUBT
    )


def busy(snapshot: Snapshot) -> bool:
    """Whether a call can run, or a started one is still out."""
    calls = snapshot.calls
    for call in calls:
        if call.phase is Phase.STARTED:
            return True
    return not snapshot.cancelling and next(can_run(snapshot.spec, calls), None) is not None


def take(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after a mark or an outcome, its state still open."""
    if isinstance(event, CallStarted):
        return _started(snapshot, event)
    if isinstance(event, ToolReturned):
        patched = returned(snapshot, event)
    elif isinstance(event, ToolFailed):
        patched = _failed(snapshot, event)
    else:
        refuse(snapshot, event, "calls run, CallStarted, ToolReturned or ToolFailed answers them")
    if patched.cancelling:
        return patched if busy(patched) else replace(patched, reason="cancelled")
    patched = drop_held(patched)
    return patched if busy(patched) else ask(patched, event.at)


def _started(snapshot: Snapshot, event: CallStarted) -> Snapshot:
    index, call = find_call(snapshot, event, event.call, event.attempt)
    if named(snapshot.spec, call).effect is Effect.READ:
        refuse(snapshot, event, f"call {event.call} is READ and needs no mark")
    _check_ready(snapshot, event, index, call)
    marked = replace(call, phase=Phase.STARTED, not_before=0)
    return put(snapshot, index, marked, usage=add(snapshot.usage, event.spent))


def returned(snapshot: Snapshot, event: ToolReturned) -> Snapshot:
    """A result, also the late one of an attempt in doubt, which settles its gate."""
    index, call = find_call(snapshot, event, event.call, event.attempt)
    if call.phase is Phase.DOUBT:
        check(snapshot, event, holds=not snapshot.cancelling, why="the run is being cancelled")
        gate = next(one for one in snapshot.gates if one.kind is GateKind.DOUBT and one.call == index)
        snapshot = close_gate(snapshot, gate)
    else:
        _check_out(snapshot, event, index, call)
    done = settle(call, Outcome(status=Status.OK, text=event.result))
    return put(snapshot, index, done, usage=add(snapshot.usage, event.spent))


def _check_out(snapshot: Snapshot, event: ToolReturned | ToolFailed, index: int, call: Call) -> None:
    """An attempt that is out: a marked one, or a READ that may run and has waited long enough."""
    if named(snapshot.spec, call).effect is not Effect.READ:
        check(snapshot, event, holds=call.phase is Phase.STARTED, why=f"call {event.call} is not started")
        return
    _check_ready(snapshot, event, index, call)


def _check_ready(
    snapshot: Snapshot, event: CallStarted | ToolReturned | ToolFailed, index: int, call: Call
) -> None:
    """An attempt that may start: nothing holds it back, and it has waited long enough."""
    if snapshot.cancelling or index not in can_run(snapshot.spec, snapshot.calls):
        refuse(snapshot, event, f"call {event.call} is not ready")
    if event.at < call.not_before:
        refuse(snapshot, event, f"call {event.call} waits until {call.not_before}")


def _failed(snapshot: Snapshot, event: ToolFailed) -> Snapshot:
    index, call = find_call(snapshot, event, event.call, event.attempt)
    _check_out(snapshot, event, index, call)
    snapshot = replace(snapshot, usage=add(snapshot.usage, event.spent))
    effect = named(snapshot.spec, call).effect
    doubtful = effect is Effect.ONCE or (snapshot.cancelling and effect is Effect.IDEMPOTENT)
    if doubtful and event.ran is Ran.UNKNOWN:
        return _doubt(snapshot, index, call)
    final = snapshot.cancelling or (effect is Effect.ONCE and event.ran is Ran.YES)
    if not final and event.transient and call.attempt < call.attempts:
        return put(snapshot, index, _retry(snapshot, event, call))
    if not final and call.fallback + 1 < len(chain(snapshot.spec, call)):
        return _fall_back(snapshot, event, index, call)
    return put(
        snapshot, index, settle(call, Outcome(status=Status.FAILED, text=event.message, reason=event.error))
    )


def _doubt(snapshot: Snapshot, index: int, call: Call) -> Snapshot:
    """Nobody knows whether it happened: a question to a person, or, while cancelling, what stays unknown."""
    call = replace(call, phase=Phase.DOUBT, not_before=0)
    snapshot = put(snapshot, index, call)
    if snapshot.cancelling:
        return snapshot
    return add_gate(snapshot, call_gate(GateKind.DOUBT, snapshot.turn, index, call))


def _retry(snapshot: Snapshot, event: ToolFailed, call: Call) -> Call:
    """The next attempt, after a wait that doubles; the jitter comes from a digest, so a replay gives the same."""
    base = BACKOFF * 2 ** (call.attempt - 1)
    jitter = int(digest("jitter", f"{snapshot.run}/{event.call}/{event.attempt}")[-8:], 16) % (base // 2)
    wait = max(base + jitter, event.retry_after)
    return replace(call, phase=Phase.READY, attempt=call.attempt + 1, not_before=event.at + wait)


def _fall_back(snapshot: Snapshot, event: ToolFailed, index: int, call: Call) -> Snapshot:
    """The next tool of the chain, with the same arguments: a new call with its own gate."""
    tool = chain(snapshot.spec, call)[call.fallback + 1]
    unasked = tool.approval is Approval.ALWAYS and not event.fallback_asks and not event.fallback_rule
    check(snapshot, event, holds=not unasked, why=f"{tool.name} asks always, and no rule let it pass")
    needless = tool.approval is Approval.NEVER and event.fallback_asks
    check(snapshot, event, holds=not needless, why=f"{tool.name} never asks")
    call = replace(
        call,
        fallback=call.fallback + 1,
        attempt=1,
        attempts=attempts_of(tool, single=call.single),
        phase=Phase.PROPOSED if event.fallback_asks else Phase.READY,
        not_before=0,
    )
    snapshot = put(snapshot, index, call)
    if not event.fallback_asks:
        return snapshot
    return add_gate(snapshot, call_gate(GateKind.APPROVAL, snapshot.turn, index, call))


def put(snapshot: Snapshot, index: int, call: Call, *, usage: Usage | None = None) -> Snapshot:
    """The snapshot with this call in its place, and with this usage if it has changed."""
    calls = (*snapshot.calls[:index], call, *snapshot.calls[index + 1 :])
    return replace(snapshot, calls=calls, usage=usage or snapshot.usage)

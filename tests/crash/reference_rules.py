"""What the second machine takes: every event, by the state it meets.  See `reference.py`.

Rules.  Nothing of `detent` is imported.  An event is read by its class's name and its fields.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.crash.reference import Asked, Job, Tool, World

__all__ = ["ENDS", "Illegal", "ask", "close", "drop_held", "put", "settle", "take"]

ENDS = ("DONE", "FAILED")


class Illegal(Exception):
    """No row of the table takes this event here."""


def take(world: World, event: Any) -> None:
    """Change a run by an event.

    Raises:
        Illegal: no row takes it; the world may be half changed, so copy it first
    """
    kind = type(event).__name__
    _need(world.state not in ENDS and event.run == world.run and event.at >= world.at)
    world.seq, world.at = world.seq + 1, event.at
    for word in ("tokens", "money", "milliseconds"):
        world.used[word] += getattr(event.spent, word)
    if kind == "Told":
        _need(not world.cancelling and event.number == world.told + 1 <= world.limits.notes)
        world.told = event.number
    elif kind == "Cancelled":
        _cancel(world)
    else:
        _STATES[world.state](world, kind, event)


def _need(holds: bool) -> None:
    if not holds:
        raise Illegal


def _cancel(world: World) -> None:
    """Gates close, what has not started is dropped, started attempts are waited for."""
    _need(not world.cancelling)
    for job in world.jobs:
        if job.phase in ("proposed", "ready"):
            settle(job, "not_run", why="cancelled")
    world.gates.clear()
    world.cancelling = world.phases("started")
    if not world.cancelling:
        _end(world, "FAILED", "cancelled")


def _end(world: World, state: str, reason: str, answer: str = "") -> None:
    world.state, world.reason, world.answer = state, reason, answer or world.answer


def settle(job: Job, status: str, *, text: str = "", why: str = "") -> None:
    """A call has its outcome."""
    job.phase, job.status, job.text, job.why, job.not_before = "settled", status, text, why, 0


def _planning(world: World, kind: str, event: Any) -> None:
    _need(kind in ("PlanMade", "PlanRefused"))
    _need((event.turn, event.refusals) == (world.turn, world.refusals))
    _need(world.shown <= event.notes <= world.told)
    world.used["model_calls"] += 1
    if kind == "PlanRefused" or not _usable(world, event):
        world.refusals += 1
        if world.refusals > world.limits.repairs:
            what = event.kind if kind == "PlanRefused" else "unusable"
            _end(world, "FAILED", world.last or f"refused.{what}")
    elif world.last:
        _end(world, "DONE", world.last, event.answer)
    elif event.kind == "give_up":
        _end(world, "FAILED", "gave_up", event.answer)
    elif event.kind == "question":
        ask(world, "question", text=event.answer)
        put(world)
    elif event.kind == "calls":
        _accept(world, event.calls)
    elif event.notes == world.told:
        _end(world, "DONE", "answered", event.answer)
    elif world.met() and world.extensions >= world.helpings:
        _end(world, "DONE", f"limit.{world.met()}", event.answer)
    else:
        _next(world)


def _usable(world: World, event: Any) -> bool:
    if world.last or event.kind == "answer":
        return bool(event.answer)
    if event.kind == "give_up":
        return True
    if world.planned_out():
        return False
    if event.kind == "question":
        return bool(world.ask_person and event.answer)
    names = [call.tool for call in event.calls]
    if not 1 <= len(names) <= world.limits.calls_per_turn or not set(names) <= set(world.tools):
        return False
    capped = [tool for tool in world.tools.values() if tool.calls and tool.name in names]
    return all(world.counts.get(tool.name, 0) + names.count(tool.name) <= tool.calls for tool in capped)


def _accept(world: World, calls: Any) -> None:
    """Attempts are fixed now: one where tokens, money or time are used up.  What does not fit is not run."""
    single = any(world.full(name) for name in ("tokens", "money", "wall_seconds"))
    room = max(0, world.cap("tool_calls") - world.used["tool_calls"])
    for index, call in enumerate(calls):
        tool = world.tools[call.tool]
        _allowed(tool, call.asks, call.rule)
        job = Job(call.tool, call.arguments, 1 if single else tool.attempts, "ready", single=single)
        world.jobs.append(job)
        if index >= room:
            settle(job, "not_run", why="limit")
            continue
        world.used["tool_calls"] += 1
        if tool.calls:
            world.counts[tool.name] = world.counts.get(tool.name, 0) + 1
        if call.asks:
            job.phase = "proposed"
            ask(world, "approval", index)
    put(world)


def _allowed(tool: Tool, asks: bool, rule: str) -> None:
    """A tool that always asks passes by a rule only, and one that never asks does not ask."""
    _need(not (tool.approval == "always" and not asks and not rule))
    _need(not (tool.approval == "never" and asks))


def _executing(world: World, kind: str, event: Any) -> None:
    _need(kind in ("CallStarted", "ToolReturned", "ToolFailed"))
    index, job = _attempt(world, event)
    tool = world.now(job)
    free = not world.cancelling and index in world.may_run() and event.at >= job.not_before
    if kind == "CallStarted":
        _need(tool.effect != "read" and free)
        job.phase, job.not_before = "started", 0
        return
    if job.phase == "doubt":
        _need(kind == "ToolReturned" and not world.cancelling)
        close(world, index)
    else:
        _need(free if tool.effect == "read" else job.phase == "started")
    if kind == "ToolReturned":
        settle(job, "ok", text=event.result)
    else:
        _failed(world, index, event)
    if not world.cancelling:
        _go_on(world)
    elif not world.phases("started"):
        _end(world, "FAILED", "cancelled")


def _attempt(world: World, event: Any) -> tuple[int, Job]:
    for index, job in enumerate(world.jobs):
        if world.id_of(index) == event.call:
            _need(job.phase != "settled" and event.attempt == job.attempt)
            return index, job
    raise Illegal


def _failed(world: World, index: int, event: Any) -> None:
    """What may be repeated: see the page."""
    job = world.jobs[index]
    effect, unknown = world.now(job).effect, event.ran == "unknown"
    if unknown and (effect == "once" or (effect == "idempotent" and world.cancelling)):
        job.phase, job.not_before = "doubt", 0
        if not world.cancelling:
            ask(world, "doubt", index)
        return
    again = not world.cancelling and (effect != "once" or event.ran == "no")
    if again and event.transient and job.attempt < job.attempts:
        base = 1000 * 2 ** (job.attempt - 1)
        job.wait = (event.at + max(base, event.retry_after), event.at + max(base * 3 // 2, event.retry_after))
        job.phase, job.attempt = "ready", job.attempt + 1
        return
    if not again or job.fallback + 1 >= len(world.chain(job)):
        settle(job, "failed", text=event.message, why=event.error)
        return
    tool = world.chain(job)[job.fallback + 1]
    _allowed(tool, event.fallback_asks, event.fallback_rule)
    job.fallback, job.attempt, job.not_before = job.fallback + 1, 1, 0
    job.attempts = 1 if job.single else tool.attempts
    job.phase = "proposed" if event.fallback_asks else "ready"
    if event.fallback_asks:
        ask(world, "approval", index)


def _go_on(world: World, *, first_gates: bool = False) -> None:
    """What a failed call held back is not run; then the state.

    While calls run, gates wait until none can; where gates stand open, no call runs until all are settled.
    """
    drop_held(world)
    busy = world.phases("started") or bool(world.may_run())
    if busy and not (first_gates and world.gates):
        world.state = "EXECUTING"
    elif world.gates:
        put(world)
    else:
        world.state = "OBSERVING"


def drop_held(world: World) -> None:
    """Settle as not run what a call that did not succeed held back."""
    for index, job in enumerate(world.jobs):
        if job.phase == "settled" and job.status != "ok" and world.alone(job):
            for place in range(index + 1, len(world.jobs)):
                if world.jobs[place].phase in ("proposed", "ready"):
                    close(world, place)
                    settle(world.jobs[place], "not_run", why="earlier_failed")
            return


def _observing(world: World, kind: str, event: Any) -> None:
    _need(kind == "Observed" and event.turn == world.turn)
    turn = tuple((job.tool, job.arguments, job.status, job.text, job.why) for job in world.jobs)
    world.jobs.clear()
    if world.planner != "model":
        _next(world)
        return
    world.repeats = world.repeats + 1 if turn == world.same else 1
    world.same = turn
    if world.repeats < world.limits.loop_window:
        _next(world)
        return
    world.same, world.repeats = None, 0
    if world.met() and world.extensions >= world.helpings:
        _next(world)
    elif world.looped >= world.limits.loop_gates:
        _next(world, last="limit.loop_gates")
    else:
        if world.met():
            _next(world)
        ask(world, "loop")
        put(world)


def _awaiting(world: World, kind: str, event: Any) -> None:
    if kind == "ToolReturned":
        index, job = _attempt(world, event)
        _need(job.phase == "doubt")
        close(world, index)
        settle(job, "ok", text=event.result)
        _go_on(world, first_gates=True)
        return
    gate = world.gates.get(getattr(event, "gate", ""))
    _need(gate is not None and kind in _SETTLES[gate.kind])
    assert gate is not None
    late = 0 < gate.expires <= event.at
    _need(late if kind == "GateExpired" else not late and event.digest == world.shows(gate))
    del world.gates[gate.id]
    if gate.call >= 0:
        _decided(world.jobs[gate.call], kind, event)
        _go_on(world, first_gates=True)
        return
    world.looped += gate.kind == "loop"
    world.extensions += kind == "Extended"
    if gate.kind != "question" and kind in ("Denied", "GateExpired"):
        _next(world, last=f"limit.{gate.name or 'loop_gates'}")
    elif not world.gates:
        _next(world)


def _decided(job: Job, kind: str, event: Any) -> None:
    if kind in ("Approved", "Edited"):
        job.phase = "ready"
        job.arguments = event.arguments if kind == "Edited" else job.arguments
    elif kind == "Denied":
        settle(job, "denied", text=event.reason, why="denied")
    elif kind == "GateExpired":
        settle(job, "denied", why="expired")
    elif event.how == "happened":
        settle(job, "ok", text=event.result)
    elif event.how == "failed":
        settle(job, "failed", text=event.result, why="resolved_failed")
    else:
        _need(job.attempt < job.attempts)
        job.phase, job.attempt = "ready", job.attempt + 1


def _next(world: World, *, last: str = "") -> None:
    """Order the next plan, or ask for an extension in its place."""
    met = "" if last else world.met()
    if met and world.extensions < world.helpings:
        ask(world, "limit", name=met)
        put(world)
        return
    world.gates.clear()
    world.jobs.clear()
    world.state, world.turn, world.refusals, world.shown = "PLANNING", world.turn + 1, 0, world.told
    world.used["model_turns"] += 1
    world.last = last or (f"limit.{met}" if met else "")


# Gates ------------------------------------------------------------------------------------------------------------


def ask(world: World, kind: str, call: int = -1, *, name: str = "", text: str = "") -> None:
    """A gate is born; it is put to the person when nothing can run."""
    about = (
        f"{world.id_of(call)}-{world.jobs[call].attempt}" if call >= 0 else f"{world.turn}-{world.extensions}"
    )
    world.gates[f"{kind}-{about}"] = Asked(f"{kind}-{about}", kind, call, name, text)


def put(world: World) -> None:
    """Gates that are open are put to the person; from now on they can expire, but doubt."""
    world.state = "AWAITING_APPROVAL" if world.gates else "EXECUTING"
    for name, gate in world.gates.items():
        if not gate.opened:
            seconds = 0 if gate.kind == "doubt" else world.limits.gate_seconds or 0
            expires = world.at + 1000 * seconds if seconds else 0
            world.gates[name] = replace(gate, opened=world.at, expires=expires)


def close(world: World, call: int) -> None:
    """The gate about a call is open no more."""
    world.gates = {name: gate for name, gate in world.gates.items() if gate.call != call}


_SETTLES = {
    "approval": ("Approved", "Edited", "Denied", "GateExpired"),
    "doubt": ("Resolved",),
    "question": ("Answered", "Denied", "GateExpired"),
    "limit": ("Extended", "Denied", "GateExpired"),
    "loop": ("Answered", "Denied", "GateExpired"),
}
_STATES = {
    "PLANNING": _planning,
    "EXECUTING": _executing,
    "OBSERVING": _observing,
    "AWAITING_APPROVAL": _awaiting,
}

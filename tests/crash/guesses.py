"""Guesses: random specs, and random events that may or may not be legal, for the kernel's fuzzer.

Rules.  An event is made from what the snapshot asks for, with right values, and now and then one of them is spoilt;
or from nothing at all.  Whether it is legal is the second machine's business, so nothing here tries to know.
"""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve, fields

from detent.states.calls import Proposal, call_id
from detent.states.commands import (
    AskPerson,
    AwaitLate,
    Command,
    MakePlan,
    Observe,
    StartTool,
    ToolCommand,
)
from detent.states.events import (
    Answered,
    Approved,
    CallStarted,
    Cancelled,
    Decision,
    Denied,
    Edited,
    Event,
    Extended,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from detent.states.gates import binding
from detent.states.limits import Limits, Spent
from detent.states.names import Approval, AtLimit, Effect, GateKind, PlanKind, Ran, Resolution
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec

__all__ = ["changed", "guess", "some_spec"]

NAMES = ("a", "b", "c", "d")
WAYS: dict[GateKind, tuple[type[Event], ...]] = {
    GateKind.APPROVAL: (Approved, Approved, Edited, Denied),
    GateKind.DOUBT: (Resolved,),
    GateKind.QUESTION: (Answered, Denied),
    GateKind.LIMIT: (Extended, Extended, Denied),
    GateKind.LOOP: (Answered, Denied),
}
EVERY = (Approved, Edited, Denied, Resolved, Answered, Extended, GateExpired)


def some_spec(random: Random) -> Spec:
    """A spec of up to four tools of any policy, with the default limits or with tight ones."""
    names = NAMES[: random.randrange(5)]
    tight = Limits(
        model_turns=random.randint(1, 9),
        tool_calls=random.randint(0, 9),
        calls_per_turn=random.randint(1, 4),
        repairs=random.randint(0, 2),
        extensions=random.randint(0, 2),
        notes=random.randint(0, 3),
        loop_gates=random.randint(0, 2),
        loop_window=random.choice((2, 2, 3)),
        wall_seconds=random.choice((1, 5, 600)),
        tokens=random.choice((None, 1, 300)),
        money=random.choice((None, 100)),
        gate_seconds=random.choice((None, 1, 2)),
    )
    return Spec(
        planner=random.choice(("model", "model", "workflow")),
        tools=tuple(_tool(random, name, names) for name in names),
        limits=random.choice((Limits(), tight, tight)),
        at_limit=random.choice(list(AtLimit)),
        ask_person=random.random() < 0.5,
        plans=random.choice((0, 0, 0, 1, 3)),
    )


def _tool(random: Random, name: str, names: tuple[str, ...]) -> ToolSpec:
    return ToolSpec(
        name=name,
        effect=random.choice(list(Effect)),
        approval=random.choice(list(Approval)),
        attempts=random.randint(1, 3),
        fallback=tuple(random.sample(names, random.choice((0, 0, 1, min(2, len(names)))))),
        parallel=random.random() < 0.5,
        calls=random.choice((0, 0, 0, 1, 2)),
    )


def changed(random: Random, spec: Spec) -> Spec:
    """What a fork may agree to: the same, the same with a tool changed, a tool gone, or something else."""
    if random.random() < 0.4 or not spec.tools:
        return random.choice((spec, some_spec(random)))
    victim = random.choice(spec.tools).name
    if random.random() < 0.5:
        tools = tuple(
            evolve(tool, version=tool.version + (tool.name == victim), description="d") for tool in spec.tools
        )
        return evolve(spec, tools=tools)
    kept = (tool for tool in spec.tools if tool.name != victim)
    return evolve(
        spec,
        tools=tuple(
            evolve(one, fallback=tuple(name for name in one.fallback if name != victim)) for one in kept
        ),
    )


def guess(random: Random, snapshot: Snapshot, asked: tuple[Command, ...], taken: list[Event]) -> Event:
    """An event for this snapshot.

    Args:
        random: the choices
        snapshot: where
        asked: what it asks for
        taken: events that were sent to this run before
    """
    chance = random.random()
    at = snapshot.at + random.choice((0, 0, 1, 700, 3000))
    if chance < 0.78 and asked:
        event = _answer(random, snapshot, random.choice(asked), at)
    elif chance < 0.85:
        number = snapshot.told + random.choice((1, 1, 1, 0, 2))
        event = Told(run=snapshot.run, at=at, number=number, note="n")
    elif chance < 0.854:
        event = Cancelled(run=snapshot.run, at=at, by="me")
    elif chance < 0.885 and taken:
        event = evolve(random.choice(taken), at=at)
    else:
        event = _anything(random, snapshot, at)
    if random.random() < 0.3:
        event = evolve(event, spent=_spent(random))
    return _spoilt(random, snapshot, event) if random.random() < 0.12 else event


def _spent(random: Random) -> Spent:
    return Spent(
        tokens=random.choice((0, 7, 60, 300)),
        money=random.choice((0, 0, 30)),
        milliseconds=random.choice((0, 900, 2000, 2**40 if random.random() < 0.02 else 5)),
    )


def _answer(random: Random, snapshot: Snapshot, command: Command, at: int) -> Event:
    run = snapshot.run
    match command:
        case MakePlan():
            return _plan(random, snapshot, at)
        case Observe():
            return Observed(run=run, at=at, turn=command.turn)
        case AskPerson():
            if command.expires and random.random() < 0.3:
                off = random.choice((0, 0, 0, 1, -1, -900))
                return GateExpired(run=run, at=max(at, command.expires + off), gate=command.gate)
            way = random.choice(WAYS[command.kind])
            return _decision(random, way, run=run, at=at, gate=command.gate, digest=command.digest)
        case ToolCommand():
            before = getattr(command, "not_before", 0)
            at = max(at, before) if random.random() < 0.9 else at
            ways: tuple[type[Event], ...] = (ToolReturned, ToolReturned, ToolFailed)
            if isinstance(command, StartTool):
                ways = (CallStarted,) if random.random() < 0.97 else ways
            if isinstance(command, AwaitLate):
                ways = (ToolReturned, ToolFailed)
            return _attempt(random, snapshot, random.choice(ways), (command.call, command.attempt), at)
    raise AssertionError(command)


def _plan(random: Random, snapshot: Snapshot, at: int) -> Event:
    binds: dict[str, Any] = {
        "run": snapshot.run,
        "at": at,
        "turn": snapshot.turn,
        "refusals": snapshot.refusals,
        "notes": random.choice((snapshot.told, snapshot.shown)),
    }
    chance = random.random()
    if chance < 0.06:
        return PlanRefused(**binds, kind="empty_reply", correction="c")
    if chance < (0.18 if snapshot.told == snapshot.shown else 0.5):
        return PlanMade(**binds, kind=PlanKind.ANSWER, answer=random.choice(("a", "a", "")))
    if chance < 0.24:
        return PlanMade(**binds, kind=PlanKind.QUESTION, answer=random.choice(("q", "q", "")))
    if chance < 0.25:
        return PlanMade(**binds, kind=PlanKind.GIVE_UP, answer=random.choice(("", "a")))
    most = snapshot.spec.limits.calls_per_turn
    many = random.choice(
        (1, 1, min(2, most), most, most + (random.random() < 0.2), 0 if chance > 0.97 else 1)
    )
    calls = tuple(_proposal(random, snapshot.spec) for _ in range(min(many, 9)))
    return PlanMade(**binds, kind=PlanKind.CALLS, calls=calls, answer=random.choice(("", "", "t")))


def _proposal(random: Random, spec: Spec) -> Proposal:
    if not spec.tools or random.random() < 0.01:
        return Proposal(tool="nobody", arguments="x")
    tool = random.choice(spec.tools)
    asks, rule = _asks(random, tool)
    return Proposal(tool=tool.name, arguments=random.choice(("x", "x", "y")), asks=asks, rule=rule)


def _asks(random: Random, tool: ToolSpec) -> tuple[bool, str]:
    """Mostly as its policy says."""
    if random.random() < 0.03:
        return random.random() < 0.5, random.choice(("", "rule"))
    if tool.approval is Approval.NEVER:
        return False, ""
    asks = random.random() < 0.5
    return asks, "" if asks else "rule"


def _attempt(random: Random, snapshot: Snapshot, way: type[Event], one: tuple[str, int], at: int) -> Event:
    binds: dict[str, Any] = {"run": snapshot.run, "at": at, "call": one[0], "attempt": one[1]}
    if way is CallStarted:
        return CallStarted(**binds)
    if way is ToolReturned:
        return ToolReturned(**binds, result=random.choice(("r0", "r0", "r1")))
    asks, rule = _asks(random, random.choice(snapshot.spec.tools)) if snapshot.spec.tools else (False, "")
    return ToolFailed(
        **binds,
        error=random.choice(("timeout", "broken")),
        message="m",
        ran=random.choice(list(Ran)),
        transient=random.random() < 0.6,
        retry_after=random.choice((0, 0, 1, 5000)),
        fallback_asks=asks,
        fallback_rule=rule,
    )


def _decision(random: Random, way: type[Event], **binds: Any) -> Event:
    if way is GateExpired:
        binds.pop("digest")
        return GateExpired(**binds)
    if way is Edited:
        return Edited(**binds, arguments=random.choice(("y", "z")))
    if way is Denied:
        return Denied(**binds, reason=random.choice(("", "why")))
    if way is Resolved:
        return Resolved(**binds, how=random.choice(list(Resolution)), result="r0")
    if way is Answered:
        return Answered(**binds, answer="a")
    return way(**binds)


def _anything(random: Random, snapshot: Snapshot, at: int) -> Event:
    """Any kind of event, wherever the run is."""
    if random.random() < 0.2:
        return _plan(random, snapshot, at)
    if random.random() < 0.2:
        return Observed(run=snapshot.run, at=at, turn=snapshot.turn)
    if random.random() < 0.5:
        way = random.choice((CallStarted, ToolReturned, ToolFailed))
        return _attempt(random, snapshot, way, _some_call(random, snapshot), at)
    gate, digest = _some_gate(random, snapshot)
    return _decision(random, random.choice(EVERY), run=snapshot.run, at=at, gate=gate, digest=digest)


def _some_call(random: Random, snapshot: Snapshot) -> tuple[str, int]:
    if not snapshot.calls:
        return f"{snapshot.turn}.0.0", 1
    index = random.randrange(len(snapshot.calls))
    call = snapshot.calls[index]
    return call_id(snapshot.turn, index, call.fallback), call.attempt


def _some_gate(random: Random, snapshot: Snapshot) -> tuple[str, str]:
    if not snapshot.gates:
        return f"limit-{snapshot.turn}-{snapshot.extensions}", "sha256:0"
    gate = random.choice(snapshot.gates)
    return gate.id, binding(snapshot.run, snapshot.spec, gate, snapshot.calls)


def _spoilt(random: Random, snapshot: Snapshot, event: Event) -> Event:
    """The event with one of its fields changed."""
    name = random.choice([one.name for one in fields(type(event)) if one.name != "spent"])
    value = _wrong(random, snapshot, event, name, getattr(event, name))
    return evolve(event, **{name: value})


def _wrong(random: Random, snapshot: Snapshot, event: Event, name: str, value: Any) -> Any:
    if name == "gate" and snapshot.gates:
        return random.choice((random.choice(snapshot.gates).id, value + "0", value[:-1], ""))
    if name == "digest" and isinstance(event, Decision):
        return random.choice((_some_gate(random, snapshot)[1], "", value[:-1], value.upper()))
    if name == "call":
        return random.choice((_some_call(random, snapshot)[0], "", f"{value}1", f"0{value}", "1.0.0"))
    if name == "calls":
        return tuple(_proposal(random, snapshot.spec) for _ in range(random.randrange(4)))
    if name == "kind":
        return random.choice(list(PlanKind)) if isinstance(event, PlanMade) else "cut_by_length"
    if name in ("ran", "how"):
        return random.choice(list(Ran if name == "ran" else Resolution))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((value + 1, value - 1, 0, -1, value + 2**40 if name != "at" else value + 10**5))
    return random.choice(("", "another", value))

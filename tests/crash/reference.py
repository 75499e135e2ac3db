"""A second, small machine, written from the pages about the machine and apart from the product's code.

It is told an event and says whether a run may take it, and what the run is afterwards.  The fuzzer sends the same
events to the kernel: where the two differ, one of them is wrong.

Rules.  Nothing of `detent` is imported; words are plain strings.  A `World` is changed in place, so whoever wants to
keep one copies it first.  A wait before the next attempt is a range here (`wait`), since its jitter is the kernel's.
What an event does to a `World` is in `reference_rules.py`.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Ask", "Asked", "Job", "Tool", "World", "begin", "commands"]

CAPS = ("model_turns", "tool_calls", "tokens", "money", "wall_seconds")


@dataclass(frozen=True, slots=True)
class Tool:
    """What a tool of the run may do."""

    name: str
    effect: str
    approval: str
    attempts: int
    fallback: tuple[str, ...]
    parallel: bool
    calls: int
    version: int


@dataclass(slots=True)
class Job:
    """One call of the turn."""

    tool: str
    arguments: str
    attempts: int
    phase: str
    attempt: int = 1
    fallback: int = 0
    not_before: int = 0
    single: bool = False
    status: str = ""
    text: str = ""
    why: str = ""
    wait: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One open gate."""

    id: str
    kind: str
    call: int = -1
    name: str = ""
    text: str = ""
    opened: int = 0
    expires: int = 0


@dataclass(slots=True)
class World:
    """A run."""

    run: str
    limits: Any
    tools: dict[str, Tool]
    planner: str
    ask_person: bool
    plans: int
    helpings: int
    state: str = "PLANNING"
    seq: int = 0
    at: int = 0
    turn: int = 1
    refusals: int = 0
    extensions: int = 0
    told: int = 0
    shown: int = 0
    looped: int = 0
    same: tuple[Any, ...] | None = None
    repeats: int = 0
    used: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    gates: dict[str, Asked] = field(default_factory=dict)
    cancelling: bool = False
    last: str = ""
    reason: str = ""
    answer: str = ""

    def copy(self) -> World:
        """A world of its own."""
        made = copy.copy(self)
        made.used, made.counts, made.gates = dict(self.used), dict(self.counts), dict(self.gates)
        made.jobs = [copy.copy(job) for job in self.jobs]
        return made

    # What is looked up ----------------------------------------------------------------------------------------

    def chain(self, job: Job) -> list[Tool]:
        """The tool of a call, then its fallbacks."""
        first = self.tools[job.tool]
        return [first, *(self.tools[name] for name in first.fallback)]

    def now(self, job: Job) -> Tool:
        """The tool of its chain that a call names now."""
        return self.chain(job)[job.fallback]

    def alone(self, job: Job) -> bool:
        """Any tool of the chain that is neither READ nor parallel; of a tool that is gone nobody can say."""
        return job.tool not in self.tools or any(
            tool.effect != "read" and not tool.parallel for tool in self.chain(job)
        )

    def id_of(self, index: int) -> str:
        """turn.index.fallback."""
        return f"{self.turn}.{index}.{self.jobs[index].fallback}"

    def cap(self, name: str) -> float:
        """A cap with the helpings granted; a helping is a third, rounded up."""
        base = getattr(self.limits, name)
        return float("inf") if base is None else base + self.extensions * ((base + 2) // 3)

    def full(self, name: str) -> bool:
        """Whether the next plan would meet this cap."""
        if name == "wall_seconds":
            return self.used["milliseconds"] >= 1000 * self.cap(name)
        return self.used[name] + (name == "model_turns") >= self.cap(name)

    def planned_out(self) -> bool:
        """Whether there may be no more plans with calls or questions."""
        return 0 < self.plans < self.used["model_turns"]

    def met(self) -> str:
        """The first cap the next plan would meet."""
        return next((name for name in CAPS if self.full(name)), "")

    def may_run(self) -> list[int]:
        """Ready calls in the order of their plan: who runs alone waits for all before it and holds back all after."""
        open_ones = [index for index, job in enumerate(self.jobs) if job.phase != "settled"]
        found = []
        for place, index in enumerate(open_ones):
            if any(self.alone(self.jobs[before]) for before in open_ones[:place]):
                break
            if self.jobs[index].phase == "ready" and not (place and self.alone(self.jobs[index])):
                found.append(index)
        return found

    def phases(self, *wanted: str) -> bool:
        """Whether a call is in one of these phases."""
        return any(job.phase in wanted for job in self.jobs)

    def key(self, one: str) -> str:
        """The idempotency key of a call: of the run and the call, and of no attempt."""
        return "sha256:" + hashlib.sha256(f"key\n{self.run}/{one}".encode()).hexdigest()

    def shows(self, gate: Asked) -> str:
        """The digest of what a gate shows: run, gate, tool with version, exact bytes."""
        bound: dict[str, object] = {"run": self.run, "gate": gate.id}
        if gate.call >= 0:
            job = self.jobs[gate.call]
            tool = self.now(job)
            bound.update(tool=tool.name, version=tool.version, arguments=job.arguments)
        bound.update(
            {word: value for word, value in (("limit", gate.name), ("question", gate.text)) if value}
        )
        body = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(b"gate\n" + body.encode()).hexdigest()


Ask = tuple[Any, ...]


def begin(spec: Any, run: str, at: int) -> World:
    """A run's first state; of `spec` only plain fields are read."""
    tools = {
        one.name: Tool(
            one.name,
            str(one.effect),
            str(one.approval),
            one.attempts,
            tuple(one.fallback),
            one.parallel,
            one.calls,
            one.version,
        )
        for one in spec.tools
    }
    helpings = spec.limits.extensions if spec.at_limit == "ask" else 0
    world = World(run, spec.limits, tools, spec.planner, spec.ask_person, spec.plans, helpings, at=at)
    world.used = dict.fromkeys(
        ("model_turns", "model_calls", "tool_calls", "tokens", "money", "milliseconds"), 0
    )
    met = world.met()
    world.used["model_turns"] = 1
    world.last = f"limit.{met}" if met else ""
    return world


# What is asked for ------------------------------------------------------------------------------------------------


def commands(world: World) -> set[Ask]:
    """What a run asks the outside for."""
    return set(_asks(world))


def _asks(world: World) -> Iterator[Ask]:
    if world.state == "PLANNING":
        room = min(world.limits.calls_per_turn, max(0, world.cap("tool_calls") - world.used["tool_calls"]))
        none = world.last or world.planned_out()
        yield "MakePlan", world.turn, world.refusals, 0 if none else room, world.last
    elif world.state == "OBSERVING":
        yield "Observe", world.turn
    elif world.state == "AWAITING_APPROVAL":
        for gate in world.gates.values():
            yield "AskPerson", gate.id, gate.kind, world.shows(gate), gate.expires
        yield from _late(world)
    elif world.state == "EXECUTING":
        yield from _work(world)


def _late(world: World) -> Iterator[Ask]:
    for index, job in enumerate(world.jobs):
        if job.phase == "doubt":
            yield "AwaitLate", world.id_of(index), job.attempt


def _work(world: World) -> Iterator[Ask]:
    for index, job in enumerate(world.jobs):
        one = (world.id_of(index), job.attempt)
        if job.phase == "started":
            tool = world.now(job)
            told: tuple[Any, ...] = (
                ()
                if world.cancelling
                else (tool.name, job.arguments, world.key(one[0]), tool.effect == "once")
            )
            yield ("StopTool" if world.cancelling else "AwaitTool", *one, *told)
    if world.cancelling:
        return
    for index in world.may_run():
        job = world.jobs[index]
        tool = world.now(job)
        named = (tool.name, job.arguments) if tool.effect == "read" else ()
        yield (
            "CallTool" if tool.effect == "read" else "StartTool",
            world.id_of(index),
            job.attempt,
            *named,
            job.not_before,
        )
    yield from _late(world)

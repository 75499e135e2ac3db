"""What the second machine makes of a fork, from the page about time travel.  See `reference.py`.

Rules.  Nothing of `detent` is imported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.crash.reference import Job, World, begin
from tests.crash.reference_rules import ENDS, ask, drop_held, put, settle

__all__ = ["fork"]


def fork(parent: World, spec: Any, run: str, at: int) -> World:
    """The first state of a run that goes on from here: nothing is inherited that a person gave or a clock holds."""
    world = begin(spec, run, at)
    over = parent.state in ENDS
    jobs = parent.copy().jobs if not over or parent.phases("started", "doubt") else []
    question = next((gate for gate in parent.gates.values() if gate.kind == "question"), None)
    fell_away = parent.state == "AWAITING_APPROVAL" and question is None
    world.turn = parent.turn + ((over or fell_away) and not jobs)
    world.jobs = [_inherited(parent, world, job) for job in jobs]
    for index, job in enumerate(world.jobs):
        if job.phase in ("proposed", "doubt"):
            ask(world, {"proposed": "approval"}.get(job.phase, "doubt"), index)
    if question is not None:
        ask(world, "question", text=question.text)
    drop_held(world)
    first = world.state
    if world.gates:
        put(world)
    elif any(job.phase != "settled" for job in world.jobs):
        first = world.state = "EXECUTING"
    elif world.jobs:
        first = world.state = "OBSERVING"
    if world.gates or first != "PLANNING":
        world.last = ""
    return world


def _inherited(parent: World, world: World, job: Job) -> Job:
    if job.phase == "settled":
        return job
    may_have_run = job.phase in ("started", "doubt")
    if job.tool not in world.tools or _policies(world, job) != _policies(parent, job):
        settle(job, "unknown" if may_have_run else "not_run", why="tool_changed")
        return job
    tool = parent.now(job)
    job.not_before = 0
    if may_have_run:
        job.phase = "doubt"
    else:
        rules = {tool.approval, world.now(job).approval}
        job.phase = "proposed" if tool.effect != "read" or rules != {"never"} else "ready"
    return job


def _policies(world: World, job: Job) -> list[Any]:
    """All of a chain's tools that must not have changed: everything but a run's cap on them, and who is asked."""
    return [replace(tool, calls=0, approval="never") for tool in world.chain(job)]

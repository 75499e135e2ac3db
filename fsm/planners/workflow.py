"""The workflow planner: decides from a fixed graph, and needs no model.

Pure.  Its whole memory is one canonical JSON text that the machine carries from click to click:
`{"state": {...}, "steps": {name: "running" | "done" | "skipped" | "failed"}}`, later with `answer` and `trouble`.

    ready     every step of its `after` is done or skipped; ready steps run together
    skipped   its `when` says no of the state, or it has an `after` and all of it was skipped
    done      its tool returned; what it returned, an object of the state's fields, patches the state, in the order
              of the steps (null patches nothing; any other value belongs to the field named like the step)
    failed    its tool failed for good: what runs beside it finishes, then the run gives up
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from ...states.canonical import canonical
from ...states.commands import MakePlan
from ...states.errors import BadValue, ConfigError, IntegrityError
from ...states.limits import Limits
from ...states.names import AtLimit, PlanKind, Status
from ...states.snapshot import Snapshot
from ...states.spec import Spec, ToolSpec
from ...states.texts import Text, text
from ..history import Message, Turn, TurnCall
from .planner import Checked, History, Planned, Say

__all__ = ["Graph", "Step", "WorkflowPlanner", "spec_of"]

When = Callable[[Mapping[str, Any]], bool]


@frozen(kw_only=True)
class Step:
    """One step; its tool has its name.

    Args:
        name: its name
        after: the steps it waits for
        when: looks at the state; the step is skipped where it says no
        attempts: how often its tool may be tried
    """

    name: str
    after: tuple[str, ...] = ()
    when: When | None = field(default=None, eq=False)
    attempts: int = 1


@frozen(kw_only=True)
class Graph:
    """The steps of a workflow.

    Args:
        steps: the steps, in the order they are shown and their patches are taken
        fields: the fields of its state
        answer: the step, or the field, whose value is the answer

    Raises:
        ConfigError: no step, a name used twice, a step that waits for none there is or for itself, no such answer
    """

    steps: tuple[Step, ...]
    fields: tuple[str, ...] = ()
    answer: str

    def __attrs_post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not names:
            raise ConfigError("The workflow has no steps.", "Give it at least one.")
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ConfigError(f"The workflow has two steps named {twice!r}.", "Rename one.")
        for step in self.steps:
            unknown = next((name for name in step.after if name not in names), "")
            if unknown:
                raise ConfigError(
                    f"Step {step.name!r} waits for {unknown!r}, which is no step.", "Correct its after."
                )
        if self.answer not in (*names, *self.fields):
            raise ConfigError(
                f"The workflow's answer {self.answer!r} is neither a step nor a field of its state.",
                f"Name one of {', '.join((*names, *self.fields))}.",
            )
        self.longest()

    def longest(self) -> int:
        """How many steps the longest chain has.

        Raises:
            ConfigError: steps wait for each other
        """
        depth: dict[str, int] = {}
        left = list(self.steps)
        while left:
            free = [step for step in left if all(name in depth for name in step.after)]
            if not free:
                circle = ", ".join(step.name for step in left)
                raise ConfigError(f"Steps wait for each other: {circle}.", "Break the circle in their after.")
            depth |= {step.name: 1 + max((depth[name] for name in step.after), default=0) for step in free}
            left = [step for step in left if step.name not in depth]
        return max(depth.values())

    def first_state(self, values: Mapping[str, Any]) -> Text:
        """The planner's state that a run begins with.

        Args:
            values: the first value of every field
        """
        return _text({"state": dict(values), "steps": {}})

    def written(self) -> str:
        """The graph as a spec keeps it: canonical JSON, functions left out."""
        steps = [
            {"name": step.name, "after": list(step.after), "when": step.when is not None}
            for step in self.steps
        ]
        return canonical({"steps": steps, "fields": list(self.fields), "answer": self.answer})


def spec_of(graph: Graph, tools: tuple[ToolSpec, ...], limits: Limits) -> Spec:
    """What a run of a workflow agrees to; its certificate is reached by a chain of steps.

    A wave that is not full runs all that is ready, so it shortens the longest chain; full ones are at most the steps
    divided by their width.

    Args:
        graph: the steps
        tools: a tool of each step's name, its attempts the step's retries
        limits: the caps; turns, calls, repairs, notes and extensions follow from the steps instead

    Raises:
        ConfigError: a step without a tool
    """
    by_name = {tool.name: tool for tool in tools}
    missing = next((step.name for step in graph.steps if step.name not in by_name), "")
    if missing:
        raise ConfigError(f"Step {missing!r} has no tool.", "Give every step a function.")
    count = len(graph.steps)
    plans = min(count, count // limits.calls_per_turn + graph.longest())
    return Spec(
        planner="workflow",
        tools=tuple(evolve(by_name[step.name], calls=1) for step in graph.steps),
        limits=evolve(
            limits,
            model_turns=plans + 2,
            tool_calls=count + 1,
            repairs=0,
            notes=0,
            extensions=0,
            loop_gates=0,
        ),
        at_limit=AtLimit.FINISH,
        plans=plans,
        graph=graph.written(),
    )


class WorkflowPlanner:
    """Plans by a graph.

    Args:
        graph: the steps
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def plan(self, snapshot: Snapshot, command: MakePlan, history: History, say: Say) -> Planned:  # noqa: ARG002 - says nothing meanwhile
        """The next wave of steps, the answer, or giving up; see `Planner.plan`.

        Raises:
            ConfigError: the graph is not the one the run began with
            IntegrityError: the planner's state is not the one of this click
        """
        return decide(self._graph, snapshot, command, history)

    def observe(self, snapshot: Snapshot, history: History) -> Text | None:
        """The state after this turn's steps; see `Planner.observe`."""
        return observed(self._graph, snapshot, history)

    async def check(self) -> Checked:
        """A graph was checked when it was made."""
        return Checked()

    async def close(self) -> None:
        """Nothing is held."""


def decide(graph: Graph, snapshot: Snapshot, command: MakePlan, history: History) -> Planned:
    """What comes next, a pure function of the planner's state."""
    if snapshot.spec.graph and snapshot.spec.graph != graph.written():
        raise ConfigError(
            "The workflow's steps have changed since the run began.",
            "Go on with the old file, or begin a new run.",
        )
    memory = _memory(snapshot, history)
    if snapshot.seq == 0:
        _reopen(memory)
    if "trouble" in memory:
        return _gave_up(memory, str(memory["trouble"]))
    try:
        ready = _ready(graph, memory)
    except Exception as error:  # noqa: BLE001 - a `when` is a person's own function
        return _gave_up(memory, f"A step's when failed: {type(error).__name__}: {error}")
    if command.last or not ready:
        left = [
            step.name for step in graph.steps if memory["steps"].get(step.name) not in ("done", "skipped")
        ]
        answer = f"Ended before: {', '.join(left)}." if left else _answer(graph, memory)
        return Planned(kind=PlanKind.ANSWER, turn=Turn(content=answer), answer=answer, planner=_text(memory))
    wave = ready[: max(1, command.calls)]
    arguments = canonical({"state": memory["state"]})
    memory["steps"] |= dict.fromkeys(wave, "running")
    calls = tuple(TurnCall(tool=name, arguments=arguments) for name in wave)
    return Planned(kind=PlanKind.CALLS, turn=Turn(calls=calls), planner=_text(memory))


def observed(graph: Graph, snapshot: Snapshot, history: History) -> Text:
    """The planner's state with this turn's outcomes taken in."""
    memory = _memory(snapshot, history)
    results = _outcomes(snapshot, history)
    for index, call in enumerate(snapshot.calls):
        message = results.get(snapshot.outcomes + index)
        said = message.text.body if message else ""
        if call.outcome is not None and call.outcome.status is Status.OK:
            trouble = _taken(graph, memory, call.tool, said)
        else:
            trouble = (
                f"Step {call.tool} failed: {said or (call.outcome.reason if call.outcome else 'no outcome')}"
            )
        memory["steps"][call.tool] = "failed" if trouble else "done"
        if trouble:
            memory.setdefault("trouble", trouble)
    return _text(memory)


def _text(memory: Mapping[str, Any]) -> Text:
    return text("planner", canonical(memory))


def _memory(snapshot: Snapshot, history: History) -> dict[str, Any]:
    body = history.planner_state()
    if body is None:
        return {"state": {}, "steps": {}}
    if snapshot.planner and text("planner", body).digest != snapshot.planner:
        raise IntegrityError(
            f"The planner's state of run {snapshot.run} is not the one of click {snapshot.seq}."
        )
    made: dict[str, Any] = json.loads(body)
    return made


def _reopen(memory: dict[str, Any]) -> None:
    """A fork that begins by planning tries again what failed, or was cut short, in its parent; never its own failures."""
    memory.pop("trouble", None)
    memory["steps"] = {name: how for name, how in memory["steps"].items() if how in ("done", "skipped")}


def _gave_up(memory: Mapping[str, Any], why: str) -> Planned:
    return Planned(kind=PlanKind.GIVE_UP, turn=Turn(content=why), answer=why, planner=_text(memory))


def _ready(graph: Graph, memory: dict[str, Any]) -> list[str]:
    """The steps that can run now; those that are skipped are marked, and what they release is looked at again."""
    steps: dict[str, str] = memory["steps"]
    skipped = True
    ready: list[str] = []
    while skipped:
        skipped, ready = False, []
        for step in graph.steps:
            if step.name in steps or any(steps.get(name) not in ("done", "skipped") for name in step.after):
                continue
            bypassed = bool(step.after) and all(steps[name] == "skipped" for name in step.after)
            if bypassed or (step.when is not None and not step.when(memory["state"])):
                steps[step.name] = "skipped"
                skipped = True
            else:
                ready.append(step.name)
    return ready


def _outcomes(snapshot: Snapshot, history: History) -> dict[int, Message]:
    found: dict[int, Message] = {}
    for message in history.backwards():
        if message.position < snapshot.outcomes:
            break
        found[message.position] = message
    return found


def _taken(graph: Graph, memory: dict[str, Any], name: str, body: str) -> str:
    """Take in what a step returned; why it cannot be, if it cannot."""
    try:
        value = json.loads(body)
        canonical(value)
    except (ValueError, RecursionError, BadValue):
        value = body  # a plain text
    if name == graph.answer:
        memory["answer"] = value
    if not isinstance(value, Mapping):
        if value is None or (name == graph.answer and name not in graph.fields):
            return ""
        value = {name: value}
    unknown = [key for key in value if key not in graph.fields]
    if unknown:
        return (
            f"Step {name} returned {', '.join(map(repr, unknown))}, which the state has no field for; "
            f"it has {', '.join(graph.fields) or 'none'}."
        )
    memory["state"] |= value
    return ""


def _answer(graph: Graph, memory: Mapping[str, Any]) -> str:
    """The answer's text: the field's value, or what the step returned; the whole state if it was skipped."""
    if graph.answer in graph.fields and graph.answer in memory["state"]:
        value = memory["state"][graph.answer]
    else:
        value = memory.get("answer", memory["state"])
    return value if isinstance(value, str) and value else canonical(value)

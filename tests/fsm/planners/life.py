"""A run of a workflow on the very kernel, driven by a loop that knows no store, no clock and no tool."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from detent.fsm.history import error_text, turn_text, written
from detent.fsm.kernel import Transition, begin, commands, fuel, transition
from detent.fsm.planners.workflow import Graph, WorkflowPlanner, spec_of
from detent.states.calls import Proposal
from detent.states.canonical import digest
from detent.states.commands import CallTool, MakePlan, Observe
from detent.states.events import Event, Observed, PlanMade, ToolFailed, ToolReturned
from detent.states.limits import Limits
from detent.states.names import Approval, Effect, Ran
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec
from detent.states.texts import Text, text
from tests.fsm.planners.kit import Talk

Does = Callable[[Mapping[str, Any], int], Any]  # (state, attempt) -> result; raises Broken


def _nothing(_state: Mapping[str, Any], _attempt: int) -> Any:
    """A step that changes nothing."""
    return {}


class Plain(str):
    """A result that is no JSON."""

    __slots__ = ()


class Broken(Exception):
    """A step's failure; its argument says whether trying again may help."""


def tools(graph: Graph) -> tuple[ToolSpec, ...]:
    """A READ tool for each step."""
    return tuple(
        ToolSpec(name=step.name, effect=Effect.READ, approval=Approval.NEVER, attempts=step.attempts)
        for step in graph.steps
    )


class Life:
    """One run of a workflow, driven by a loop that performs commands and steps the kernel.

    Args:
        graph: the steps
        does: what each step does; a step without does nothing
        state: the first values of the fields
        limits: the caps
    """

    def __init__(
        self,
        graph: Graph,
        does: Mapping[str, Does] | None = None,
        state: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.does = does or {}
        self.planner = WorkflowPlanner(graph)
        self.spec: Spec = spec_of(graph, tools(graph), limits or Limits())
        first = graph.first_state(state or {})
        self.snapshot: Snapshot = evolve(begin(self.spec, "run", 0), planner=first.digest)
        self.certificate = fuel(self.snapshot)
        self.talk = Talk(state=first.body)
        self.texts: dict[str, Text] = {}
        self.clicks: list[Transition] = []
        self.waves: list[list[str]] = []

    def run(self) -> Life:
        """Until it ends."""
        while self.snapshot.state.live:
            self.step(commands(self.snapshot)[-1])  # results arrive in another order than they were asked for
        return self

    def step(self, command: Any) -> None:
        """Perform one command and take its event."""
        event = self._event(command)
        click = transition(self.snapshot, event)
        for message in written(click, self.texts):
            self.talk.messages[message.position] = message
        self.talk.length = click.after.history
        self.clicks.append(click)
        self.snapshot = click.after

    def _event(self, command: Any) -> Event:
        at = self.snapshot.at
        if isinstance(command, MakePlan):
            return self._planned(command)
        if isinstance(command, Observe):
            state = self.planner.observe(self.snapshot, self.talk)
            assert state is not None
            self.talk.state = state.body
            return Observed(run="run", at=at, turn=command.turn, planner=state.digest)
        assert isinstance(command, CallTool)
        answered: dict[str, Any] = {
            "run": "run",
            "at": max(at, command.not_before),
            "call": command.call,
            "attempt": command.attempt,
        }
        turn = self.talk.messages[self.snapshot.outcomes - 1].text.body
        arguments = json.loads(turn)["calls"][int(command.call.split(".")[1])]["arguments"]
        try:
            result = self.does.get(command.tool, _nothing)(arguments["state"], command.attempt)
        except Broken as broken:
            message = self._kept(error_text("broken", f"{command.tool} broke"))
            return ToolFailed(
                **answered, error="broken", message=message, ran=Ran.NO, transient=bool(broken.args)
            )
        said = str(result) if isinstance(result, Plain) else json.dumps(result)
        return ToolReturned(**answered, result=self._kept(text("result", said)))

    def _planned(self, command: MakePlan) -> PlanMade:
        made = asyncio.run(self.planner.plan(self.snapshot, command, self.talk, lambda _kind, _piece: None))
        assert made.planner is not None
        self.talk.state = made.planner.body
        if made.turn.calls:
            self.waves.append([call.tool for call in made.turn.calls])
        return PlanMade(
            run="run",
            at=self.snapshot.at,
            turn=command.turn,
            refusals=command.refusals,
            notes=self.snapshot.told,
            kind=made.kind,
            reply=self._kept(turn_text(made.turn)),
            answer=self._kept(text("answer", made.answer)) if made.answer else "",
            calls=tuple(
                Proposal(tool=call.tool, arguments=digest("arguments", call.arguments))
                for call in made.turn.calls
            ),
            planner=made.planner.digest,
        )

    def _kept(self, one: Text) -> str:
        self.texts[one.digest] = one
        return one.digest

    @property
    def answer(self) -> str:
        """The answer's text."""
        return self.texts[self.snapshot.answer].body

    @property
    def steps(self) -> dict[str, str]:
        """How each step ended."""
        found: dict[str, str] = json.loads(self.talk.state or "{}")["steps"]
        return found

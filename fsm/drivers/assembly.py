"""Assembly: from what a person wrote (an agent, a workflow) to what a driver needs.

For a stored run the stored spec is authoritative for data; the definition brings only functions.  It fits as long as
every tool has the schema, the policy and the version that the run agreed to.  Words for the model are data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import evolve, fields

from ...states.errors import ConfigError, UsageError
from ...states.names import Approval, AtLimit
from ...states.spec import ModelOptions, Spec, ToolSpec
from ...tools import Hands, Toolbox
from ...tools.marking import IMPORTING
from ..models.door import door
from ..planners.model import ModelPlanner
from ..planners.planner import Planner
from .agent import Agent
from .loading import Definition
from .prepared import Prepared
from .resources import enter
from .rules import Rule
from .workflow import Workflow

__all__ = ["agree", "asking_spec", "changed", "planner_of", "prepare", "settle_options"]

WORDS = ("description", "title")  # of a schema: told to the model, checked by nobody
NAMED = ("properties", "$defs", "definitions")  # parts of a schema whose keys are names


def planner_of(definition: Definition, spec: Spec, box: Toolbox, folder: Path) -> Planner:
    """What decides in a run of this spec."""
    if isinstance(definition, Workflow):
        from ..planners.workflow import WorkflowPlanner  # noqa: PLC0415 - agents do without

        return WorkflowPlanner(definition.graph())
    at = door(spec.model, options=spec.options, folder=folder)
    return ModelPlanner(spec, at, lambda name, value: box.get(name).check(value))


async def prepare(
    definition: Definition,
    *,
    stack: AsyncExitStack,
    folder: Path,
    script_folder: Path,
    at_limit: AtLimit = AtLimit.FINISH,
    stored: Spec | None = None,
    asking: bool = False,
    rules: tuple[Rule, ...] = (),
    notice: Callable[[str], None] = lambda _said: None,
) -> Prepared:
    """Everything a driver needs to drive a run of this definition.

    Args:
        definition: the agent or workflow
        stack: what resources are entered into, and connections closed with
        folder: the run's folder
        script_folder: what a scripted model's file is relative to
        at_limit: what happens where a cap is reached, unless the definition says
        stored: what a stored run agreed to; None for a new one
        asking: whether every tool of the stored run may ask, whatever its own rule; see `asking_spec`
        rules: what a person allowed in advance
        notice: is told what goes wrong later and changes nothing

    Raises:
        ConfigError: the definition does not fit the stored spec, or cannot work at all
        UsageError: this process only loads an isolated tool
        ModelUnavailable: the model cannot be reached
    """
    _check_not_loading()
    box = definition.toolbox()
    spec = stored or definition.spec(box, at_limit)
    if stored is not None:
        agree(stored, definition, box, asking=asking)
    planner = planner_of(definition, spec, box, script_folder)
    stack.push_async_callback(planner.close)
    if stored is None:
        spec = settle_options(spec, (await planner.check()).window)
        if spec.planner == "model":
            planner = planner_of(definition, spec, box, script_folder)
            stack.push_async_callback(planner.close)
    hands = Hands()
    stack.callback(hands.close)
    resources = await enter(definition.resources, stack, notice)
    stack.callback(_end_left, hands, notice)
    return Prepared(spec, planner, box, hands, folder, resources, rules)


def _check_not_loading() -> None:
    """A file that begins a run when it is imported would do so in the process of every isolated tool of it.

    Raises:
        UsageError: that is what happens here
    """
    if IMPORTING in os.environ:
        raise UsageError(
            "The file of an isolated tool begins a run while it is imported.",
            'Put that under  if __name__ == "__main__".',
        )


def _end_left(hands: Hands, notice: Callable[[str], None]) -> None:
    """When nobody drives any more: what calls that would not end have started ends."""
    left = hands.end_left()
    if left:
        listed = ", ".join(map(str, left))
        notice(f"What a call has started cannot be ended: process {listed}.")


def settle_options(spec: Spec, window: int) -> Spec:
    """The spec with the model options that a run keeps for good.

    Args:
        spec: as it was written
        window: the model's own context window in tokens; 0 where there is none
    """
    options = spec.options
    num_ctx = options.num_ctx or (min(8192, window) if window else 8192)
    num_predict = options.num_predict or max(256, num_ctx // 4)
    keep_alive = 1800 if options.keep_alive is None else options.keep_alive
    return evolve(
        spec, options=evolve(options, num_ctx=num_ctx, num_predict=num_predict, keep_alive=keep_alive)
    )


def asking_spec(spec: Spec) -> Spec:
    """The spec with every tool able to ask first: what a fork agrees to whose calls are asked about."""
    tools = (
        evolve(tool, approval=Approval.PREDICATE) if tool.approval is Approval.NEVER else tool
        for tool in spec.tools
    )
    return evolve(spec, tools=tuple(tools))


def agree(stored: Spec, definition: Definition, box: Toolbox, *, asking: bool = False) -> None:
    """Check that the functions at hand are those the run agreed to.

    Raises:
        ConfigError: a tool is gone, or has another schema, policy or version; or the steps of a workflow have changed
    """
    hint = "Go on with the old file, or start from here with  detent fork."
    planner = "workflow" if isinstance(definition, Workflow) else "model"
    if planner != stored.planner:
        raise ConfigError(f"The run was not begun by a {type(definition).__name__.lower()}.", hint)
    if isinstance(definition, Workflow) and definition.graph().written() != stored.graph:
        raise ConfigError("The workflow's steps have changed since the run began.", hint)
    now = _tools(stored, box)
    if asking:
        now = asking_spec(evolve(stored, tools=tuple(now.values()))).by_name
    for tool in stored.tools:
        if tool.name not in now:
            raise ConfigError(f"The agent has no tool {tool.name} any more, which the run agreed to.", hint)
        differing = [one.name for one in fields(ToolSpec) if _differs(one.name, tool, now[tool.name])]
        if differing:
            raise ConfigError(
                f"Tool {tool.name} has changed since the run began: {', '.join(differing)}.", hint
            )


def _tools(stored: Spec, box: Toolbox) -> dict[str, ToolSpec]:
    """The tools at hand as this run would have agreed to them: its own limit of attempts counts."""
    return {tool.name: tool.spec(stored.limits.attempts) for tool in box.tools}


def _differs(name: str, tool: ToolSpec, now: ToolSpec) -> bool:
    if name in ("description", "calls"):
        return False
    if name == "parameters":
        return bool(_bare(json.loads(tool.parameters)) != _bare(json.loads(now.parameters)))
    return bool(getattr(tool, name) != getattr(now, name))


def _bare(schema: Any) -> Any:
    """A schema without the words in it: what it accepts."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {name: _bare(value) for name, value in schema.items() if name not in WORDS}
    for name in NAMED:
        if isinstance(schema.get(name), dict):
            bare[name] = {key: _bare(value) for key, value in schema[name].items()}
    return bare


def changed(stored: Spec, definition: Definition, box: Toolbox) -> tuple[str, ...]:
    """What the definition says otherwise now, by name; the run goes on with what it agreed to."""
    if isinstance(definition, Agent) and not definition.model:
        definition = evolve(definition, model=stored.model)
    now = definition.spec(box, stored.at_limit)
    found = [
        name
        for name in ("model", "instructions", "limits", "at_limit", "ask_person")
        if getattr(now, name) != getattr(stored, name)
    ]
    found += [
        one.name
        for one in fields(ModelOptions)
        if getattr(now.options, one.name) not in (None, getattr(stored.options, one.name))
    ]
    tools = [(one.name, one.description, one.parameters) for one in now.tools]
    agreed = [(one.name, one.description, one.parameters) for one in stored.tools]
    return (*found, *(("tools",) if tools != agreed else ()))

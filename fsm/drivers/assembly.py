"""Assembly: from what a person wrote (an agent, a workflow) to what a driver needs.

For a stored run the stored spec is authoritative for data; the definition brings only functions.  It fits as long as
every tool has the schema, the policy and the version that the run agreed to.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from attrs import evolve, fields

from ...states.errors import ConfigError
from ...states.names import AtLimit
from ...states.spec import Spec, ToolSpec
from ...tools import Hands, Toolbox
from ..models.door import door
from ..planners.model import ModelPlanner
from ..planners.planner import Planner
from .agent import Agent
from .loading import Definition
from .prepared import Prepared
from .rules import Rule
from .workflow import Workflow

__all__ = ["agree", "prepare", "settle_options"]


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
    rules: tuple[Rule, ...] = (),
) -> Prepared:
    """Everything a driver needs to drive a run of this definition.

    Args:
        definition: the agent or workflow
        stack: what resources are entered into, and connections closed with
        folder: the run's folder
        script_folder: what a scripted model's file is relative to
        at_limit: what happens where a cap is reached, unless the definition says
        stored: what a stored run agreed to; None for a new one
        rules: what a person allowed in advance

    Raises:
        ConfigError: the definition does not fit the stored spec, or cannot work at all
        ModelUnavailable: the model cannot be reached
    """
    box = definition.toolbox()
    spec = stored or definition.spec(box, at_limit)
    if stored is not None:
        agree(stored, box)
    planner = planner_of(definition, spec, box, script_folder)
    stack.push_async_callback(planner.close)
    if stored is None:
        spec = settle_options(spec, (await planner.check()).window)
        if spec.planner == "model":
            planner = planner_of(definition, spec, box, script_folder)
            stack.push_async_callback(planner.close)
    hands = Hands()
    stack.callback(hands.close)
    resources = {name: stack.enter_context(one) for name, one in definition.resources.items()}
    return Prepared(spec, planner, box, hands, folder, resources, rules)


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


def agree(stored: Spec, box: Toolbox) -> None:
    """Check that the functions at hand are those the run agreed to.

    Raises:
        ConfigError: a tool is gone, or has another schema, policy or version
    """
    now = {one.name: one for one in box.specs()}
    for tool in stored.tools:
        hint = "Go on with the old file, or start from here with  detent fork."
        if tool.name not in now:
            raise ConfigError(f"The agent has no tool {tool.name} any more, which the run agreed to.", hint)
        changed = [one.name for one in fields(ToolSpec) if _differs(one.name, tool, now[tool.name])]
        if changed:
            raise ConfigError(
                f"Tool {tool.name} has changed since the run began: {', '.join(changed)}.", hint
            )


def _differs(name: str, tool: ToolSpec, now: ToolSpec) -> bool:
    if name in ("description", "calls"):
        return False
    return bool(getattr(tool, name) != getattr(now, name))


def notices(stored: Spec, definition: Definition, box: Toolbox) -> tuple[str, ...]:
    """What the file says now that the run does not take: data is what was agreed."""
    if not isinstance(definition, Agent):
        return ()
    now = definition.spec(box, stored.at_limit)
    return tuple(
        name for name in ("model", "instructions", "limits") if getattr(now, name) != getattr(stored, name)
    )

"""Workflows: fixed steps on the same machine as agents, with a planner that needs no model.

Each step is a tool that the run may call once; what it returns, a mapping of the state's fields, patches the typed
state.  Ready steps run together.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from ...states.canonical import canonical
from ...states.errors import ConfigError, UsageError
from ...states.limits import Limits
from ...states.names import AtLimit
from ...states.spec import Spec
from ...tools import Context, Toolbox, tool, toolbox

if TYPE_CHECKING:
    from ..planners.workflow import Graph

__all__ = ["Workflow", "step"]


@frozen(kw_only=True)
class StepDefinition:
    """A step as its author wrote it; see `step`."""

    name: str
    function: Callable[..., Any]
    after: tuple[str, ...]
    when: Callable[[Any], bool] | None
    options: Mapping[str, Any]


def step(
    name: str,
    function: Callable[..., Any],
    *,
    after: str | Sequence[str] = (),
    when: Callable[[Any], bool] | None = None,
    retry: int = 0,
    timeout: float = 60.0,
    effect: str = "once",
    approval: str = "never",
) -> StepDefinition:
    """One step of a workflow.

    Args:
        name: what the step is called
        function: takes the state, and a Context if it has such a parameter; returns a mapping of changed fields
        after: the steps it waits for
        when: looks at the state; the step is skipped where it says no
        retry: how often it is tried again after a passing failure
        timeout: seconds an attempt may take
        effect: what repeating it means: read, idempotent, or once
        approval: "never" or "always"
    """
    waits = (after,) if isinstance(after, str) else tuple(after)
    options = {"attempts": retry + 1, "timeout": timeout, "effect": effect, "approval": approval}
    return StepDefinition(name=name, function=function, after=waits, when=when, options=options)


def _listed(steps: Iterable[StepDefinition]) -> tuple[StepDefinition, ...]:
    return tuple(steps)


@frozen(kw_only=True)
class Workflow:
    """Fixed steps over a typed state.

    Args:
        state: a frozen attrs class; its defaults are the first state
        steps: the steps
        answer: the step, or the field of the state, whose value is the answer
        limits: the caps of a run; turns and calls follow from the steps
        name: what runs of it are called in lists
    """

    state: type
    steps: tuple[StepDefinition, ...] = field(converter=_listed)
    answer: str
    limits: Limits = field(factory=Limits)
    name: str = ""
    model: str = field(default="", init=False)
    resources: Mapping[str, Any] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if not attrs.has(self.state):
            raise ConfigError(
                f"Workflow(state={self.state!r}) is no attrs class.", "Decorate it with @attrs.frozen."
            )
        for one in attrs.fields(self.state):
            if not one.init or one.alias != one.name:
                raise ConfigError(
                    f"{self.state.__name__} cannot be made with {one.name}=..., so a run cannot keep it.",
                    "Let each field be an argument of its own name.",
                )

    def graph(self) -> Graph:
        """Its steps as the planner sees them."""
        from ..planners.workflow import Graph, Step  # noqa: PLC0415 - agents do without

        steps = (
            Step(name=one.name, after=one.after, when=self._when(one.when), attempts=one.options["attempts"])
            for one in self.steps
        )
        return Graph(
            steps=tuple(steps), fields=tuple(one.name for one in attrs.fields(self.state)), answer=self.answer
        )

    def _when(self, when: Callable[[Any], bool] | None) -> Callable[[Mapping[str, Any]], bool] | None:
        return None if when is None else lambda state: bool(when(self.state(**state)))

    def first_state(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The state a run begins with.

        Raises:
            UsageError: an input the state has no field for, a field that is missing, or one that is no plain value
        """
        try:
            made: dict[str, Any] = attrs.asdict(self.state(**inputs))
            canonical(made)
        except Exception as error:
            fields = ", ".join(one.name for one in attrs.fields(self.state)) or "no field"
            raise UsageError(
                f"{self.state.__name__} cannot be made: {error}".rstrip(".") + ".",
                f"It has {fields}; give them with  --set NAME=VALUE.",
            ) from error
        return made

    def toolbox(self) -> Toolbox:
        """A tool a step."""
        return toolbox([tool(self._function(one), name=one.name, **one.options) for one in self.steps], 1)

    def _function(self, one: StepDefinition) -> Callable[..., Any]:
        """The step as a tool's function: it is given the typed state, and what it returns is JSON."""
        make, function, context = self.state, one.function, _context_of(one)

        def call(state: dict[str, Any], context_: Context) -> Any:
            made = function(make(**state), **({context: context_} if context else {}))
            return _awaited(made) if inspect.isawaitable(made) else canonical(made)

        async def acall(state: dict[str, Any], context_: Context) -> str:
            return await _awaited(function(make(**state), **({context: context_} if context else {})))

        chosen: Callable[..., Any] = acall if inspect.iscoroutinefunction(function) else call
        chosen.__doc__ = inspect.getdoc(function) or f"Step {one.name}."
        return chosen

    def spec(self, box: Toolbox, at_limit: AtLimit) -> Spec:
        """What a run of it agrees to."""
        from ..planners.workflow import spec_of  # noqa: PLC0415

        del at_limit
        return spec_of(self.graph(), box.specs(), self.limits)


def _context_of(one: StepDefinition) -> str:
    """The parameter that gets the Context; empty if a step's function takes only the state.

    Raises:
        ConfigError: it does not take the state
    """
    try:
        signature = inspect.signature(one.function)
        found = [
            each.name
            for each in signature.parameters.values()
            if each.annotation is Context or str(each.annotation).rpartition(".")[2] == "Context"
        ]
        signature.bind(None, **dict.fromkeys(found[:1]))
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"The function of step {one.name} cannot take the state: {error}.",
            "Write  def function(state), or  def function(state, context: Context).",
        ) from error
    return found[0] if found else ""


async def _awaited(work: Awaitable[Any]) -> str:
    return canonical(await work)

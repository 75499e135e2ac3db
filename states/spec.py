"""The spec: what a run agreed to when it began.  It never changes; a changed spec is a fork.

The kernel reads limits, tools' policies and `at_limit` from it; planners read the rest.  A snapshot refers to it
by digest, so bodies stay small.
"""

from __future__ import annotations

import math
from functools import cached_property

from attrs import field, frozen

from .errors import BadValue
from .limits import EXTENDED, Limits, whole
from .names import Approval, AtLimit, Effect

__all__ = ["ASK_PERSON", "RULES", "ModelOptions", "Spec", "ToolSpec"]

RULES = 1  # the kernel's version; raised whenever an old run would fold to other bytes
ASK_PERSON = "ask_person"  # the built-in tool that is a question, not a call


@frozen(kw_only=True)
class ToolSpec:
    """One tool as the run knows it.

    Args:
        name: what the model calls it
        description: what the model is told of it
        parameters: its JSON schema, members in the order their author gave them
        effect: what repeating it means
        approval: whether a call asks first
        attempts: how often one call may be tried
        timeout: milliseconds an attempt may take
        fallback: names of tools to call with the same arguments when this one fails
        parallel: may run beside other calls though it is not READ
        version: raised by its author when its meaning changes
        output_cap: bytes of a result that the model is shown; 0 is the usual cap
        calls: how often a run may call it in all; 0 is as often as the limits allow
    """

    name: str
    description: str = ""
    parameters: str = '{"properties":{},"type":"object"}'
    effect: Effect = Effect.ONCE
    approval: Approval = Approval.ALWAYS
    attempts: int = whole(3, 1)
    timeout: int = whole(60_000, 1)
    fallback: tuple[str, ...] = ()
    parallel: bool = False
    version: int = 1
    output_cap: int = whole(0, 0)
    calls: int = whole(0, 0)


@frozen(kw_only=True)
class ModelOptions:
    """How a model is asked.  None leaves a choice to the server.

    Args:
        num_ctx: the context window, tokens
        num_predict: the most tokens of one reply
        temperature: the model's temperature, in thousandths
        seed: the seed of its sampling
        think: whether a model that can think does
        keep_alive: seconds the server keeps it loaded after a request
    """

    num_ctx: int | None = None
    num_predict: int | None = None
    temperature: int | None = None
    seed: int | None = None
    think: bool | None = None
    keep_alive: int | None = None


@frozen(kw_only=True, slots=False, cache_hash=True)
class Spec:
    """What a run agreed to.

    Args:
        planner: `model` or `workflow`
        tools: the tools by name, in order
        limits: the caps
        at_limit: what happens where a cap is reached
        ask_person: whether the planner may put a question to the person
        model: `provider:name`; empty for a workflow
        instructions: the system prompt
        options: how the model is asked
        plans: in how many turns there may be calls or a question; 0 is as many as the limits allow
        graph: a workflow's steps as canonical JSON; empty for a model
        rules: the kernel's version

    Raises:
        BadValue: two tools of one name, or a fallback that is no tool of the spec
    """

    planner: str = "model"
    tools: tuple[ToolSpec, ...] = ()
    limits: Limits = field(factory=Limits)
    at_limit: AtLimit = AtLimit.ASK
    ask_person: bool = False
    model: str = ""
    instructions: str = ""
    options: ModelOptions = field(factory=ModelOptions)
    plans: int = whole(0, 0)
    graph: str = ""
    rules: int = RULES

    def __attrs_post_init__(self) -> None:
        if len(self.by_name) != len(self.tools):
            raise BadValue("Two tools of a spec have the same name.", "Rename one of them.")
        lost = {name for tool in self.tools for name in tool.fallback} - self.by_name.keys()
        if lost:
            raise BadValue(f"A fallback names {', '.join(sorted(lost))}, which is no tool of the spec.")

    @cached_property
    def by_name(self) -> dict[str, ToolSpec]:
        """Every tool under its name."""
        return {tool.name: tool for tool in self.tools}

    @cached_property
    def chains(self) -> dict[str, tuple[ToolSpec, ...]]:
        """Under each tool's name the tool and its fallbacks; the fallbacks' own fallbacks do not count."""
        return {tool.name: (tool, *(self.by_name[name] for name in tool.fallback)) for tool in self.tools}

    @cached_property
    def alone(self) -> dict[str, bool]:
        """Under each tool's name whether its calls run alone: some tool of its chain is neither READ nor parallel."""
        return {
            name: any(one.effect is not Effect.READ and not one.parallel for one in tools)
            for name, tools in self.chains.items()
        }

    @cached_property
    def digest(self) -> str:
        """`sha256:<hex>` of the canonical spec."""
        from .codec import spec_text  # noqa: PLC0415 - the codec knows every value, so it comes last

        return spec_text(self).digest

    @cached_property
    def extensions(self) -> int:
        """How many extensions a person may grant."""
        return self.limits.extensions if self.at_limit is AtLimit.ASK else 0

    @cached_property
    def caps(self) -> tuple[tuple[float, ...], ...]:
        """The extended caps, in their order, after no, one, two ... extensions; infinity is no cap."""
        return tuple(
            tuple(
                math.inf if cap is None else cap for cap in (self.limits.cap(one, given) for one in EXTENDED)
            )
            for given in range(self.limits.extensions + 1)
        )

    @cached_property
    def most(self) -> tuple[int, int]:
        """The most model turns and tool calls there can be, every extension granted."""
        limits, extensions = self.limits, self.extensions
        return limits.cap("model_turns", extensions) or 0, limits.cap("tool_calls", extensions) or 0

    @cached_property
    def prices(self) -> tuple[tuple[int, str, int], ...]:
        """What a call of each tool can cost in events, the tool's name, and its own cap; the dearest first."""
        from .calls import fresh_cost  # noqa: PLC0415 - calls know the spec

        return tuple(
            sorted(((fresh_cost(self, tool), tool.name, tool.calls) for tool in self.tools), reverse=True)
        )

    @cached_property
    def looping(self) -> bool:
        """Whether equal turns are counted: a workflow's repeats are its author's business."""
        return self.planner == "model"

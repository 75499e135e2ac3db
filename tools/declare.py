"""`tool`: a function becomes a Tool, or its author is told why not and where.

Everything that can be wrong with a tool is found here, when the module is imported, and not at the first call.
A tool that says nothing is ONCE and asks first: the careful one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn, TypedDict, Unpack, overload

from attrs import frozen

from ..states.errors import ConfigError
from ..states.names import Approval, Effect
from .hooks import Hook, hook
from .signatures import Signature, signature_of
from .value import Tool

__all__ = ["Options", "tool"]

_MOST_MS = 2**31  # an attempt may take less than this, about 24 days

Function = Callable[..., Any]
Rule = Literal["never", "always"] | Function | None
Fallback = str | Tool | Sequence[str | Tool] | None


class Options(TypedDict, total=False):
    """The options of `tool`, which documents them."""

    effect: Literal["read", "idempotent", "once"]
    approval: Rule
    timeout: float
    attempts: int | None
    fallback: Fallback
    version: int
    parallel: bool
    preview: Function | None
    probe: Function | None
    output_cap: int | None
    isolation: str | None
    name: str | None
    description: str | None
    base: Function | None


@overload
def tool(function: Function, /, **options: Unpack[Options]) -> Tool: ...


@overload
def tool(**options: Unpack[Options]) -> Callable[[Function], Tool]: ...


def tool(
    function: Function | None = None, /, **options: Unpack[Options]
) -> Tool | Callable[[Function], Tool]:
    """Make a tool of a function; a decorator with or without options.

    Args:
        function: what to call: a plain or async function, a closure, a bound method
        options: what its author says about it, by name:
            effect ("once"): what repeating a call means: "read" (harmless), "idempotent" (safe with the call's key),
            "once" (must not be repeated unasked);
            approval (None): whether a call asks a person first: "never", "always", or a function of the tool's
            arguments by name; None is never for "read" and always for the others;
            timeout (60.0): seconds an attempt may take;
            attempts (None): how often one call may be tried; None is as the run's limits say;
            fallback (None): a tool, a name, or a list of them, to call with the same arguments when this one fails;
            version (1): raised when the meaning of the tool changes;
            parallel (False): may run beside other calls of its plan though it is not "read";
            preview (None): (context, **arguments) -> str, shows a person what a call would do;
            base (None): (context, **arguments) -> str, a digest of what the preview is made from;
            probe (None): (context, **arguments), finds out whether an attempt in doubt happened;
            output_cap (None): bytes of a result that the model is shown; None is the usual cap;
            isolation (None): where it runs; None is in this process, in a thread or on the loop; "process" is a
            process of its own for every attempt, which can be stopped, takes nobody with it when it crashes, and ends
            with everything it has started: only for a function at the top level of a file, without resources;
            name (None): what the model calls it; None is the function's name;
            description (None): what the model is told; None is the first paragraph of the docstring

    Raises:
        ConfigError: anything that cannot be, with the function, its file and its line
    """
    for name in options:
        if name not in Options.__annotations__:
            raise ConfigError(
                f"@tool has no option {name!r}.", f"There are {', '.join(Options.__annotations__)}."
            )
    if function is None:
        return lambda found: _made(found, **options)
    return _made(function, **options)


def _made(  # the options and their defaults; `tool` documents them
    function: Function,
    *,
    effect: str = "once",
    approval: Rule = None,
    timeout: float = 60.0,
    attempts: int | None = None,
    fallback: Fallback = None,
    version: int = 1,
    parallel: bool = False,
    preview: Function | None = None,
    probe: Function | None = None,
    output_cap: int | None = None,
    isolation: str | None = None,
    name: str | None = None,
    description: str | None = None,
    base: Function | None = None,
) -> Tool:
    if isinstance(function, Tool):
        raise ConfigError(f"Tool {function.name} ({function.source}) is a tool already.", "Remove one @tool.")
    read = signature_of(function, name)
    says = _Says(read)
    kind = says.effect(effect)
    rule, predicate = says.rule(approval, kind)
    return Tool(
        name=read.name,
        description=read.description if description is None else description,
        parameters=read.parameters,
        function=function,
        effect=kind,
        approval=rule,
        predicate=predicate,
        timeout=says.seconds(timeout),
        attempts=None if attempts is None else says.whole("attempts", attempts),
        fallback=says.fallbacks(fallback),
        version=says.whole("version", version),
        parallel=says.flag("parallel", parallel),
        preview=says.hook("preview", preview, "context"),
        probe=says.hook("probe", probe, "context"),
        base=says.hook("base", base, "context"),
        output_cap=None if output_cap is None else says.whole("output_cap", output_cap),
        isolation=says.isolation(isolation, function),
        asynchronous=read.asynchronous,
        context_name=read.context_name,
        source=read.source,
        builds=read.builds,
        defaults=read.defaults,
    )


@frozen
class _Says:
    """The checks of what an author says about a function that was read."""

    read: Signature

    def refuse(self, what: str, hint: str) -> NoReturn:
        raise ConfigError(f"Tool {self.read.name} ({self.read.source}) has {what}.", hint)

    def effect(self, told: str) -> Effect:
        if told not in [each.value for each in Effect]:
            self.refuse(f"the unknown effect {told!r}", 'Write "read", "idempotent" or "once".')
        return Effect(told)

    def rule(self, told: Rule, effect: Effect) -> tuple[Approval, Hook | None]:
        if told is None:
            return (Approval.NEVER if effect is Effect.READ else Approval.ALWAYS), None
        if not callable(told):
            if told not in (Approval.NEVER.value, Approval.ALWAYS.value):
                self.refuse(f"the unknown approval {told!r}", 'Write "never", "always" or a function.')
            return Approval(told), None
        return Approval.PREDICATE, self.hook("approval", told)

    def hook(self, what: str, told: Any, *lead: str) -> Hook | None:
        where = f"The {what} of tool {self.read.name} ({self.read.source})"
        if told is None:
            return None
        return hook(told, lead=lead, parameters=self.read.builds, defaults=self.read.defaults, where=where)

    def seconds(self, told: Any) -> float:
        number = isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told)
        if not number or not 0 < told * 1000 < _MOST_MS:
            self.refuse(f"the timeout {told!r}", "Write seconds, more than zero.")
        return float(told)

    def whole(self, what: str, told: Any) -> int:
        if not isinstance(told, int) or isinstance(told, bool) or not 1 <= told < 2**31:
            self.refuse(f"{what} {told!r}", "Write a whole number, at least 1.")
        return told

    def flag(self, what: str, told: Any) -> bool:
        if not isinstance(told, bool):
            self.refuse(f"{what} {told!r}", "Write True or False.")
        return told

    def isolation(self, told: Any, function: Function) -> str | None:
        if told is None:
            return None
        if told != "process":
            self.refuse(
                f"the unknown isolation {told!r}",
                'Leave it out, or write "process" for a process of its own.',
            )
        from .address import unreachable  # noqa: PLC0415 - most tools run here

        why = unreachable(function)
        if why:
            self.refuse(
                f"isolation 'process', but {why}",
                "Another process must find it: write it with def at the top level of a file.",
            )
        return "process"

    def fallbacks(self, told: Any) -> tuple[str | Tool, ...]:
        listed = (told,) if isinstance(told, str | Tool) else told
        if listed is None:
            return ()
        if not isinstance(listed, list | tuple) or not all(isinstance(each, str | Tool) for each in listed):
            self.refuse(f"the fallback {told!r}", "Name a tool, or give one made with @tool.")
        return tuple(listed)

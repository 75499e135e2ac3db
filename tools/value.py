"""The tool: a function with everything a run must know before it is called.

A Tool is a value.  It is made by `tool`, which checks it; here is what can be asked of it.  Its argument text is
canonical JSON: `check` makes it from what a model sent, `arguments` makes Python values of it, and `bind` adds the
digest of what a preview was made from under `$base`, so that the bytes a person approves say what they were shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from ..states.canonical import canonical
from ..states.names import Approval, Effect
from ..states.spec import ToolSpec
from .checking import BASE, Checker
from .errors import BadArguments

if TYPE_CHECKING:
    from .context import Context
    from .hooks import Hook
    from .shapes import Build

__all__ = ["UNAVAILABLE", "Tool", "base_of"]

UNAVAILABLE = "unavailable"  # the base of a call whose base could not be found out: no file has this digest


def base_of(text: str) -> str:
    """The digest that an argument text binds; empty if it binds none."""
    if f'"{BASE}"' not in text:
        return ""
    value = json.loads(text).get(BASE, "")
    return value if isinstance(value, str) else ""


@frozen(kw_only=True, slots=False)
class Tool:
    """A function that a call can name.  Calling a Tool calls the function.

    Args:
        name: what the model calls it
        description: what the model is told of it
        parameters: its JSON schema, members in the author's order
        function: the author's function
        effect: what repeating it means
        approval: whether a call asks first
        predicate: decides whether a call asks, where approval is PREDICATE
        timeout: seconds an attempt may take
        attempts: how often one call may be tried; None is as the limits say
        fallback: tools, or their names, to call with the same arguments when this one fails
        version: raised by its author when its meaning changes
        parallel: may run beside other calls though it is not READ
        preview: shows what a call would do
        probe: finds out whether an attempt in doubt happened
        base: the digest of what a preview is made from
        output_cap: bytes of a result that the model is shown; None is the usual cap
        isolation: where it runs; None is in this process, "process" in one of its own
        asynchronous: whether it runs on the loop
        context_name: its parameter that gets the Context; empty if it has none
        source: the file and line it was written at
        builds: its parameters and what makes their Python values
        defaults: the defaults of its parameters
    """

    name: str
    description: str
    parameters: str
    function: Callable[..., Any]
    effect: Effect
    approval: Approval
    predicate: Hook | None
    timeout: float
    attempts: int | None
    fallback: tuple[str | Tool, ...]
    version: int
    parallel: bool
    preview: Hook | None
    probe: Hook | None
    base: Hook | None
    output_cap: int | None
    isolation: str | None
    asynchronous: bool
    context_name: str
    source: str
    builds: Mapping[str, Build | None] = field(eq=False, repr=False)
    defaults: Mapping[str, Any] = field(eq=False, repr=False)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Whatever the function returns."""
        return self.function(*args, **kwargs)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function, for `inspect` and documentation tools."""
        return self.function

    @cached_property
    def fallbacks(self) -> tuple[str, ...]:
        """The names of the fallbacks."""
        return tuple(each if isinstance(each, str) else each.name for each in self.fallback)

    @cached_property
    def _checker(self) -> Checker:
        return Checker(self.name, self.parameters)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(self.builds) - frozenset(self.defaults)

    def check(self, value: Any) -> str:
        """The canonical argument text of what a model sent.

        Args:
            value: JSON arguments, or their JSON text; None is no arguments

        Raises:
            BadArguments: they do not fit the schema, in words for the model
        """
        return self._checker(value)

    def arguments(self, text: str) -> dict[str, Any]:
        """What to call the function with: Python values by parameter, without the context.

        Args:
            text: canonical argument text, as `check` or `bind` made it

        Raises:
            BadArguments: it is not an argument text of this tool
        """
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise BadArguments(f"The argument text of {self.name} is not a JSON object.", "Check it first.")
        value.pop(BASE, None)
        names = value.keys()
        if not names <= self.builds.keys() or not self._required <= names:
            raise BadArguments(
                f"The argument text does not have the parameters of {self.name}.", "Check it first."
            )
        for name, item in value.items():
            build = self.builds[name]
            if build is not None:
                value[name] = build(item)
        return value

    def asks(self, text: str) -> bool:
        """Whether a call with these arguments asks a person first; a rule that fails asks."""
        if self.predicate is None:
            return self.approval is not Approval.NEVER
        try:
            return bool(self.predicate(**self.arguments(text)))
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, a person is asked
            return True

    def bases(self, text: str, context: Context) -> str:
        """The digest to bind before a call is shown; empty if this tool binds nothing.  May read files."""
        if self.base is None:
            return ""
        try:
            return str(self.base(context, **self.arguments(text)))
        except (Exception, SystemExit):  # noqa: BLE001 - the call will be refused, for it binds what nothing has
            return UNAVAILABLE

    def previews(self, text: str, context: Context) -> str:
        """What a call would do, for a person; empty if this tool has no preview.  May read files.

        Args:
            text: canonical argument text; what it binds is in the context that the preview gets
            context: the context of the call
        """
        if self.preview is None:
            return ""
        try:
            arguments = self.arguments(text)
            return str(self.preview(self.bound(text, context), **arguments))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a person is told, and decides without it
            return f"No preview: {error}"

    def bind(self, text: str, base: str) -> str:
        """The argument text with this digest under `$base`; unchanged for an empty one."""
        return canonical({**json.loads(text), BASE: base}) if base else text

    @property
    def takes_context(self) -> bool:
        """Whether an attempt needs the context of its call."""
        return bool(self.context_name) or self.isolation is not None

    @staticmethod
    def bound(text: str, context: Context) -> Context:
        """The context with the base that an argument text binds."""
        base = base_of(text)
        return evolve(context, base=base) if base else context

    def spec(self, default_attempts: int) -> ToolSpec:
        """What a run stores of this tool.

        Args:
            default_attempts: the attempts of a tool that does not say
        """
        return ToolSpec(
            name=self.name,
            description=self.description,
            parameters=self.parameters,
            effect=self.effect,
            approval=self.approval,
            attempts=default_attempts if self.attempts is None else self.attempts,
            timeout=max(1, round(self.timeout * 1000)),
            fallback=self.fallbacks,
            parallel=self.parallel,
            version=self.version,
            output_cap=self.output_cap or 0,
        )

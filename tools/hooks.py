"""Hooks: the functions an author hangs on a tool - approval rule, preview, base, probe.

A hook takes the tool's parameters by name, as many of them as it likes, or all with `**arguments`; previews, bases
and probes take the context before them.  What it takes is read once, when the tool is made, so a misspelled name is
an error there and not at the first call.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ..states.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Hook", "hook"]

_P = inspect.Parameter


@frozen
class Hook:
    """A function that is given those arguments that it names.

    Args:
        function: the author's function
        names: the parameters it takes by name; None is all
        defaults: the tool's own, for arguments that were left out
    """

    function: Callable[..., Any]
    names: frozenset[str] | None
    defaults: Mapping[str, Any] = field(eq=False)

    def __call__(self, *lead: Any, **arguments: Any) -> Any:
        """The function's answer to the arguments it takes."""
        arguments = {**self.defaults, **arguments}
        if self.names is not None:
            arguments = {name: value for name, value in arguments.items() if name in self.names}
        return self.function(*lead, **arguments)


def hook(
    function: Any,
    *,
    lead: tuple[str, ...],
    parameters: Collection[str],
    defaults: Mapping[str, Any],
    where: str,
) -> Hook:
    """A checked hook.

    Args:
        function: the author's function
        lead: what it is given by position, before the arguments
        parameters: the tool's parameters
        defaults: the defaults of those that have one
        where: the hook in words, with the tool and where that is written

    Raises:
        ConfigError: no plain function, or one that asks for what the tool does not have
    """
    if not callable(function):
        raise ConfigError(f"{where} is {function!r}, which cannot be called.", "Give a function.")
    if inspect.iscoroutinefunction(function):
        raise ConfigError(f"{where} is an async function.", "Make it a plain function.")
    try:
        taken = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise ConfigError(f"{where} does not say what it takes.", "Wrap it in a lambda.") from None
    positional = [each for each in taken if each.kind in (_P.POSITIONAL_ONLY, _P.POSITIONAL_OR_KEYWORD)]
    if len(positional) < len(lead):
        raise ConfigError(
            f"{where} must take {lead[0]} first.", f"Write def hook({', '.join(lead)}, **arguments)."
        )
    names = set()
    for each in taken:
        if each in positional[: len(lead)] or each.kind is _P.VAR_KEYWORD:
            continue
        if each.kind in (_P.VAR_POSITIONAL, _P.POSITIONAL_ONLY):
            raise ConfigError(f"{where} takes {each.name!r} by position.", "Arguments come by name.")
        if each.name in parameters:
            names.add(each.name)
        elif each.default is _P.empty:
            raise ConfigError(
                f"{where} takes {each.name!r}, which is no parameter of the tool.",
                f"The tool has {', '.join(parameters) or 'none'}.",
            )
    everything = any(each.kind is _P.VAR_KEYWORD for each in taken)
    return Hook(function, None if everything else frozenset(names), defaults)

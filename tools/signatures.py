"""Signatures: what a function's own text says about the tool it becomes.

Parameters are sent by name, so what can only come by position, or under any name, is refused.  Descriptions come
from the docstring, types from the annotations, and the line from the code, for every error to name.
"""

from __future__ import annotations

import functools
import inspect
import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..states.canonical import ordered
from ..states.errors import BadValue, ConfigError
from .classes import MISSING, resolved
from .context import Context
from .docstrings import read
from .shapes import Site, object_schema, shape_of, with_default

if TYPE_CHECKING:
    from collections.abc import Callable

    from .shapes import Build, Schema

__all__ = ["Signature", "signature_of"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_P = inspect.Parameter
_REFUSED = {
    _P.VAR_POSITIONAL: ("takes any number of values", "Write list[...] instead."),
    _P.VAR_KEYWORD: ("takes any names", "Name the parameters, or write dict[str, ...]."),
    _P.POSITIONAL_ONLY: ("is positional only", "Remove the slash: arguments come by name."),
}


@frozen(kw_only=True)
class Signature:
    """What a function says of itself.

    Args:
        name: what the model calls it
        source: file and line
        description: the first paragraph of its docstring
        parameters: its JSON schema, members in the author's order
        asynchronous: whether it must be awaited
        context_name: the parameter that gets the Context; empty if there is none
        builds: its parameters and what makes their Python values
        defaults: the defaults of its parameters
    """

    name: str
    source: str
    description: str
    parameters: str
    asynchronous: bool
    context_name: str
    builds: dict[str, Build | None]
    defaults: dict[str, Any]


def signature_of(function: Any, name: str | None = None) -> Signature:
    """What a function says of itself.

    Args:
        function: a function, a bound method or an object that can be called
        name: what to call it instead of its own name

    Raises:
        ConfigError: it cannot be a tool; the message names the file and the line
    """
    if not callable(function) or isinstance(function, type | functools.partial):
        raise ConfigError(f"{function!r} cannot be a tool.", "Write a function with def and decorate that.")
    body = function if hasattr(function, "__code__") else getattr(type(function), "__call__", function)  # noqa: B004 - the method itself
    source, space = _origin(body)
    called = getattr(function, "__name__", type(function).__name__) if name is None else name
    where = f"Tool {called} ({source})"
    if not isinstance(called, str) or not _NAME.fullmatch(called):
        raise ConfigError(
            f"{where} has a name that no model can call.", 'Say name="..." with ASCII letters and digits.'
        )
    if inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body):
        raise ConfigError(f"{where} is a generator.", "Return a list or a text.")
    doc = read(inspect.getdoc(function))
    taken = _parameters(function, where)
    hints = {each.name: _hint(each, space, where) for each in taken}
    contexts = [each for each, hint in hints.items() if hint is Context]
    if len(contexts) > 1:
        raise ConfigError(f"{where} takes the Context twice: {', '.join(contexts)}.", "Keep one of them.")
    properties: Schema = {}
    builds: dict[str, Build | None] = {}
    for each in taken:
        if each.name not in contexts:
            properties[each.name], builds[each.name] = _property(each, hints[each.name], doc.arguments, where)
    defaults = {
        each.name: each.default for each in taken if each.name in builds and each.default is not MISSING
    }
    try:
        parameters = ordered(object_schema(properties, [each for each in builds if each not in defaults]))
    except BadValue as error:
        raise ConfigError(
            f"{where} cannot be described: {error.message}", "Correct its docstring or types."
        ) from None
    return Signature(
        name=called,
        source=source,
        description=doc.description,
        parameters=parameters,
        asynchronous=inspect.iscoroutinefunction(body),
        context_name=contexts[0] if contexts else "",
        builds=builds,
        defaults=defaults,
    )


def _origin(body: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """The file and line a function was written at, beneath its decorators, and the names of its module."""
    try:
        inner = inspect.unwrap(body)
    except ValueError:  # it wraps itself
        inner = body
    code = getattr(inner, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else "built in", getattr(
        inner, "__globals__", {}
    )


def _parameters(function: Callable[..., Any], where: str) -> list[inspect.Parameter]:
    try:
        taken = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise ConfigError(
            f"{where} does not say what it takes.", "Wrap it in a def with annotations."
        ) from None
    for each in taken:
        if each.kind in _REFUSED:
            what, hint = _REFUSED[each.kind]
            raise ConfigError(f"{where}: parameter {each.name!r} {what}.", hint)
    return taken


def _hint(each: inspect.Parameter, space: dict[str, Any], where: str) -> Any:
    site = f"{where}: parameter {each.name!r}"
    if each.annotation is not MISSING:
        return resolved(each.annotation, space, site)
    if each.name in ("self", "cls"):
        raise ConfigError(
            f"{site} has no annotation.", "Decorate the bound method instead: tool(thing.method)."
        )
    raise ConfigError(f"{site} has no annotation.", f"Write its type, for example {each.name}: str.")


def _property(
    each: inspect.Parameter, hint: Any, words: dict[str, str], where: str
) -> tuple[Schema, Build | None]:
    """The schema of one parameter, and what builds its value."""
    site = Site(f"{where}: parameter {each.name!r}")
    shape = shape_of(hint, site)
    schema = shape.schema
    if each.name in words and "description" not in schema:
        schema = {**schema, "description": words[each.name]}
    if each.default is not MISSING:
        schema = with_default(schema, each.default, site)
    return schema, shape.build

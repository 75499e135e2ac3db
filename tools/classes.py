"""Classes as arguments: the fields of an attrs class, a dataclass or a TypedDict.

Only what the constructor takes is a field.  Annotations are resolved here and nowhere else, so that every name that
cannot be found gives the same error.
"""

from __future__ import annotations

import inspect
import typing
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import attrs
from attrs import field, frozen

from ..states.errors import ConfigError
from .docstrings import Doc, read

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MISSING", "Member", "described", "is_class", "members", "resolved"]

MISSING = inspect.Parameter.empty


@frozen
class Member:
    """One field of a class.

    Args:
        name: the argument of the constructor, or the key of a TypedDict
        annotation: its resolved type
        required: whether it must be given
        default: its default; MISSING where there is none, or only the constructor knows it
    """

    name: str
    annotation: Any
    required: bool
    default: Any = field(default=MISSING, eq=False)


def resolved(annotation: Any, space: dict[str, Any], where: str) -> Any:
    """An annotation with every name in it looked up.

    Args:
        annotation: a type, or its text where `from __future__ import annotations` holds
        space: the names of the module it stands in
        where: whose it is, for the error

    Raises:
        ConfigError: a name that cannot be found, or what is no type
    """
    with _lookups(where):
        holder = SimpleNamespace(__annotations__={"it": annotation})
        return typing.get_type_hints(holder, globalns=space, include_extras=True)["it"]


def is_class(annotation: Any) -> bool:
    """Whether this is a class whose fields can be arguments."""
    return isinstance(annotation, type) and (
        typing.is_typeddict(annotation)
        or attrs.has(annotation)
        or hasattr(annotation, "__dataclass_fields__")
    )


def described(kind: type) -> Doc:
    """The docstring of a class, unless it was generated."""
    text = kind.__dict__.get("__doc__")
    return Doc() if text is None or text.startswith(f"{kind.__name__}(") else read(text)


def members(kind: type, where: str) -> list[Member]:
    """The fields of a class, in order.

    Raises:
        ConfigError: a field without a type, with one that cannot be found, or one that only `__init__` sees
    """
    with _lookups(f"{where}: class {kind.__name__}"):
        hints = typing.get_type_hints(kind, include_extras=True)
    if typing.is_typeddict(kind):
        return _of_typed_dict(kind, hints)
    found = _of_attrs(kind, hints) if attrs.has(kind) else _of_dataclass(kind, hints, where)
    for each in found:
        if each.annotation is MISSING:
            raise ConfigError(f"{where}: field {kind.__name__}.{each.name} has no type.", "Annotate it.")
    return found


@contextmanager
def _lookups(where: str) -> Iterator[None]:
    try:
        yield
    except NameError as error:
        raise ConfigError(
            f"{where} is annotated with {error.name!r}, which cannot be found when the tool is made.",
            "Define or import it at the top of the module, outside functions and outside `if TYPE_CHECKING`.",
        ) from None
    except (SyntaxError, TypeError, AttributeError) as error:
        raise ConfigError(f"{where} has an annotation that is no type: {error}.", "Write a type.") from None


def _of_attrs(kind: type, hints: dict[str, Any]) -> list[Member]:
    found = []
    for each in attrs.fields(kind):
        if each.init:
            known = each.default is not attrs.NOTHING and not hasattr(each.default, "takes_self")
            found.append(
                Member(
                    each.alias or each.name,
                    hints.get(each.name, each.type or MISSING),
                    each.default is attrs.NOTHING,
                    each.default if known else MISSING,
                )
            )
    return found


def _of_dataclass(kind: type, hints: dict[str, Any], where: str) -> list[Member]:
    import dataclasses  # noqa: PLC0415 - loaded already by whoever wrote the class

    for name, hint in hints.items():
        if isinstance(hint, dataclasses.InitVar):
            raise ConfigError(f"{where}: field {kind.__name__}.{name} is an InitVar.", "Make it a field.")
    found = []
    for each in dataclasses.fields(kind):
        if each.init:
            known = each.default is not dataclasses.MISSING
            required = not known and each.default_factory is dataclasses.MISSING
            found.append(Member(each.name, hints[each.name], required, each.default if known else MISSING))
    return found


def _of_typed_dict(kind: type, hints: dict[str, Any]) -> list[Member]:
    found = []
    for name, hint in hints.items():
        mark = typing.get_origin(hint)
        if mark in (typing.Required, typing.NotRequired):
            found.append(Member(name, typing.get_args(hint)[0], mark is typing.Required))
        else:
            found.append(Member(name, hint, name in kind.__required_keys__))  # type: ignore[attr-defined]
    return found

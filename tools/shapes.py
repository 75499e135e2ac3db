"""Shapes: a Python annotation as a JSON schema, and the way back from JSON to the Python value.

    str int float bool None         their JSON types
    Literal, Enum                   an enumeration of words
    X | Y, Optional                 several types, or anyOf
    list, set, tuple, dict[str, T]  arrays and objects
    attrs, dataclass, TypedDict     an object of their fields and no others
    Path                            a string
    Any                             anything
    Annotated[T, "words"]           T, described

Everything else is refused when the tool is made.  So is a type that contains itself: grammars are compiled from
these schemas, and an endless one has none.
"""

from __future__ import annotations

import collections.abc
import sys
import types
import typing
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

from attrs import evolve, frozen

from ..states.canonical import canonical
from ..states.errors import BadValue, ConfigError
from .classes import MISSING, described, is_class, members
from .explain import fits
from .plain import enum_word, enum_words, plain

__all__ = ["Build", "Shape", "Site", "object_schema", "shape_of", "with_default"]

Build = Callable[[Any], Any]
Schema = dict[str, Any]

_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_MAPPINGS = (dict, collections.abc.Mapping)
_SETS = (set, frozenset, collections.abc.Set)


@frozen
class Shape:
    """What a type is in JSON.

    Args:
        schema: its JSON schema
        build: makes the Python value of a JSON value that fits; None where they are the same
        hashable: whether its values can be items of a set
    """

    schema: Schema
    build: Build | None = None
    hashable: bool = False


@frozen
class Site:
    """Where in a tool's signature an annotation stands.

    Args:
        where: the tool, its file and line, and the parameter
        within: the classes around it, to notice one that contains itself
    """

    where: str
    within: tuple[Any, ...] = ()

    def refuse(self, what: str, hint: str) -> ConfigError:
        """The error for an annotation that cannot be."""
        return ConfigError(f"{self.where} {what}.", hint)

    def inside(self, kind: Any) -> Site:
        """The place inside a class or a named type."""
        if kind in self.within:
            name = getattr(kind, "__name__", kind)
            raise self.refuse(
                f"has a type that contains itself: {name}", "Use a flat type, an id, or dict[str, Any]."
            )
        return evolve(self, within=(*self.within, kind))


def shape_of(annotation: Any, site: Site) -> Shape:
    """The shape of a resolved annotation.

    Raises:
        ConfigError: a type that cannot be an argument
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        made = shape_of(arguments[0], site)
        words = " ".join(each for each in arguments[1:] if isinstance(each, str))
        return evolve(made, schema={**made.schema, "description": words}) if words else made
    if origin is Literal:
        return _literal(arguments, site)
    if origin in (typing.Union, types.UnionType):
        return _union([shape_of(each, site) for each in arguments])
    if hasattr(annotation, "__supertype__"):  # NewType
        return shape_of(annotation.__supertype__, site)
    if type(annotation).__name__ == "TypeAliasType":
        return shape_of(annotation.__value__, site.inside(annotation))
    scalar = _scalar(annotation, site)
    return scalar or _container(annotation, origin or annotation, arguments, site)


def with_default(schema: Schema, default: Any, site: Site) -> Schema:
    """The schema with its default in JSON.

    Raises:
        ConfigError: a default that is no JSON value, or does not fit its own type
    """
    try:
        value = plain(default)
        canonical(value)
        good = fits(schema, value)
    except (TypeError, ValueError, RecursionError, BadValue) as error:
        raise site.refuse(
            f"has a default that JSON cannot write: {error}", "Use None and make it inside."
        ) from None
    if not good:
        raise site.refuse(
            f"has the default {default!r}, which is not of its type",
            "Widen the type, for example `int | None`.",
        )
    return {**schema, "default": value}


def object_schema(properties: Schema, required: list[str]) -> Schema:
    """The schema of an object with these members and no others."""
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


def _scalar(annotation: Any, site: Site) -> Shape | None:
    if annotation is Any or annotation is object:
        return Shape({})
    if annotation is None or annotation is type(None):
        return Shape({"type": "null"}, hashable=True)
    if annotation is str:
        return Shape({"type": "string"}, hashable=True)
    if annotation is bool:
        return Shape({"type": "boolean"}, hashable=True)
    if annotation is int:
        return Shape({"type": "integer"}, hashable=True)
    if annotation is float:
        return Shape({"type": "number"}, float, hashable=True)
    paths = sys.modules.get("pathlib")  # whoever means a Path has loaded it
    if paths and annotation is paths.Path:
        return Shape({"type": "string"}, paths.Path, hashable=True)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        words = enum_words(annotation)
        if not words:
            raise site.refuse("is an Enum without members", "Give it members.")
        return Shape({"type": "string", "enum": list(words)}, words.__getitem__, hashable=True)
    return None


def _container(annotation: Any, origin: Any, arguments: tuple[Any, ...], site: Site) -> Shape:
    if origin in _LISTS:
        return _array(arguments, site)
    if origin in _SETS:
        return _set(arguments, set if origin is not frozenset else frozenset, site)
    if origin is tuple:
        return _tuple(arguments, site)
    if origin in _MAPPINGS:
        return _mapping(arguments, site)
    if is_class(annotation):
        return _class(annotation, site)
    name = getattr(annotation, "__name__", None) or str(annotation)
    raise site.refuse(
        f"has the type {name}, which a model cannot send",
        "Use str, int, float, bool, None, Literal, Enum, list, set, tuple, dict[str, ...], Path, Any, a dataclass, "
        "an attrs class or a TypedDict.",
    )


def _literal(values: tuple[Any, ...], site: Site) -> Shape:
    words: dict[Any, Any] = {}
    for value in values:
        if not isinstance(value, str | int | Enum | None):
            raise site.refuse(f"has the Literal {value!r}", "Write text, whole numbers, True, False or None.")
        words[enum_word(value) if isinstance(value, Enum) else value] = value
    members = [enum_word(value) if isinstance(value, Enum) else value for value in values]
    kinds = {type(member) for member in members}
    named = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    schema = {"type": named[kinds.pop()], "enum": members} if len(kinds) == 1 else {"enum": members}
    members_only = any(isinstance(value, Enum) for value in values)
    return Shape(schema, words.__getitem__ if members_only else None, hashable=True)


def _union(shapes: list[Shape]) -> Shape:
    schemas = [each.schema for each in shapes]
    if {} in schemas:
        return Shape({})
    flat = all(set(schema) == {"type"} and isinstance(schema["type"], str) for schema in schemas)
    schema: Schema = {"anyOf": schemas}
    if flat:
        schema = {"type": list(dict.fromkeys(schema["type"] for schema in schemas))}
    hashable = all(each.hashable for each in shapes)
    if not any(each.build for each in shapes):
        return Shape(schema, hashable=hashable)

    def build(value: Any) -> Any:
        for each in shapes:
            if fits(each.schema, value):
                return each.build(value) if each.build else value
        return value

    return Shape(schema, build, hashable)


def _array(arguments: tuple[Any, ...], site: Site) -> Shape:
    if not arguments:
        return Shape({"type": "array"})
    item = shape_of(arguments[0], site)
    make = item.build
    return Shape(
        {"type": "array", "items": item.schema}, make and (lambda value: [make(each) for each in value])
    )


def _set(arguments: tuple[Any, ...], kind: type, site: Site) -> Shape:
    item = shape_of(arguments[0], site) if arguments else Shape({}, hashable=True)
    if not item.hashable or not arguments:
        raise site.refuse("is a set of items that a set cannot hold", "Write list, or set[str].")
    make = item.build or _same
    schema = {"type": "array", "items": item.schema, "uniqueItems": True}
    return Shape(schema, lambda value: kind(make(each) for each in value))


def _tuple(arguments: tuple[Any, ...], site: Site) -> Shape:
    if not arguments:
        return Shape({"type": "array"}, tuple)
    if arguments[-1] is Ellipsis:
        item = shape_of(arguments[0], site)
        make = item.build or _same
        schema = {"type": "array", "items": item.schema}
        return Shape(schema, lambda value: tuple(make(each) for each in value), item.hashable)
    items = [shape_of(each, site) for each in arguments]
    makers = [item.build or _same for item in items]
    exact = {
        "type": "array",
        "items": [item.schema for item in items],
        "minItems": len(items),
        "maxItems": len(items),
    }
    return Shape(
        exact,
        lambda value: tuple(make(each) for make, each in zip(makers, value, strict=True)),
        all(item.hashable for item in items),
    )


def _mapping(arguments: tuple[Any, ...], site: Site) -> Shape:
    if not arguments:
        return Shape({"type": "object"})
    if arguments[0] not in (str, Any):
        raise site.refuse("is a mapping whose keys are not str", "Write dict[str, ...].")
    item = shape_of(arguments[1], site)
    make = item.build
    return Shape(
        {"type": "object", "additionalProperties": item.schema},
        make and (lambda value: {key: make(each) for key, each in value.items()}),
    )


def _class(kind: Any, site: Site) -> Shape:
    inner, doc = site.inside(kind), described(kind)
    properties: Schema = {}
    required: list[str] = []
    makers: dict[str, Build] = {}
    for each in members(kind, site.where):
        made = shape_of(each.annotation, inner)
        schema = made.schema
        if each.name in doc.arguments and "description" not in schema:
            schema = {**schema, "description": doc.arguments[each.name]}
        if each.default is not MISSING:
            schema = with_default(schema, each.default, inner)
        properties[each.name] = schema
        makers[each.name] = made.build or _same
        if each.required:
            required.append(each.name)
    schema = object_schema(properties, required)
    if doc.description:
        schema["description"] = doc.description
    construct = dict if typing.is_typeddict(kind) else kind
    return Shape(schema, lambda value: construct(**{key: makers[key](item) for key, item in value.items()}))


def _same(value: Any) -> Any:
    return value

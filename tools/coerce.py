"""Lossless coercion: small models write "5" for 5, and nobody is helped by a refusal.

A value is changed only where its schema asks for another type and nothing is lost: "5" and 5.0 to 5, "true" to
true, "null" to null, the JSON text of an object or a list to what it says, a lone item to a list of one, a word to
the one member of an enumeration that differs in case only.  What fits is never touched, "5" stays "5" where a
string is due, and nothing is guessed: a misspelled key stays misspelled.  The input is never changed in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..states.canonical import canonical, parse
from ..states.errors import BadValue
from .explain import fits, types

__all__ = ["Coerce", "coercer"]

Schema = dict[str, Any]
Coerce = Callable[[Any], Any]

_WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0+)?")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "false": False}


def coercer(schema: Schema, *, lone: bool = True) -> Coerce | None:
    """The function that coerces values to a schema; None where there is nothing to coerce.

    Args:
        schema: a JSON schema as detent writes them, not recursive
        lone: whether a lone item may become a list (not inside a list: [1] could be meant twice)
    """
    named = types(schema)
    if "anyOf" in schema:
        return _union(schema, schema["anyOf"], lone=lone)
    if "enum" in schema:
        return _member(schema["enum"])
    if len(named) > 1:
        return _union(schema, [{"type": name} for name in named], lone=lone)
    match named:
        case ("integer",):
            return _whole
        case ("number",):
            return _number
        case ("boolean",):
            return _boolean
        case ("null",):
            return _null
        case ("object",):
            return _object(schema)
        case ("array",):
            return _array(schema, lone=lone)
        case _:
            return None


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        told = _WHOLE.fullmatch(value)
        return int(told[1]) if told else value
    return value


def _number(value: Any) -> Any:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return value
    from decimal import Decimal  # noqa: PLC0415 - only for a number that came as a string

    made = float(value) if set(value) & set(".eE") else int(value)
    return made if Decimal(repr(made)) == Decimal(value) else value


def _boolean(value: Any) -> Any:
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def _null(value: Any) -> Any:
    return None if value == "null" else value


def _member(members: list[Any]) -> Coerce:
    """The one member that a value names in another case or as text."""

    def coerce(value: Any) -> Any:
        if isinstance(value, str):
            if value in members:
                return value
            folded = value.casefold()
            alike = [each for each in members if isinstance(each, str) and each.casefold() == folded]
            alike += [each for each in members if not isinstance(each, str) and canonical(each) == value]
            return alike[0] if len(alike) == 1 else value
        whole = _whole(value)
        return whole if type(whole) is not type(value) and whole in members else value

    return coerce


def _union(schema: Schema, branches: list[Schema], *, lone: bool) -> Coerce:
    """What fits a branch stays; else the first branch that a value can be coerced to, lone items last."""
    makers = [(each, make) for each in branches if (make := coercer(each, lone=False))]
    if lone:
        makers += [(each, _array(each, lone=True)) for each in branches if types(each) == ("array",)]

    def coerce(value: Any) -> Any:
        if fits(schema, value):
            return value
        for branch, make in makers:
            made = make(value)
            if fits(branch, made):
                return made
        return value

    return coerce


def _object(schema: Schema) -> Coerce:
    makers = {name: make for name, each in schema.get("properties", {}).items() if (make := coercer(each))}
    others = schema.get("additionalProperties")
    known = schema.get("properties", {})
    rest = coercer(others) if isinstance(others, dict) else None

    def coerce(value: Any) -> Any:
        if isinstance(value, str):
            value = _opened(value, dict)
        if not isinstance(value, dict):
            return value
        made = value
        for name, item in value.items():
            make = makers.get(name) or (rest if name not in known else None)
            if make and (changed := make(item)) is not item:
                made = {**made, name: changed}
        return made

    return coerce


def _array(schema: Schema, *, lone: bool) -> Coerce:
    items = schema.get("items", {})
    if isinstance(items, list):
        return _tuple(items)
    make = coercer(items, lone=False)

    def each(value: list[Any]) -> list[Any]:
        return [make(item) for item in value] if make else value

    def coerce(value: Any) -> Any:
        opened = _opened(value, list) if isinstance(value, str) else value
        made = each(opened) if isinstance(opened, list) else opened
        if isinstance(value, list) or (isinstance(made, list) and fits(schema, made)):
            return made
        alone = each([value])
        return alone if lone and fits(schema, alone) else made

    return coerce


def _tuple(items: list[Schema]) -> Coerce:
    makers = [coercer(item, lone=False) for item in items]

    def coerce(value: Any) -> Any:
        opened = _opened(value, list) if isinstance(value, str) else value
        if not isinstance(opened, list) or len(opened) != len(makers):
            return opened
        return [make(item) if make else item for make, item in zip(makers, opened, strict=True)]

    return coerce


def _opened(text: str, kind: type) -> Any:
    """The object or list that a string is the JSON text of; else the string."""
    if text.lstrip()[:1] != ("{" if kind is dict else "["):
        return text
    try:
        value = parse(text, raw_control=True)
    except BadValue:
        return text
    return value if isinstance(value, kind) else text

"""What is wrong with a value, in words that a small model can act on.

`problems` walks the part of JSON Schema that detent writes and yields one sentence for each fault: the field, what
it must be, what came.  It is a little stricter than a validator (5.0 is no whole number) and knows no keyword that
detent does not write; the validator has the last word, this has the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..states.canonical import canonical
from ..states.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["close", "expected", "fits", "of_type", "problems", "short"]

Schema = dict[str, Any]

_WORDS = {
    "string": ("a string", "strings"),
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "boolean": ("true or false", "true or false"),
    "null": ("null", "nulls"),
    "object": ("an object", "objects"),
    "array": ("a list", "lists"),
}
_SHOWN = 60  # characters of a value
_LONGEST = 200  # characters of a place
_LISTED = 20  # members of an enumeration, keys of an object


def of_type(name: str, value: Any) -> bool:
    """Whether a JSON value is of this JSON type; true is no number and 5.0 no whole number."""
    match name:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, list)


def types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types a schema names; none is any."""
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def fits(schema: Schema, value: Any) -> bool:
    """Whether nothing is wrong with a value."""
    return next(problems(schema, value), None) is None


def problems(schema: Schema, value: Any, path: str = "") -> Iterator[str]:
    """Every fault of a JSON value, as a clause without a full stop.

    Args:
        schema: a JSON schema as detent writes them
        value: a JSON value
        path: where it stands, as `filter.items[2].name`; empty is the arguments as a whole
    """
    named = types(schema)
    other_type = named and not any(of_type(name, value) for name in named)
    if other_type or not any(_same(value, member) for member in schema.get("enum", (value,))):
        yield _wrong(schema, value, path)
    elif "anyOf" in schema:
        yield from _union(schema, value, path)
    elif isinstance(value, dict):
        yield from _object(schema, value, path)
    elif isinstance(value, list):
        yield from _array(schema, value, path)


def expected(schema: Schema) -> str:
    """What a schema asks for: "a whole number or null"."""
    if "enum" in schema:
        members = schema["enum"]
        listed = ", ".join(short(member) for member in members[:_LISTED])
        return f"one of {listed}" + (f" and {len(members) - _LISTED} more" if len(members) > _LISTED else "")
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(expected(branch) for branch in schema["anyOf"]))
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, dict) and isinstance(items.get("type"), str):
        return f"a list of {_WORDS[items['type']][1]}"
    if schema.get("type") == "array" and isinstance(items, list):
        return f"a list of exactly {len(items)}: {', '.join(expected(item) for item in items)}"
    return " or ".join(_WORDS[name][0] for name in types(schema)) or "any value"


def short(value: Any) -> str:
    """A value as JSON, cut to a length that a message can bear."""
    try:
        text = canonical(value)
    except BadValue:
        text = ascii(value) if isinstance(value, str) else f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text):,} characters)"


def close(name: str, names: Iterable[str]) -> str:
    """The one of some names that looks most like this one; empty if none does."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    return next(iter(get_close_matches(name, list(names), n=1)), "")


def _same(value: Any, member: Any) -> bool:
    return type(value) is type(member) and bool(value == member)


def _wrong(schema: Schema, value: Any, path: str) -> str:
    return f"{_place(path)} must be {expected(schema)}, not {_came(value)}"


def _place(path: str) -> str:
    return f'"{path[:_LONGEST]}"' if path else "the arguments"


def _came(value: Any) -> str:
    match value:
        case str():
            return f"the string {short(value)}"
        case list():
            return f"the list {short(value)}"
        case dict():
            return f"the object {short(value)}"
        case None | bool():
            return short(value)
        case _:
            return f"the number {short(value)}"


def _union(schema: Schema, value: Any, path: str) -> Iterator[str]:
    if any(fits(branch, value) for branch in schema["anyOf"]):
        return
    alike = [branch for branch in schema["anyOf"] if any(of_type(name, value) for name in types(branch))]
    if len(alike) == 1:
        yield from problems(alike[0], value, path)
    else:
        yield _wrong(schema, value, path)


def _object(schema: Schema, value: dict[str, Any], path: str) -> Iterator[str]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    within = f" in {_place(path)}" if path else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield f'"{name}" is missing{within} ({expected(known.get(name, {}))})'
    for name, item in value.items():
        here = f"{path}.{name}" if path else str(name)
        if name in known:
            yield from problems(known[name], item, here)
        elif others is False:
            yield f"{short(name)} is unknown{within}{_meant(str(name), known)}"
        elif isinstance(others, dict):
            yield from problems(others, item, here)


def _meant(name: str, known: Mapping[str, Any]) -> str:
    match = close(name[:_LONGEST], known)
    return f' (did you mean "{match}"?)' if match else ""


def _array(schema: Schema, value: list[Any], path: str) -> Iterator[str]:
    items = schema.get("items", {})
    if isinstance(items, list):
        if len(value) != len(items):
            yield _wrong(schema, value, path)
        for at, (item, each) in enumerate(zip(value, items, strict=False)):
            yield from problems(each, item, f"{path}[{at}]")
        return
    if schema.get("uniqueItems") and len({canonical(item) for item in value}) != len(value):
        yield f"{_place(path)} must not hold the same item twice"
    for at, item in enumerate(value):
        yield from problems(items, item, f"{path}[{at}]")

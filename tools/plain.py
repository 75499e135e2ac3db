"""Python values as JSON values: how a result or a default is written.

One way only: an Enum whose values are all strings is written by value, any other by name; classes as objects of
their fields; sets sorted by their JSON text, so that equal sets have equal bytes.  What has no JSON form is a
TypeError, never a guess and never a pickle.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs

from ..states.canonical import canonical

__all__ = ["enum_word", "enum_words", "plain"]

_PLAIN = frozenset((str, int, float, bool, type(None)))
_WRITTEN = ("uuid", "decimal", "fractions", "ipaddress")  # modules whose values are their own text


def enum_words(kind: type[Enum]) -> dict[str, Enum]:
    """The words of an Enum and the members they stand for, in order."""
    members = list(kind)
    if all(isinstance(member.value, str) for member in members):
        return {member.value: member for member in members}
    return {member.name: member for member in members}


def enum_word(member: Enum) -> str:
    """The word of one member: its value if all values of its class are strings, else its name."""
    if all(isinstance(other.value, str) for other in type(member)):
        return str(member.value)
    return str(member.name)


def plain(value: Any) -> Any:
    """The JSON value of a Python value.

    Raises:
        TypeError: it has no JSON form
        ValueError: bytes that are not UTF-8
        RecursionError: it contains itself
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return enum_word(value)
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=canonical)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode()
    return _instance(value)


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    made = {_key(key): plain(item) for key, item in value.items()}
    if len(made) != len(value):
        raise TypeError("two keys of a mapping are written alike")
    return made


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        return enum_word(key)
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    raise TypeError(f"a mapping has a {type(key).__name__} as a key")


def _instance(value: Any) -> Any:
    kind = type(value)
    if attrs.has(kind):
        return {each.alias: plain(getattr(value, each.name)) for each in attrs.fields(kind)}
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # noqa: PLC0415 - loaded already if somebody made such a class

        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if hasattr(kind, "isoformat"):
        return value.isoformat()
    if kind.__module__ in _WRITTEN:
        return str(value)
    raise TypeError(f"a {kind.__name__} has no JSON form")

"""Merge patches (RFC 7396) between plain JSON objects.

Rules: the objects hold no null, for a patch says null where a key is gone.  `merge` never changes what it is given;
the object it makes shares what the patch does not touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..states.canonical import canonical
from ..states.forms import COLUMNS

__all__ = ["diff", "merge", "patch_text", "same"]


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that makes `new` of `old`."""
    made: dict[str, Any] = {}
    for key, value in new.items():
        was = old.get(key)
        if was is value:
            continue
        kind = type(value)
        if kind is not type(was):
            made[key] = value
        elif kind is dict:
            inner = diff(was, value)  # type: ignore[arg-type]  # both are objects
            if inner:
                made[key] = inner
        elif was != value or (kind is list and not same(was, value)):
            made[key] = value
    if not old.keys() <= new.keys():
        made.update(dict.fromkeys(old.keys() - new.keys()))
    return made


def patch_text(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The patch between two bodies as it is stored: canonical JSON, without the members that are columns.

    Raises:
        BadValue: something in it cannot be written as JSON
    """
    return canonical({key: value for key, value in diff(old, new).items() if key not in COLUMNS})


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, types included: Python takes True for 1 and 1.0 for 1."""
    if type(one) is not type(other):
        return False
    if type(one) is dict:
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if type(one) is list:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def merge(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """What the patch makes of `old`."""
    made = dict(old)
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        elif type(value) is dict:
            was = made.get(key)
            made[key] = merge(was if type(was) is dict else {}, value)
        else:
            made[key] = value
    return made

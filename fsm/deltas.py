"""Deltas: what makes one plain JSON value of another, as a list of changes that a person can read.

A change names its place by a JSON pointer (RFC 6901) and has the value before, the value after, or both; one that is
missing was not there.  Objects are followed into their members and arrays of one length into their items; anything
else is replaced whole.  A delta read backwards is the delta the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

__all__ = ["applied", "delta", "reverse"]

Change = dict[str, Any]


def delta(before: Any, after: Any) -> list[Change]:
    """The changes that make `after` of `before`, in the order of their places; none where they are equal.

    Args:
        before: a plain JSON value
        after: another
    """
    return list(_changes(before, after, ""))


def _changes(before: Any, after: Any, at: str) -> Iterator[Change]:
    if type(before) is not type(after):
        yield {"at": at, "before": before, "after": after}
    elif isinstance(before, dict):
        yield from _members(before, after, at)
    elif isinstance(before, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _changes(one, other, f"{at}/{index}")
    elif before != after:
        yield {"at": at, "before": before, "after": after}


def _members(before: Mapping[str, Any], after: Mapping[str, Any], at: str) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in after:
            yield {"at": place, "before": before[name]}
        elif name not in before:
            yield {"at": place, "after": after[name]}
        else:
            yield from _changes(before[name], after[name], place)


def applied(before: Any, changes: Sequence[Change]) -> Any:
    """What the changes make of a value; it is left as it is.

    Args:
        before: a plain JSON value
        changes: a delta of it

    Raises:
        ValueError: a change does not fit the value
    """
    made = deepcopy(before)
    for change in changes:
        if not change["at"]:
            made = deepcopy(change["after"])
            continue
        *path, last = (part.replace("~1", "/").replace("~0", "~") for part in change["at"].split("/")[1:])
        holder = made
        for part in path:
            holder = holder[int(part) if isinstance(holder, list) else part]
        key: Any = int(last) if isinstance(holder, list) else last
        _change(holder, key, change)
    return made


def _change(holder: Any, key: Any, change: Change) -> None:
    there = key in holder if isinstance(holder, dict) else key < len(holder)
    if there != ("before" in change) or (there and holder[key] != change["before"]):
        raise ValueError(f"{change['at']} is not what it was")
    if "after" in change:
        holder[key] = deepcopy(change["after"])
    else:
        del holder[key]


def reverse(changes: Sequence[Change]) -> list[Change]:
    """The delta the other way round."""
    turned = {"before": "after", "after": "before"}
    return [
        {turned.get(name, name): change[name] for name in ("at", "after", "before") if name in change}
        for change in changes
    ]

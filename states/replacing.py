"""A changed copy of a frozen value, and how a value is shown.

`attrs.evolve` asks every field of the class every time; this copies the dictionary and costs a tenth.  It is for values
without slots, validators and cached parts only: snapshots, calls, gates, usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import fields

__all__ = ["replace", "shown"]

T = TypeVar("T")

if TYPE_CHECKING:
    from attrs import evolve as replace  # so that names and types of the changes are checked
else:

    def replace(value: T, **changes: Any) -> T:
        """The value with these fields changed.

        Raises:
            TypeError: a field that it does not have
        """
        known = value.__dict__
        parts = known | changes
        if len(parts) != len(known):
            raise TypeError(f"{value.__class__.__name__} has not got all of: {', '.join(changes)}")
        made = object.__new__(value.__class__)
        object.__setattr__(made, "__dict__", parts)  # the class refuses every other way to set anything
        return made


def shown(value: Any) -> str:
    """The `repr` of an attrs value: one for all events and commands, since making one a class slows every start."""
    parts = (f"{one.name}={getattr(value, one.name)!r}" for one in fields(type(value)))
    return f"{type(value).__name__}({', '.join(parts)})"

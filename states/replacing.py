"""A changed copy of a frozen value.

`attrs.evolve` asks every field of the class every time; this copies the dictionary and costs a tenth.  It is for values
without slots, validators and cached parts only: snapshots, calls, gates, usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["replace"]

T = TypeVar("T")

if TYPE_CHECKING:
    from attrs import evolve as replace  # so that names and types of the changes are checked
else:

    def replace(value: T, **changes: Any) -> T:
        """The value with these fields changed.

        Raises:
            TypeError: a field that it does not have
        """
        made = object.__new__(value.__class__)
        fields = made.__dict__
        fields.update(value.__dict__)
        known = len(fields)
        fields.update(changes)
        if len(fields) != known:
            raise TypeError(f"{value.__class__.__name__} has not got all of: {', '.join(changes)}")
        return made

"""Run ids: 128 random bits as 26 characters of lower-case base32, and how few of them are enough to name a run."""

from __future__ import annotations

import base64
import os
from typing import Protocol

__all__ = ["ID_LENGTH", "SHORTEST", "new_run_id", "short"]

ID_LENGTH = 26
SHORTEST = 4  # characters shown at least


class Neighbours(Protocol):
    """Whoever knows the ids beside an id."""

    def neighbours(self, run: str) -> tuple[str, ...]:
        """The ids just before and just after this one, in order."""
        ...


def new_run_id() -> str:
    """A new id.  Chance comes from the system, so ids made in two processes at once differ."""
    return base64.b32encode(os.urandom(16)).decode("ascii").rstrip("=").lower()


def short(run: str, store: Neighbours) -> str:
    """The shortest prefix, four characters or more, that names this run and no other.

    Args:
        run: its full id
        store: where the other runs lie
    """
    shared = max((_shared(run, other) for other in store.neighbours(run)), default=0)
    return run[: max(SHORTEST, shared + 1)]


def _shared(one: str, other: str) -> int:
    """How many characters two ids begin with in common."""
    return next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )

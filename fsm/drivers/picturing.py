"""A run's way through the machine: how often it took each row of the table."""

from __future__ import annotations

import json
from collections import Counter

from ...store import Store

__all__ = ["rows_taken"]


def rows_taken(store: Store, run: str, seq: int | None = None) -> dict[str, int]:
    """How often a run took each row, by the row's name.

    Args:
        store: where it lies
        run: its id
        seq: up to this click; None is all
    """
    stop = None if seq is None else seq + 1
    return Counter(json.loads(stored.guards)["taken"] for stored in store.clicks(run, 1, stop))

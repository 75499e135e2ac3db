"""Looking on from another process: the clicks of a run as they become durable, and the runs around it.

Nobody is disturbed: the store is read, each time only what is new, and the driver notices nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ...states.names import State
from ...store import Store
from .timeline import log_views
from .views import load_head

__all__ = ["follow", "tree", "waiting"]

PAUSE = 0.2  # seconds between two looks


def follow(store: Store, run: str, start: int = 0) -> Iterator[dict[str, Any] | None]:
    """The clicks of a run as `log_views` shows them, until it is over; None where nothing has come.

    Args:
        store: where it lies; reading is enough
        run: its id
        start: the first click
    """
    seen, over = -1, False
    while not over:
        last = store.last(run)
        if last > seen:
            for view in list(log_views(store, run, max(seen + 1, min(start, last)))):
                seen, over = view["seq"], not State(view["state"]).live
                if seen >= start:
                    yield view
        if not over:
            yield None
            time.sleep(PAUSE)


def waiting(store: Store, run: str) -> bool:
    """Whether a run waits for a person."""
    return load_head(store, run).state is State.AWAITING_APPROVAL


def tree(store: Store, run: str) -> dict[str, Any]:
    """The runs around one, as plain JSON: from the oldest, its forks and the runs that its calls began, and so on.

    Args:
        store: where they lie
        run: any of them
    """
    nodes: dict[str, dict[str, Any]] = {}
    oldest: dict[str, Any] | None = None
    for one in store.related(run):
        head, caller = load_head(store, one.id), one.origin.get("caller")
        nodes[one.id] = {
            "run": one.id,
            "state": head.state.value,
            "seq": head.seq,
            "model": head.spec.model or None,
            "goal": store.record(one.id).goal,
            "fork_of": {"run": one.parent[0], "seq": one.parent[1]} if one.parent else None,
            "call_of": caller,
            "below": [],
        }
        above = nodes.get(one.parent[0] if one.parent else caller["run"] if caller else "")
        if above is not None:
            above["below"].append(nodes[one.id])
        oldest = oldest or nodes[one.id]
    return oldest or {}

"""What there is to choose from, for whoever completes a word: open gates, tool sets, limits, models.

Rules.  Whatever is not there, or does not answer soon, is an empty list: a shell that completes has nobody to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ...states.limits import limit_names
from ...store import Store
from ...tools import tool_sets
from .decisions import OFFERED
from .views import load_head

__all__ = ["gates_for", "limits_there", "models_there", "toolsets_there"]

PATIENCE = 0.3  # seconds the model server has


def gates_for(store: Store, run: str, *verbs: str) -> Iterator[tuple[str, str]]:
    """The open gates of a run that can be settled in one of these ways, each with what it is about.

    Args:
        store: where the run lies
        run: its id
        verbs: approve, deny, edit, answer, happened, ...
    """
    head = load_head(store, run)
    for gate in head.gates:
        if set(verbs) & set(OFFERED[gate.kind]):
            about = head.calls[gate.call].tool if gate.call >= 0 else gate.name
            yield gate.id, f"{gate.kind.value} {about}".strip()


def toolsets_there() -> Iterator[tuple[str, str]]:
    """The built-in tool sets, each with what it is for."""
    for one in tool_sets().values():
        yield one.name, one.description


def limits_there() -> tuple[str, ...]:
    """The names of the limits."""
    return limit_names()


def models_there() -> tuple[str, ...]:
    """The models of this machine's server, as `-m` takes them."""
    from ..models.serving import named_nearby  # noqa: PLC0415 - nothing else here needs a server

    return tuple(f"ollama:{name}" for name in asyncio.run(named_nearby(PATIENCE)))

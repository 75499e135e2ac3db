"""Explaining a stored click: the row that was taken, every guard with the facts behind it, and what lost.

The click is stepped again from the snapshot before it, so what is told is what the kernel decides, and it is compared
with what was stored when the click was taken.
"""

from __future__ import annotations

import json
from typing import Any

from ...states.codec import decode_event, decode_snapshot, decode_spec, encode_event
from ...states.errors import IntegrityError, NotFound
from ...store import Store
from ..kernel import Transition, transition
from ..reasons import lost, reasons
from .late import late_about

__all__ = ["explain"]


def explain(store: Store, run: str, seq: int) -> dict[str, Any]:
    """Why a click went where it went, as plain JSON.

    Args:
        store: where the run lies
        run: its id
        seq: the click, from 1: click 0 is given, not decided

    Raises:
        NotFound: the run has no such click, or it is click 0
        IntegrityError: stepped again, it comes out otherwise than it is stored
    """
    if seq == 0:
        raise NotFound(
            f"Click 0 of run {run[:6]} was not decided: the run began with it.",
            f"`detent show {run[:6]}@0` shows what it began with.",
        )
    spec = decode_spec(store.spec(run))
    stored = store.click(run, seq)
    before = decode_snapshot(store.click(run, seq - 1).body, spec)
    click = transition(before, decode_event(stored.event, run, stored.at, stored.event_body))
    if click.reasons != stored.guards:
        raise IntegrityError(
            f"Click {seq} of run {run[:6]} has other reasons now than when it was taken.",
            f"`detent replay {run[:6]}` tells where this version of the machine differs.",
        )
    return _view(click) | {"late": late_about(store, before, click.event)}


def _view(click: Transition) -> dict[str, Any]:
    row = click.row
    return {
        "run": click.after.run,
        "seq": click.after.seq,
        "from": click.before.state.value,
        "to": click.after.state.value,
        "event": {"name": type(click.event).__name__, **json.loads(encode_event(click.event))},
        "row": row.name,
        "why": row.why,
        "needs": [guard.__name__ for guard in row.when],
        "excludes": [guard.__name__ for guard in row.unless],
        "guards": [
            {"guard": one.guard, "value": one.value, "meaning": one.meaning, "facts": list(one.facts)}
            for one in reasons(click)
        ],
        "lost": [
            {"row": one.row.name, "to": one.row.dest.value, "why": one.row.why, "against": list(one.against)}
            for one in lost(click)
        ],
    }

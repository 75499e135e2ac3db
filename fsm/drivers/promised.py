"""Promised: whether a call of this turn was let pass because it is served a recording.

In a fork that asks about its calls, what was let pass so never runs for real, and what a person was asked about is
never served in silence once it was started: recordings of the family come and go while a run is parked.
"""

from __future__ import annotations

import json

from ...states.snapshot import Snapshot
from ...store import Store

__all__ = ["RECORDED", "promised"]

RECORDED = "recorded"  # in the place of a rule: the call is served what an equal one came to


def promised(store: Store, head: Snapshot, call: str) -> bool:
    """Whether a call was let pass because it is served a recording.

    Args:
        store: where its run lies
        head: the run, in the turn of the call
        call: the call's id
    """
    turn, index, fallback = (int(part) for part in call.split("."))
    before = f"{turn}.{index}.{fallback - 1}"
    for seq in range(head.seq, 0, -1):
        for row in store.timeline(head.run, seq, seq + 1):
            event = json.loads(row.event_body)
            if fallback and row.event == "ToolFailed" and event["call"] == before:
                return bool(event.get("fallback_rule") == RECORDED)
            if row.event == "PlanMade":
                planned = event["calls"] if event["turn"] == turn and not fallback else ()
                return bool(index < len(planned) and planned[index].get("rule") == RECORDED)
    return False

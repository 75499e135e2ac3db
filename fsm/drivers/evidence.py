"""Evidence: what is known of an attempt in doubt, for the person who is to say what became of it."""

from __future__ import annotations

import json
from typing import Any

from ...states.calls import call_id, key
from ...states.gates import Gate
from ...states.snapshot import Snapshot
from ...store import Store
from .attempts import attempt_of, left_by, running_in
from .late import late_of

__all__ = ["doubt_view"]


def doubt_view(store: Store, snapshot: Snapshot, gate: Gate) -> dict[str, Any]:
    """What is known of the attempt that a gate is about.

    started: when, milliseconds since the epoch; None if that is not known.  process: the pid that started it.
    process_alive: whether that process still lives.  still_running: whether something of it runs, so that a rerun is
    refused for now.  survivors: pids of what it left behind.  why: the kind of failure, one word.  evidence: what the
    failure, or the probe, said.  late: what it came to when nobody waited for it.  key: its idempotency key.
    rerun: whether an attempt is left.
    """
    call = snapshot.calls[gate.call]
    one = call_id(snapshot.turn, gate.call, call.fallback)
    noted = attempt_of(store, snapshot.run, one, call.attempt)
    pid = running_in(store, snapshot.run, one, call.attempt, noted)
    left = left_by(snapshot.run, noted)
    started, failed, place = _clicks(store, snapshot, one, call.attempt)
    return {
        "started": started,
        "process": noted.process.pid if noted else None,
        "process_alive": noted.process.alive() if noted else None,
        "still_running": pid is not None or bool(left),
        "survivors": list(left),
        "why": failed.get("error", ""),
        "evidence": _said(store, snapshot, failed.get("message", "")),
        "late": late_of(store, place, one, call.attempt),
        "key": key(snapshot.run, one),
        "rerun": call.attempt < call.attempts,
    }


def _clicks(
    store: Store, snapshot: Snapshot, call: str, attempt: int
) -> tuple[int | None, dict[str, Any], str]:
    """When an attempt was started, the event that left it in doubt, and in which run; a fork's may be a forebear."""
    started: int | None = None
    failed: dict[str, Any] = {}
    run, stop = snapshot.run, snapshot.seq + 1
    while not failed or started is None:
        for row in store.timeline(run, 0, stop):
            if row.event in ("CallStarted", "ToolFailed"):
                event = json.loads(row.event_body)
                if (event["call"], event["attempt"]) != (call, attempt):
                    continue
                if row.event == "CallStarted":
                    started = started if started is not None else row.at
                else:
                    failed = failed or event
        parent = store.record(run).parent
        if parent is None:
            break
        run, stop = parent[0], parent[1] + 1
    return started, failed, run


def _said(store: Store, snapshot: Snapshot, digest: str) -> str | None:
    """The message of a failure."""
    kept = (one for _, one in store.texts(snapshot.run, kind="error"))
    body = next((one.body for one in kept if one.digest == digest), None)
    message: str | None = json.loads(body).get("message") if body else None
    return message

"""Differences: two runs, or two clicks, side by side from where they part.

Rules.  Clicks that both have from a common ancestor are the same clicks and are not compared.  After it they are
compared one by one by what happened in them: state, event, guards, arguments, outcomes and messages; times, run ids
and what a decision quotes differ always and count for nothing.  A fork's own first click stands for the click it was
forked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any

from attrs import field, frozen

from ...states.codec import decode_snapshot, decode_spec, encode_snapshot
from ...states.snapshot import Snapshot
from ...store import Store, StoredClick
from ..deltas import delta
from .timeline import log_views
from .views import usage_view

__all__ = ["ASPECTS", "compare", "first_other_reply"]

ASPECTS = ("state", "event", "guards", "arguments", "outcomes", "messages", "usage")

Place = tuple[str, int]


@frozen
class _Step:
    """A click as it is compared.

    Args:
        place: the run and the click
        aspects: what it is under each aspect, plain
        line: how the timeline shows it
    """

    place: Place
    aspects: Mapping[str, Any]
    line: Mapping[str, Any] = field(eq=False)


def compare(store: Store, one: Place, other: Place, *, only: Sequence[str] = ASPECTS) -> dict[str, Any]:
    """Two runs up to a click each, as plain JSON: what they share, where they part, and what is different.

    Args:
        store: where they lie
        one: the first, with its last click that counts
        other: the second
        only: the aspects that are looked at

    Raises:
        NotFound, IntegrityError: one of them cannot be read
    """
    paths = (_path(store, one), _path(store, other))
    shared = _shared(*paths)
    ancestor = paths[0][shared - 1] if shared else None
    steps = [_steps(store, path[shared:]) for path in paths]
    same, rows = _rows(steps[0], steps[1], only)
    heads = [_snapshot(store, *place) for place in (one, other)]
    return {
        "a": _named(store, one),
        "b": _named(store, other),
        "ancestor": None if ancestor is None else {"run": ancestor[0], "seq": ancestor[1]},
        "same": shared + same,
        "diverges": None if not rows else {side: _seq(rows[0][side]) for side in ("a", "b")},
        "rows": rows,
        "usage": {side: usage_view(head) for side, head in zip(("a", "b"), heads, strict=True)},
        "delta": delta(*(encode_snapshot(head) for head in heads)),
    }


def first_other_reply(store: Store, run: str) -> int | None:
    """The first click of a fork at which its planner says otherwise than its parent's did; None for nowhere.

    Only what planners say is looked at: gates, decisions and marks may lie between otherwise.

    Args:
        store: where the family lies
        run: the fork
    """
    parent, seq = store.record(run).parent or (run, 0)
    theirs, ours = (_replies(store, *place) for place in ((parent, seq + 1), (run, 1)))
    for one, other in zip_longest(ours, theirs):
        if one is None:
            return store.last(run)
        if other is None or one[1] != other[1]:
            return one[0]
    return None


def _replies(store: Store, run: str, start: int) -> list[tuple[int, str]]:
    """What the planner said from a click on: the click, and the digest of the reply."""
    rows = store.timeline(run, start)
    return [
        (row.seq, json.loads(row.event_body)["reply"])
        for row in rows
        if row.event in ("PlanMade", "PlanRefused")
    ]


def _path(store: Store, place: Place) -> list[Place]:
    """Every click from the first of the oldest forebear up to this one; a fork's own first stands for its parent's."""
    (run, _), *forebears = store.lineage(place[0])
    path: list[Place] = []
    for one, last in (*reversed(forebears), (run, place[1])):
        path += ((one, seq) for seq in range(1 if path else 0, last + 1))
    return path


def _shared(one: Sequence[Place], other: Sequence[Place]) -> int:
    """How many clicks two paths begin with in common."""
    return next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )


def _steps(store: Store, path: Sequence[Place]) -> list[_Step]:
    """The clicks of a path as they are compared."""
    made: list[_Step] = []
    for run, places in groupby(path, key=itemgetter(0)):
        wanted = [seq for _, seq in places]
        start, stop = wanted[0], wanted[-1] + 1
        lines = log_views(store, run, start, stop)
        said = _said(store, run)
        for stored, line in zip(store.clicks(run, start, stop), lines, strict=True):
            made.append(_Step((run, stored.seq), _aspects(stored, said.get(stored.seq, [])), line))
    return made


def _said(store: Store, run: str) -> dict[int, list[list[str]]]:
    """The messages that each click of a run wrote itself, each with its kind."""
    own = store.click(run, 0).body["history"] if store.record(run).parent else 0
    said: dict[int, list[list[str]]] = {}
    for placed in store.messages(run, own, own=True):
        said.setdefault(placed.seq, []).append([placed.text.kind, placed.text.body])
    return said


def _aspects(stored: StoredClick, said: list[list[str]]) -> dict[str, Any]:
    event = json.loads(stored.event_body)
    return {
        "state": stored.state,
        "event": stored.event,
        "guards": stored.guards,
        "arguments": [[call["tool"], call["arguments"]] for call in event.get("calls", ())]
        or event.get("arguments"),
        "outcomes": [event.get(name) for name in ("result", "error", "ran", "answer", "how")],
        "messages": said,
        "usage": {name: spent for name, spent in event.get("spent", {}).items() if name != "milliseconds"},
    }


def _rows(
    one: Sequence[_Step], other: Sequence[_Step], only: Sequence[str]
) -> tuple[int, list[dict[str, Any]]]:
    """How many pairs are the same, and all pairs from the first that is not."""
    pairs = [(*pair, _differing(*pair, only)) for pair in zip_longest(one, other)]
    same = next((number for number, (_, _, differing) in enumerate(pairs) if differing), len(pairs))
    return same, [
        {
            "a": a and dict(a.line),
            "b": b and dict(b.line),
            "differs": differing,
            "values": _values(a, b, differing),
        }
        for a, b, differing in pairs[same:]
    ]


def _values(one: _Step | None, other: _Step | None, differing: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each side has under the aspects that differ; of guards those that do."""
    if one is None or other is None:
        return {}
    made = {name: {"a": one.aspects[name], "b": other.aspects[name]} for name in differing}
    if "guards" in made:
        made["guards"] = _guards(made["guards"]["a"], made["guards"]["b"])
    return made


def _guards(one: str, other: str) -> dict[str, Any]:
    """The row each side took, and the guards that only one side asked or that have another value there."""
    reasons = (json.loads(one), json.loads(other))
    values = [reason["guards"] for reason in reasons]
    differing = [name for name in {**values[0], **values[1]} if values[0].get(name) != values[1].get(name)]
    return {
        side: {"taken": reason["taken"], **{name: mine[name] for name in differing if name in mine}}
        for side, reason, mine in zip(("a", "b"), reasons, values, strict=True)
    }


def _differing(one: _Step | None, other: _Step | None, only: Sequence[str]) -> list[str]:
    if one is None or other is None:
        return list(only)
    return [aspect for aspect in only if one.aspects[aspect] != other.aspects[aspect]]


def _named(store: Store, place: Place) -> dict[str, Any]:
    run, seq = place
    record = store.record(run)
    parent = record.parent and {"run": record.parent[0], "seq": record.parent[1]}
    return {"run": run, "seq": seq, "model": decode_spec(record.spec.body).model or None, "parent": parent}


def _snapshot(store: Store, run: str, seq: int) -> Snapshot:
    return decode_snapshot(store.click(run, seq).body, decode_spec(store.spec(run)))


def _seq(line: Mapping[str, Any] | None) -> int | None:
    return None if line is None else int(line["seq"])

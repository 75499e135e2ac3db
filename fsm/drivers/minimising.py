"""Minimising: what is recorded of a run, without what its rehearsal does not need to come out the same.

Parts are left out, and the rehearsal is played again: what makes no difference stays out.  All of one kind are tried
together first, then halves of them, down to each alone.  Nothing is left out that says what a run did: the calls, what
they came to, and what people said.  Texts that are long are cut to what a line would show of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from .retelling import LONG, short

__all__ = ["minimised"]

TRIES = 60  # rehearsals at most, each some hundredths of a second

Path = tuple[str | int, ...]
Change = tuple[Path, Any]  # what stands at a place instead; NOTHING is left out
NOTHING = object()


def minimised(said: Mapping[str, Any], same: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """What is recorded, without what is not needed.

    Args:
        said: what is recorded of a run
        same: whether a rehearsal of it comes out the same
    """
    tries = count(1)

    def smaller(kept: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
        if not changes or next(tries) > TRIES:
            return kept
        made = _changed(kept, changes)
        if same(made):
            return made
        half = len(changes) // 2
        return smaller(smaller(kept, changes[:half]), changes[half:]) if half else kept

    made = _copied(said)
    for kind in (_options, _inputs, _words, _results):
        made = smaller(made, list(kind(made)))
    return {name: one for name, one in made.items() if one != {}}


def _options(said: Mapping[str, Any]) -> Iterator[Change]:
    """How the run was begun: caps that were not reached, rules that were not needed."""
    if "at_limit" in said:
        yield ("at_limit",), NOTHING
    for name, value in said.get("overrides", {}).items():
        if isinstance(value, Mapping):
            yield from ((("overrides", name, one), NOTHING) for one in value)
        yield ("overrides", name), NOTHING
    if "rules" in said:
        yield ("rules",), NOTHING


def _inputs(said: Mapping[str, Any]) -> Iterator[Change]:
    """The fields of a workflow's state that it begins with anyway."""
    yield from ((("inputs", name), NOTHING) for name in said.get("inputs", {}))


def _words(said: Mapping[str, Any]) -> Iterator[Change]:
    """What a model thought; and what it said beside its calls, where that is long: it may be the last answer yet."""
    for place, turn in enumerate(said.get("turns", ())):
        if not isinstance(turn, Mapping):
            continue
        if "thinking" in turn:
            yield ("turns", place, "thinking"), NOTHING
        if len(turn.get("content", "")) > LONG and ("tool_calls" in turn or "refused" in turn):
            yield ("turns", place, "content"), short(turn["content"])


def _results(said: Mapping[str, Any]) -> Iterator[Change]:
    """Long results, shortened; but where two of them would be one then, they stay."""
    places = [
        (("calls", number, "came_to", place), came)
        for number, one in enumerate(said["calls"])
        for place, came in enumerate(one["came_to"])
        if isinstance(came, str) and len(came) > LONG
    ]
    whole = {came for _, came in places}
    if len({short(came) for came in whole}) == len(whole):
        yield from ((place, short(came)) for place, came in places)


def _copied(said: Any) -> Any:
    return json.loads(json.dumps(said))


def _changed(said: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """A copy of what is recorded, with these changes; what is gone with something around it stays gone."""
    made: dict[str, Any] = _copied(said)
    for path, value in changes:
        at: Any = made
        for step in path[:-1]:
            at = at[step]
        if value is NOTHING:
            at.pop(path[-1], None)
        else:
            at[path[-1]] = value
    if "turns" in made:
        made["turns"] = [_turn(turn) for turn in made["turns"]]
    return made


def _turn(turn: Any) -> Any:
    """A turn in its shortest form."""
    if not isinstance(turn, Mapping) or set(turn) - {"tool_calls", "content"}:
        return turn
    calls = turn.get("tool_calls")
    if calls is None:
        return turn.get("content", turn)
    if "content" in turn:
        return turn
    return calls[0] if len(calls) == 1 else calls

"""Pruning: which old runs may go, and their removal.

Rules.  Only a run that is over goes, and only whole.  Nothing that stays may miss what went: a fork reads its parent,
a live run reads its children and is read by its caller, a live fork may be served what any run of its family has
recorded.  Forks go before what they were forked from, so a kill in between leaves a database that is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import field, frozen

from ...states.errors import Busy, NotFound, UsageError
from ...states.names import State
from ...store import Standing, Store, Weight
from .recordings import Mode

__all__ = ["Kept", "Plan", "Pruned", "age", "plan", "prune"]

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000}  # milliseconds
_AGE = re.compile(r"([0-9]{1,6})([dhm])")


@frozen
class Kept:
    """A run that is old enough and stays all the same.

    Args:
        run: its id
        why: held, caller, child, fork, recordings, or labelled
    """

    run: str
    why: str


@frozen(kw_only=True)
class Plan:
    """What would go.

    Args:
        runs: the runs, in the order in which they can be removed
        kept: those that are old enough and stay
        weights: their clicks and texts, and texts that nothing refers to as it is
    """

    runs: tuple[Standing, ...]
    kept: tuple[Kept, ...]
    weights: tuple[Weight, ...]

    @property
    def clicks(self) -> int:
        """How many clicks would go."""
        return sum(one.seq + 1 for one in self.runs)

    @property
    def bytes(self) -> int:
        """How many bytes of clicks and texts would go."""
        return sum(one.bytes for one in self.weights)


@frozen(kw_only=True)
class Pruned:
    """What went.

    Args:
        runs: the runs that went
        kept: those that could not go after all: somebody came to need them
        freed: bytes of the file that are free to be used again, more than before
    """

    runs: tuple[Standing, ...]
    kept: tuple[Kept, ...] = field(default=())
    freed: int = 0


def age(written: str) -> int:
    """An age as a person writes it, in milliseconds: `30d`, `12h` or `90m`.

    Raises:
        UsageError: it is none
    """
    found = _AGE.fullmatch(written)
    if found is None:
        raise UsageError(f"{written!r} is no age.", "Write 30d, 12h or 90m: days, hours or minutes.")
    return int(found[1]) * UNITS[found[2]]


def plan(store: Store, now: int, older: int, *, keep_labelled: bool = False) -> Plan:
    """What may go; nothing is changed.

    Args:
        store: the database; reading is enough
        now: the time, milliseconds since the epoch
        older: how long ago a run's last click must be, milliseconds
        keep_labelled: whether a run that a person marked stays
    """
    standings = store.standings()
    live = {one.id for one in standings if State(one.state).live}
    old = [one for one in standings if one.id not in live and one.at <= now - older]
    why = dict(_needed(standings, live))
    for one in old:
        if keep_labelled and one.labelled:
            why[one.id] = "labelled"
        elif store.held(one.id) is not None:
            why[one.id] = "held"
    going = {one.id for one in old} - why.keys()
    for one in reversed(standings):  # forks before what they were forked from
        if one.parent in going and one.id not in going:
            going.discard(one.parent)
            why[one.parent] = "fork"
    runs = tuple(one for one in reversed(standings) if one.id in going)
    kept = tuple(Kept(one.id, why[one.id]) for one in old if one.id not in going)
    return Plan(runs=runs, kept=kept, weights=tuple(store.weights([one.id for one in runs])))


def prune(store: Store, planned: Plan) -> Pruned:
    """Remove what was planned, each run in a commit of its own, and then every text that nothing refers to.

    Args:
        store: the database
        planned: what may go; a run that somebody came to need meanwhile stays

    Raises:
        StoreError: the disk failed; what went is gone, the rest is whole
    """
    before = store.measures()
    gone: list[Standing] = []
    kept: list[Kept] = []
    for one in planned.runs:
        try:
            store.prune(one.id)
        except Busy:
            kept.append(Kept(one.id, "held"))
        except UsageError:
            kept.append(Kept(one.id, "fork"))
        except NotFound:
            continue  # somebody else prunes too
        else:
            gone.append(one)
    store.sweep()
    after = store.measures()
    freed = max(0, after.free - before.free) * after.page
    return Pruned(runs=tuple(gone), kept=tuple(kept), freed=freed)


def _needed(standings: Sequence[Standing], live: set[str]) -> Iterator[tuple[str, str]]:
    """The runs that live ones need, each with why."""
    for one in standings:
        if one.caller is not None and one.caller in live:
            yield one.id, "caller"
        if one.caller is not None and one.id in live:
            yield one.caller, "child"
    family = _families(standings)
    served = {family[one.id] for one in standings if one.id in live and _is_served(one)}
    for one in standings:
        if family[one.id] in served:
            yield one.id, "recordings"


def _is_served(one: Standing) -> bool:
    """Whether a run may be served what others of its family have recorded."""
    return one.recordings not in ("", Mode.LIVE.value)


def _families(standings: Sequence[Standing]) -> dict[str, str]:
    """Every run with one run of its family: forks, and child runs with their callers."""
    first = {one.id: one.id for one in standings}

    def root(run: str) -> str:
        while first[run] != run:
            first[run] = first[first[run]]
            run = first[run]
        return run

    for one in standings:
        for above in (one.parent, one.caller):
            if above is not None and above in first:
                first[root(one.id)] = root(above)
    return {run: root(run) for run in first}

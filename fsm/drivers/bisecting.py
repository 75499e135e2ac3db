"""Bisecting: the first click of a run at which something is wrong, and the click that made it go wrong.

`bisect` looks at stored snapshots alone: of n clicks from a good one to a bad one it asks about at most
ceil(log2 n) + 1.  `cause` goes on from earlier clicks again and again, with recorded tools, and looks for the
click behind which success becomes unlikely; its figures are shares with Wilson's 95 % interval (E. B. Wilson, 1927).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen

from ...states.errors import UsageError
from ...store import Store
from .views import click_view

__all__ = ["Bisected", "Cause", "Chance", "bisect", "cause", "interval"]

SURE = 1.96  # standard deviations: 95 %

View = dict[str, Any]


@frozen(kw_only=True)
class Bisected:
    """What a bisection found.

    Args:
        run: the run
        first: the first bad click
        good: the click before it
        tried: the clicks that were looked at, in order, and whether each was bad
    """

    run: str
    first: int
    good: int
    tried: tuple[tuple[int, bool], ...]


def bisect(
    store: Store,
    run: str,
    is_bad: Callable[[View], bool],
    *,
    good: int,
    bad: int,
    told: Callable[[int, bool], None] = lambda _seq, _bad: None,
) -> Bisected:
    """The first bad click behind a good one.

    Args:
        store: where the run lies
        run: its id
        is_bad: looks at a click as `show --json` has it
        good: a click that is good; it is looked at only where the very next one turns out to be bad
        bad: a later one that is bad; it is looked at first
        told: is given each click that was looked at, and whether it is bad

    Raises:
        UsageError: the clicks are in the wrong order, the last one is good, or the first one bad
    """
    if good >= bad:
        raise UsageError(
            f"Click {good} does not come before click {bad}.", "Name a good click and a later bad one."
        )
    tried: list[tuple[int, bool]] = []

    def ask(seq: int) -> bool:
        found = is_bad(click_view(store, run, seq))
        tried.append((seq, found))
        told(seq, found)
        return found

    if not ask(bad):
        raise UsageError(
            f"Click {bad} of run {run[:6]} is good by this rule, so nothing is wrong before it.",
            "Name a click that is bad, or another rule.",
        )
    start = good
    while bad - good > 1:
        middle = (good + bad) // 2
        if ask(middle):
            bad = middle
        else:
            good = middle
    if good == start and ask(good):
        raise UsageError(
            f"Click {good} of run {run[:6]} is bad by this rule too, so it went wrong before it.",
            "Name an earlier click that is good, or another rule.",
        )
    return Bisected(run=run, first=bad, good=good, tried=tuple(tried))


@frozen(kw_only=True)
class Chance:
    """How often a click was gone on from with success.

    Args:
        seq: the click
        good: how often
        times: of how many
    """

    seq: int
    good: int
    times: int

    @property
    def share(self) -> float:
        """The share of successes."""
        return self.good / self.times if self.times else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the chance lies, with 95 % confidence."""
        return interval(self.good, self.times)


def interval(good: int, times: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a chance.

    Args:
        good: how often something happened
        times: of how many
    """
    if times == 0:
        return 0.0, 1.0
    share, square = good / times, SURE**2
    middle = (share + square / (2 * times)) / (1 + square / times)
    half = SURE / (1 + square / times) * math.sqrt(share * (1 - share) / times + square / (4 * times**2))
    return max(0.0, middle - half), min(1.0, middle + half)


@frozen(kw_only=True)
class Cause:
    """What `cause` found.

    Args:
        run: the run
        before: the last click from which success was likely; None where it never was
        after: the first from which it was not; None where it always was
        chances: the clicks that were gone on from, in order of their number
    """

    run: str
    before: Chance | None
    after: Chance | None
    chances: tuple[Chance, ...]


async def cause(
    store: Store,
    run: str,
    times: int,
    succeeds: Callable[[int], Awaitable[bool]],
    told: Callable[[Chance], None] = lambda _chance: None,
) -> Cause:
    """The click behind which success becomes unlikely, by going on from clicks at which the planner is asked.

    Whether it is likely at a click is decided against the middle between the first click's share and none; a click is
    gone on from no more often than it takes to be sure of that, and at most `times` times.

    Args:
        store: where the run lies
        run: its id
        times: the most forks of one click
        succeeds: goes on from a click once, and says whether that was a success
        told: is given each click when it is decided

    Raises:
        UsageError: the planner was never asked
    """
    places = [row.seq for row in store.timeline(run) if row.state == "PLANNING"]
    if not places:
        raise UsageError(f"Run {run[:6]} never was in PLANNING.", "There is nothing to go on from.")
    made: dict[int, Chance] = {}

    async def chance(seq: int, middle: float | None) -> Chance:
        if seq not in made:
            good = count = 0
            while count < times:
                good += await succeeds(seq)
                count += 1
                low, high = interval(good, count)
                if middle is not None and not low <= middle <= high:
                    break
            made[seq] = Chance(seq=seq, good=good, times=count)
            told(made[seq])
        return made[seq]

    first = await chance(places[0], None)
    middle = first.share / 2
    low, high = 0, len(places) - 1
    if first.good == 0:
        return Cause(run=run, before=None, after=first, chances=(first,))
    if (await chance(places[high], middle)).share > middle:
        return Cause(run=run, before=made[places[high]], after=None, chances=_ordered(made))
    while high - low > 1:
        between = (low + high) // 2
        if (await chance(places[between], middle)).share > middle:
            low = between
        else:
            high = between
    return Cause(run=run, before=made[places[low]], after=made[places[high]], chances=_ordered(made))


def _ordered(made: dict[int, Chance]) -> tuple[Chance, ...]:
    return tuple(made[seq] for seq in sorted(made))

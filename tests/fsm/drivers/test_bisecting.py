"""Bisecting: the first bad click, and the click behind which success becomes unlikely."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.bisecting import bisect, cause, interval
from detent.fsm.drivers.branching import fork
from detent.states import Limits, UsageError
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, rig

TURNS = 24


@tool(effect="read")
def look(n: int) -> str:
    """Look."""
    return f"saw {n}"


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A run of many turns."""
    turns = [*(call("look", n=n) for n in range(TURNS)), "Done."]
    made = rig(tmp_path_factory.mktemp("long"), turns, look, limits=Limits(model_turns=99, tool_calls=99))
    made.run()
    return made


@pytest.fixture(scope="module")
def store(long: Rig) -> Iterator[Store]:
    """Its store."""
    with Store.open(long.store, mode="read") as opened:
        yield opened


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_planted_click_is_found_in_few_looks(store: Store, data: st.DataObject) -> None:
    """Exactly that one, in at most ceil(log2 n) + 1 looks, without a model or a tool."""
    run = store.runs()[-1].id
    last = store.last(run)
    good = data.draw(st.integers(0, last - 1))
    bad = data.draw(st.integers(good + 1, last))
    planted = data.draw(st.integers(good + 1, bad))

    found = bisect(store, run, lambda view: bool(view["seq"] >= planted), good=good, bad=bad)

    assert (found.first, found.good) == (planted, planted - 1)
    assert len(found.tried) <= math.ceil(math.log2(bad - good + 1)) + 1
    assert dict(found.tried)[planted]


def test_ends_that_are_not_what_they_are_taken_for_are_told(store: Store) -> None:
    """A last click that is good, and a first one that is bad, have no first bad click between them."""
    run = store.runs()[-1].id
    with pytest.raises(UsageError, match="is good by this rule"):
        bisect(store, run, lambda _view: False, good=0, bad=9)
    with pytest.raises(UsageError, match="is bad by this rule too"):
        bisect(store, run, lambda _view: True, good=0, bad=9)
    with pytest.raises(UsageError, match="does not come before"):
        bisect(store, run, lambda _view: True, good=9, bad=9)


@given(good=st.integers(0, 60), more=st.integers(0, 60))
def test_an_interval_holds_its_share(good: int, more: int) -> None:
    """It lies between none and all, holds the share, and grows narrower with more tries."""
    times = good + more
    low, high = interval(good, times)
    share = good / times if times else 0.5
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    more_sure = interval(good * 4, times * 4)
    assert more_sure[1] - more_sure[0] <= high - low


def test_an_interval_is_wilsons() -> None:
    """Figures of the literature come out (Newcombe 1998, method 3)."""
    assert interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)


@pytest.mark.parametrize("planted", [1, 7, 20])
def test_a_cause_lies_where_the_chance_drops(store: Store, planted: int) -> None:
    """Between the last turn from which success was likely and the first from which it was not."""
    run = store.runs()[-1].id
    places = [row.seq for row in store.timeline(run) if row.state == "PLANNING"]
    random = Random(planted)

    async def succeeds(seq: int) -> bool:
        return random.random() < (0.95 if seq < places[planted] else 0.05)

    found = asyncio.run(cause(store, run, 30, succeeds))
    assert found.before is not None
    assert found.after is not None
    assert (found.before.seq, found.after.seq) == (places[planted - 1], places[planted])
    assert len(found.chances) <= math.ceil(math.log2(len(places))) + 2
    assert any(one.times < 30 for one in found.chances)


@pytest.mark.parametrize(("share", "side"), [(0.0, "after"), (1.0, "before")])
def test_where_nothing_drops_that_is_said(store: Store, share: float, side: str) -> None:
    """A run that never succeeds, or always, has no click at which it went wrong."""

    async def succeeds(_seq: int) -> bool:
        return share == 1.0

    found = asyncio.run(cause(store, store.runs()[-1].id, 5, succeeds))
    assert (found.before is None, found.after is None) == (side == "after", side == "before")


def test_a_cause_is_looked_for_with_recorded_tools(long: Rig, store: Store) -> None:
    """The forks are real runs that call no tool; a model that errs from a click on is found there."""
    run = store.runs()[-1].id
    turns = [*(call("look", n=n) for n in range(TURNS)), "Done."]
    (long.folder / "turns.json").write_text(json.dumps(turns))

    async def succeeds(seq: int) -> bool:
        with Store.open(long.store) as writing:
            made = await fork(f"{run}@{seq}", agent=long.agent, store=writing, folder=long.folder)
            return made.answer == "Done."

    found = asyncio.run(cause(store, run, 2, succeeds))
    assert found.after is None
    assert not Path(long.folder / "marks").exists()

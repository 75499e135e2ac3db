"""Pruning: old runs go whole, and nothing that stays misses them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.forking import Wanted, fork_run
from detent.fsm.drivers.pruning import Kept, Plan, age, plan, prune
from detent.fsm.drivers.recordings import Mode
from detent.fsm.drivers.replaying import replay
from detent.fsm.drivers.settle import cancel
from detent.states import Limits, UsageError
from detent.states.codec import decode_spec
from detent.store import Standing, Store
from detent.tools import tool

from .rig import Rig, call, rig

DAY = 86_400_000
LATER = 2**52  # a time long after everything
MODES = st.sampled_from([Mode.RECORDED, Mode.ASK, Mode.LIVE])


@tool(effect="read")
def look(n: int) -> str:
    """Look."""
    return f"saw {n}"


@tool(effect="once")
def act(n: int) -> str:
    """Act."""
    return f"acted {n}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """One run that is over and one that waits for a person."""
    turns = [[call("look", n=1), call("look", n=2)], call("act", n=1), "Done."]
    made = rig(tmp_path_factory.mktemp("made"), turns, look, act, limits=Limits(gate_seconds=None))
    over, _ = made.run(name="over"), made.run(name="waits")
    made.decide(over, "approve")
    assert made.resume(over).state == "DONE"
    return made


def copied(made: Rig, folder: Path) -> Path:
    """A copy of its database."""
    target = folder / "copy.db"
    with Store.open(made.store, mode="read") as store:
        store.backup(target)
    return target


def forked(store: Store, run: str, seq: int, mode: Mode) -> str:
    """A fork that stands at its first click."""
    return fork_run(store, run, seq, Wanted(spec=decode_spec(store.spec(run)), mode=mode))


def grown(store: Store, steps: Sequence[tuple[int, int, Mode, bool, bool]]) -> None:
    """Forks of forks: which run, which click of it, how it is served, whether it is ended, whether it is marked."""
    for which, place, mode, ends, marks in steps:
        runs = store.standings()
        one = runs[which % len(runs)]
        run = forked(store, one.id, place % (one.seq + 1), mode)
        if ends:
            cancel(store, run)
        if marks:
            store.label(run, "kept")


def content(store: Store, run: str) -> tuple[Any, ...]:
    """Everything that is stored of a run, and what it reads of its forebears."""
    return (
        list(store.clicks(run)),
        store.messages(run),
        store.texts(run),
        store.decisions(run),
        store.record(run),
    )


STEP = st.tuples(st.integers(0, 9), st.integers(0, 30), MODES, st.booleans(), st.booleans())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=8), keep=st.booleans())
def test_whatever_stays_is_whole(
    made: Rig, tmp_path_factory: Any, steps: list[tuple[int, int, Mode, bool, bool]], keep: bool
) -> None:
    """After a prune of any family of forks the file is as written, and every run that stays reads and replays the same."""
    folder = tmp_path_factory.mktemp("family")
    with Store.open(copied(made, folder)) as store:
        grown(store, steps)
        before = {one.id: one for one in store.standings()}
        stood = {run: (content(store, run), replay(store, run)) for run in before}
        planned = plan(store, LATER, 0, keep_labelled=keep)
        done = prune(store, planned)
        left = {one.id for one in store.standings()}

        assert store.verify() == []
        assert {one.id for one in done.runs} == {one.id for one in planned.runs} == before.keys() - left
        assert done.kept == ()
        for run in left:
            assert (content(store, run), replay(store, run)) == stood[run]
            assert stood[run][1].divergence is None
        _right(before, left, keep=keep)
        assert {one.run for one in planned.kept} == {run for run in left if _over(before[run])}
        assert store.weights([]) == []
        again = plan(store, LATER, 0, keep_labelled=keep)
        assert (again.runs, again.kept) == ((), planned.kept)
    shutil.rmtree(folder)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=2, max_size=6), data=st.data())
def test_a_prune_that_stops_anywhere_leaves_a_whole_database(
    made: Rig, tmp_path_factory: Any, steps: list[tuple[int, int, Mode, bool, bool]], data: st.DataObject
) -> None:
    """After any number of its commits what is left is whole and replays, and a second prune removes the rest."""
    folder = tmp_path_factory.mktemp("stopped")
    with Store.open(copied(made, folder)) as store:
        grown(store, steps)
        planned = plan(store, LATER, 0)
        done = data.draw(st.integers(0, len(planned.runs)))
        for one in planned.runs[:done]:
            store.prune(one.id)
        assert store.verify() == []
        for left in store.standings():
            assert replay(store, left.id).divergence is None
        again = plan(store, LATER, 0)
        assert [one.id for one in again.runs] == [one.id for one in planned.runs[done:]]
        prune(store, again)
        assert (store.verify(), store.weights([]), plan(store, LATER, 0).runs) == ([], [], ())
    shutil.rmtree(folder)


def _over(one: Standing) -> bool:
    return one.state in ("DONE", "FAILED")


def _right(before: dict[str, Standing], left: set[str], *, keep: bool) -> None:
    """Whether those that stay are those that have to, by a rule told in another way."""
    live = {
        _top(before, one.id)
        for one in before.values()
        if not _over(one) and one.recordings in ("recorded", "ask")
    }
    needed = {
        run
        for run, one in before.items()
        if not _over(one) or (keep and one.labelled) or _top(before, run) in live
    }
    for run in list(needed):
        above = before[run].parent
        while above is not None:
            needed.add(above)
            above = before[above].parent
    assert left == needed


def _top(before: dict[str, Standing], run: str) -> str:
    while (above := before[run].parent) is not None:
        run = above
    return run


def ids(planned: Plan) -> set[str]:
    """The runs that would go."""
    return {one.id for one in planned.runs}


def test_only_what_is_old_enough_goes(made: Rig) -> None:
    """The age is counted from the last click, to the millisecond; a look changes nothing."""
    with Store.open(made.store, mode="read") as store:
        over = store.find("over")
        at = store.head(over).at
        assert ids(plan(store, at + DAY - 1, DAY)) == set()
        told = plan(store, at + DAY, DAY)
        assert (ids(told), told.clicks) == ({over}, store.last(over) + 1)
        assert told.bytes == sum(one.bytes for one in told.weights) > 0
        assert {one.kind for one in told.weights} >= {"clicks", "turn", "result"}
        assert store.find("over") == over


def test_a_child_and_its_caller_stay_for_each_other(made: Rig, tmp_path: Path) -> None:
    """A run stays while the run that called it lives, and while a run that it called lives."""
    with Store.open(copied(made, tmp_path)) as store:
        over, waits = store.find("over"), store.find("waits")
        raw = store._connection.raw
        for one, caller, why in ((over, waits, "caller"), (waits, over, "child")):
            with store._connection.writing():
                raw.execute("DROP TRIGGER IF EXISTS run_same")
                raw.execute("UPDATE run SET origin = '{}'")
                raw.execute(
                    "UPDATE run SET origin = json_object('caller', json_object('run', ?)) WHERE id = ?",
                    (caller, one),
                )
            assert plan(store, LATER, 0).kept == (Kept(over, why),)


def test_what_somebody_holds_stays(made: Rig, tmp_path: Path) -> None:
    """A run that a driver holds is not planned, and where it is taken afterwards it stays; so does one that is forked."""
    path = copied(made, tmp_path)
    with Store.open(path) as store, Store.open(path) as other:
        over = store.find("over")
        planned = plan(store, LATER, 0)
        with other.own(over):
            assert plan(store, LATER, 0).kept == (Kept(over, "held"),)
            assert prune(store, planned).kept == (Kept(over, "held"),)
        fork = forked(other, over, 3, Mode.LIVE)
        done = prune(store, planned)
        assert (done.runs, done.kept) == ((), (Kept(over, "fork"),))
        cancel(other, fork)
        both = plan(store, LATER, 0)
        assert [one.id for one in both.runs] == [fork, over]
        other.prune(fork)
        done = prune(store, both)
        assert [one.id for one in done.runs] == [over]
        assert done.freed > 0
        assert store.verify() == []


@pytest.mark.parametrize(
    ("written", "milliseconds"), [("30d", 30 * DAY), ("12h", DAY // 2), ("90m", 5_400_000), ("0m", 0)]
)
def test_an_age_is_days_hours_or_minutes(written: str, milliseconds: int) -> None:
    """The three forms are understood."""
    assert age(written) == milliseconds


@pytest.mark.parametrize(
    "written", ["", "30", "d", "-1d", "1.5h", "3 d", "3D", "3w", "٣d", "1234567d", "3d\n"]
)
def test_anything_else_is_no_age(written: str) -> None:
    """It is refused with the forms there are."""
    with pytest.raises(UsageError, match="is no age") as caught:
        age(written)
    assert "30d, 12h or 90m" in caught.value.hint

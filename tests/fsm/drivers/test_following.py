"""Looking on: clicks as they come, and the runs around one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.following import follow, tree, waiting
from detent.fsm.drivers.forking import Wanted, fork_run
from detent.fsm.drivers.journal import load
from detent.fsm.drivers.recordings import Mode
from detent.states import Limits
from detent.store import Store
from detent.tools import tool

from .making import NOW, READ, Making, begun
from .rig import call, rig
from .test_children import agent, caller, ran


@tool(effect="once")
def act() -> str:
    """Act."""
    return "acted"


def test_a_run_is_followed_until_it_is_over(tmp_path: Path) -> None:
    """Every click once, in order, also those that come while one looks; then nothing more."""
    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        looking = follow(store, run.id)
        first = [view for view in islice(looking, run.snapshot.seq + 2) if view]
        assert next(looking) is None
        made.decide(run, "approve")
        over = made.resume(run)
        seqs = [view["seq"] for view in (*first, *looking) if view]
    assert seqs == list(range(over.snapshot.seq + 1))


def test_a_finished_run_is_shown_and_that_is_all(tmp_path: Path) -> None:
    """Nobody waits for what cannot come; from a click on if one says so."""
    made = rig(tmp_path, ["Done."])
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        assert [view and view["seq"] for view in follow(store, run.id, 1)] == [1]


def steps(store: Store, work: Callable[[], object]) -> int:
    """How many steps SQLite takes for some work: a fact that no clock disturbs."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    raw = store._connection.raw
    raw.set_progress_handler(count, 1)
    try:
        work()
    finally:
        raw.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize("forked", [False, True])
def test_a_look_costs_what_is_new(tmp_path: Path, forked: bool) -> None:
    """A click that comes costs the same after 24 as after 1,000, and a look at nothing new next to nothing."""
    costs: dict[int, int] = {}
    idle: dict[int, int] = {}
    for length in (24, 1000):  # as far from a whole row, one in 16
        with Store.open(tmp_path / f"{length}.db") as store:
            made = begun(store, READ, limits=Limits(notes=2000))
            for number in range(length):
                made.journal.take(note_fact(made.journal.head, f"note {number}", NOW))
            made.journal.commit()
            if forked:
                wanted = Wanted(spec=made.journal.head.spec, mode=Mode.LIVE)
                made = Making(load(store, fork_run(store, made.run, length, wanted)))
                made.take(note_fact(made.journal.head, "first", made.journal.head.at))
            looking = follow(store, made.run)
            while next(looking) is not None:
                pass
            idle[length] = steps(store, partial(next, looking))
            made.take(note_fact(made.journal.head, "one more", made.journal.head.at))
            costs[length] = steps(store, partial(next, looking))
    assert idle[1000] == idle[24] < 40
    assert costs[1000] == costs[24]


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_tree_has_all_forks_whichever_is_asked_for(tmp_path: Path, asked: int) -> None:
    """From the oldest forebear down, each with the click it was forked at."""
    made = rig(tmp_path, ["Done."])
    run = made.run()
    first = asyncio.run(fork(f"{run.id}@0", agent=made.agent, store=made.store, folder=tmp_path)).id
    second = asyncio.run(
        fork(f"{first}@1", Wish(recordings="live"), agent=made.agent, store=made.store, folder=tmp_path)
    ).id
    with Store.open(made.store, mode="read") as store:
        oldest = tree(store, [run.id, first, second][asked])
    assert oldest["run"] == run.id
    (below,) = oldest["below"]
    assert (below["run"], below["fork_of"]) == (first, {"run": run.id, "seq": 0})
    assert [one["run"] for one in below["below"]] == [second]


def test_a_tree_has_child_runs(tmp_path: Path) -> None:
    """Each under the run that called it, with the call."""
    made = ran(tmp_path, caller(agent(tmp_path, ["one"]), agent(tmp_path, ["two"])))
    with Store.open(tmp_path / "runs.db", mode="read") as store:
        oldest = tree(store, made.id)
    assert [one["call_of"]["call"] for one in oldest["below"]] == ["1.0.0", "1.1.0"]


def test_whether_a_run_waits_is_told(tmp_path: Path) -> None:
    """At an open gate it does, when it is over it does not."""
    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run()
    with Store.open(made.store) as store:
        assert waiting(store, run.id)
    made.decide(run, "approve")
    made.resume(run)
    with Store.open(made.store) as store:
        assert not waiting(store, run.id)

"""Runs that share a store share its commits: the same bytes, nobody told early, and one run's trouble is its own."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.committing import Committer
from detent.fsm.drivers.journal import Journal
from detent.states import Text, text
from detent.states.errors import Busy, DetentError
from detent.store import Store

from .rig import ROOT, python, until
from .sharing import HOLDS, begun, noted, unheard

ROWS = (
    """SELECT s.seq, s.state, s.event, s.event_body, s.body, s.digest, s.chain, s.at
    FROM snapshot s JOIN run ON run.key = s.run WHERE run.id = ? ORDER BY s.seq""",
    """SELECT m.position, m.seq, o.kind, o.body, o.digest
    FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object WHERE run.id = ? ORDER BY m.position""",
)


@frozen
class Plan:
    """What one run does.

    Args:
        notes: how many notes each of its commits holds
        waits: turns of the loop before each
        stolen: before which of its commits another process takes its click; -1 for none
    """

    notes: tuple[int, ...]
    waits: tuple[int, ...]
    stolen: int = field(default=-1)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan."""
    notes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    waits = draw(st.lists(st.integers(0, 3), min_size=len(notes), max_size=len(notes)))
    return Plan(tuple(notes), tuple(waits), draw(st.integers(-3, len(notes) - 1)))


def rows(path: Path, run: str, most: int) -> list[list[tuple[Any, ...]]]:
    """All that is stored of a run up to a click, without numbers that other runs share."""
    base = sqlite3.connect(path)
    try:
        snapshots, messages = (base.execute(sql, (run,)).fetchall() for sql in ROWS)
    finally:
        base.close()
    return [[one for one in snapshots if one[0] <= most], [one for one in messages if one[1] <= most]]


@pytest.fixture(scope="module")
def thief() -> Iterator[subprocess.Popen[str]]:
    """Another process that steals clicks."""
    with python(ROOT, "from tests.fsm.drivers.thief import main; main()") as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def steal(thief: subprocess.Popen[str], path: Path, run: str) -> None:
    """Have the run taken on elsewhere."""
    assert thief.stdin is not None
    assert thief.stdout is not None
    thief.stdin.write(f"{path} {run}\n")
    thief.stdin.flush()
    assert thief.stdout.readline() == "done\n"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.lists(plans(), min_size=2, max_size=5))
def test_many_runs_write_what_each_writes_alone(thief: subprocess.Popen[str], given: list[Plan]) -> None:
    """However they interleave and whichever lose a click to another process: no byte differs, none is told early."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        together, apart = Path(folder, "together.db"), Path(folder, "apart.db")
        store = stack.enter_context(Store.open(together))
        other = stack.enter_context(Store.open(together, mode="read"))
        alone = stack.enter_context(Store.open(apart))
        lost: dict[int, int] = {}

        async def drive(number: int, plan: Plan) -> None:
            journal, committer = begun(store, number), Committer.of(store)
            with committer.driving():
                for place, (notes, waits) in enumerate(zip(plan.notes, plan.waits, strict=True)):
                    for _ in range(waits):
                        await asyncio.sleep(0)
                    durable = journal.branch.seq
                    noted(journal, *(f"{place}.{one}" for one in range(notes)))
                    if place == plan.stolen:
                        steal(thief, together, journal.head.run)
                    try:
                        await committer.commit(journal, unheard)
                    except Busy:
                        lost[number] = durable
                        assert journal.told() == ()
                        return
                    assert other.head(journal.head.run).seq == journal.head.seq == journal.branch.seq
                    assert [one.after.seq for one, _ in journal.told()] == list(
                        range(durable + 1, journal.head.seq + 1)
                    )

        async def all_of_them() -> None:
            await asyncio.gather(*(drive(number, plan) for number, plan in enumerate(given)))

        asyncio.run(all_of_them())
        assert lost.keys() == {number for number, plan in enumerate(given) if plan.stolen >= 0}
        for number, plan in enumerate(given):
            journal = begun(alone, number)
            for place, notes in enumerate(plan.notes):
                noted(journal, *(f"{place}.{one}" for one in range(notes)))
                journal.commit()
            most = lost.get(number, journal.head.seq)
            assert rows(together, journal.head.run, most) == rows(apart, journal.head.run, most)
        assert store.verify() == []


def test_a_run_that_is_alone_is_not_handed_on(tmp_path: Path) -> None:
    """Its commit is over before the loop takes another turn."""

    async def look(store: Store) -> None:
        journal, committer = begun(store, 1), Committer.of(store)
        turns: list[int] = []
        with committer.driving():
            asyncio.get_running_loop().call_soon(turns.append, 1)
            noted(journal, "One.")
            await committer.commit(journal, unheard)
            assert (turns, journal.branch.seq) == ([], 1)
            await committer.commit(journal, unheard)
            assert journal.branch.seq == 1

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))


def test_what_queues_together_is_one_transaction(tmp_path: Path) -> None:
    """Ten runs that commit in one turn of the loop make the log grow by one commit."""

    async def look(store: Store) -> int:
        committer, journals = Committer.of(store), [begun(store, number) for number in range(10)]
        commits: list[str] = []
        with ExitStack() as stack:
            for journal in journals:
                stack.enter_context(committer.driving())
                noted(journal, "One.")
            store._connection.raw.set_trace_callback(
                lambda sql: commits.append(sql) if sql == "COMMIT" else None
            )
            await asyncio.gather(*(committer.commit(journal, unheard) for journal in journals))
            store._connection.raw.set_trace_callback(None)
        assert [journal.branch.seq for journal in journals] == [1] * 10
        return len(commits)

    with Store.open(tmp_path / "a.db") as store:
        assert asyncio.run(look(store)) == 1


def test_whoever_is_cancelled_knows_what_became_of_its_commit(tmp_path: Path) -> None:
    """A cancel that comes while a commit is under way is passed on after the commit, which is taken in."""

    async def look(store: Store) -> None:
        committer, one, two = Committer.of(store), begun(store, 1), begun(store, 2)
        with committer.driving(), committer.driving():
            noted(one, "One.")
            noted(two, "Two.")
            tasks = [asyncio.create_task(committer.commit(each, unheard)) for each in (one, two)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError)
        assert ended[1] is None
        assert [(each.branch.seq, len(each.told()), each.pending()) for each in (one, two)] == [
            (1, 1, None),
            (1, 1, None),
        ]

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))


@pytest.mark.parametrize("count", [1, 3])
def test_while_another_process_writes_the_loop_goes_on(tmp_path: Path, count: int) -> None:
    """Commits wait in a thread; they are durable when it has its turn, and later ones go the short way again."""
    path = tmp_path / "a.db"

    async def look(store: Store) -> None:
        committer, journals = Committer.of(store), [begun(store, number) for number in range(count)]
        held = python(ROOT, HOLDS, str(path))
        assert held.stdin is not None
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        with ExitStack() as stack:
            for journal in journals:
                stack.enter_context(committer.driving())
                noted(journal, "One.")
            waiting = asyncio.gather(*(committer.commit(journal, unheard) for journal in journals))
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert not waiting.done()
            assert [journal.branch.seq for journal in journals] == [0] * count
            held.communicate("\n", timeout=20)
            await waiting
            assert [journal.branch.seq for journal in journals] == [1] * count
            for journal in journals:
                noted(journal, "Two.")
            await asyncio.gather(*(committer.commit(journal, unheard) for journal in journals))
            assert [journal.branch.seq for journal in journals] == [2] * count

    with Store.open(path) as store:
        asyncio.run(look(store))
        assert store.verify() == []


def test_a_bug_reaches_everybody_who_waits(tmp_path: Path) -> None:
    """A write that cannot be made leaves nobody waiting: whose it is is told, the others are written."""

    async def look(store: Store) -> None:
        committer, good, bad = Committer.of(store), begun(store, 1), begun(store, 2)
        with committer.driving(), committer.driving():
            noted(good, "One.")
            noted(bad, "One.")
            bad._messages[0] = evolve(
                bad._messages[0], text=Text("note", "One.", text("note", "Two.").digest)
            )
            ended = await asyncio.gather(
                *(committer.commit(journal, unheard) for journal in (good, bad)), return_exceptions=True
            )
            assert ended[0] is None
            assert isinstance(ended[1], DetentError)
            assert (good.branch.seq, bad.branch.seq) == (1, 0)

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))


def test_the_next_loop_begins_anew(tmp_path: Path) -> None:
    """What a loop that was torn down left queued keeps no later one from committing."""

    async def torn(store: Store) -> None:
        committer = Committer.of(store)
        with committer.driving(), committer.driving():
            journal = begun(store, 1)
            noted(journal, "One.")
            committer._queued(journal, journal.pending()).send(None)  # type: ignore[arg-type]

    async def whole(store: Store) -> None:
        committer, journals = Committer.of(store), [begun(store, number) for number in (2, 3)]
        with committer.driving(), committer.driving():
            for journal in journals:
                noted(journal, "One.")
            await asyncio.gather(*(committer.commit(journal, unheard) for journal in journals))
        assert [journal.branch.seq for journal in journals] == [1, 1]

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(torn(store))
        asyncio.run(whole(store))


def test_nobody_is_woken_twice(tmp_path: Path) -> None:
    """A second process that comes and goes while many commit changes no outcome."""
    path = tmp_path / "a.db"

    async def look(store: Store) -> None:
        committer, journals = Committer.of(store), [begun(store, number) for number in range(4)]
        held = python(ROOT, HOLDS, str(path))
        assert held.stdout is not None
        held.stdout.readline()

        async def drive(journal: Journal) -> None:
            with committer.driving():
                for place in range(20):
                    noted(journal, str(place))
                    await committer.commit(journal, unheard)

        asyncio.get_running_loop().call_later(0.1, held.stdin.write, "\n")  # type: ignore[union-attr]
        asyncio.get_running_loop().call_later(0.1, held.stdin.flush)  # type: ignore[union-attr]
        await asyncio.gather(*map(drive, journals))
        until(lambda: held.poll() is not None)
        held.communicate()
        assert [journal.branch.seq for journal in journals] == [20] * 4

    with Store.open(path) as store:
        asyncio.run(look(store))
        assert store.verify() == []

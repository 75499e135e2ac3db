"""Runs that share a store share its commits: the same bytes, nobody told early, and one run's trouble is its own."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.committing import PAUSES, Committer
from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.journal import Journal, first_click
from detent.fsm.drivers.memory import History
from detent.fsm.history import Message
from detent.fsm.kernel import begin
from detent.states import Limits, Spec, StoreError, text
from detent.states.codec import spec_text
from detent.states.errors import Busy, DetentError
from detent.states.events import Begun
from detent.store import RunRecord, Store

from .making import NOW
from .rig import ROOT, python, until

ROWS = (
    """SELECT s.seq, s.state, s.event, s.event_body, s.body, s.digest, s.chain, s.at
    FROM snapshot s JOIN run ON run.key = s.run WHERE run.id = ? ORDER BY s.seq""",
    """SELECT m.position, m.seq, o.kind, o.body, o.digest
    FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object WHERE run.id = ? ORDER BY m.position""",
)
HOLDS = """
import sys
from detent.store import Store
with Store.open(sys.argv[1]) as store, store._connection.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


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


def begun(store: Store, number: int) -> Journal:
    """A run whose id and times are always the same."""
    spec = Spec(limits=Limits(notes=100))
    run = f"{number:026d}".translate(str.maketrans("0189", "abcd"))
    first = Message(0, text("goal", "Do it."))
    snapshot = begin(spec, run, NOW)
    event = Begun(run=run, at=NOW, spec=spec.digest, goal=first.text.digest)
    record = RunRecord(id=run, spec=spec_text(spec), created=NOW)
    branch = store.begin(record, first_click(snapshot, event, [first]))
    history = History(store, run, 0, fresh=True)
    history.add([first], snapshot.history)
    return Journal(store, branch, snapshot, history)


def noted(journal: Journal, *notes: str) -> None:
    """Take notes in memory."""
    for note in notes:
        journal.take(note_fact(journal.head, note, NOW))


def unheard(said: str) -> None:
    """Nothing is to be said."""
    raise AssertionError(said)


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


def test_a_disk_that_is_full_for_a_moment_stops_nobody(tmp_path: Path) -> None:
    """The commit is tried again, the person is told once, and all is durable when there is room."""

    async def look(store: Store) -> None:
        committer, journals = Committer.of(store), [begun(store, number) for number in (1, 2)]
        raw = store._connection.raw
        told: list[str] = []
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages}")
        with committer.driving(), committer.driving():
            for journal in journals:
                noted(journal, "x" * 20_000)
            asyncio.get_running_loop().call_later(
                sum(PAUSES[:2]) / 2, raw.execute, "PRAGMA max_page_count = 1073741823"
            )
            await asyncio.gather(*(committer.commit(journal, told.append) for journal in journals))
        assert [journal.branch.seq for journal in journals] == [1, 1]
        assert len(told) == 2
        assert all("disk is full" in said and "tried again" in said for said in told)

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))
        assert store.verify() == []


def test_a_disk_that_stays_full_parks_whom_it_has_no_room_for(tmp_path: Path) -> None:
    """What fits is written all the same; what does not is refused after a few tries, and kept to be written later."""

    async def look(store: Store) -> None:
        committer, small, large = Committer.of(store), begun(store, 1), begun(store, 2)
        raw = store._connection.raw
        told: list[str] = []
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages + 2}")
        with committer.driving(), committer.driving():
            noted(small, "Small.")
            noted(large, "x" * 100_000)
            ended = await asyncio.gather(
                *(committer.commit(journal, told.append) for journal in (small, large)),
                return_exceptions=True,
            )
            assert ended[0] is None
            assert isinstance(ended[1], StoreError)
            assert (small.branch.seq, large.branch.seq, len(told)) == (1, 0, 1)
            raw.execute("PRAGMA max_page_count = 1073741823")
            await committer.commit(large, unheard)
            assert large.branch.seq == 1

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))
        assert store.verify() == []


FAILED = """
import asyncio, resource, signal, sys
from detent.fsm.drivers.committing import Committer
from detent.states.errors import StoreError
from detent.store import Store
from tests.fsm.drivers.test_committing import begun, noted, unheard
from pathlib import Path
async def look(store):
    committer, journals = Committer.of(store), [begun(store, number) for number in range(3)]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with committer.driving(), committer.driving(), committer.driving():
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
        for journal in journals:
            noted(journal, "x" * 200_000)
        first = await asyncio.gather(*(committer.commit(one, unheard) for one in journals), return_exceptions=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = await asyncio.gather(*(committer.commit(one, unheard) for one in journals), return_exceptions=True)
    print([error.exit_code for error in (*first, *again)], [one.branch.seq for one in journals])
store = Store.open(Path(sys.argv[1]))
asyncio.run(look(store))
store.close()
"""


def test_a_disk_that_failed_is_not_tried_again(tmp_path: Path) -> None:
    """After an I/O error each run of the store leaves with 74 at once, though the disk would take it now."""
    path = tmp_path / "a.db"
    done = subprocess.run(
        [sys.executable, "-c", FAILED, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stdout.strip() == f"{[74] * 6} [0, 0, 0]", done.stderr
    with Store.open(path) as store:
        assert store.verify() == []


def test_a_bug_reaches_everybody_who_waits(tmp_path: Path) -> None:
    """A write that cannot be made leaves nobody waiting: whose it is is told, the others are written."""

    async def look(store: Store) -> None:
        committer, good, bad = Committer.of(store), begun(store, 1), begun(store, 2)
        with committer.driving(), committer.driving():
            noted(good, "One.")
            noted(bad, "One.")
            bad._messages[0].text.__dict__["digest"] = text("note", "Another.").digest
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

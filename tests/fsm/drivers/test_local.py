"""The local driver: what is performed, and in which order."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
import threading
import time
from pathlib import Path

from detent.fsm.drivers.face import run as run_async
from detent.fsm.drivers.local import Watcher
from detent.fsm.kernel import Transition
from detent.states import Limits
from detent.store import Store
from detent.tools import Context, ToolError, tool

from .rig import call, rig

LAST = "SELECT max(seq) FROM snapshot JOIN run ON run.key = snapshot.run WHERE run.id = ?"


def test_calls_of_one_plan_run_side_by_side(tmp_path: Path) -> None:
    """Two READ calls of one plan are out at the same time: each waits until the other has come."""
    meeting = threading.Barrier(2, timeout=10)

    @tool(effect="read")
    def meet(name: str) -> str:
        """Wait for the other."""
        meeting.wait()
        return name

    run = rig(tmp_path, [[call("meet", name="a"), call("meet", name="b")], "They met."], meet).run()

    assert (run.state, run.answer) == ("DONE", "They met.")


def test_other_calls_wait_for_all_before_them_and_hold_back_all_after(tmp_path: Path) -> None:
    """A ONCE call between two reads runs after the first and before the second, whatever they take."""
    order: list[str] = []

    @tool(effect="read")
    async def read(name: str) -> str:
        """Read slowly."""
        await asyncio.sleep(0.03)
        order.append(name)
        return name

    @tool(effect="once", approval="never")
    def act() -> str:
        """Act."""
        order.append("act")
        return "acted"

    turns = [[call("read", name="before"), call("act"), call("read", name="after")], "Done."]
    rig(tmp_path, turns, read, act).run()

    assert order == ["before", "act", "after"]


def test_a_mark_is_durable_before_its_tool_starts(tmp_path: Path) -> None:
    """When a ONCE tool starts, another connection already sees CallStarted in the database."""
    seen: list[str] = []

    @tool(effect="once", approval="never")
    def act(context: Context) -> str:
        """Look into the database from inside the tool."""
        with Store.open(tmp_path / "runs.db", mode="read") as store:
            seen.extend(row.event for row in store.timeline(context.run))
        return "acted"

    rig(tmp_path, [call("act"), "Done."], act).run()

    assert seen[-1] == "CallStarted"


def test_a_transient_failure_of_a_read_is_tried_again_after_a_wait(tmp_path: Path) -> None:
    """READ tries again what may pass, after at least the wait the failure asked for, and the model sees one result."""
    times: list[float] = []

    @tool(effect="read", attempts=3)
    def flaky() -> str:
        """Fail once."""
        times.append(time.monotonic())
        if len(times) == 1:
            raise ToolError("not now", transient=True, retry_after=1.2)
        return "now"

    made = rig(tmp_path, [call("flaky"), "Done."], flaky)
    run = made.run()

    assert run.state == "DONE"
    assert times[1] - times[0] >= 1.2
    assert made.events(run).count("ToolFailed") == 1


def test_a_read_that_never_returns_fails_and_the_run_goes_on(tmp_path: Path) -> None:
    """A hanging READ is given up after its timeout and attempts, the model is told, and the process can end."""
    over = threading.Event()

    @tool(effect="read", timeout=0.05, attempts=1)
    def hang() -> str:
        """Return when all is over."""
        over.wait()
        return ""

    made = rig(tmp_path, [call("hang"), "I could not read it."], hang)
    run = made.run()
    over.set()  # a thread left behind would be found by other tests

    assert run.answer == "I could not read it."
    assert "ToolFailed" in made.events(run)


def test_a_fallback_is_called_with_the_same_arguments(tmp_path: Path) -> None:
    """When the first tool fails for good, the next of its chain gets the very same arguments."""
    got: list[int] = []

    @tool(effect="read")
    def second(number: int) -> str:
        """Answer."""
        got.append(number)
        return "from the second"

    @tool(effect="read", fallback=second)
    def first(number: int) -> str:
        """Fail."""
        raise ToolError("broken")

    run = rig(tmp_path, [call("first", number=7), "Done."], first, second).run()

    assert (run.state, got) == ("DONE", [7])


def test_a_limit_ends_in_a_last_answer(tmp_path: Path) -> None:
    """At the cap the model is asked once more, without tools; its text is the answer, the exit code 5."""

    @tool(effect="read")
    def look() -> str:
        """Look."""
        return "nothing"

    turns = [call("look"), call("look"), "As far as I came: nothing."]
    run = rig(tmp_path, turns, look, limits=Limits(model_turns=3)).run()

    assert (run.state, run.reason, run.exit_code) == ("DONE", "limit.model_turns", 5)
    assert run.answer == "As far as I came: nothing."


def test_runs_that_share_commits_are_told_only_of_what_is_durable(tmp_path: Path) -> None:
    """Whoever is told of a click finds it in the database, however many runs there are and whoever else writes."""

    @tool(effect="once", approval="never")
    async def act(number: int) -> int:
        """Act."""
        await asyncio.sleep(0)
        return number

    made = rig(tmp_path, [call("act", number=1), call("act", number=2), "Done."], act)
    told: list[tuple[str, int, int]] = []
    over = threading.Event()

    def write() -> None:
        """Be another program that writes now and then, and keeps the file locked meanwhile."""
        with Path(f"{made.store}.lock").open("rb") as lock:
            while not over.wait(0.002):
                fcntl.flock(lock, fcntl.LOCK_EX)
                time.sleep(0.004)
                fcntl.flock(lock, fcntl.LOCK_UN)

    async def many() -> list[str]:
        with Store.open(made.store) as store:
            other = sqlite3.connect(made.store)

            def click(one: Transition, _took: int) -> None:
                (stored,) = other.execute(LAST, (one.after.run,)).fetchone()
                told.append((one.after.run, one.after.seq, stored))

            runs = [
                run_async(made.agent, "Do it.", store=store, folder=tmp_path, watcher=Watcher(click=click))
                for _ in range(8)
            ]
            writer = threading.Thread(target=write, daemon=True)
            writer.start()
            try:
                return [one.state for one in await asyncio.gather(*runs)]
            finally:
                over.set()
                writer.join()
                other.close()

    assert asyncio.run(many()) == ["DONE"] * 8
    assert len(told) == 8 * 9
    assert [one for one in told if one[1] > one[2]] == []


def test_many_runs_share_one_process(tmp_path: Path) -> None:
    """Runs of one process go side by side on one store, each to its own end."""

    @tool(effect="read")
    async def look(number: int) -> int:
        """Look."""
        await asyncio.sleep(0)
        return number

    made = rig(tmp_path, [call("look", number=1), call("look", number=2), "Done."], look)

    async def many() -> list[str]:
        with Store.open(made.store) as store:
            runs = [run_async(made.agent, "Do it.", store=store, folder=tmp_path) for _ in range(8)]
            return [one.state for one in await asyncio.gather(*runs)]

    assert asyncio.run(many()) == ["DONE"] * 8

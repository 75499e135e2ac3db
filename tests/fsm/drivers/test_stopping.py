"""Taking a run from a driver that lives: it parks when asked, is ended when it is frozen, and nobody else is hit."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from detent.fsm.drivers import taking_over
from detent.fsm.drivers.face import resume as resume_async
from detent.fsm.drivers.local import Watcher
from detent.fsm.drivers.taking_over import stopped
from detent.states.errors import Busy
from detent.store import DriverLock, Process, Store
from detent.tools import Tool, tool

from .rig import Rig, call, python, rig, until

DRIVER = """
import os, signal, sys, time
from detent import Agent, resume_sync, run_sync, tool
from detent.fsm.drivers.local import Watcher
from detent.states.errors import DetentError

mode = sys.argv[1]

def write(line):
    with open("ledger.txt", "a") as file:
        file.write(line + "\\n")
        file.flush()
        os.fsync(file.fileno())

@tool(effect="once", approval="never")
def pay(bill: int) -> str:
    "Pay a bill."
    write(str(os.getpid()))
    if mode == "slow":
        open("started", "w").close()
        time.sleep(1.0)
    if mode == "hang":
        open("started", "w").close()
        time.sleep(600)
    return f"paid {bill}"

@tool(effect="read")
def look() -> str:
    "Look, for a long time."
    open("started", "w").close()
    time.sleep(600)
    return "seen"

def click(made, took):
    if mode == "intent" and made.row.event == "CallStarted":
        open("started", "w").close()
        os.kill(os.getpid(), signal.SIGSTOP)  # the mark is durable, and the tool has not begun
    if mode == "before" and made.row.event == "Observed" and not os.path.exists("started"):
        open("started", "w").close()
        os.kill(os.getpid(), signal.SIGSTOP)  # the mark is not durable

agent = Agent(model="script:turns.json", tools=[pay, look])
try:
    print(run_sync(agent, "Pay.", store="runs.db", watcher=Watcher(click=click)).state)
except DetentError as error:
    print(error.exit_code, error)
"""


@contextmanager
def driving(folder: Path, mode: str, *turns: object) -> Iterator[tuple[Rig, subprocess.Popen[str]]]:
    """A run that another process drives, or did until it froze."""
    made = rig(folder, list(turns) or [call("pay", bill=7), "Done."], *tools(folder))
    process = python(folder, DRIVER, mode)
    try:
        until(lambda: (folder / "started").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield made, process
    finally:
        process.kill()
        process.communicate()


def tools(folder: Path) -> tuple[Tool, ...]:
    """The tools, as the process that takes over has them."""

    @tool(effect="once", approval="never")
    def pay(bill: int) -> str:
        """Pay a bill."""
        with (folder / "ledger.txt").open("a") as file:
            file.write(f"{os.getpid()}\n")
        return f"paid {bill}"

    @tool(effect="read")
    def look() -> str:
        """Look, for a long time."""
        return "seen"

    return pay, look


def ledger(folder: Path) -> list[int]:
    """Who paid."""
    path = folder / "ledger.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def frozen(process: subprocess.Popen[str]) -> None:
    """Wait until it is."""
    until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def test_a_driver_that_answers_parks_at_its_boundary(tmp_path: Path) -> None:
    """Asked through the inbox, a driver lets its call end, tells who took over, leaves with 75, and nothing is lost."""
    notices: list[str] = []
    with driving(tmp_path, "slow") as (made, process):
        with pytest.raises(Busy, match=f"driven by process {process.pid} since"):
            made.resume("last")
        run = made.resume("last", take_over=True, watcher=Watcher(notice=notices.append))
        out, _ = process.communicate(timeout=30)
        assert out.startswith("75 ")
        assert f"is taken over by process {os.getpid()}" in out
        assert (run.state, ledger(tmp_path)) == ("DONE", [process.pid])
    assert notices == [f"Process {process.pid} drives run {run.id[:6]}, and is asked to park it."]
    with Store.open(made.store) as store:
        assert store.inbox_take(run.id) == []


def test_a_free_run_is_just_resumed(tmp_path: Path) -> None:
    """Where nobody drives, taking over is going on, and ends nobody."""
    made = rig(tmp_path, [call("pay", bill=7), "Done."], *tools(tmp_path))
    run = made.run()
    assert made.resume(run, take_over=True).state == "DONE"
    lately = rig(tmp_path, [{"name": "pay", "arguments": {"bill": 1}}, "Done."], *tools(tmp_path)).run()
    assert lately.state == "DONE"


def test_a_driver_frozen_between_mark_and_start_never_pays(tmp_path: Path) -> None:
    """Frozen after its mark was durable, a driver is ended; woken later it does nothing, and the call is a question."""
    notices: list[str] = []
    with driving(tmp_path, "intent") as (made, process):
        frozen(process)
        before = time.monotonic()
        run = made.resume("last", take_over=True, watcher=Watcher(notice=notices.append))
        assert time.monotonic() - before < 10
        assert run.exit_code == 4
        assert process.wait(10) == -signal.SIGKILL
        assert ledger(tmp_path) == []
        assert "is frozen, and was ended" in notices[0]
        made.decide(run, "did_not_happen")
        assert made.resume(run).state == "DONE"
        assert ledger(tmp_path) == [os.getpid()]


def test_a_zombie_that_lost_its_lock_cannot_start_a_call(tmp_path: Path) -> None:
    """A driver that wakes after its lock was lost to another loses the first commit, and starts nothing."""
    with driving(tmp_path, "before", call("pay", bill=7), call("pay", bill=8), "Done.") as (made, process):
        frozen(process)
        with Store.open(made.store) as store:
            run = store.find("last", str(tmp_path))
        Path(f"{made.store}.locks", run).unlink()  # as on a file system whose locks are lost
        after = made.resume("last")
        assert (after.state, ledger(tmp_path)) == ("DONE", [process.pid, os.getpid()])
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=30)
        assert out.startswith("75 ")
        assert ledger(tmp_path) == [process.pid, os.getpid()]


def test_what_the_tools_of_an_ended_driver_left_is_ended_too(tmp_path: Path) -> None:
    """Programs that a frozen driver's tools have started do not outlive it."""
    code = DRIVER.replace(
        'def look() -> str:\n    "Look, for a long time."\n',
        'def look() -> str:\n    "Look, for a long time."\n    import subprocess\n'
        '    made = subprocess.Popen(["sleep", "600"], start_new_session=True)\n'
        '    open("child.txt", "w").write(str(made.pid))\n',
    )
    assert code != DRIVER
    made = rig(tmp_path, [call("look"), "Done."], *tools(tmp_path))
    process = python(tmp_path, code, "none")
    try:
        until((tmp_path / "started").exists)
        child = int((tmp_path / "child.txt").read_text())
        process.send_signal(signal.SIGSTOP)
        frozen(process)
        assert made.resume("last", take_over=True).state == "DONE"
        until(lambda: not Path(f"/proc/{child}").exists() or _state(child) in "ZX")
    finally:
        process.kill()
        process.communicate()


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def test_this_process_is_never_ended_by_itself(tmp_path: Path) -> None:
    """A run that this very process drives is not taken from it; it is told so."""
    made = rig(tmp_path, [call("pay", bill=7), "Done."], *tools(tmp_path))
    run = made.run()
    with (
        Store.open(made.store) as store,
        store.own(run.id),
        pytest.raises(Busy, match="driven by this very process"),
    ):
        asyncio.run(stopped(store, run.id, print))


def test_a_stranger_with_the_number_in_the_note_is_not_hit(tmp_path: Path) -> None:
    """Where the note of a lock does not fit the process, nothing is killed, and the run stays busy."""
    made = rig(tmp_path, [call("pay", bill=7), "Done."], *tools(tmp_path))
    run = made.run()
    stranger = python(tmp_path, "import time; print('here', flush=True); time.sleep(600)")
    assert stranger.stdout is not None
    assert stranger.stdout.readline() == "here\n"
    path = Path(f"{made.store}.locks", run.id)
    try:
        with Store.open(made.store) as store:
            lock = DriverLock(path, run.id)
            try:
                forged = {**evolve(Process.here(), pid=stranger.pid).note(), "since": 1}
                path.write_text(json.dumps(forged))
                with pytest.raises(Busy, match=f"Process {stranger.pid}, .* cannot be stopped"):
                    asyncio.run(_impatient(store, run.id))
            finally:
                lock.release()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.communicate()


async def _impatient(store: Store, run: str) -> None:
    """The way of force alone."""
    found = store.held(run)
    assert found is not None
    with await taking_over.forced(store, run, found, print):
        raise AssertionError


def test_a_driver_that_does_not_answer_is_ended_after_a_while(tmp_path: Path) -> None:
    """A driver that lives and holds the run, but never looks into its inbox, is ended when its time is up."""
    made = rig(tmp_path, [call("pay", bill=7), "Done."], *tools(tmp_path))
    run = made.run()
    deaf = python(
        tmp_path,
        "import sys, time\nfrom detent.store import Store\n"
        "with Store.open('runs.db') as store, store.own(sys.argv[1]):\n"
        "    print('here', flush=True)\n    time.sleep(600)\n",
        run.id,
    )
    assert deaf.stdout is not None
    assert deaf.stdout.readline() == "here\n"
    try:
        with Store.open(made.store) as store:
            lock = asyncio.run(stopped(store, run.id, print, patience=0.3))
            lock.release()
            assert store.inbox_take(run.id) == []
        assert deaf.wait(10) == -signal.SIGKILL
    finally:
        deaf.kill()
        deaf.communicate()


def test_a_take_over_holds_up_no_other_run(tmp_path: Path) -> None:
    """While one run is taken from a slow driver, the loop goes on with others."""
    with driving(tmp_path, "slow") as (made, _):
        turns = 0

        async def both() -> str:
            nonlocal turns
            task = asyncio.create_task(
                resume_async("last", agent=made.agent, store=made.store, folder=tmp_path, take_over=True)
            )
            while not task.done():
                turns += 1
                await asyncio.sleep(0.01)
            return (await task).state

        assert asyncio.run(both()) == "DONE"
        assert turns > 5

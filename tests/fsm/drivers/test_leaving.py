"""A driver leaves, or a call is given up: what the call has started ends with it, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from detent.fsm.drivers.face import run as run_async
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import cancel, decide
from detent.fsm.drivers.standing import Run
from detent.fsm.kernel import Transition
from detent.states import Limits
from detent.states.errors import InternalError, UsageError
from detent.store import Store
from detent.tools import Context, tool
from detent.tools.marking import started

from .rig import Person, Rig, call, rig, until

Leaves = Callable[[Rig, Driver, "asyncio.Task[Run]"], Awaitable[object]]


@asynccontextmanager
async def sleeping() -> AsyncIterator[int]:
    """A program of the test's own."""
    own = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        yield own.pid
    finally:
        own.kill()
        await own.wait()


async def parked(_made: Rig, driver: Driver, running: asyncio.Task[Run]) -> None:
    """Two signals came."""
    driver.park(2)
    driver.park(2)
    assert (await running).exit_code == 130


async def impatient(_made: Rig, driver: Driver, running: asyncio.Task[Run]) -> None:
    """One signal came, and its patience is over."""
    driver.patience = 0.1
    driver.park(15)
    assert (await running).exit_code == 143


async def cancelled(made: Rig, driver: Driver, running: asyncio.Task[Run]) -> None:
    """Another terminal cancelled the run."""

    def elsewhere() -> None:
        with Store.open(made.store) as store:
            cancel(store, driver.journal.head.run)

    await asyncio.to_thread(elsewhere)
    assert (await running).state == "FAILED"


async def abandoned(_made: Rig, _driver: Driver, running: asyncio.Task[Run]) -> None:
    """Whoever awaits the run has given up."""
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def broken(_made: Rig, driver: Driver, running: asyncio.Task[Run]) -> None:
    """Something in the driver raised."""

    def fails(_click: Transition, _took: int) -> None:
        raise LookupError("nobody there")

    driver.watcher = Watcher(click=fails)
    driver.inbox.journal.store.inbox_put(driver.journal.head.run, "note", {"text": "Look."}, 0)
    with pytest.raises(InternalError, match="nobody there"):
        await running


@pytest.mark.parametrize("leaves", [parked, impatient, cancelled, abandoned, broken])
def test_the_program_of_a_call_ends_with_its_driver(tmp_path: Path, leaves: Leaves) -> None:
    """However a driver leaves, the program of its async tool is gone by then, and a program of the host goes on."""
    pids: asyncio.Queue[int] = asyncio.Queue()

    @tool(effect="once", approval="never")
    async def act() -> str:
        """Start a program on the loop."""
        child = await asyncio.create_subprocess_exec("sleep", "61", start_new_session=True)
        pids.put_nowait(child.pid)
        await child.wait()
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)

    async def driven() -> None:
        drivers: list[Driver] = []
        running = asyncio.create_task(
            run_async(made.agent, "Do it.", store=made.store, folder=tmp_path, on_driver=drivers.append)
        )
        pid = await pids.get()
        async with sleeping() as own:
            await leaves(made, drivers[0], running)
            assert started(pid) == -1
            assert started(own) >= 0

    asyncio.run(driven())


def test_an_attempt_that_goes_again_runs_beside_nothing_of_the_one_before(tmp_path: Path) -> None:
    """An IDEMPOTENT call of the loop whose time is up goes again once its program is gone."""
    pids: list[int] = []
    living: list[list[int]] = []

    @tool(effect="idempotent", approval="never", timeout=0.3, attempts=2)
    async def put(context: Context) -> str:
        """Start a program that takes too long, the first time."""
        living.append([pid for pid in pids if started(pid) >= 0])
        child = await asyncio.create_subprocess_exec("sleep", "61" if context.attempt == 1 else "0")
        pids.append(child.pid)
        await child.wait()
        return "put"

    made = rig(tmp_path, [call("put"), "Done."], put, limits=Limits(attempts=2))
    run = made.run()

    assert (run.state, len(pids)) == ("DONE", 2)
    assert living == [[], []]


def test_a_call_whose_time_is_up_is_locked_until_its_program_is_gone(tmp_path: Path) -> None:
    """A ONCE call of the loop may still happen after its time: no rerun meanwhile; settled, its program is ended first."""
    pids: asyncio.Queue[int] = asyncio.Queue()

    @tool(effect="once", approval="never", timeout=0.2, attempts=2)
    async def act() -> str:
        """Start a program that takes too long."""
        child = await asyncio.create_subprocess_exec("sleep", "61", start_new_session=True)
        pids.put_nowait(child.pid)
        await child.wait()
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act, limits=Limits(attempts=2))
    person = Person()

    def elsewhere(how: str) -> None:
        with Store.open(made.store) as store:
            head = made.head()
            decide(store, head, head.gates[0], how, "No.")

    async def driven() -> None:
        watcher = Watcher(ask=person)
        running = asyncio.create_task(
            run_async(made.agent, "Do it.", store=made.store, folder=tmp_path, watcher=watcher)
        )
        pid = await pids.get()
        await asyncio.to_thread(until, lambda: person.asked)
        with pytest.raises(UsageError, match="is still running in process"):
            await asyncio.to_thread(elsewhere, "did_not_happen")
        assert started(pid) >= 0
        await asyncio.to_thread(elsewhere, "failed")
        assert (await running).state == "DONE"
        assert started(pid) == -1

    asyncio.run(driven())

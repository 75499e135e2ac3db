"""The local driver parks: signals, trouble, and code that will not end; nothing is lost by any."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from detent.fsm.drivers.face import resume as resume_async
from detent.fsm.drivers.face import run as run_async
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.kernel import Transition
from detent.states.errors import ConfigError, InternalError, StoreError
from detent.store import Store
from detent.tools import tool

from .rig import call, rig


def test_a_parked_run_stops_at_the_next_boundary_and_goes_on(tmp_path: Path) -> None:
    """The first signal lets the running tool finish, starts nothing more, and loses nothing."""
    drivers: list[Driver] = []
    ran: list[int] = []

    @tool(effect="once", approval="never")
    def act(number: int) -> str:
        """Act, and ask for a stop meanwhile."""
        ran.append(number)
        if number == 1:
            drivers[0].park(2)
        return "acted"

    @tool(effect="once", approval="never")
    async def soon(number: int) -> str:
        """The same on the loop."""
        said: str = act(number)
        return said

    made = rig(tmp_path, [[call("soon", number=1), call("soon", number=2)], "Done."], soon)
    run = made.run(on_driver=drivers.append)

    assert (run.exit_code, ran) == (130, [1])
    after = made.resume(run)
    assert (after.state, ran) == ("DONE", [1, 2])


def test_a_second_signal_parks_now_and_leaves_the_doubt_in_the_database(tmp_path: Path) -> None:
    """Asked twice, the driver leaves the running tool; on resume its call is a question."""
    drivers: list[Driver] = []

    @tool(effect="once", approval="never")
    async def act() -> str:
        """Ask for a stop twice, and go on."""
        drivers[0].park(2)
        drivers[0].park(2)
        await asyncio.sleep(5)
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)
    started = time.monotonic()
    run = made.run(on_driver=drivers.append)

    assert run.exit_code == 130
    assert time.monotonic() - started < 4
    assert made.resume(run).exit_code == 4


def test_parking_gives_running_calls_only_so_long(tmp_path: Path) -> None:
    """A call that outlasts the patience of a parked run is left, and is a question on resume."""
    drivers: list[Driver] = []

    @tool(effect="once", approval="never")
    async def act() -> str:
        """Ask for a stop, and go on."""
        drivers[0].park(15)
        await asyncio.sleep(30)
        return "acted"

    def hurried(driver: Driver) -> None:
        driver.patience = 0.3
        drivers.append(driver)

    made = rig(tmp_path, [call("act"), "Done."], act)
    started = time.monotonic()
    run = made.run(on_driver=hurried)

    assert (run.exit_code, made.events(run)[-1]) == (143, "CallStarted")
    assert time.monotonic() - started < 5
    assert made.resume(run).exit_code == 4


def test_a_call_that_was_marked_is_performed_though_the_run_is_parked_then(tmp_path: Path) -> None:
    """Asked to park while a mark is being told, the driver runs that call, for its mark would be doubt otherwise."""
    drivers: list[Driver] = []

    @tool(effect="once", approval="never")
    def act() -> str:
        """Act."""
        return "acted"

    def look(click: Transition, _took: int) -> None:
        if click.row.event == "CallStarted":
            drivers[0].park(2)

    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run(on_driver=drivers.append, watcher=Watcher(click=look))

    assert run.exit_code == 130
    assert made.resume(run).state == "DONE"
    assert made.events(run).count("CallStarted") == 1


def test_a_cancelled_driver_leaves_the_run_parked(tmp_path: Path) -> None:
    """Whoever runs out of time and cancels finds the run where it stood, ready to go on."""

    @tool(effect="read")
    async def slow() -> str:
        """Take long, the first time."""
        await asyncio.sleep(0 if (tmp_path / "again").exists() else 30)
        return "read"

    made = rig(tmp_path, [call("slow"), "Done."], slow)

    async def impatient() -> None:
        async with asyncio.timeout(0.3):
            await run_async(made.agent, "Do it.", store=made.store, folder=tmp_path)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    (tmp_path / "again").touch()
    head = made.head()
    assert head.state == "EXECUTING"
    assert asyncio.run(resume_async(head.run, agent=made.agent, store=made.store)).state == "DONE"


def test_a_watcher_that_fails_parks_the_run_at_its_last_click(tmp_path: Path) -> None:
    """A bug in who is told is an internal error with its cause, and the run goes on from what is durable."""

    def broken(_click: Transition, _took: int) -> None:
        raise LookupError("nobody there")

    @tool(effect="read")
    def look() -> str:
        """Look."""
        return "seen"

    made = rig(tmp_path, [call("look"), "Done."], look)
    with pytest.raises(InternalError, match="LookupError: nobody there") as caught:
        made.run(watcher=Watcher(click=broken))

    assert caught.value.exit_code == 70
    assert "detent resume" in caught.value.hint
    with Store.open(made.store) as store:
        head = store.head(store.find("last", str(tmp_path)))
    assert head.seq == 1


def test_trouble_with_the_model_parks_the_run_with_what_came_before(tmp_path: Path) -> None:
    """When the model fails after a tool has run, the tool's result is kept and never asked for again."""
    ran: list[int] = []

    @tool(effect="once", approval="never")
    def act() -> str:
        """Act, and take the model away."""
        ran.append(1)
        (tmp_path / "turns.json").write_text("no turns")
        return "acted"

    def look(click: Transition, _took: int) -> None:
        if click.row.event == "ToolReturned":
            drivers[0].park(2)

    drivers: list[Driver] = []
    made = rig(tmp_path, [call("act"), "Done."], act)
    parked = made.run(on_driver=drivers.append, watcher=Watcher(click=look))
    with pytest.raises(ConfigError, match="cannot be played") as caught:
        made.resume(parked)
    assert f"Everything up to click {made.head().seq} is saved" in caught.value.hint
    (tmp_path / "turns.json").write_text('["-", "Done."]')

    assert (made.resume(parked).answer, ran) == ("Done.", [1])


def test_a_database_that_is_taken_away_is_an_error_of_the_store(tmp_path: Path) -> None:
    """A commit that fails raises a typed error; nothing more is performed after it."""
    ran: list[str] = []

    @tool(effect="read")
    def take_away() -> str:
        """Remove the database."""
        ran.append("taken")
        (tmp_path / "runs.db").unlink()
        return "gone"

    made = rig(tmp_path, [call("take_away"), call("take_away"), "Done."], take_away)
    with pytest.raises(StoreError) as caught:
        made.run()

    assert (caught.value.exit_code, ran) == (74, ["taken"])


def test_a_tool_that_ignores_its_end_is_left_behind(tmp_path: Path) -> None:
    """A tool that swallows every cancel fails when its time is up, and the program ends without it."""

    @tool(effect="read", timeout=0.1, attempts=1)
    async def stubborn() -> str:
        """Never end."""
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    started = time.monotonic()
    run = rig(tmp_path, [call("stubborn"), "Without it."], stubborn).run()

    assert run.answer == "Without it."
    assert time.monotonic() - started < 6


def test_a_changed_tool_is_refused_on_resume(tmp_path: Path) -> None:
    """A run never goes on with a tool whose version is another than the one it agreed to."""

    @tool(version=1, name="act")
    def old() -> str:
        """Act."""
        return "old"

    @tool(version=2, name="act")
    def new() -> str:
        """Act."""
        return "new"

    made = rig(tmp_path, [call("act"), "Done."], old)
    run = made.run()

    with pytest.raises(ConfigError, match="version"):
        rig(tmp_path, [call("act"), "Done."], new).resume(run)

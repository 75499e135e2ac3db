"""What comes too late is kept and shown, and never applied; what may go again waits for what still runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.explaining import explain
from detent.fsm.drivers.face import resume as resume_async
from detent.fsm.drivers.face import run as run_async
from detent.fsm.drivers.late import late_views
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import decide
from detent.fsm.drivers.timeline import log_views
from detent.fsm.drivers.views import click_view
from detent.states import Limits
from detent.states.errors import Busy, DetentError, UsageError
from detent.states.names import GateKind, Phase
from detent.store import Store
from detent.tools import Context, Tool, ToolError, tool

from .rig import Person, Rig, call, in_thread, rig, until


def slow(leave: threading.Event) -> Tool:
    """A tool that takes longer than it may, in a thread: until it is let go."""

    @tool(effect="once", approval="never", timeout=0.2)
    def pay() -> str:
        """Pay, slowly."""
        leave.wait(20)
        return "paid 7"

    return pay


def late(made: Rig, run: str) -> list[dict[str, Any]]:
    """What came too late."""
    with Store.open(made.store, mode="read") as store:
        return late_views(store, run)


def doubtful(made: Rig) -> bool:
    """Whether a call of the newest run is in doubt."""
    with contextlib.suppress(DetentError):  # it has not begun
        return any(gate.kind is GateKind.DOUBT for gate in made.head().gates)
    return False


def settled(made: Rig, how: str, text: str = "") -> None:
    """A person says so at another terminal."""
    with Store.open(made.store) as store:
        head = made.head()
        decide(store, head, head.gates[0], how, text)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("how", "text"), [("failed", "It is not on the bill."), ("happened", "paid")])
def test_a_late_result_of_a_settled_doubt_is_kept(tmp_path: Path, how: str, text: str, before: bool) -> None:
    """A result that comes after a person has settled its doubt elsewhere, driven on or not, is stored and not applied."""
    leave = threading.Event()
    here: list[str] = []

    @tool(effect="read")
    def look() -> str:
        """Look, until the late result has come if it is to come before the run ends."""
        if before:
            leave.set()
            until(lambda: late(made, here[0]))
        return "seen"

    made = rig(tmp_path, [call("pay"), call("look"), "Done."], slow(leave), look)
    person = Person()

    def elsewhere() -> None:
        until(lambda: doubtful(made))
        run = made.head().run
        here.append(run)
        with pytest.raises(UsageError, match="is still running in process"):
            settled(made, "did_not_happen")
        settled(made, how, text)

    with in_thread(elsewhere) as said:
        run = person.run(made)
    assert said == [None]
    leave.set()
    until(lambda: late(made, run.id))
    (kept,) = late(made, run.id)

    assert run.state == "DONE"
    assert (kept["call"], kept["attempt"], kept["tool"], kept["error"], kept["text"]) == (
        "1.0.0",
        1,
        "pay",
        "",
        "paid 7",
    )
    assert "paid 7" not in made.said(run, "result")
    assert any("when nobody waited" in said for said in person.notices) or not before
    _is_shown(made, run.id, kept)


def _is_shown(made: Rig, run: str, kept: dict[str, Any]) -> None:
    """Where a person looks: at the run, at the click that settled it, and in the timeline."""
    with Store.open(made.store, mode="read") as store:
        rows = list(log_views(store, run))
        settled = next(row["seq"] for row in rows if row["event"] == "Resolved")
        assert click_view(store, run, rows[-1]["seq"])["late"] == [kept]
        assert explain(store, run, settled)["late"] == [kept]
        assert explain(store, run, 1)["late"] == []
        assert [one for row in rows for one in row["late"]] == [kept]
        assert not store.inbox_take(run)
        assert store.verify() == []


def test_a_tool_of_the_loop_that_does_not_let_itself_be_stopped_is_heard(tmp_path: Path) -> None:
    """What an async tool gives after its doubt was settled and it was cancelled is kept too."""

    @tool(effect="once", approval="never", timeout=0.2)
    async def pay() -> str:
        """Pay, and finish whatever anybody says."""
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(20)
        return "paid 7"

    made = rig(tmp_path, [call("pay"), "Done."], pay)

    def elsewhere() -> None:
        until(lambda: doubtful(made))
        settled(made, "failed", "No.")

    with in_thread(elsewhere) as said:
        run = Person().run(made)
    assert said == [None]
    assert run.state == "DONE"
    assert [one["text"] for one in late(made, run.id)] == ["paid 7"]


def test_a_late_failure_is_told_at_the_gate(tmp_path: Path) -> None:
    """A failure that comes late settles nothing: it is shown with the question."""
    leave = threading.Event()

    @tool(effect="once", approval="never", timeout=0.2)
    def pay() -> str:
        """Pay, slowly, and fail."""
        leave.wait(20)
        raise ToolError("The bank is closed.", error="closed")

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    drivers: list[Driver] = []

    def elsewhere() -> None:
        until(lambda: doubtful(made))
        leave.set()
        until(lambda: late(made, made.head().run))
        drivers[0].park(2)

    with in_thread(elsewhere) as said:
        run = made.run(watcher=Watcher(ask=Person()), on_driver=drivers.append)
    assert said == [None]
    (gate,) = run.gates
    assert (gate["kind"], gate["still_running"]) == ("doubt", False)
    assert [(one["error"], one["text"]) for one in gate["late"]] == [("closed", "The bank is closed.")]


def marked_again(made: Rig) -> bool:
    """Whether another attempt of the call has begun."""
    calls = made.head().calls
    return bool(calls) and calls[0].attempt > 1 and calls[0].phase is Phase.STARTED


@pytest.mark.parametrize("fails", [False, True])
def test_an_attempt_waits_for_the_one_before_in_its_thread(tmp_path: Path, fails: bool) -> None:
    """An IDEMPOTENT call never runs twice at once: a result of the attempt that took too long is the call's, a failure is not."""
    inside, most, begun = 0, 0, 0
    turn, beside = threading.Lock(), threading.Event()

    @tool(effect="idempotent", approval="never", timeout=0.6, attempts=3)
    def put(context: Context) -> str:
        """Put, taking longer than it may, the first time."""
        nonlocal inside, most, begun
        with turn:
            inside, begun = inside + 1, begun + 1
            most = max(most, inside)
            number = begun
        if number == 1:
            until(lambda: marked_again(made))
            beside.wait(0.3)
        else:
            beside.set()
        with turn:
            inside -= 1
        if number == 1 and fails:
            raise OSError("no")
        return f"put by {number}"

    made = rig(tmp_path, [call("put"), "Done."], put, limits=Limits(attempts=3))
    run = made.run()

    assert (run.state, most) == ("DONE", 1)
    too_late = [one["text"] for one in late(made, run.id)]  # it ended before the next one came to look for it
    assert too_late in ([], ["OSError: no" if fails else "put by 1"])
    assert made.said(run, "result") == ["put by 2" if fails or too_late else "put by 1"]


def test_a_run_that_goes_on_waits_for_what_runs_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An IDEMPOTENT call whose thread outlives its driver is not made beside it: the run stays parked, then goes on."""
    leave, drivers = threading.Event(), list[Driver]()
    calls: list[int] = []

    @tool(effect="idempotent", approval="never")
    def put() -> str:
        """Put, slowly, the first time."""
        calls.append(1)
        if len(calls) == 1:
            leave.wait(20)
        return "put"

    made = rig(tmp_path, [call("put"), "Done."], put)

    async def played() -> None:
        running = asyncio.create_task(
            run_async(made.agent, "Do it.", store=made.store, folder=tmp_path, on_driver=drivers.append)
        )
        await asyncio.to_thread(until, lambda: calls)
        drivers[0].park(2)
        drivers[0].park(2)
        assert (await running).exit_code == 130

        def hasty(driver: Driver) -> None:
            driver.facts.attempting.recovery.patience = 0.1

        with pytest.raises(Busy, match="of an earlier put still runs"):
            await resume_async("last", agent=made.agent, store=made.store, folder=tmp_path, on_driver=hasty)
        going = asyncio.create_task(resume_async("last", agent=made.agent, store=made.store, folder=tmp_path))
        leave.set()
        assert (await going).state == "DONE"

    asyncio.run(played())
    assert len(calls) == 2

"""The Python face: begins and goes on with runs, states are no exceptions, and trouble has an exit code."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import detent
from detent.fsm.drivers.face import resume, resume_sync, run, run_sync
from detent.states.errors import BadValue, Busy, ConfigError, DetentError, NotFound, UsageError
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, in_thread, rig, until


@tool
def act() -> str:
    """Act."""
    return "acted"


def open_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def test_the_face_of_the_package_is_this_one() -> None:
    """What a person imports from `detent` is what is tested here."""
    assert (detent.run, detent.run_sync) == (run, run_sync)
    assert (detent.resume, detent.resume_sync) == (resume, resume_sync)


def test_a_run_from_plain_code_gives_everything_that_came_of_it(tmp_path: Path) -> None:
    """State, answer, usage, exit code and history of a finished run can be asked for."""
    made = rig(tmp_path, ["Hello."])
    done = made.run(name="greeting")

    assert (done.state, done.answer, done.reason, done.exit_code) == ("DONE", "Hello.", "answered", 0)
    assert (done.gates, done.usage["model_turns"]) == ([], 1)
    assert [one.state for one in done.snapshots()] == ["PLANNING", "DONE"]
    assert done.view()["answer"] == "Hello."
    assert resume_sync("greeting", store=made.store).id == done.id
    assert resume_sync("last", store=made.store, folder=tmp_path).state == "DONE"


def test_nothing_stays_open_that_was_opened_here(tmp_path: Path) -> None:
    """However many runs a program makes, it holds no database open between them."""
    made = rig(tmp_path, ["Hello."])
    made.run()
    before = open_files()
    runs = [made.run() for _ in range(5)]
    assert [one.answer for one in runs] == ["Hello."] * 5
    assert open_files() <= before


def test_a_store_that_was_given_is_left_open(tmp_path: Path) -> None:
    """A person's own store serves many runs, and stays theirs."""
    made = rig(tmp_path, ["Hello."])
    with Store.open(made.store) as store:
        runs = [run_sync(made.agent, "Do it.", store=store, folder=tmp_path) for _ in range(2)]
        assert [one.store for one in runs] == [store, store]
        assert len(store.runs()) == 2


def test_failed_is_a_state_and_no_exception(tmp_path: Path) -> None:
    """A run whose model never says anything usable ends FAILED with a reason and exit 1."""
    failed = rig(tmp_path, [{"raw": ""}]).run()
    assert (failed.state, failed.reason, failed.exit_code) == ("FAILED", "refused.empty_reply", 1)


def test_a_gate_is_settled_and_gone_on_with_from_python(tmp_path: Path) -> None:
    """A waiting run is given back, decided, and resumed with the agent it was begun with."""
    made = rig(tmp_path, [call("act"), "Done."], act)

    async def whole() -> tuple[int, str | None]:
        waiting = await run(made.agent, "Do it.", store=made.store, folder=tmp_path)
        assert waiting.gates[0]["tool"] == "act"
        waiting.decide("approve")
        after = await waiting.resume()
        return waiting.exit_code, after.answer

    assert asyncio.run(whole()) == (3, "Done.")


def test_plain_functions_refuse_a_running_loop(tmp_path: Path) -> None:
    """Inside a loop the error names what to write instead, and nothing was begun."""
    made = rig(tmp_path, ["Hello."])

    async def inside() -> None:
        with pytest.raises(UsageError) as began:
            made.run()
        with pytest.raises(UsageError) as resumed:
            made.resume("last")
        assert "await run(...)" in began.value.hint
        assert "await resume(...)" in resumed.value.hint

    asyncio.run(inside())
    assert not made.store.exists()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"at_limit": "maybe"}, UsageError),
        ({"inputs": {"n": 1}}, UsageError),
        ({"yes": ["no rule ("]}, UsageError),
        ({"folder": "/nowhere/at/all"}, NotFound),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, Any], error: type[DetentError]
) -> None:
    """A caller's mistake is a typed error with exit 2, and no database was made."""
    made = rig(tmp_path, ["Hello."])
    given: dict[str, Any] = {"store": made.store, "folder": tmp_path, **options}
    with pytest.raises(error) as caught:
        run_sync(made.agent, "Do it.", **given)
    assert caught.value.exit_code == 2
    assert not made.store.exists()


@pytest.mark.parametrize("goal", ["", "  \n", "\ud800", "x" * 1_000_001])
def test_a_goal_is_a_text_of_some_length(tmp_path: Path, goal: str) -> None:
    """No goal, one that is no Unicode and one that is endless are refused."""
    made = rig(tmp_path, ["Hello."])
    with pytest.raises((BadValue, UsageError)):
        run_sync(made.agent, goal, store=made.store)
    assert not made.store.exists()


@pytest.mark.parametrize("model", ["script:none.json", "nobody:x", "script:", "script:folder"])
def test_a_model_that_cannot_be_is_told_before_anything_is_written(tmp_path: Path, model: str) -> None:
    """A model that means nothing is a typed error, and no run is begun."""
    (tmp_path / "folder").mkdir()
    made = rig(tmp_path, ["Hello."])
    with pytest.raises((NotFound, UsageError, ConfigError)):
        Rig(tmp_path, evolve(made.agent, model=model)).run()
    assert not made.store.exists()


def test_a_run_that_is_driven_is_busy(tmp_path: Path) -> None:
    """Two drivers never have one run: the second is told whose it is, and nothing is performed twice."""
    ran: list[int] = []

    @tool(effect="once", approval="never")
    def slow() -> str:
        """Take a moment."""
        ran.append(1)
        until((tmp_path / "go").exists)
        return "done"

    made = rig(tmp_path, [call("slow"), "Done."], slow)
    with in_thread(made.run) as ended:
        until(lambda: ran)
        with pytest.raises(Busy, match=str(os.getpid())) as caught:
            made.resume("last", folder=tmp_path)
        (tmp_path / "go").touch()

    assert (caught.value.exit_code, ended[0].state, ran) == (75, "DONE", [1])


def test_a_run_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    """An address that means nothing is told, with what is close."""
    made = rig(tmp_path, ["Hello."])
    made.run(name="greeting")
    with pytest.raises(NotFound) as caught:
        made.resume("greting")
    assert "greeting" in str(caught.value)


def test_tasks_a_tool_leaves_on_the_loop_hold_nobody_up(tmp_path: Path) -> None:
    """A task of a tool's own that ignores its end, and a thread that hangs, end with the program, not before it."""

    async def forever() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    @tool(effect="read")
    async def leave() -> str:
        """Leave something behind."""
        asyncio.get_running_loop().create_task(forever())
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return "left"

    began = time.monotonic()
    assert rig(tmp_path, [call("leave"), "Done."], leave).run().state == "DONE"
    assert time.monotonic() - began < 4


def test_a_finished_run_needs_no_agent(tmp_path: Path) -> None:
    """Going on with what is over gives it back as it is, whoever asks."""
    made = rig(tmp_path, ["Hello."])
    done = made.run()
    assert asyncio.run(resume(done.id, store=made.store)).answer == "Hello."


def test_a_run_begun_here_needs_its_agent_elsewhere(tmp_path: Path) -> None:
    """Without a file another process cannot go on, and says who can."""
    made = rig(tmp_path, [call("act"), "Done."], act)
    waiting = made.run()
    with pytest.raises(ConfigError, match="begun from Python"):
        resume_sync(waiting.id, store=made.store)
    assert made.resume(waiting, yes=["act"]).exit_code == 3

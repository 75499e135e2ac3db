"""Signals, busy runs, readers that go away, and code that will not end: nothing is lost, and nobody waits for long."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from detent.states import State

from .kit import Place, call

HANGING = '''
import asyncio, threading, time

from detent import Agent, tool


@tool(effect="read")
async def stubborn() -> str:
    """Leave something behind that never ends, and a thread beside it."""

    async def forever():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    asyncio.get_running_loop().create_task(forever())
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return "left"


agent = Agent(model="script:model.json", tools=[stubborn])
'''


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_parks_the_run_at_the_next_boundary(place: Place, number: signal.Signals, code: int) -> None:
    """The first signal lets the tool that runs end, parks the run, and says how to go on."""
    agent = place.agent(call("slow", seconds=0.6), "Slept well.")
    driver = place.start("run", "Sleep.", "-a", agent)
    _until(place.ledger)

    driver.send_signal(number)
    out, err = driver.communicate(timeout=20)

    assert (driver.returncode, out) == (code, b"")
    assert b"is parked at click" in err
    assert b"detent resume" in err
    assert place.head().state is State.PLANNING
    assert place.detent("resume", "last").out == "Slept well.\n"
    assert place.ledger() == ["slow"]


def test_a_second_signal_parks_it_now(place: Place) -> None:
    """The second signal does not wait for the tool; its call is in doubt, and nothing runs twice."""
    agent = place.agent(call("slow", seconds=60), "Slept well.")
    driver = place.start("run", "Sleep.", "-a", agent)
    _until(place.ledger)

    driver.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert driver.poll() is None
    began = time.monotonic()
    driver.send_signal(signal.SIGINT)
    driver.communicate(timeout=20)

    assert driver.returncode == 130
    assert time.monotonic() - began < 5
    assert place.detent("resume", "last").code == 4
    assert place.ledger() == ["slow"]


def test_a_run_that_is_driven_is_busy(place: Place) -> None:
    """A run has one driver: another one is told whose it is, with 75; decisions reach it all the same."""
    agent = place.agent(call("slow", seconds=2), "Slept well.")
    driver = place.start("run", "Sleep.", "-a", agent)
    _until(place.ledger)

    done = place.detent("resume", "last", "--json")
    assert (done.code, done.json["error"]["code"]) == (75, "busy")
    assert str(driver.pid) in done.json["error"]["message"]
    assert place.detent("tell", "last", "Hurry.").code == 0
    out, _ = driver.communicate(timeout=20)

    assert (driver.returncode, out) == (0, b"Slept well.\n")
    assert "Hurry." in place.detent("show", "last").out


def test_a_cancel_stops_a_driven_run(place: Place) -> None:
    """Cancel reaches the driver of a run, which ends with 5."""
    agent = place.agent(call("slow", seconds=60), "Slept well.")
    driver = place.start("run", "Sleep.", "-a", agent)
    _until(place.ledger)

    assert place.detent("cancel", "last").code == 0
    _, err = driver.communicate(timeout=20)

    assert driver.returncode == 5
    assert place.head().reason == "cancelled"
    assert b"Nobody knows whether slow happened" in err


def test_a_reader_that_goes_away_ends_the_display_and_not_the_run(place: Place) -> None:
    """With both ends of the display closed the run goes on to its end."""
    agent = place.agent(call("slow", seconds=0.5), "Slept well.")
    driver = place.start("run", "Sleep.", "-a", agent)
    _until(place.ledger)
    assert driver.stdout is not None
    assert driver.stderr is not None

    driver.stdout.close()
    driver.stderr.close()

    assert driver.wait(timeout=20) == 0
    assert place.head().state is State.DONE


def test_an_answer_that_cannot_be_written_is_said(place: Place) -> None:
    """A full device under standard output is 74, and the run is done all the same."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        made = subprocess.run(
            place.command(["run", "Say hello.", "-m", place.script("Hello.")]),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=place.folder,
            env=place.environment,
            check=False,
        )

    assert made.returncode == 74
    assert b"Traceback" not in made.stderr
    assert place.head().state is State.DONE


def test_closed_standard_streams_do_no_harm(place: Place) -> None:
    """Without standard input, output and error a run still ends as it should."""
    model = place.script(call("list_dir", path="."), "Hello.")
    command = place.command(["run", "Say hello.", "-m", model, "-t", "files"])

    made = subprocess.run(
        ["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command],
        cwd=place.folder,
        env=place.environment,
        check=False,
    )

    assert made.returncode == 0
    assert place.head().state is State.DONE


def test_a_full_disk_parks_the_run(place: Place) -> None:
    """Where the database cannot grow the run stands at its last commit, with 74."""
    place.detent("run", "Say hello.", "-m", place.script("Hello."))
    agent = place.agent(call("look", thing="x" * 200_000), "Seen.")

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    driver = place.start("run", "Look.", "-a", agent, preexec_fn=small)
    _, err = driver.communicate(timeout=20)

    assert driver.returncode == 74
    assert b"Traceback" not in err
    assert place.detent("resume", "last").code == 0


def test_what_a_tool_leaves_behind_holds_nobody_up(place: Place) -> None:
    """A task that swallows its cancellation and a thread that sleeps for an hour do not keep the process."""
    place.write("hanging.py", HANGING)
    place.script(call("stubborn"), "Left.")

    began = time.monotonic()
    done = place.detent("run", "Leave.", "-a", "hanging.py")

    assert (done.code, done.out) == (0, "Left.\n")
    assert time.monotonic() - began < 8
    assert "Traceback" not in done.err
    assert "Task was destroyed" not in done.err


def test_a_database_that_cannot_be_made_is_said(place: Place) -> None:
    """A place that cannot be written is 74, before anything begins."""
    done = place.detent("--db", "/proc/nowhere/runs.db", "run", "Say hello.", "-m", place.script("Hello."))

    assert (done.code, "Traceback" in done.err) == (74, False)


def test_a_file_that_is_no_database_is_left_alone(place: Place) -> None:
    """A file that is none of ours is 76 or 78, and not changed by a byte."""
    path = place.write("notes.txt", "these are notes, and no database " * 100)
    before = path.read_bytes()

    assert place.detent("--db", "notes.txt", "runs").code in (76, 78)
    assert place.detent("--db", "notes.txt", "run", "x", "-m", place.script("Hello.")).code in (76, 78)
    assert path.read_bytes() == before

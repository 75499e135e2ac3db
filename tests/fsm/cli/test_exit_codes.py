"""The table of exit codes, row by row, from real processes: the code, and where the run stands afterwards."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from detent.fsm.exits import EXIT_CODES
from detent.states import State

from .kit import CRASH, Place, call

Left = tuple[int, str]  # the exit code, and the state of the newest run; empty where there is none


def _left(place: Place, *words: str, **env: str) -> Left:
    done = place.detent(*words, env=env)
    assert "Traceback" not in done.err
    runs = place.runs()
    return done.code, runs[0].state if runs else ""


def _killed(place: Place, number: signal.Signals, seconds: float = 30) -> int:
    """A run that got a signal while its tool ran; its exit code."""
    agent = place.agent(call("slow", seconds=seconds), "Slept.")
    driver = place.start("run", "Sleep.", "-a", agent)
    deadline = time.monotonic() + 20
    while not place.ledger() and time.monotonic() < deadline:
        time.sleep(0.02)
    driver.send_signal(number)
    driver.communicate(timeout=20)
    return driver.returncode


def _done(place: Place) -> Left:
    return _left(place, "run", "x", "-m", place.script("Hello."))


def _failed(place: Place) -> Left:
    return _left(place, "run", "x", "-m", place.script("", "", ""))


def _usage(place: Place) -> Left:
    return _left(place, "run", "x", "--bogus")


def _gate(place: Place) -> Left:
    return _left(place, "run", "x", "-a", place.agent(call("pay", amount=7), "Paid."))


def _doubt(place: Place) -> Left:
    _killed(place, signal.SIGKILL)
    return _left(place, "resume", "last")


def _limit(place: Place) -> Left:
    agent = place.agent(call("look", thing="a"), "So far: a.")
    return _left(place, "run", "x", "-a", agent, "--limit", "model_turns=2")


def _unavailable(place: Place) -> Left:
    place.detent("run", "x", "-a", place.agent(call("pay", amount=7), "Paid."), "-m", "script:model.json")
    return _left(place, "run", "y", "-m", "ollama:qwen3", OLLAMA_HOST="127.0.0.1:9")


def _bug(place: Place) -> Left:
    """A run whose every driver dies at the same click: nobody takes it over for ever."""
    place.write("crash.py", CRASH)
    place.script(call("crash"), "Never.")
    place.detent("run", "x", "-a", "crash.py")
    for _ in range(10):
        code, state = _left(place, "resume", "last")
        if code != -signal.SIGKILL:
            break
    return code, state


def _io(place: Place) -> Left:
    return _left(place, "--db", "/proc/nowhere/runs.db", "run", "x", "-m", place.script("Hello."))


def _busy(place: Place) -> Left:
    agent = place.agent(call("slow", seconds=1.5), "Slept.")
    driver = place.start("run", "Sleep.", "-a", agent)
    while not place.ledger():
        time.sleep(0.02)
    code, _ = _left(place, "resume", "last")
    driver.communicate(timeout=20)
    return code, place.head().state.value


def _integrity(place: Place) -> Left:
    place.write("notes.db", "no database at all " * 100)
    return _left(place, "--db", "notes.db", "runs")


def _config(place: Place) -> Left:
    place.write("broken.py", "import nothing_of_that_name")
    return _left(place, "run", "x", "-a", "broken.py")


def _interrupted(place: Place) -> Left:
    return _killed(place, signal.SIGINT, 0.5), place.head().state.value


def _terminated(place: Place) -> Left:
    return _killed(place, signal.SIGTERM, 0.5), place.head().state.value


ROWS: dict[int, tuple[Callable[[Place], Left], str]] = {
    0: (_done, "DONE"),
    1: (_failed, "FAILED"),
    2: (_usage, ""),
    3: (_gate, "AWAITING_APPROVAL"),
    4: (_doubt, "AWAITING_APPROVAL"),
    5: (_limit, "DONE"),
    69: (_unavailable, "AWAITING_APPROVAL"),
    70: (_bug, "EXECUTING"),
    74: (_io, ""),
    75: (_busy, "DONE"),
    76: (_integrity, ""),
    78: (_config, ""),
    130: (_interrupted, "PLANNING"),
    143: (_terminated, "PLANNING"),
}


def test_every_row_of_the_table_is_tried() -> None:
    """No exit code is promised without being seen."""
    assert set(ROWS) == set(EXIT_CODES)
    assert {state for _, state in ROWS.values() if state} <= set(State)


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_process_ends_as_the_table_says(place: Place, code: int) -> None:
    """A real process leaves with this code, and its run where the table says."""
    happens, state = ROWS[code]

    assert happens(place) == (code, state)

"""What an attempt left behind and cannot be ended: its call stays in doubt and locked, and is not run beside it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detent.fsm.drivers.attempts import attempt_of
from detent.fsm.drivers.local import Driver, Watcher
from detent.states.errors import Busy, UsageError
from detent.store import Store

from .dying import ELSEWHERE, died, ledger, payer
from .rig import python, until

AGAIN = """
import os, subprocess, sys
code = "import time; time.sleep(600)"
marked = {**os.environ, "DETENT_DRIVER": sys.argv[1]}
first = True
while True:
    with subprocess.Popen([sys.executable, "-S", "-c", code], env=marked) as child:
        if first:
            print("here", flush=True)
            first = False
        try:
            child.wait()
        except KeyboardInterrupt:
            child.kill()
            break
"""


@contextmanager
def undying(folder: Path, run: str) -> Iterator[None]:
    """Something with the mark of the run's dead driver that is started anew whenever it is killed."""
    with Store.open(folder / "runs.db", mode="read") as store:
        noted = attempt_of(store, run, "1.0.0", 1)
    assert noted is not None
    process = python(folder, AGAIN, noted.process.marker)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_what_cannot_be_ended_locks_the_doubt(tmp_path: Path) -> None:
    """As long as something of an attempt lives, a rerun is refused from any terminal; what happened can be said."""
    made = payer(tmp_path)
    died(tmp_path, "once")
    run = made.resume("last")
    with undying(tmp_path, run.id):
        until(lambda: made.resume(run).gates[0]["survivors"])
        with pytest.raises(UsageError, match=r"still runs in process .* cannot be stopped"):
            made.decide(run, "did_not_happen")
        looking = python(tmp_path, ELSEWHERE, run.id)
        assert "cannot be stopped" in looking.communicate(timeout=30)[0]
        assert made.events(run)[-1] == "ToolFailed"
        made.decide(run, "happened", "I looked")
    assert made.resume(run).state == "DONE"
    assert ledger(tmp_path) == ["7"]


def test_a_probe_is_not_asked_while_something_of_the_attempt_lives(tmp_path: Path) -> None:
    """A probe could be wrong a moment later, so where something cannot be ended the call is in doubt, unprobed."""
    asked: list[int] = []
    made = payer(tmp_path, probe=lambda _context: bool(asked.append(1)))  # type: ignore[func-returns-value]
    died(tmp_path, "once")
    run = made.head()
    with undying(tmp_path, run.run):
        after = made.resume("last")
        assert after.exit_code == 4
        assert "that it started still runs, and cannot be stopped" in after.gates[0]["evidence"]
    assert asked == []


def test_an_idempotent_call_waits_for_what_cannot_be_ended(tmp_path: Path) -> None:
    """An IDEMPOTENT call is not run beside what is left of itself: the run is parked with 75, and goes on later."""
    made = payer(tmp_path, "idempotent")
    died(tmp_path, "idempotent")
    notices: list[str] = []

    def hurried(driver: Driver) -> None:
        driver.facts.attempting.recovery.patience = 0.3

    with undying(tmp_path, made.head().run):
        with pytest.raises(Busy, match="of an earlier pay still runs") as caught:
            made.resume("last", on_driver=hurried, watcher=Watcher(notice=notices.append))
        assert caught.value.exit_code == 75
        assert "waiting for its end" in notices[0]
        assert ledger(tmp_path) == ["7"]
    assert made.resume("last").state == "DONE"
    assert ledger(tmp_path) == ["7", "7"]

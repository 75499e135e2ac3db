"""Drivers that die in the middle of a call, and the agent that goes on after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from detent.fsm.drivers.attempts import attempt_of
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, python, rig

__all__ = ["DYING", "ELSEWHERE", "alive", "died", "ledger", "payer", "survivor"]

DYING = """
import os, signal, subprocess, sys
from detent import Agent, run_sync, tool

def pay(bill: int) -> str:
    "Pay a bill, and take the program down."
    with open("ledger.txt", "a") as file:
        file.write(f"{bill}\\n")
    if "child" in sys.argv:
        code = "import os, time; open('child.txt', 'w').write(str(os.getpid())); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL)
        while not os.path.exists("child.txt") or not open("child.txt").read():
            pass
    os.kill(os.getpid(), signal.SIGKILL)

pay = tool(effect=sys.argv[1], approval="never", name="pay")(pay)
agent = Agent(model="script:turns.json", tools=[pay])
run_sync(agent, "Pay.", store="runs.db")
"""


def died(folder: Path, effect: str, *words: str) -> None:
    """A run whose driver died in the middle of its one call."""
    process = python(folder, DYING, effect, *words)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, err


def ledger(folder: Path) -> list[str]:
    """What was paid."""
    path = folder / "ledger.txt"
    return path.read_text().split() if path.exists() else []


def payer(folder: Path, effect: Literal["once", "idempotent"] = "once", **options: Any) -> Rig:
    """The agent of the run, as the next driver has it: its tool pays, and lives."""

    def pay(bill: int) -> str:
        """Pay a bill, and take the program down."""
        with (folder / "ledger.txt").open("a") as file:
            file.write(f"{bill}\n")
        return f"paid {bill}"

    made = tool(pay, effect=effect, approval="never", **options)
    return rig(folder, [call("pay", bill=7), "It is paid."], made)


ELSEWHERE = """
import sys
from detent.fsm.drivers.settle import decide, gates_meant
from detent.states.errors import DetentError
from detent.store import Store

with Store.open("runs.db") as store:
    head, (gate,) = gates_meant(store, sys.argv[1], None, every=False)
    try:
        decide(store, head, gate, "did_not_happen")
    except DetentError as error:
        print(error)
"""


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@contextmanager
def survivor(folder: Path, run: str) -> Iterator[int]:
    """A process with the mark of the run's dead driver, that appears when nobody ends it any more."""
    with Store.open(folder / "runs.db", mode="read") as store:
        noted = attempt_of(store, run, "1.0.0", 1)
    assert noted is not None
    env = {**os.environ, "DETENT_DRIVER": noted.process.marker}
    code = "import time; print('here', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "here\n"
        try:
            yield made.pid
        finally:
            made.kill()

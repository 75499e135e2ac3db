"""`resume --take-over` with the real command line: a frozen command is ended, and one that works parks."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

from .command import Command

AGENT = '''
import time
from pathlib import Path

from detent import Agent, tool


@tool(effect="once", approval="never")
def pay() -> str:
    """Pay, which takes a while."""
    Path("started").touch()
    while not Path("go").exists():
        time.sleep(0.01)
    with open("ledger.txt", "a") as ledger:
        ledger.write("paid\\n")
    return "paid"


agent = Agent(model="script:turns.json", tools=[pay])
'''


def driven(folder: Path) -> tuple[Command, subprocess.Popen[str]]:
    """A command whose tool is running."""
    place = folder / "folder"
    place.mkdir()
    (place / "agent.py").write_text(AGENT)
    (place / "turns.json").write_text(json.dumps([{"name": "pay", "arguments": {}}, "It is paid."]))
    command = Command(place)
    process = command.start("run", "Pay.", "-a", "agent.py")
    while not (place / "started").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return command, process


def test_a_command_at_work_parks_for_the_one_that_takes_over(tmp_path: Path) -> None:
    """The first command lets its call end and leaves with 75; the second goes on, and the tool ran once."""
    command, process = driven(tmp_path)
    busy = command("resume", "last")
    assert busy.exit == 75
    assert f"driven by process {process.pid} since" in busy.err
    assert "--take-over" in busy.err
    assert "detent cancel" in busy.err
    taking = command.start("resume", "last", "--take-over")
    assert taking.stderr is not None
    while "asked to park" not in (line := taking.stderr.readline()):
        assert line, taking.communicate()
    (command.folder / "go").touch()
    out, err = process.communicate(timeout=30)
    assert (taking.communicate(timeout=30)[0], taking.returncode) == ("It is paid.\n", 0)
    assert (process.returncode, out) == (75, "")
    assert "is taken over by process" in err
    assert (command.folder / "ledger.txt").read_text() == "paid\n"


def test_a_frozen_command_is_ended(tmp_path: Path) -> None:
    """A stopped command is killed, its call is in doubt, and what it holds is free."""
    command, process = driven(tmp_path)
    process.send_signal(signal.SIGSTOP)
    done = command("resume", "last", "--take-over", "--json")
    assert done.exit == 4
    (gate,) = done.json()["gates"]
    assert (gate["process"], gate["process_alive"], gate["rerun"]) == (process.pid, False, True)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert not (command.folder / "ledger.txt").exists()

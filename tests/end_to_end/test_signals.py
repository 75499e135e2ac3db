"""Signals, one after the other: the first parks, the second stops the tools, the third leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from .command import Command

AGENT = '''
import time
from pathlib import Path

from detent import Agent, tool


@tool(effect="once", approval="never")
def pay(seconds: float) -> str:
    """Pay, which takes a while."""
    Path("started").touch()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    Path("paid").touch()
    return "paid"


agent = Agent(model="script:turns.json", tools=[pay])
'''


def driven(folder: Path, seconds: float) -> tuple[Command, subprocess.Popen[str]]:
    """A command whose tool is running."""
    place = folder / "folder"
    place.mkdir()
    (place / "agent.py").write_text(AGENT)
    turns = [{"name": "pay", "arguments": {"seconds": seconds}}, "It is paid."]
    (place / "turns.json").write_text(json.dumps(turns))
    command = Command(place)
    process = command.start("run", "Pay.", "-a", "agent.py")
    while not (place / "started").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return command, process


def sent(process: subprocess.Popen[str], numbers: Sequence[int], apart: float) -> tuple[int, str]:
    """Send signals one after the other; how it ended."""
    for number in numbers:
        process.send_signal(number)
        time.sleep(apart)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
@pytest.mark.parametrize("times", [1, 2])
def test_the_first_signal_lets_the_tool_end_and_parks(
    tmp_path: Path, number: int, code: int, times: int
) -> None:
    """A signal, also passed on twice within 50 ms, parks after the running call, and says how to go on."""
    command, process = driven(tmp_path, 0.5)
    left, err = sent(process, [number] * times, 0.0)
    assert left == code
    assert (command.folder / "paid").exists()
    assert "is parked at click" in err
    assert "detent resume" in err
    done = command("resume", "last")
    assert (done.exit, done.out) == (0, "It is paid.\n")


def test_the_second_signal_stops_the_tool_and_leaves_a_question(tmp_path: Path) -> None:
    """Asked again after a while, the tool is left, the run parked, and its call is in doubt on resume."""
    command, process = driven(tmp_path, 60)
    code, err = sent(process, [signal.SIGINT, signal.SIGINT], 0.3)
    assert code == 130
    assert "is parked at click" in err
    done = command("resume", "last", "--json")
    assert done.exit == 4
    (gate,) = done.json()["gates"]
    assert (gate["kind"], gate["still_running"], gate["process"]) == ("doubt", False, process.pid)
    assert not (command.folder / "paid").exists()


def test_the_third_signal_leaves_at_once_and_loses_nothing(tmp_path: Path) -> None:
    """Whoever asks three times is out, with the code of the first signal; the run stands where it was."""
    command, process = driven(tmp_path, 60)
    code, _ = sent(process, [signal.SIGTERM, signal.SIGINT, signal.SIGINT], 0.08)
    assert code == 143
    assert command("resume", "last").exit == 4
    assert command("verify").exit == 0


def test_under_nohup_a_closed_terminal_changes_nothing(tmp_path: Path) -> None:
    """Where SIGHUP is ignored from the start, it parks nothing."""
    place = tmp_path / "folder"
    place.mkdir()
    (place / "agent.py").write_text(AGENT)
    (place / "turns.json").write_text(json.dumps([{"name": "pay", "arguments": {"seconds": 0.3}}, "Paid."]))
    command = Command(place)
    code = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    words = [sys.executable, "-m", "detent", "run", "Pay.", "-a", "agent.py"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=place,
        env=command.environment() | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (place / "started").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    left, _ = sent(process, [signal.SIGHUP], 0.0)
    assert left == 0


def test_a_result_that_finds_no_room_is_told_with_its_beginning(tmp_path: Path) -> None:
    """A result that cannot be stored is not lost without a word, and its call is a question on resume."""
    place = tmp_path / "folder"
    place.mkdir()
    body = AGENT.replace('return "paid"', 'return "receipt 4711 " * 200_000').replace(
        "import time\nfrom", "import resource\nimport time\nfrom"
    )
    full = "    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, -1))\n"
    body = body.replace('    Path("paid").touch()\n', f'    Path("paid").touch()\n{full}')
    (place / "agent.py").write_text(body)
    (place / "turns.json").write_text(json.dumps([{"name": "pay", "arguments": {"seconds": 0.1}}, "Paid."]))
    command = Command(place)
    done = command("run", "Pay.", "-a", "agent.py")
    assert done.exit == 74, done.err
    assert "The result of pay (1.0.0) is not stored; it begins: 'receipt 4711 receipt" in " ".join(
        done.err.split()
    )
    assert command("resume", "last").exit == 4

"""Processes: told apart from whoever has their number later, and ended without ever hitting another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.store import Process, uptime

ENDLESS = "import time\nprint('here', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def child() -> Iterator[tuple[subprocess.Popen[str], Process]]:
    """Another process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "here\n"
        here = Process.here()
        words = _stat(made.pid)
        yield made, Process(made.pid, words, here.boot)
        made.kill()
        made.wait()


def _stat(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_this_process_is_here() -> None:
    """A process knows itself, lives, is not stopped, and finds itself again in its note."""
    here = Process.here()
    assert here.pid == os.getpid()
    assert here.alive()
    assert not here.stopped()
    assert Process.of(here.note()) == here
    assert here.marker.startswith(f"{here.pid}.{here.start}.")
    assert len(here.marker.rpartition(".")[2]) == 12
    assert 0 < int(here.start) / os.sysconf("SC_CLK_TCK") <= uptime()


def test_a_process_is_stopped_goes_on_and_ends(child: tuple[subprocess.Popen[str], Process]) -> None:
    """Frozen is told from running, a dead one is not alive even before anyone has waited for it."""
    popen, process = child
    assert process.alive()
    assert process.end(signal.SIGSTOP)
    _until(process.stopped)
    assert process.alive()
    assert process.end(signal.SIGCONT)
    _until(lambda: not process.stopped())
    assert process.end()
    _until(lambda: not process.alive())
    assert not process.stopped()
    assert not process.end()
    popen.wait()
    assert not process.alive()


@given(
    other=st.sampled_from(("start", "boot")),
    said=st.text("0123456789abcdef-", min_size=1, max_size=36),
)
def test_another_with_its_number_is_never_hit(other: str, said: str) -> None:
    """A process that started at another time, or in another boot, is not this one, and is left alone."""
    here = Process.here()
    stranger = evolve(here, start=said) if other == "start" else evolve(here, boot=said)
    if stranger == here:
        return
    assert not stranger.alive()
    assert not stranger.stopped()
    assert not stranger.end(0)


def test_where_nothing_is_known_nothing_is_ended() -> None:
    """A note with a pid alone says whether anyone has that number, and is not enough to end it."""
    bare = Process(os.getpid())
    assert bare.alive()
    assert not bare.end(0)
    assert not Process(0).alive()
    assert not Process(2**22 + 1).alive()


@pytest.mark.parametrize("note", [{}, {"pid": None}, {"pid": "x"}])
def test_a_note_that_tells_of_none_is_refused(note: dict[str, object]) -> None:
    """What is no note of a process raises, so that nobody takes it for one."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        Process.of(note)


def _until(holds: object) -> None:
    deadline = time.monotonic() + 10
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)

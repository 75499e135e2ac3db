"""Marks: found on whatever came of a driver, and nobody else is hit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from detent.tools.marking import CALL, DRIVER, children, descendants, kill, survivors, uptime, watchable

HERE = f"{os.getpid():x}"  # these tests may run twice at once on one machine
MARKER, OTHER = f"4242.7.abcdef{HERE}", f"1.2.{HERE}"


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something holds within a while."""
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


@contextmanager
def sleeping(**marks: str) -> Iterator[int]:
    """A process that sleeps, with these variables and nothing else."""
    process = subprocess.Popen(["sleep", "60"], env=marks, executable="/bin/sleep")
    try:
        assert soon(lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_finds_what_carries_a_mark() -> None:
    """A process is found by its driver's mark and its call, and by no part of them."""
    with sleeping(**{DRIVER: MARKER, CALL: "r/1.0.0/1"}) as pid, sleeping(**{DRIVER: MARKER + "6"}):
        assert survivors(MARKER) == (pid,)
        assert survivors(MARKER, call="r/1.0.0/1") == (pid,)
        assert survivors(MARKER, call="r/1.0.0/2") == ()
        assert survivors(MARKER[:-1]) == ()
    assert survivors(MARKER) == ()


def test_finds_what_began_since() -> None:
    """What was there before is left out."""
    before = uptime()
    with sleeping(**{DRIVER: MARKER}) as pid:
        assert survivors(MARKER, since=before) == (pid,)
        assert survivors(MARKER, since=uptime() + 1) == ()


def test_finds_a_stopped_process() -> None:
    """A frozen process lives."""
    with sleeping(**{DRIVER: MARKER}) as pid:
        os.kill(pid, signal.SIGSTOP)
        assert survivors(MARKER) == (pid,)
        assert kill((pid,), marker=MARKER) == ()


def test_never_gives_the_driver() -> None:
    """The process that a mark names is not what it left behind."""
    with sleeping(**{DRIVER: MARKER}) as pid:
        start = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        own = f"{pid}.{start}.abcdef012345"
    with sleeping(**{DRIVER: own}) as other:
        assert survivors(own) == (other,)
        with sleeping(**{DRIVER: f"{other}.1.abc"}) as third:
            assert survivors(f"{other}.1.abc") == (third,)


def test_kills_what_carries_a_mark_and_no_other() -> None:
    """A number that is somebody else's by now is not hit."""
    with sleeping(**{DRIVER: MARKER}) as marked, sleeping(**{DRIVER: OTHER}) as other, sleeping() as bare:
        assert kill((marked, other, bare, 2**22 - 1), marker=MARKER) == ()
        assert survivors(MARKER) == ()
        assert survivors(OTHER) == (other,)
        assert kill((other, bare)) == ()
        assert survivors(OTHER) == ()
        assert Path(f"/proc/{bare}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


def test_knows_children_and_theirs() -> None:
    """The children of a thread are found, and everything below them."""
    import threading  # noqa: PLC0415 - nothing else here needs it

    before = uptime()
    child = subprocess.Popen(["sh", "-c", "sleep 60 & wait"])
    try:
        here = threading.get_native_id()
        assert soon(lambda: len(descendants((child.pid,))) == 2)
        assert children(here, since=before) == (child.pid,)
        assert child.pid in descendants((os.getpid(),))
        for pid in descendants((child.pid,)):
            os.kill(pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()


def test_can_be_watched_where_the_system_tells() -> None:
    """Linux tells when a process ends; where nothing is known nothing is promised."""
    assert watchable() is sys.platform.startswith("linux")

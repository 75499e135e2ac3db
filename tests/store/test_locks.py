"""File locks, between real processes."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detent.states import Busy, NotFound, StoreError
from detent.store import Process, Store
from detent.store.locks import DriverLock, WriteLock, holder, owner
from tests.store.making import PYTHON, begun, grown

ROOT = Path(__file__).parents[2]


@contextmanager
def holding(kind: str, path: Path, run: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock."""
    command = [PYTHON, "-m", "tests.store.holding", kind, str(path), run]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.stdin.close()
                process.wait(10)


def test_a_run_has_one_driver(tmp_path: Path) -> None:
    """While one process owns a run another is refused with its pid, sees who it is, and may own other runs."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    with Store.open(path) as store, holding("own", path, run) as process:
        assert store.owner(run) == process.pid
        with pytest.raises(Busy, match=f"process {process.pid} since 20") as caught:
            store.own(run)
        assert caught.value.exit_code == 75
        other = begun(store).run
        with store.own(other):
            assert store.owner(other) == os.getpid()
        assert store.owner(other) is None
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        process.wait(10)
        assert store.owner(run) is None
        with store.own(run):
            assert store.owner(run) == os.getpid()


def test_a_stopped_driver_keeps_its_run_and_a_dead_one_frees_it(tmp_path: Path) -> None:
    """A run stays with a stopped process, and is free the moment its process is killed."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    with Store.open(path) as store, holding("own", path, run) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Busy):
            store.own(run)
        process.kill()
        process.wait(10)
        assert store.owner(run) is None
        store.own(run).release()


def test_looking_disturbs_nobody(tmp_path: Path) -> None:
    """However often somebody looks who owns a run, taking it succeeds."""
    path = tmp_path / "run"
    path.write_text('{"pid": 1, "since": 0}')
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            owner(path)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(200):
            DriverLock(path, "run").release()
            path.write_text('{"pid": 1, "since": 0}')
    finally:
        stop.set()
        looking.join()


def test_a_lock_is_released_once_and_its_file_stays(tmp_path: Path) -> None:
    """A second release changes nothing, and the file is there afterwards, empty and closed to others."""
    path = tmp_path / "run"
    lock = DriverLock(path, "run")
    with lock:
        assert owner(path) == os.getpid()
    lock.release()
    assert path.read_bytes() == b""
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x", "since": 0}', b"\xff"])
def test_a_lock_file_that_says_nothing_has_no_owner(tmp_path: Path, content: bytes) -> None:
    """Whatever lies in a lock file that nobody holds, it has no owner and can be taken."""
    path = tmp_path / "run"
    path.write_bytes(content)
    assert owner(path) is None
    DriverLock(path, "run").release()


def test_a_run_must_be_there_to_be_owned(tmp_path: Path) -> None:
    """Owning an unknown run is a usage error and makes no lock file; nobody owns it."""
    with Store.open(tmp_path / "a.db") as store:
        with pytest.raises(NotFound):
            store.own("x" * 26)
        assert store.owner("x" * 26) is None
    assert not Path(f"{tmp_path}/a.db.locks").exists()


def test_a_frozen_writer_is_waited_for_and_then_named(tmp_path: Path) -> None:
    """While a process is frozen in a transaction others read on, lose patience by name, and go on once it is dead."""
    path = tmp_path / "a.db"
    run = grown(path, 3)
    with Store.open(path) as store, holding("write", path, run) as process:
        process.send_signal(signal.SIGSTOP)
        assert store.head(run).seq == 3
        with Store.open(path, mode="read") as reader:
            assert reader.head(run).seq == 3
        impatient = WriteLock(Path(f"{path}.lock"), patience=0.2)
        with pytest.raises(Busy, match=f"by process {process.pid}"):
            impatient.acquire()
        assert holder(impatient.path) == process.pid
        waiting = threading.Timer(0.2, process.kill)
        waiting.start()
        store.label(run, "after")
        waiting.join()
        assert store.record(run).labels == ("after",)
        impatient.acquire()
        impatient.release()
        impatient.close()


def test_the_abandoned_wait_gives_the_lock_back(tmp_path: Path) -> None:
    """Who lost patience does not hold the lock when its turn comes after all."""
    first, second, third = (WriteLock(tmp_path / "lock", patience=0.05) for _ in range(3))
    first.acquire()
    with pytest.raises(Busy):
        second.acquire()
    first.release()
    for lock in (third, second, first):
        lock.acquire()
        lock.release()
        lock.close()


def test_waiting_is_fair(tmp_path: Path) -> None:
    """Everyone who queues for the writers' lock gets it, one at a time."""
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        lock = WriteLock(tmp_path / "lock", patience=20)
        for _ in range(10):
            lock.acquire()
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)
            lock.release()
        lock.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(most) == 80
    assert max(most) == 1


def test_a_lock_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder that is not there, or is a file, is told in two sentences."""
    with pytest.raises(StoreError, match="cannot be opened"):
        WriteLock(tmp_path / "none" / "lock")
    run = grown(tmp_path / "a.db", 1)
    Path(f"{tmp_path}/a.db.locks").write_text("in the way")
    with Store.open(tmp_path / "a.db") as store, pytest.raises(StoreError):
        store.own(run)
    assert holder(tmp_path / "none") is None
    assert holder(tmp_path / "a.db") is None


def test_the_note_of_a_lock_tells_the_very_process(tmp_path: Path) -> None:
    """A lock says by pid, start and boot who holds it, and its refusal names the commands that go on."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    with Store.open(path) as store, holding("own", path, run) as process:
        found = store.held(run)
        assert found is not None
        assert found.process.pid == process.pid
        assert found.process.alive()
        assert found.process != Process.here()
        with pytest.raises(Busy) as caught:
            store.own(run)
        assert f"detent resume {run[:6]} --take-over" in caught.value.hint
        assert f"detent cancel {run[:6]}" in caught.value.hint
        process.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 10
        while not found.process.stopped():
            assert time.monotonic() < deadline
        process.kill()
        process.wait(10)
        assert store.held(run) is None
        assert not found.process.alive()


def test_an_attempt_is_held_beside_its_run(tmp_path: Path) -> None:
    """That an attempt still runs is told apart from who drives its run, and ends with its lock."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    with Store.open(path) as store:
        assert store.attempt_held(run, "1.0.0.1") is None
        lock = store.own_attempt(run, "1.0.0.1")
        found = store.attempt_held(run, "1.0.0.1")
        assert found is not None
        assert found.process == Process.here()
        assert (store.held(run), store.attempt_held(run, "1.0.0.2")) == (None, None)
        with pytest.raises(Busy):
            store.own_attempt(run, "1.0.0.1")
        lock.release()
        assert store.attempt_held(run, "1.0.0.1") is None

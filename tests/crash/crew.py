"""A crew: warm processes that do something at the same moment, each when the others do.

`python -m tests.crash.crew SOCKET` is the nursery: it has loaded detent already and copies itself, so that 64 real
processes cost what one does.  A worker keeps what it has opened from one round to the next, as a long-lived program
would.

Rules.  A task is `MODULE:FUNCTION` and takes what it is given and `ready`: what stands before `ready()` is preparation,
what follows happens when all that were started are ready and `go` was said.  Only a worker's own id is ever killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from attrs import define, field, frozen

__all__ = ["Crew", "Ready", "Report"]

ROOT = Path(__file__).resolve().parents[2]
MOST = 1 << 17  # bytes of a task or a report
PATIENCE = 120.0  # seconds anybody waits for a worker
READY = b"ready"
WARM = (
    "detent.fsm.cli.main",
    "detent.fsm.cli.failing",
    "detent.fsm.cli.driving",
    "detent.fsm.cli.settling",
    "detent.fsm.drivers.face",
    "detent.fsm.drivers.settle",
    "detent.fsm.planners.model",
    "detent.fsm.models.script",
    "detent.store.store",
    "fastjsonschema",
    "cattrs",
    "transitions.core",
)

Ready = Callable[[], None]


@frozen
class Report:
    """What became of a task.

    Args:
        gave: what it gave
        raised: name of the error it raised; empty if none
        said: what the error says
        exit: the exit code of that error
        killed: the worker was killed before it said anything
    """

    gave: Any = None
    raised: str = ""
    said: str = ""
    exit: int = 0
    killed: bool = False


@define
class _Worker:
    """One process of the crew.

    Args:
        pid: its id
        line: to it
        began: it has a task of which nothing was reported yet
        stands: it has reached its barrier, or passed it
        early: what it reported though it was still to be let go
    """

    pid: int
    line: socket.socket
    began: bool = False
    stands: bool = False
    early: Report | None = None


@define
class Crew:
    """So many warm processes.  Use it with `with`.

    Args:
        count: how many
        folder: where the barriers lie
        environment: further variables, there before the nursery starts
    """

    count: int
    folder: Path
    environment: Mapping[str, str] = field(factory=dict)
    _workers: list[_Worker] = field(factory=list, init=False)
    _nursery: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _control: socket.socket | None = field(default=None, init=False)
    _barrier: int = field(default=-1, init=False)
    _round: int = field(default=0, init=False)

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DETENT", "OLLAMA"))
        }
        self._nursery = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.crash.crew", str(theirs.fileno())],
            env={**kept, "PYTHONPATH": str(ROOT), **self.environment},
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._control = ours
        self._close_barrier()
        self._workers = [self._born() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        self._open_barrier()
        for who, worker in enumerate(self._workers):
            if worker.began:
                self.kill(who)
            worker.line.close()
        if self._control is not None:
            self._control.close()
        if self._nursery is not None:
            self._nursery.wait(timeout=PATIENCE)

    def pid(self, who: int) -> int:
        """The id of a worker's process."""
        return self._workers[who].pid

    def start(self, who: int, task: str, **given: Any) -> None:
        """Give a worker its task; it stops where the task says `ready()`."""
        worker = self._workers[who]
        worker.began, worker.stands, worker.early = True, False, None
        worker.line.send(json.dumps({"task": task, "given": given, "barrier": str(self._lock)}).encode())

    def go(self) -> None:
        """Let everybody go who was started, at the same moment, as soon as all are ready."""
        for worker in self._workers:
            if worker.began and not worker.stands and worker.early is None:
                self._await_ready(worker)
        self._open_barrier()
        self._close_barrier()

    def result(self, who: int, seconds: float = PATIENCE) -> Report:
        """What became of a worker's task.

        Raises:
            TimeoutError: nothing, for so many seconds
        """
        worker = self._workers[who]
        if not worker.began:
            return Report(killed=True)
        report = worker.early
        while report is None:
            report = _read(worker, self._received(worker, seconds))
        worker.began = False
        return report

    def done(self, who: int) -> bool:
        """Whether a worker has something to report, or is gone."""
        worker = self._workers[who]
        return not worker.began or bool(select.select([worker.line], [], [], 0)[0])

    def at_once(self, work: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[int, Report]:
        """Tasks that start at the same moment, and what became of each, by worker."""
        started = []
        for who, task, given in work:
            self.start(who, task, **given)
            started.append(who)
        self.go()
        return {who: self.result(who) for who in started}

    def kill(self, who: int) -> None:
        """SIGKILL one worker, wherever it is, and put a new one in its place."""
        worker = self._workers[who]
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            while worker.line.recv(MOST):  # what it said before it died is nobody's; at its end the line ends
                continue
        worker.line.close()
        self._workers[who] = self._born()

    @property
    def _lock(self) -> Path:
        return self.folder / f"barrier-{self._round}.lock"

    def _close_barrier(self) -> None:
        """A new one, at which everybody stops who is started from now on."""
        self._round += 1
        self._barrier = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._barrier, fcntl.LOCK_EX)

    def _open_barrier(self) -> None:
        """Whoever waits in the kernel gets its lock now; whoever comes later finds nothing to wait for."""
        self._lock.unlink()
        os.close(self._barrier)

    def _born(self) -> _Worker:
        if self._control is None:
            raise RuntimeError("The crew is used without  with.")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._control, [b"one more"], [theirs.fileno()])
            self._control.settimeout(PATIENCE)
            return _Worker(int(self._control.recv(64)), ours)

    def _await_ready(self, worker: _Worker) -> None:
        said = self._received(worker, PATIENCE)
        if said == READY:
            worker.stands = True
        else:
            worker.early = _read(worker, said)

    def _received(self, worker: _Worker, seconds: float) -> bytes:
        worker.line.settimeout(seconds)
        try:
            return worker.line.recv(MOST)
        except ConnectionResetError:
            return b""


def _read(worker: _Worker, said: bytes) -> Report | None:
    if said == READY:
        return None
    return Report(**json.loads(said)) if said else Report(killed=True, said=f"Process {worker.pid} is gone.")


def _nurse(control: socket.socket) -> None:
    """Copy ourselves for every line that comes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them, so nothing of them stays
    while True:
        message, files, _, _ = socket.recv_fds(control, 64, 1)
        if (
            not message
        ):  # whoever wanted them is gone, perhaps killed: so is everybody here, asleep or stopped
            os.killpg(0, signal.SIGKILL)
        child = os.fork()
        if child == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with socket.socket(fileno=files[0]) as line:
                _work(line)
            os._exit(0)  # what it has loaded is the nursery's; 64 of them would look through it for seconds
        os.close(files[0])
        control.send(str(child).encode())


def _work(line: socket.socket) -> None:
    """Do one task after the other, until nobody is there who gives any."""
    while True:
        message = line.recv(MOST)
        if not message:
            return
        made = json.loads(message)

        def ready(barrier: str = made["barrier"]) -> None:
            line.send(READY)
            with contextlib.suppress(FileNotFoundError), Path(barrier).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)

        try:
            module, _, name = made["task"].partition(":")
            said = {"gave": getattr(importlib.import_module(module), name)(made["given"], ready)}
        except Exception as error:  # noqa: BLE001 - it is looked at by whoever gave the task
            said = {
                "raised": type(error).__name__,
                "said": str(error),
                "exit": getattr(error, "exit_code", 70),
            }
        with contextlib.suppress(ConnectionError):
            line.send(json.dumps(said).encode())


def _main() -> None:
    for name in WARM:
        importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _nurse(control)


if __name__ == "__main__":
    _main()

"""A process that has loaded detent already and becomes a copy of itself for every command: real processes, warm.

A cold start costs more than most commands do, and there are many commands to test.  Tests of what a cold process does
start one (`Place.start`, `Place.terminal`).

Rules.  The copy has its own folder, environment and standard streams before a line of detent runs in it, and ends as
any interpreter does.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

__all__ = ["Zygote", "warmed"]

ROOT = Path(__file__).resolve().parents[3]
MOST = 1 << 20  # bytes of one command with its environment
WARM = (
    "detent.fsm.cli.main",
    "detent.fsm.cli.failing",
    "detent.fsm.cli.driving",
    "detent.fsm.drivers.face",
    "detent.fsm.drivers.settle",
    "detent.fsm.planners.model",
    "detent.fsm.planners.workflow",
    "detent.fsm.models.script",
    "detent.store.store",
    "detent.tools.files",
    "cattrs",
    "transitions.core",
)


class Zygote:
    """The warm process.  Use it with `with`.

    Attributes:
        module: what it runs; another one may do something to itself before it obeys
    """

    module = "tests.fsm.cli.zygote"

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", self.module, str(theirs.fileno())],
            env=environment,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait(timeout=20)

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        streams: Sequence[IO[bytes]],
        patience: float,
    ) -> int:
        """Run one command to its end; its exit code.

        Args:
            words: after `detent`
            folder: where
            environment: its variables
            streams: its standard input, output and error
            patience: seconds it may take
        """
        made: dict[str, Any] = {"words": list(words), "folder": str(folder), "environment": dict(environment)}
        self._socket.settimeout(patience)
        socket.send_fds(self._socket, [json.dumps(made).encode()], [one.fileno() for one in streams])
        return int(self._socket.recv(64))


def _serve(ours: socket.socket) -> list[str]:
    """Copy ourselves for every command; in the copy, its words."""
    while True:
        message, files, _, _ = socket.recv_fds(ours, MOST, 3)
        if not message:
            sys.exit(0)
        child = os.fork()
        if child == 0:
            ours.close()
            return _become(json.loads(message), files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        ours.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(made: dict[str, Any], files: list[int]) -> list[str]:
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.chdir(made["folder"])
    os.environ.clear()
    os.environ.update(made["environment"])
    words: list[str] = made["words"]
    return words


def warmed(socket_number: int) -> list[str]:
    """Load everything, and copy ourselves for every command: in the copy, its words."""
    for name in WARM:
        __import__(name)
    with socket.socket(fileno=socket_number) as ours:
        words = _serve(ours)
    sys.path.insert(0, str(Path.cwd()))  # as `python -m` does
    return words


def _main() -> int:
    words = warmed(int(sys.argv[1]))
    from detent.fsm.cli.main import main  # noqa: PLC0415 - loaded long ago

    return main(words)


if __name__ == "__main__":
    sys.exit(_main())

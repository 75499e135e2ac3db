"""What the tests of the command line share: detent as a real process, on pipes or on a terminal of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from attrs import define, field, frozen

from detent.fsm.drivers.views import load_head
from detent.states import Snapshot
from detent.store import RunSummary, Store, TimelineRow

from .zygote import Zygote

__all__ = ["AGENT", "ANSI", "CRASH", "Done", "Place", "Terminal", "call"]

ROOT = Path(__file__).resolve().parents[3]
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FOREIGN = (
    "DETENT",
    "_DETENT",
    "EDITOR",
    "VISUAL",
    "NO_COLOR",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
)  # variables
PATIENCE = 20.0  # seconds a test waits for anything

AGENT = '''
import os, subprocess, sys, time
from pathlib import Path

from detent import Agent, Limits, ToolError, tool

print("loading")
os.write(1, b"loading, to the file itself\\n")


@tool(effect="once")
def pay(amount: int) -> str:
    """Pay an amount.

    Args:
        amount: how much
    """
    with Path("ledger.txt").open("a") as ledger:
        ledger.write(f"{amount}\\n")
    print("paying")
    subprocess.run([sys.executable, "-c", "print('a child prints')"], check=True)
    return f"paid {amount}"


@tool(effect="once", approval="never")
def slow(seconds: float) -> str:
    """Do something that takes a while, and cannot be undone.

    Args:
        seconds: how long
    """
    with Path("ledger.txt").open("a") as ledger:
        ledger.write("slow\\n")
    time.sleep(seconds)
    return "slept"


@tool(effect="read")
def look(thing: str) -> str:
    """Look at a thing.

    Args:
        thing: what to look at
    """
    return "saw " + thing


agent = Agent(model="script:model.json", tools=[pay, slow, look, "ask_person"], limits=Limits(gate_seconds=None))
'''

CRASH = '''
import os

from detent import Agent, tool


@tool(effect="read")
def crash() -> str:
    """Take the whole process down."""
    os.kill(os.getpid(), 9)


agent = Agent(model="script:model.json", tools=[crash])
'''


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A turn of a scripted model that calls a tool."""
    return {"name": name, "arguments": arguments}


@frozen
class Done:
    """A process that has ended.

    Args:
        code: its exit code
        out: its standard output
        err: its standard error
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


@define
class Place:
    """A folder with a database of its own, and detent to run in it.

    Args:
        folder: where everything happens
        zygote: what runs its commands; None starts a cold process for each
    """

    folder: Path
    zygote: Zygote | None = None
    environment: dict[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = kept | {
            "PYTHONPATH": str(ROOT),
            "DETENT_DB": str(self.folder / "runs.db"),
            "TERM": "xterm-256color",
        }

    def command(self, words: Sequence[str]) -> list[str]:
        """The command line of a process."""
        return [sys.executable, "-W", "ignore", "-m", "detent", *words]

    def detent(self, *words: str, stdin: str | bytes = "", env: Mapping[str, str] | None = None) -> Done:
        """Run detent to its end, where nobody is at a terminal."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        variables = self.environment | dict(env or {})
        with TemporaryFile() as in_, TemporaryFile() as out, TemporaryFile() as err:
            in_.write(given)
            in_.seek(0)
            if self.zygote is not None:
                code = self.zygote.run(words, self.folder, variables, (in_, out, err), PATIENCE)
            else:
                code = subprocess.run(
                    self.command(words),
                    stdin=in_,
                    stdout=out,
                    stderr=err,
                    cwd=self.folder,
                    env=variables,
                    timeout=PATIENCE,
                    check=False,
                ).returncode
            for file in (out, err):
                file.seek(0)
            return Done(code, out.read().decode(), err.read().decode())

    def start(self, *words: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start detent on pipes."""
        return subprocess.Popen(
            self.command(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment,
            **options,
        )

    def terminal(
        self, *words: str, env: Mapping[str, str] | None = None, size: tuple[int, int] = (40, 100)
    ) -> Terminal:
        """Start detent on a terminal of its own."""
        return Terminal.start(self.command(words), self.folder, self.environment | dict(env or {}), size)

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def agent(self, *turns: Any, limits: str = "") -> str:
        """The agent of `AGENT` playing these turns; its file for `-a`."""
        self.script(*turns)
        self.write("agent.py", AGENT.replace("gate_seconds=None", limits or "gate_seconds=None"))
        return "agent.py"

    def ledger(self) -> list[str]:
        """What the agent's tools really did."""
        path = self.folder / "ledger.txt"
        return path.read_text().split() if path.exists() else []

    def runs(self) -> list[RunSummary]:
        """The runs in the database."""
        path = Path(self.environment["DETENT_DB"])
        if not path.exists():
            return []
        with Store.open(path, mode="read") as store:
            return store.runs()

    def head(self) -> Snapshot:
        """The last click of the newest run."""
        with Store.open(self.environment["DETENT_DB"], mode="read") as store:
            return load_head(store, store.runs(limit=1)[0].id)

    def clicks(self) -> list[TimelineRow]:
        """The timeline of the newest run."""
        with Store.open(self.environment["DETENT_DB"], mode="read") as store:
            return store.timeline(store.runs(limit=1)[0].id)

    def rules(self) -> list[str]:
        """The rules of the newest run."""
        with Store.open(self.environment["DETENT_DB"], mode="read") as store:
            return store.rules(store.runs(limit=1)[0].id)

    def decisions(self) -> list[str]:
        """How the gates of the newest run were settled, in order."""
        with Store.open(self.environment["DETENT_DB"], mode="read") as store:
            return [one.how for one in store.decisions(store.runs(limit=1)[0].id)]

    def script(self, *turns: Any, name: str = "model.json") -> str:
        """A scripted model; its name for `-m`."""
        self.write(name, json.dumps(list(turns)))
        return f"script:{name}"


@define
class Terminal:
    """A process on a pseudo-terminal, as a person would sit before it.

    Args:
        process: its id
        file: our end of the terminal
    """

    process: int
    file: int
    seen: str = ""
    raw: bytes = b""
    _at: int = 0

    @classmethod
    def start(
        cls, command: Sequence[str], folder: Path, environment: Mapping[str, str], size: tuple[int, int]
    ) -> Terminal:
        """Start a command on a terminal of so many lines and columns."""
        process, file = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.execve(command[0], list(command), dict(environment, LINES=str(size[0]), COLUMNS=str(size[1])))  # noqa: S606 - the program under test
        return cls(process, file)

    def expect(self, text: str) -> str:
        """Wait until a text stands there, after the last one that was expected; what stood before it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen[self._at :]:
            if not self._read(deadline):
                raise AssertionError(f"{text!r} never came; the terminal shows:\n{self.seen}")
        at = self.seen.index(text, self._at)
        before = self.seen[self._at : at]
        self._at = at + len(text)
        return before

    def send(self, line: str) -> None:
        """Type a line."""
        os.write(self.file, f"{line}\n".encode())

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self.file, key)

    def end(self) -> int:
        """Wait for the process to end; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            continue
        _, status = os.waitpid(self.process, 0)
        os.close(self.file)
        return os.waitstatus_to_exitcode(status)

    def rest(self) -> str:
        """What stands there since the last text that was expected."""
        return self.seen[self._at :]

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self.file], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f"Nothing more came; the terminal shows:\n{self.seen}")
        piece = b""
        with contextlib.suppress(OSError):  # the other end is gone
            piece = os.read(self.file, 65536)
        self.raw += piece
        self.seen = ANSI.sub("", self.raw.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(piece)

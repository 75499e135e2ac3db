"""The demo's stage: a fresh folder with a database of its own, and real processes of the real command line.

Nothing of the person's is touched: the folder is new, $DETENT_DB points into it, and every process is ours.  What is
looked at afterwards (gates, clicks, the ledger) is read from the database and the disk, not remembered.
"""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from attrs import define, field, frozen

from ...states.errors import InternalError
from ...store import Store
from ..drivers.views import gate_views, load_head, run_view
from . import escape
from .demo_story import LEDGER, SLOW

__all__ = ["Payment", "Stage", "Step", "typed"]

LOOK = 0.005  # seconds between two looks at the ledger
SLOWLY = "30"  # seconds the bank takes while the demo waits to pull the plug

Say = Callable[[str], None]


@frozen
class Step:
    """One command that was given.

    Args:
        command: as a person would type it
        exit: its exit code; -9 where it was killed
        seconds: how long it took
        said: what it wrote, without control characters
    """

    command: str
    exit: int
    seconds: float
    said: str

    @property
    def killed(self) -> bool:
        """Whether the demo killed it."""
        return self.exit < 0


@frozen
class Payment:
    """A line of the ledger.

    Args:
        key: the end of the call's idempotency key
        amount: how much
        payee: to whom
    """

    key: str
    amount: str
    payee: str


@define
class Stage:
    """Where the demo happens.

    Args:
        root: the folder that holds everything
        patience: seconds a command may take; None waits as long as it takes
    """

    root: Path
    patience: float | None
    steps: list[Step] = field(factory=list)

    @property
    def folder(self) -> Path:
        """Where the agent works."""
        return self.root / "house"

    @property
    def database(self) -> Path:
        """The demo's own database."""
        return self.root / "runs.db"

    # Commands --------------------------------------------------------------------------------------------------

    def give(self, words: tuple[str, ...], say: Say, *, kill: bool = False) -> Step:
        """Give one command, telling what it writes as it comes.

        Args:
            words: the words after `detent`
            say: takes each line it writes
            kill: kill it, as `kill -9` does, as soon as the ledger has one more line

        Raises:
            InternalError: it took longer than any command of the demo may
        """
        began, before = time.monotonic(), len(self.ledger())
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", "detent", *words, "--no-input", "--plain"],
            cwd=self.folder,
            env=self._environment(slow=kill),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        lines = _Lines(say)
        try:
            with process, selectors.DefaultSelector() as selector:
                output = cast("IO[bytes]", process.stdout)  # a pipe was asked for
                selector.register(output, selectors.EVENT_READ)
                while not lines.ended:
                    if selector.select(LOOK):
                        lines.read(output)
                    if kill and len(self.ledger()) > before:
                        process.kill()
                        kill = False
                    self._check_patience(words, began)
        except BaseException:
            process.kill()
            process.wait()
            raise
        step = Step(typed(*words), process.returncode, time.monotonic() - began, "".join(lines.said))
        self.steps.append(step)
        return step

    def _check_patience(self, words: tuple[str, ...], began: float) -> None:
        if self.patience is not None and time.monotonic() - began > self.patience:
            raise InternalError(f"{typed(*words)} took longer than {self.patience:g} s.")

    def _environment(self, *, slow: bool) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DETENT_")}
        package = str(Path(__file__).absolute().parents[3])
        path = os.pathsep.join(one for one in (package, kept.get("PYTHONPATH", "")) if one)
        ours = {
            "DETENT_DB": str(self.database),
            "PYTHONPATH": path,
            "NO_COLOR": "1",
            SLOW: SLOWLY if slow else "0",
        }
        return {**kept, **ours}

    # What is there ---------------------------------------------------------------------------------------------

    def ledger(self) -> list[Payment]:
        """What was really paid."""
        path = self.folder / LEDGER
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Payment(*line.split(" ", 2)) for line in lines if line.count(" ") > 1]

    def run(self) -> str | None:
        """The demo's only run, if it has begun."""
        if not self.database.exists():
            return None
        with Store.open(self.database, mode="read") as store:
            runs = store.runs(1)
            return runs[0].id if runs else None

    def gates(self, run: str) -> list[dict[str, Any]]:
        """What waits for a person."""
        with Store.open(self.database, mode="read") as store:
            return gate_views(store, load_head(store, run))

    def view(self, run: str) -> dict[str, Any]:
        """The run as it stands."""
        with Store.open(self.database, mode="read") as store:
            return run_view(store, load_head(store, run))

    def events(self, run: str) -> Counter[str]:
        """How often each event happened."""
        with Store.open(self.database, mode="read") as store:
            return Counter(row.event for row in store.timeline(run))


def typed(*words: str) -> str:
    """A command as a person would type it."""
    return shlex.join(("detent", *words))


class _Lines:
    """A process's output, line by line."""

    def __init__(self, say: Say) -> None:
        self.said: list[str] = []
        self.ended = False
        self._say = say
        self._rest = b""

    def read(self, stream: IO[bytes]) -> None:
        """Take what is there; nothing more is the end."""
        piece = os.read(stream.fileno(), 65536)
        self.ended = not piece
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for line in (*whole, *([self._rest] if self.ended and self._rest else [])):
            text = escape.block(line.decode(errors="replace"))
            self.said.append(f"{text}\n")
            self._say(text)

"""What the driver's tests share: an agent with a scripted model, in a folder with a database."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.decisions import Verdict, decision_fact
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import decide, gates_meant
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.views import load_head
from detent.states import Limits, Snapshot
from detent.states.commands import AskPerson
from detent.store import Store
from detent.tools import Tool

__all__ = ["Person", "Rig", "call", "in_thread", "python", "rig", "until"]

ROOT = Path(__file__).resolve().parents[3]


@frozen
class Rig:
    """An agent that plays a script.

    Args:
        folder: where it runs
        agent: the agent
    """

    folder: Path
    agent: Agent

    @property
    def store(self) -> Path:
        """Its database."""
        return self.folder / "runs.db"

    def run(self, **options: Any) -> Run:
        """A new run of it."""
        return run_sync(self.agent, "Do it.", store=self.store, folder=self.folder, **options)

    def resume(self, run: Run | str, **options: Any) -> Run:
        """The same run, driven on."""
        named = run if isinstance(run, str) else run.id
        return resume_sync(
            named, **{"agent": self.agent, "store": self.store, "folder": self.folder, **options}
        )

    def decide(self, run: Run, how: str, text: str = "", gate: str | None = None) -> None:
        """Settle a gate of a parked run, as another terminal does."""
        with Store.open(self.store) as store:
            head, (meant, *_) = gates_meant(store, run.id, gate, every=False)
            decide(store, head, meant, how, text)

    def head(self, run: str = "last") -> Snapshot:
        """Where a run stands by now."""
        with Store.open(self.store, mode="read") as store:
            return load_head(store, store.find(run, str(self.folder)))

    def states(self, run: Run) -> list[str]:
        """The states the run went through."""
        with Store.open(self.store, mode="read") as store:
            return [row.state for row in store.timeline(run.id)]

    def events(self, run: Run) -> list[str]:
        """The events it took."""
        with Store.open(self.store, mode="read") as store:
            return [row.event for row in store.timeline(run.id)]

    def said(self, run: Run, kind: str) -> list[str]:
        """The messages of one kind."""
        with Store.open(self.store, mode="read") as store:
            return [placed.text.body for placed in store.messages(run.id) if placed.text.kind == kind]


def rig(folder: Path, turns: Sequence[Any], *tools: Tool | str | Callable[..., Any], **options: Any) -> Rig:
    """An agent whose model says these turns."""
    (folder / "turns.json").write_text(json.dumps(list(turns)))
    limits = options.pop("limits", Limits())
    return Rig(folder, Agent(model="script:turns.json", tools=tools, limits=limits, **options))


def call(name: str, /, **arguments: Any) -> dict[str, Any]:
    """A turn that calls one tool."""
    return {"name": name, "arguments": arguments}


def python(folder: Path, code: str, *words: str) -> subprocess.Popen[str]:
    """Another process that runs this code in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DETENT")}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, and fail where it takes too long."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def in_thread(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Work in a thread of its own, waited for at the end; what it gives, or raises, is in the list."""
    made: list[Any] = []

    def take() -> None:
        try:
            made.append(work())
        except Exception as error:  # noqa: BLE001 - it is looked at by the test
            made.append(error)

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield made
    finally:
        thread.join(timeout=20)
        assert not thread.is_alive()


class Person:
    """Somebody at the keyboard: says one thing after the other at the gates, then nothing any more.

    Args:
        said: how, and what, at one gate after the other; None leaves it
    """

    def __init__(self, *said: tuple[str, str] | None) -> None:
        self.left = list(said)
        self.asked: list[str] = []
        self.notices: list[str] = []
        self.drivers: list[Driver] = []

    async def __call__(self, command: AskPerson) -> Fact | None:
        """What settles a gate; None leaves it."""
        self.asked.append(command.gate)
        if not self.left:
            await asyncio.sleep(3600)
        said = self.left.pop(0)
        if said is None:
            return None
        driver = self.drivers[0]
        how, text = said
        verdict = Verdict(gate=command.gate, how=how, digest=command.digest, text=text)
        return decision_fact(driver.journal.head, verdict, driver.clock.now())

    def run(self, made: Rig, **options: object) -> Run:
        """A run with this person at hand."""
        watcher = Watcher(ask=self, notice=self.notices.append)
        return made.run(watcher=watcher, on_driver=self.drivers.append, **options)

"""What the driver's tests share: an agent with a scripted model, in a folder with a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.face import Run, resume_sync, run_sync
from detent.fsm.drivers.settle import decide, gates_meant
from detent.states import Limits
from detent.store import Store
from detent.tools import Tool

__all__ = ["Rig", "rig"]


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

    def resume(self, run: Run, **options: Any) -> Run:
        """The same run, driven on."""
        return resume_sync(run.id, agent=self.agent, store=self.store, **options)

    def decide(self, run: Run, how: str, text: str = "", gate: str | None = None) -> None:
        """Settle a gate of a parked run, as another terminal does."""
        with Store.open(self.store) as store:
            head, (meant, *_) = gates_meant(store, run.id, gate, every=False)
            decide(store, head, meant, how, text)

    def states(self, run: Run) -> list[str]:
        """The states the run went through."""
        with Store.open(self.store, mode="read") as store:
            return [row.state for row in store.timeline(run.id)]

    def events(self, run: Run) -> list[str]:
        """The events it took."""
        with Store.open(self.store, mode="read") as store:
            return [row.event for row in store.timeline(run.id)]


def rig(folder: Path, turns: Sequence[Any], *tools: Tool | str | Callable[..., Any], **options: Any) -> Rig:
    """An agent whose model says these turns."""
    (folder / "turns.json").write_text(json.dumps(list(turns)))
    limits = options.pop("limits", Limits())
    return Rig(folder, Agent(model="script:turns.json", tools=tools, limits=limits, **options))


def call(name: str, /, **arguments: Any) -> dict[str, Any]:
    """A turn that calls one tool."""
    return {"name": name, "arguments": arguments}

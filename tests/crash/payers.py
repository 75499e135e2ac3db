"""An agent that pays, and the ledger that judges it: one line a payment, appended and synced before the tool returns.

Rules.  The ledger is written by the tool itself and knows nothing of the database.  A payment of a run for which a
hold lies beside the agent waits until it is taken away, so that a harness decides how long a run is driven.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.loading import Loaded, load_file
from detent.fsm.drivers.origin import origin_of_file
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.views import load_head
from detent.states import Snapshot
from detent.store import Settled, Store

__all__ = ["AGENT", "Payers", "Payment", "pays"]

AGENT = '''
"""Pays what it is told to pay."""

import json
import os
import time
from pathlib import Path

from detent import Agent, Context, Limits, tool

HERE = Path(__file__).parent


@tool(effect="once")
def pay(amount: int, to: str, context: Context) -> str:
    """Pay somebody.

    Args:
        amount: how much
        to: whom
    """
    line = json.dumps([context.run, context.call, amount, to, os.getpid()])
    ledger = os.open(HERE / "ledger.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(ledger, line.encode() + b"\\n")
    os.fsync(ledger)
    os.close(ledger)
    patience = time.monotonic() + 60
    while (HERE / f"hold-{context.run}").exists() and time.monotonic() < patience:
        time.sleep(0.005)
    return f"paid {amount} to {to}"


agent = Agent(model="script:model.json", tools=[pay, "ask_person"], limits=Limits(LIMITS))
'''

Payment = tuple[str, str, int, str, int]  # run, call, amount, to whom, process


def pays(amount: int = 7, to: str = "bank") -> dict[str, Any]:
    """A turn of the model that pays."""
    return {"name": "pay", "arguments": {"amount": amount, "to": to}}


@define
class Payers:
    """A folder with the agent, its script, its ledger and a database.

    Args:
        folder: it
        limits: the agent's, as they are written
        script: what its model says
    """

    folder: Path
    limits: str = ""
    script: Sequence[Any] = (pays(), "It is done.")
    _loaded: Loaded = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "agent.py").write_text(AGENT.replace("LIMITS", self.limits))
        self.says(*self.script)
        self._loaded = load_file("agent.py", self.folder)

    @property
    def agent(self) -> Agent:
        """The agent itself."""
        found = self._loaded.definition
        if not isinstance(found, Agent):
            raise TypeError(found)
        return found

    def says(self, *script: Any) -> None:
        """Let its model say something else from now on."""
        (self.folder / "model.json").write_text(json.dumps(list(script)))

    @property
    def database(self) -> Path:
        """Where its runs lie."""
        return self.folder / "runs.db"

    def begin(self, store: Store | None = None) -> str:
        """A new run, as far as it goes without a person; its id."""
        made = run_sync(
            self._loaded.definition,
            "Pay.",
            store=store or self.database,
            folder=self.folder,
            script_folder=self.folder,
            origin=origin_of_file(self._loaded.address, {}),
        )
        return made.id

    def resume(self, run: str, store: Store | None = None) -> Run:
        """Drive a run on."""
        return resume_sync(run, store=store or self.database)

    def head(self, run: str) -> Snapshot:
        """Where a run stands."""
        with Store.open(self.database, mode="read") as store:
            return load_head(store, run)

    def decisions(self, run: str) -> list[Settled]:
        """How its gates were settled."""
        with Store.open(self.database, mode="read") as store:
            return store.decisions(run)

    def hold(self, run: str) -> Path:
        """What keeps a payment of this run from returning while it lies there."""
        return self.folder / f"hold-{run}"

    def paid(self, run: str = "") -> list[Payment]:
        """What was really paid, by one run or by all."""
        path = self.folder / "ledger.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        made = [json.loads(line) for line in lines]
        return [(one[0], one[1], one[2], one[3], one[4]) for one in made if run in ("", one[0])]

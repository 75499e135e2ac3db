"""What the tests of rehearsals share: an agent in a file, runs of it, and what is recorded of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from attrs import frozen

from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.recorded import Recorded, recorded
from detent.fsm.drivers.rehearsing import rehearse
from detent.fsm.drivers.settle import decide, gates_meant, tell
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.testfiles import pytest_file
from detent.store import Store

from .rig import ROOT, call

__all__ = ["AGENT", "EVERYTHING", "FLOW", "PEOPLE", "Stage", "played", "run_on"]

AGENT = '''\
"""An agent that pays and looks, and leaves a line wherever it really did something."""

import asyncio
import itertools
from pathlib import Path

from detent import Agent, Context, Limits, ToolError, tool

HERE = Path(__file__).parent
tries = itertools.count()


def really(what: str) -> None:
    with (HERE / "really.txt").open("a") as file:
        file.write(what + "\\n")


@tool(effect="once", approval=lambda amount: amount > 3)
def pay(amount: int) -> str:
    """Pay."""
    really("pay")
    return f"paid {amount}\\nin full"


@tool(effect="read", attempts=3)
async def look(thing: str) -> str:
    """Look."""
    really("look")
    if thing == "gone":
        raise ToolError("It is gone.")
    if thing == "shaky" and next(tries) < 1:
        raise ToolError("Not now.", transient=True)
    await asyncio.sleep(0.05 if thing == "slow" else 0)
    return f"saw {thing}"


@tool(effect="once", approval="never", attempts=2)
def shake(hands: str) -> str:
    """Shake hands, and nobody knows whether it came to that."""
    really("shake")
    raise ToolError("The line broke.", ran="unknown")


@tool(effect="once", approval="never")
async def delegate(context: Context) -> str:
    """Let another agent do it."""
    really("delegate")
    return await context.child(Agent(model="script:child.json"), "Do it for me.")


agent = Agent(
    model="script:model.json",
    tools=[pay, look, shake, delegate, "ask_person"],
    limits=Limits(model_turns=10),
)
'''

FLOW = '''\
"""A workflow of one step."""

from attrs import frozen

from detent import Workflow, step


@frozen
class Report:
    """What is known."""

    words: str = ""


def write(state: Report) -> dict[str, str]:
    """Write."""
    return {"words": "written"}


flow = Workflow(state=Report, steps=[step("write", write, effect="read")], answer="words")
'''

EVERYTHING: list[Any] = [
    [call("look", thing="slow"), call("look", thing="gone"), call("look", thing="a")],
    call("nothing", of="that"),
    call("look", thing=7, other=8),
    call("pay", amount=2),
    call("pay", amount=5),
    {"content": "Once more.", "thinking": "Hm.", "tool_calls": [call("pay", amount=6)]},
    call("pay", amount=7),
    call("ask_person", question="All well?"),
    {"content": 'It is "done", \\ as you\'d say.\nReally.', "thinking": "So."},
]
PEOPLE = [("approve", ""), ("deny", "not that much"), ("edit", '{"amount": 70}'), ("answer", "Yes.\nAll.")]


@frozen
class Stage:
    """A folder with the agent's file, its script and a database."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, turns: list[Any]) -> Stage:
        """The agent, with a model that says these turns."""
        (folder / "agent.py").write_text(AGENT)
        (folder / "model.json").write_text(json.dumps(turns))
        (folder / "child.json").write_text('["Done for you."]')
        return cls(folder)

    @property
    def file(self) -> str:
        """The agent's address."""
        return f"{self.folder / 'agent.py'}:agent"

    @property
    def store(self) -> Path:
        """Its database."""
        return self.folder / "runs.db"

    def run(self, *people: tuple[str, str], **options: Any) -> Run:
        """A run with people who say these at one gate after the other."""
        agent = load_file(self.file, self.folder).definition
        known: dict[str, Any] = {"store": self.store, "folder": self.folder, "script_folder": self.folder}
        made = run_sync(agent, "Pay it.", origin={"file": self.file}, **known, **options)
        for how, said in people:
            self.says(made, how, said)
            made = resume_sync(made.id, agent=agent, **known)
        return made

    def says(self, run: Run, how: str, said: str, gate: str | None = None) -> None:
        """Somebody settles a gate, the open one, or tells the run something."""
        with Store.open(self.store) as store:
            if how == "tell":
                tell(store, run.id, said)
            else:
                head, (meant, *_) = gates_meant(store, run.id, gate, every=False)
                decide(store, head, meant, how, said)

    def recorded(self, run: Run, seq: int | None = None) -> Recorded:
        """What is recorded of a run."""
        with Store.open(self.store, mode="read") as store:
            return recorded(store, run.id, seq)

    def exported(self, run: Run) -> Path:
        """The test file of a run."""
        path = self.folder / "tests" / "test_it.py"
        path.parent.mkdir(exist_ok=True)
        with Store.open(self.store, mode="read") as store:
            text, _ = pytest_file(store, run.id, run.snapshot.seq, agent="", path=path)
        path.write_text(text)
        return path

    def changed(self, old: str, new: str) -> None:
        """The agent's file with something else in it."""
        text = (self.folder / "agent.py").read_text()
        assert old in text
        (self.folder / "agent.py").write_text(text.replace(old, new))

    def again(self, made: Recorded) -> list[str]:
        """The clicks of a rehearsal, in a new folder."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            return rehearse(self.file, made.said, folder)

    def really(self) -> str:
        """What tools really did."""
        path = self.folder / "really.txt"
        return path.read_text() if path.exists() else ""


def played(path: Path) -> tuple[int, str]:
    """What pytest says of a test file, in a process of its own."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(path.parent),
            path.name,
        ],
        cwd=path.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(path.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def run_on(stage: Stage, run: Run) -> Run:
    """The same run, driven on."""
    agent = load_file(stage.file, stage.folder).definition
    return resume_sync(
        run.id, agent=agent, store=stage.store, folder=stage.folder, script_folder=stage.folder
    )

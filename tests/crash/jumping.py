"""What a process does while its wall clock jumps, and only that one: cases of the clock harness, as tasks of a `Crew`.

Every case gives the promises it saw broken and what it measured.  The shim that the process was started with adds what
a file says to the wall clock; elapsed time is not touched, and is what the cases measure by.

Rules.  A jump is a number of seconds from the true time, not from the last jump.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.decisions import Verdict, decision_fact
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import decide, gates_meant
from detent.fsm.drivers.standing import Run
from detent.states import DetentError, GateSettled, Limits
from detent.states.commands import AskPerson
from detent.store import Settled, Store
from detent.tools import ToolError, tool

from .crew import Ready
from .racing import prompt, verb

__all__ = ["CASES", "OFFSET", "case"]

OFFSET = "RT_OFFSET_FILE"  # the variable that names the file the shim reads
SLACK = 0.03  # seconds a timer may be early by its own clock
STEADY = 0.3  # seconds a person takes

Ask = Callable[[AskPerson], Awaitable[Fact | None]]


@define
class World:
    """One process with a wall clock of its own.

    Args:
        folder: where it runs
        jump: seconds the clock is put forward, or back
    """

    folder: Path
    jump: int
    broken: list[str] = field(factory=list)
    drivers: list[Driver] = field(factory=list)
    tries: list[float] = field(factory=list)

    @property
    def store(self) -> Path:
        """Its database."""
        return self.folder / "runs.db"

    def set(self, seconds: int) -> None:
        """Put the wall clock so far from the truth, at once."""
        made = self.folder / "offset.new"
        made.write_text(f"{seconds}\n")
        made.replace(self.folder / "offset")

    def check(self, holds: object, what: str) -> None:
        """A promise."""
        if not holds:
            self.broken.append(what)

    def agent(self, script: str, *tools: Any, gate_seconds: int | None = None) -> Agent:
        """An agent that plays a script."""
        (self.folder / "script.json").write_text(script)
        return Agent(model="script:script.json", tools=tools, limits=Limits(gate_seconds=gate_seconds))

    def run(self, agent: Agent, ask: Ask | None = None) -> Run:
        """A new run."""
        watcher = Watcher(ask=ask)
        return run_sync(
            agent, "Go.", store=self.store, folder=self.folder, watcher=watcher, on_driver=self._driven
        )

    def resume(self, made: Run, agent: Agent) -> Run:
        """Go on with it."""
        return resume_sync(made.id, agent=agent, store=self.store, script_folder=self.folder)

    def _driven(self, driver: Driver) -> None:
        self.drivers[:] = [driver]

    def says(self, command: AskPerson, how: str = "approve") -> Fact | None:
        """What a person says at a gate; None where it came too late."""
        driver = self.drivers[0]
        verdict = Verdict(gate=command.gate, how=how, digest=command.digest, by="tester")
        try:
            return decision_fact(driver.journal.head, verdict, driver.clock.now())
        except DetentError:
            return None

    def decides(self, made: Run, how: str = "approve") -> str:
        """Decide the open gate from another terminal; the name of the error, or nothing."""
        try:
            with Store.open(self.store) as store:
                head, (gate,) = gates_meant(store, made.id, None, every=False)
                decide(store, head, gate, how)
        except DetentError as error:
            return type(error).__name__
        return ""

    def decisions(self, made: Run) -> list[Settled]:
        """How its gates were settled."""
        with Store.open(self.store, mode="read") as store:
            return store.decisions(made.id)

    def events(self, made: Run) -> list[str]:
        """What happened."""
        with Store.open(self.store, mode="read") as store:
            return [row.event for row in store.timeline(made.id)]

    def ordered(self) -> None:
        """In no run time goes back or a number is left out, no id is there twice, and everything proves itself."""
        with Store.open(self.store, mode="read") as store:
            runs = [one.id for one in store.runs(limit=1000)]
            self.check(len(set(runs)) == len(runs), "Two runs have one id.")
            for run in runs:
                rows = store.timeline(run)
                self.check(
                    [row.seq for row in rows] == list(range(len(rows))), f"Run {run} leaves out a click."
                )
                self.check(all(a.at <= b.at for a, b in pairwise(rows)), f"Time goes back in run {run}.")
            self.broken += [f"verify: {finding}" for finding in store.verify()]

    def paid(self) -> int:
        """How often was paid."""
        path = self.folder / "ledger.txt"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def payer(self) -> Any:
        """A tool that must not run twice or unasked."""

        @tool(effect="once")
        def pay() -> str:
            """Pay."""
            with (self.folder / "ledger.txt").open("a") as ledger:
                ledger.write("paid\n")
            return "paid"

        return pay


PAY = '[{"name": "pay"}, "Done."]'
TWICE = '[{"name": "pay"}, {"name": "pay"}, "Done."]'


def waits(world: World) -> None:
    """A person takes a while, and the clock jumps there and back meanwhile: nothing ends, and nothing is lost."""

    async def ask(command: AskPerson) -> Fact | None:
        world.set(world.jump)
        await asyncio.sleep(STEADY)
        world.set(-world.jump)
        await asyncio.sleep(STEADY)
        return world.says(command)

    made = world.run(world.agent(PAY, world.payer()), ask)
    world.check((made.state, world.paid()) == ("DONE", 1), f"It ended as {made.state}, paid {world.paid()}.")
    world.check([one.how for one in world.decisions(made)] == ["Approved"], str(world.decisions(made)))


def expires_before_a_person(world: World) -> None:
    """A gate that expires in a second does so after a second, or with a jump forward; and it stays expired."""
    asked: list[float] = []

    async def ask(command: AskPerson) -> Fact | None:
        left = (command.expires - world.drivers[0].clock.now()) / 1000
        asked[:] = [time.monotonic(), left]
        world.set(world.jump)
        await asyncio.sleep(3600)
        return None

    agent = world.agent(PAY, world.payer(), gate_seconds=1)
    made = world.run(agent, ask)
    waited, left = time.monotonic() - asked[0], asked[1]
    world.check(world.jump > 0 or waited > left - SLACK, f"It expired after {waited:.3f} of {left:.3f} s.")
    _stays_expired(world, made, agent)


def _stays_expired(world: World, made: Run, agent: Agent) -> None:
    """Whatever the clock says now, the gate is settled, and nothing of it runs."""
    world.check([one.how for one in world.decisions(made)] == ["GateExpired"], str(world.decisions(made)))
    for jump in (0, -world.jump, -86_400):
        world.set(jump)
        said = world.decides(made)
        world.check(
            said in ("GateSettled", "NotFound"), f"At {jump} s the expired gate said {said or 'yes'}."
        )
    ended = world.resume(made, agent)
    world.check(
        (ended.state, world.paid()) == ("DONE", 0), f"It ended as {ended.state}, paid {world.paid()}."
    )


def expires_parked(world: World) -> None:
    """A stored deadline of an hour: told by the wall clock where nobody drives, and for good once it has passed."""
    agent = world.agent(PAY, world.payer(), gate_seconds=1800)
    made = world.run(agent)
    world.set(world.jump)
    said = world.decides(made)
    if world.jump < 0:
        world.check(said == "", f"Before its deadline the gate said {said}.")
        world.set(0)
        ended = world.resume(made, agent)
        world.check((ended.state, world.paid()) == ("DONE", 1), f"{ended.state}, paid {world.paid()}")
        return
    world.check(said in ("GateSettled", "UsageError"), f"After its deadline the gate said {said or 'yes'}.")
    _stays_expired(world, made, agent)


def stopped_over_a_deadline(world: World) -> None:
    """A program that was stopped over a deadline settles it first, whatever was typed meanwhile."""

    def stop() -> None:
        subprocess.Popen(["sh", "-c", f"sleep 1.2; kill -CONT {os.getpid()}"])
        os.kill(os.getpid(), signal.SIGSTOP)

    async def ask(command: AskPerson) -> Fact | None:
        world.set(min(0, world.jump))
        stop()
        return world.says(command)

    agent = world.agent(PAY, world.payer(), gate_seconds=1)
    made = world.run(agent, ask)
    if made.state == "AWAITING_APPROVAL":
        made = world.resume(made, agent)
    _stays_expired(world, made, agent)


def times_out(world: World) -> None:
    """A tool has the time it was given, however the clock jumps while it runs."""

    @tool(effect="read", timeout=0.5, attempts=1)
    async def nap(seconds: float) -> str:
        """Sleep.

        Args:
            seconds: how long
        """
        world.tries.append(time.monotonic())
        world.set(world.jump)
        await asyncio.sleep(seconds)
        return "slept"

    script = '[{"name": "nap", "arguments": {"seconds": 0.1}}, {"name": "nap", "arguments": {"seconds": 30}}, "Done."]'
    made = world.run(world.agent(script, nap))
    took = time.monotonic() - world.tries[-1]
    events = [one for one in world.events(made) if one.startswith("Tool")]
    world.check(events == ["ToolReturned", "ToolFailed"], f"The naps were {events}.")
    world.check(0.5 - SLACK < took < 25, f"The second nap was given {took:.3f} s of 0.5.")


def backs_off(world: World) -> None:
    """A wait before the next attempt lasts as long as it was meant to, but for a jump over its stored time."""

    @tool(effect="read", attempts=2)
    async def flaky() -> str:
        """Work at the second time."""
        world.tries.append(time.monotonic())
        if len(world.tries) == 1:
            asyncio.get_running_loop().call_later(0.05, world.set, world.jump)
            raise ToolError("Not yet.", transient=True, retry_after=0.4)
        return "worked"

    made = world.run(world.agent('[{"name": "flaky"}, "Done."]', flaky))
    world.check(
        (made.state, len(world.tries)) == ("DONE", 2), f"{made.state} after {len(world.tries)} attempts."
    )
    waited = world.tries[-1] - world.tries[0]
    world.check(world.jump > 0 or waited > 0.4 - SLACK, f"It was tried again after {waited:.3f} s of 0.4.")
    world.check(waited < 30, f"It was tried again after {waited:.0f} s of 0.4.")


def parked(world: World) -> None:
    """A run that lies parked while the clock jumps goes on where it stood."""
    agent = world.agent(TWICE, world.payer())
    made = world.run(agent)
    for jump in (world.jump, -world.jump):
        world.set(jump)
        world.check(world.decides(made) == "", "A gate without a deadline was not to be decided.")
        made = world.resume(made, agent)
    world.check((made.state, world.paid()) == ("DONE", 2), f"{made.state}, paid {world.paid()}")


def begins(world: World) -> None:
    """Runs that begin in times gone by or to come have ids of their own, and the last is the one begun last."""
    agent = world.agent('["Done."]')
    made = None
    for number in range(12):
        world.set((world.jump, 0, -world.jump, number)[number % 4])
        made = world.run(agent)
    with Store.open(world.store, mode="read") as store:
        world.check(
            made is not None and store.find("last", str(world.folder)) == made.id, "Another run is the last."
        )
        world.check(len(store.runs(limit=100)) == 12, "A run is not in the list.")


def is_shown(world: World) -> None:
    """Every way to look at a run works in any year."""
    world.set(world.jump)
    made = world.run(world.agent(PAY, world.payer(), gate_seconds=60))
    given = {"database": str(world.store), "folder": str(world.folder)}
    for words in (["runs"], ["log", made.id], ["show", made.id], ["show", made.id, "--json"], ["verify"]):
        code, _, err = verb({**given, "words": words}, _nothing)
        world.check(code == 0, f"detent {words[0]} left with {code}: {err[-300:]}")


def at_a_prompt(world: World) -> None:
    """The command line asks, the clock jumps, and whoever decides elsewhere is heard."""
    (world.folder / "script.json").write_text(
        PAY.replace("pay", "files.write").replace("files.write", "write_file")
    )
    arguments = '{"name": "write_file", "arguments": {"path": "a.txt", "content": "a"}}'
    (world.folder / "script.json").write_text(f'[{arguments}, "Done."]')
    words = ["run", "Write.", "-m", "script:script.json", "-t", "files"]

    def meanwhile() -> None:
        world.set(world.jump)
        time.sleep(STEADY)
        code, _, err = verb({**given, "words": ["approve", "last"]}, _nothing)
        world.check(code == 0, f"detent approve left with {code}: {err}")

    given = {"database": str(world.store), "folder": str(world.folder)}
    code, seen = prompt({**given, "words": words}, meanwhile)
    world.check(code == 0, f"detent run left with {code}: {seen[-400:]}")
    world.check((world.folder / "a.txt").exists(), "What was approved did not happen.")


def _nothing() -> None:
    """Nobody waits for this one."""


CASES: dict[str, Callable[[World], None]] = {
    one.__name__: one
    for one in (
        waits,
        expires_before_a_person,
        expires_parked,
        stopped_over_a_deadline,
        times_out,
        backs_off,
        parked,
        begins,
        is_shown,
        at_a_prompt,
    )
}


def case(given: Mapping[str, Any], ready: Ready) -> list[str]:
    """Play one case; what was broken."""
    folder = Path(given["folder"])
    folder.mkdir(parents=True)
    os.environ[OFFSET] = str(folder / "offset")
    world = World(folder, given["jump"])
    world.set(0)
    before, started = time.time(), time.monotonic()
    world.set(3600)
    moved = time.time() - before - (time.monotonic() - started)
    world.set(0)
    world.check(abs(moved - 3600) < 1, f"The shim moved the wall clock by {moved:.1f} s, not by 3600.")
    ready()
    try:
        CASES[given["case"]](world)
    except GateSettled as error:
        world.broken.append(f"It was said to be settled: {error}")
    finally:
        sys.stdout.flush()
    if not world.broken:
        world.ordered()
    return world.broken

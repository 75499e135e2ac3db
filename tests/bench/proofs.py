"""`python -m tests.bench.proofs`: two promises about looking back, counted.

counterfactual   forks of a run whose tools write files, from all of its clicks, with a model that says something else
                 half of the time: what they change in the folder
bisect           runs with one bad result at a place that nobody knows: whether just that click is found, and in how
                 many looks
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from detent import Agent, Context, Limits, Wish, fork, run, run_sync, tool
from detent.fsm.drivers.bisecting import bisect
from detent.fsm.drivers.recordings import Mode
from detent.states.names import GateKind
from detent.store import Store

__all__ = ["Bisections", "Forks", "bisections", "counterfactual"]

ROTTEN = "rotten"
BAD = 1000  # items from here on are
LONGEST = 40  # iterations of a run in which something goes wrong
TURNS = 6  # of the run that is forked, each with two calls that write
HALF = 0.5


@frozen(kw_only=True)
class Forks:
    """What forks with recorded tools did.

    Args:
        forks: how many there were
        over: how many came to an end
        served: calls that were served what an equal one came to
        refused: calls that had no recording
        touched: files that were made, changed or removed
        seconds: what it took
    """

    forks: int
    over: int
    served: int
    refused: int
    touched: int
    seconds: float


@frozen(kw_only=True)
class Bisections:
    """What bisecting found.

    Args:
        runs: how many runs had one bad click
        exact: in how many of them just that one was found
        within: in how many of them the looks were at most ceil(log2 n) + 1, of n clicks
        most: the most looks
    """

    runs: int
    exact: int
    within: int
    most: int


@tool(effect="once", approval="never")
def note(text: str, context: Context) -> str:
    """Write a line into a file of the folder."""
    with (context.folder / "notes.txt").open("a") as file:
        file.write(text + "\n")
    return f"noted {text}"


def _writing(model: str) -> Agent:
    """An agent that writes files with a tool of its own, and with a built-in one that needs no second yes."""
    return Agent(model=f"script:{model}", tools=[note, "files"], limits=Limits(model_turns=12))


def _turns(other: random.Random | None) -> list[Any]:
    """What a model says: of the other one every second call was never made before."""
    made: list[Any] = []
    for number in range(TURNS):
        new = f" {other.random()}" if other and other.random() < HALF else ""
        written = {"path": f"{number}.txt", "content": f"text {number}{new}\n"}
        noted = {"name": "note", "arguments": {"text": f"line {number}{new}"}}
        made.append([noted, {"name": "write_file", "arguments": written}])
    return [*made, "All is written."]


def _files(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file of a folder, with its digest and when it was written."""
    return {
        str(one.relative_to(folder)): (hashlib.sha256(one.read_bytes()).hexdigest(), one.stat().st_mtime_ns)
        for one in folder.rglob("*")
        if one.is_file()
    }


def counterfactual(folder: Path, count: int, mode: Mode = Mode.RECORDED) -> Forks:
    """Forks from every click of a run that wrote files; everything that asks is let pass.

    Args:
        folder: an empty folder
        count: how many forks
        mode: what their calls may do; by LIVE ones it is seen that files are looked at
    """
    place, scripts = folder / "world", folder / "scripts"
    place.mkdir()
    scripts.mkdir()
    (scripts / "first.json").write_text(json.dumps(_turns(None)))
    with Store.open(folder / "runs.db") as store:
        return asyncio.run(_forked(store, place, scripts, count, mode))


async def _forked(store: Store, place: Path, scripts: Path, count: int, mode: Mode) -> Forks:
    agent, other = _writing("first.json"), random.Random(2026)
    known: dict[str, Any] = {"store": store, "folder": place, "script_folder": scripts}
    first = await run(agent, "Write.", yes=["write_file(path=*)"], **known)
    if first.state != "DONE" or len(_files(place)) != TURNS + 1:
        raise SystemExit(f"the run that is forked came to {first.reason}, with {len(_files(place))} files")
    before, started = _files(place), time.monotonic()
    over = served = refused = 0
    for number in range(count):
        (scripts / "other.json").write_text(json.dumps(_turns(other)))
        click = f"{first.id}@{number % (first.snapshot.seq + 1)}"
        wish = Wish(model="script:other.json", recordings=mode.value)
        made = await fork(click, wish, agent=agent, **known)
        while made.snapshot.gates:
            gate = made.snapshot.gates[0]
            made.decide("approve" if gate.kind is GateKind.APPROVAL else "did_not_happen", gate=gate.id)
            made = await made.resume()
        events = [row.event for row in store.timeline(made.id)]
        over += not made.snapshot.state.live
        served += events.count("ToolReturned")
        refused += events.count("ToolFailed")
    after = _files(place)
    touched = sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
    seconds = round(time.monotonic() - started, 1)
    return Forks(forks=count, over=over, served=served, refused=refused, touched=touched, seconds=seconds)


@tool(effect="read")
def pick(item: int) -> str:
    """Look at an item; one of them is bad."""
    return f"item {item % 1000} is {ROTTEN if item >= BAD else 'good'}"


def bisections(folder: Path, count: int) -> Bisections:
    """Runs of some length with one bad result somewhere; from there on a click is bad, for it is in the history.

    Args:
        folder: an empty folder
        count: how many runs
    """
    chance, script = random.Random(2026), folder / "turns.json"
    agent = Agent(model="script:turns.json", tools=[pick], limits=Limits(model_turns=99, tool_calls=99))
    exact = within = most = 0
    with Store.open(folder / "runs.db") as store:
        for _ in range(count):
            length = chance.randint(2, LONGEST)
            bad = chance.randrange(length)
            calls = [{"name": "pick", "arguments": {"item": n + BAD * (n == bad)}} for n in range(length)]
            script.write_text(json.dumps([*calls, "All is looked at."]))
            made = run_sync(agent, "Look.", store=store, folder=folder, script_folder=folder)
            planted = next(one.seq for one in store.messages(made.id) if ROTTEN in one.text.body)
            found = bisect(store, made.id, _is_bad, good=0, bad=made.snapshot.seq)
            looks = len(found.tried)
            exact += found.first == planted
            within += looks <= math.ceil(math.log2(made.snapshot.seq + 1)) + 1
            most = max(most, looks)
    return Bisections(runs=count, exact=exact, within=within, most=most)


def _is_bad(click: dict[str, Any]) -> bool:
    return any(ROTTEN in message["text"] for message in click["messages"])


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    made = argparse.ArgumentParser(description="what looking back promises, counted")
    made.add_argument("--forks", type=int, default=1000, help="counterfactual forks")
    made.add_argument("--runs", type=int, default=200, help="runs with one bad click")
    return made


def main() -> None:
    """Count, and print."""
    given = parser().parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        print(counterfactual(Path(one), given.forks))
        print(bisections(Path(other), given.runs))


if __name__ == "__main__":
    main()

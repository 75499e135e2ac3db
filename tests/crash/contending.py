"""What the processes do that contend for one database: write, read, hold it, or drive many runs.  Tasks of a `Crew`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.face import run as driven
from detent.fsm.drivers.journal import load
from detent.states import Busy, Limits
from detent.store import Store
from detent.tools import tool
from tests.fsm.drivers.making import READ, Making, begun

from .crew import Ready
from .racing import verb

__all__ = ["hold", "many", "read", "write"]

Given = Mapping[str, Any]

WIDE = Limits(model_turns=100_000, tool_calls=100_000, notes=100_000)
FASTER = "has taken run"  # what only a lost compare-and-swap says


def write(given: Given, ready: Ready) -> dict[str, Any]:
    """So many transitions of an own run, each in a commit of its own; every eighth also one of a run all share."""
    shared, count = given["shared"], given["transitions"]
    said: dict[str, Any] = {"won": 0, "lost": 0, "errors": [], "waits": [], "commits": 0}
    with Store.open(given["database"]) as store:
        made = begun(store, READ, limits=WIDE)
        said["run"] = made.run
        ready()
        for number in range(count):
            _timed(said, made, number)
            if number % 8 == 0:
                _contend(said, store, shared)
            if number % 16 == 0:
                store.label(shared, f"{made.run}-{number}")
                store.inbox_answer(store.inbox_put(made.run, "note", {"text": "-"}, 1), "no")
                store.add_rule(made.run, f"look(n={number})", 1)
    return said


def _timed(said: dict[str, Any], made: Making, number: int) -> None:
    began = time.perf_counter()
    try:
        _one(made, number)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not have happened
        said["errors"].append(f"{type(error).__name__}: {error}")
    else:
        said["commits"] += 1
    said["waits"].append(round((time.perf_counter() - began) * 1000, 2))


def _one(made: Making, number: int) -> None:
    """One transition: a plan, its result, or that it was taken in."""
    if number % 3 == 0:
        made.plan(("look", {"n": number}))
    elif number % 3 == 1:
        made.gives(f"{made.journal.head.turn}.0.0", f"seen {number}")
    else:
        made.observe()


def _contend(said: dict[str, Any], store: Store, shared: str) -> None:
    """One transition of the run that all write to, until this process was the first."""
    for attempt in range(10_000):
        try:
            journal = load(store, shared)
            journal.take(note_fact(journal.head, f"note {attempt}", journal.head.at))
            journal.commit()
        except Busy as error:
            said["lost"] += 1
            if FASTER in error.message:
                continue
            said["errors"].append(f"Busy: {error}")
        except Exception as error:  # noqa: BLE001 - as above
            said["errors"].append(f"{type(error).__name__}: {error}")
        else:
            said["won"] += 1
            said["commits"] += 1
        return


def read(given: Given, ready: Ready) -> dict[str, Any]:
    """Look at the database as long as a file is not there: its runs, one run, and the proof of all."""
    words = (["runs"], ["log", given["shared"]], ["show", given["shared"]])
    said: dict[str, Any] = {"reads": 0, "errors": []}
    ready()
    while not Path(given["until"]).exists():
        for one in words:
            code, _, err = verb({**given, "words": one}, _nothing)
            said["reads"] += 1
            if code:
                said["errors"].append(f"detent {one[0]} left with {code}: {err[-300:]}")
        with Store.open(given["database"], mode="read") as store:
            said["errors"] += [f"verify: {finding}" for finding in store.verify()][:3]
        said["reads"] += 1
    return said


def _nothing() -> None:
    """Nobody waits for this one."""


def hold(given: Given, ready: Ready) -> None:
    """Stand in the middle of a write transaction, for ever."""
    with Store.open(given["database"]) as store, store._connection.writing() as raw:
        raw.execute("INSERT INTO object (kind, body, digest) VALUES ('half', 'half', x'00')")
        ready()
        time.sleep(3600)


@tool(effect="read")
async def glance(number: int) -> str:
    """Look at something.

    Args:
        number: which
    """
    await asyncio.sleep(0)
    return f"saw {number}"


def many(given: Given, ready: Ready) -> dict[str, Any]:
    """Drive so many runs at once in one process: how many came to their end, and what went wrong."""
    agent = Agent(model="script:many.json", tools=(glance,))
    folder = Path(given["folder"])

    async def all_of_them(store: Store) -> list[Any]:
        runs = (
            driven(agent, f"Run {number}.", store=store, folder=folder) for number in range(given["runs"])
        )
        return await asyncio.gather(*runs, return_exceptions=True)

    with Store.open(given["database"]) as store:
        ready()
        began = time.perf_counter()
        ended = asyncio.run(all_of_them(store))
        took = time.perf_counter() - began
        failed = [one for one in ended if isinstance(one, BaseException)]
        clicks = sum(one.snapshot.seq for one in ended if not isinstance(one, BaseException))
        return {
            "done": sum(one.state == "DONE" for one in ended if not isinstance(one, BaseException)),
            "clicks": clicks,
            "seconds": round(took, 3),
            "errors": [f"{type(one).__name__}: {one}" for one in failed],
        }

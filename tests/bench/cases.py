"""One benchmark case a process: `python -m tests.bench.cases NAME --n N --folder DIR` prints its figures as JSON.

floor3, floor2, floor1        raw sqlite3: three rows an iteration in three commits, two, or one
async, plain                  a whole run of detent, its tool an async or a plain function
many-async, many-plain        many runs of detent at once in one process, on one store
many-rows, many-group         raw sqlite3: as many runs, a commit a row, or all their rows of one step in one commit
racers, racers-raw            many processes on one file, each committing as fast as it can: detent, and raw sqlite3
                              with the same lock file
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .workload import GOAL, measured, script, size_of, tool_text, turns

FLOOR = (
    "CREATE TABLE step (run TEXT, seq INTEGER, state TEXT, body TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID"
)
INSERT = "INSERT INTO step VALUES (?, ?, ?, ?)"
RUNS = 32
PROCESSES = 16

Row = tuple[str, int, str, str | None]


def raw(path: Path) -> sqlite3.Connection:
    """A raw database that is as durable as detent's."""
    base = sqlite3.connect(path, isolation_level=None, timeout=60)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    return base


def rows(run: str, number: int, turn: Any) -> list[Row]:
    """The rows of one iteration."""
    if isinstance(turn, str):
        return [(run, number * 3, "DONE", json.dumps(turn))]
    return [
        (run, number * 3, "EXECUTING", json.dumps(turn)),
        (run, number * 3 + 1, "OBSERVING", json.dumps({"content": tool_text(number)})),
        (run, number * 3 + 2, "PLANNING", None),
    ]


def floor(folder: Path, count: int, commits: int) -> dict[str, float]:
    """Raw sqlite3: three rows an iteration, in three commits, two, or one."""
    base = raw(folder / "floor.db")
    base.execute(FLOOR)
    figures: dict[str, float] = {}
    with measured(figures):
        for number, turn in enumerate(turns(count)):
            made = rows("r", number, turn)
            for group in {3: [made[:1], made[1:2], made[2:]], 2: [made[:1], made[1:]], 1: [made]}[commits]:
                _insert(base, group)
    base.close()
    figures["bytes"] = size_of(folder, "floor.db")
    return figures


def _insert(base: sqlite3.Connection, group: list[Row]) -> None:
    if not group:
        return
    base.execute("BEGIN IMMEDIATE")
    for row in group:
        base.execute(INSERT, row)
    base.execute("COMMIT")


def floor_many(folder: Path, count: int, *, together: bool) -> dict[str, float]:
    """Raw sqlite3 for many runs, step by step: a commit a row, or one for all runs."""
    base = raw(folder / "floor.db")
    base.execute(FLOOR)
    figures: dict[str, float] = {}
    with measured(figures):
        for number, turn in enumerate(turns(count)):
            for step in zip(*(rows(f"r{run}", number, turn) for run in range(RUNS)), strict=True):
                for group in [list(step)] if together else [[row] for row in step]:
                    _insert(base, group)
    base.close()
    figures["rate"] = RUNS * count / figures["wall"] * 1000
    return figures


def database(path: Path) -> None:
    """A database is made once in its life, by a library that a run does not load: make it in another process."""
    make = "import sys; from detent.store import Store; Store.open(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", make, str(path)], check=True)


def agent(folder: Path, count: int, *, asynchronous: bool) -> Any:
    """A scripted model that calls one tool so often."""
    from detent import Agent, Limits, tool  # noqa: PLC0415 - its own cost is part of the memory figure

    async def lookup_async(item: int) -> str:
        """Look one item up."""
        return tool_text(item)

    def lookup_plain(item: int) -> str:
        """Look one item up."""
        return tool_text(item)

    function = lookup_async if asynchronous else lookup_plain
    return Agent(
        model=f"script:{script(folder, count)}",
        tools=[tool(function, name="lookup", effect="read")],
        limits=Limits(model_turns=count + 10, tool_calls=count + 10, wall_seconds=36_000, loop_window=1000),
    )


def checked(made: Any, count: int) -> None:
    """Whether a run did all that it should have done."""
    if made.state != "DONE" or made.usage["tool_calls"] != count:
        raise SystemExit(f"a run ended in {made.state} after {made.usage['tool_calls']} calls: {made.reason}")


def detent(folder: Path, count: int, *, asynchronous: bool) -> dict[str, float]:
    """A whole run of detent: scripted model, one tool, everything durable; after a short one that loads all it needs."""
    from detent import run_sync  # noqa: PLC0415 - as in `agent`

    for name, often in (("warm.db", 3), ("detent.db", count)):
        database(folder / name)
        figures: dict[str, float] = {}
        one = agent(folder, often, asynchronous=asynchronous)
        with measured(figures):
            made = run_sync(one, GOAL, store=folder / name, folder=folder)
        checked(made, often)
    figures["bytes"] = size_of(folder, "detent.db")
    return figures


def many(folder: Path, count: int, *, asynchronous: bool) -> dict[str, float]:
    """Many runs of detent at once in one process, on one store."""
    from detent import run  # noqa: PLC0415 - as in `agent`
    from detent.store import Store  # noqa: PLC0415

    async def all_of_them(name: str, often: int) -> None:
        one = agent(folder, often, asynchronous=asynchronous)
        with Store.open(folder / name) as store:
            work = (run(one, GOAL, store=store, folder=folder) for _ in range(RUNS))
            for made in await asyncio.gather(*work):
                checked(made, often)

    for name, often in (("warm.db", 1), ("detent.db", count)):
        database(folder / name)
        figures: dict[str, float] = {}
        with measured(figures):
            asyncio.run(all_of_them(name, often))
    figures["rate"] = RUNS * count / figures["wall"] * 1000
    return figures


def racers(folder: Path, count: int, name: str) -> dict[str, float]:
    """Many processes that commit to one file as fast as they can; all begin together."""
    if name == "racer":
        database(folder / "race.db")
    else:
        raw(folder / "race.db").execute(FLOOR).connection.close()
    command = [sys.executable, "-m", "tests.bench.cases", name, "--n", str(count), "--folder", str(folder)]
    crew = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for one in crew:
        assert one.stdout is not None
        one.stdout.readline()
    started = time.perf_counter()
    for one in crew:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [json.loads(one.communicate()[0]) for one in crew]
    wall = time.perf_counter() - started
    waits = sorted(wait for one in told for wait in one["waits"])
    return {
        "rate": len(waits) / wall,
        "p50": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
        "most": waits[-1],
        "errors": sum(one["errors"] for one in told),
    }


def race(count: int, commit: Callable[[int], Any]) -> None:
    """What one of them does: say that it is ready, wait for a line, commit, and tell how long each took."""
    print("ready", flush=True)
    sys.stdin.readline()
    waits, errors = [], 0
    for number in range(count):
        started = time.perf_counter()
        try:
            commit(number)
        except Exception as error:  # noqa: BLE001 - any is a failure of the case, and told
            print(error, file=sys.stderr)
            errors += 1
        waits.append((time.perf_counter() - started) * 1000)
    print(json.dumps({"waits": waits, "errors": errors}), flush=True)


def racer(folder: Path, count: int) -> None:
    """Commits of one run as its driver makes them: one click with one message each."""
    from detent.fsm.drivers.committing import Committer  # noqa: PLC0415 - as in `agent`
    from detent.fsm.drivers.decisions import note_fact  # noqa: PLC0415
    from detent.states import Limits  # noqa: PLC0415
    from detent.store import Store  # noqa: PLC0415
    from tests.fsm.drivers.making import begun  # noqa: PLC0415

    with Store.open(folder / "race.db") as store, asyncio.Runner() as runner:
        journal = begun(store, limits=Limits(notes=count + 1)).journal
        committer = Committer.of(store)

        def commit(number: int) -> None:
            journal.take(note_fact(journal.head, tool_text(number), journal.head.at))
            runner.run(committer.commit(journal, print))
            journal.told()

        with committer.driving():
            race(count, commit)


def racer_raw(folder: Path, count: int) -> None:
    """The same by raw sqlite3: one row a commit, under the same lock."""
    base = raw(folder / "race.db")
    own = f"{time.time_ns()}"
    with (folder / "race.db.lock").open("w") as lock:

        def commit(number: int) -> None:
            row = (own, number, "PLANNING", json.dumps({"content": tool_text(number)}))
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                _insert(base, [row])
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

        race(count, commit)
    base.close()


def figures_of(name: str, folder: Path, count: int) -> dict[str, float]:
    """Run one case."""
    if name.startswith("floor"):
        return floor(folder, count, int(name[-1]))
    if name in ("many-rows", "many-group"):
        return floor_many(folder, count, together=name == "many-group")
    if name in ("many-async", "many-plain"):
        return many(folder, count, asynchronous=name == "many-async")
    if name in ("racers", "racers-raw"):
        return racers(folder, count, "racer" if name == "racers" else "racer-raw")
    return detent(folder, count, asynchronous=name == "async")


def main() -> None:
    """Run one case, or one process of a case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.name in ("racer", "racer-raw"):
        (racer if given.name == "racer" else racer_raw)(given.folder, given.n)
        return
    print(json.dumps(figures_of(given.name, given.folder, given.n)))


if __name__ == "__main__":
    main()

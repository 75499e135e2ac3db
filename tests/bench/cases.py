"""One benchmark case a process: `python -m tests.bench.cases NAME --n N --folder DIR` prints its figures as JSON."""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from .workload import GOAL, measured, script, size_of, tool_text, turns

FLOOR = (
    "CREATE TABLE step (run TEXT, seq INTEGER, state TEXT, body TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID"
)
INSERT = "INSERT INTO step VALUES (?, ?, ?, ?)"


def floor(folder: Path, count: int, commits: int) -> dict[str, float]:
    """Raw sqlite3: three rows an iteration, in three commits, two, or one."""
    base = sqlite3.connect(folder / "floor.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute(FLOOR)
    figures: dict[str, float] = {}
    with measured(figures):
        for number, turn in enumerate(turns(count)):
            _iteration(base, number, turn, commits)
    base.close()
    figures["bytes"] = size_of(folder, "floor.db")
    return figures


def _iteration(base: sqlite3.Connection, number: int, turn: Any, commits: int) -> None:
    if isinstance(turn, str):
        base.execute(INSERT, ("r", number * 3, "DONE", json.dumps(turn)))
        return
    rows = [
        ("r", number * 3, "EXECUTING", json.dumps(turn)),
        ("r", number * 3 + 1, "OBSERVING", json.dumps({"content": tool_text(number)})),
        ("r", number * 3 + 2, "PLANNING", None),
    ]
    groups = {3: [rows[:1], rows[1:2], rows[2:]], 2: [rows[:1], rows[1:]], 1: [rows]}[commits]
    for group in groups:
        base.execute("BEGIN IMMEDIATE")
        for row in group:
            base.execute(INSERT, row)
        base.execute("COMMIT")


def detent(folder: Path, count: int, *, asynchronous: bool) -> dict[str, float]:
    """A whole run of detent: scripted model, one tool, everything durable."""
    from detent import Agent, Limits, run_sync, tool  # noqa: PLC0415 - its own cost is part of the memory figure

    async def lookup_async(item: int) -> str:
        """Look one item up."""
        return tool_text(item)

    def lookup_plain(item: int) -> str:
        """Look one item up."""
        return tool_text(item)

    function = lookup_async if asynchronous else lookup_plain
    agent = Agent(
        model=f"script:{script(folder, count)}",
        tools=[tool(function, name="lookup", effect="read")],
        limits=Limits(model_turns=count + 10, tool_calls=count + 10, wall_seconds=36_000, loop_window=1000),
    )
    # A database is made once in its life, by a library that a run does not load: make it in another process.
    make = "import sys; from detent.store import Store; Store.open(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", make, str(folder / "detent.db")], check=True)
    figures: dict[str, float] = {}
    with measured(figures):
        made = run_sync(agent, GOAL, store=folder / "detent.db", folder=folder)
    if made.state != "DONE" or made.usage["tool_calls"] != count:
        raise SystemExit(
            f"the run ended in {made.state} after {made.usage['tool_calls']} calls: {made.reason}"
        )
    figures["bytes"] = size_of(folder, "detent.db")
    return figures


def main() -> None:
    """Run one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.name.startswith("floor"):
        figures = floor(given.folder, given.n, int(given.name[-1]))
    else:
        figures = detent(given.folder, given.n, asynchronous=given.name == "async")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

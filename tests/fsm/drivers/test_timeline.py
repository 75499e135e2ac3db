"""The timeline: one line a click, wherever one begins to read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.decisions import decision_fact, note_fact
from detent.fsm.drivers.timeline import log_views
from detent.states import Limits
from detent.store import Store
from detent.tools import ToolError, tool

from .making import NOW, PAY, READ, Making, begun
from .rig import call, rig
from .test_views import BILL


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run at click 0."""
    with Store.open(tmp_path / "runs.db") as store:
        yield begun(store, PAY, READ, limits=Limits(notes=10_000))


def test_the_log_says_what_each_click_was_about(tmp_path: Path) -> None:
    """Goal, calls, sizes, failures, notes, decisions and answers are told in one line each."""

    @tool(effect="read", attempts=1)
    def look(path: str) -> str:
        """Look."""
        if path == "none":
            raise ToolError("nothing there", error="gone")
        return path * 1000

    @tool
    def act() -> str:
        """Act."""
        return "acted"

    made = rig(
        tmp_path, [[call("look", path="ab"), call("look", path="none")], call("act"), "Done."], look, act
    )
    run = made.run()
    run.decide("deny", "not now")
    made.resume(run)
    with Store.open(made.store, mode="read") as store:
        told = [(row["event"], row["what"]) for row in log_views(store, run.id)]

    assert told[0] == ("Begun", '"Do it."')
    assert told[1] == ("PlanMade", 'look(path="ab")  look(path="none")')
    assert set(told[2:4]) == {
        ("ToolReturned", "look → 2.0 kB"),
        ("ToolFailed", "look failed: gone nothing there"),
    }
    assert told[4] == ("Observed", "turn 1 is over")
    assert told[6][0] == "Denied"
    assert "not now" in told[6][1]
    assert "{" not in told[6][1]
    assert told[-1] == ("PlanMade", "Done.")


def test_a_timeline_that_begins_in_the_middle_says_the_same(made: Making) -> None:
    """Whatever the first click and the last: the lines are those of the whole timeline."""
    made.plan(("look", {}), ("look", {"a": 1}), ("pay", BILL))
    made.take(note_fact(made.journal.head, "Also this.", NOW))
    made.take(decision_fact(made.journal.head, made.verdict("deny", "no"), NOW))
    made.gives("1.1.0", "saw")
    made.take(note_fact(made.journal.head, "And that.", NOW))
    made.gives("1.0.0", "seen!")
    made.observe()
    made.plan(("look", {}))
    store = made.journal.store

    whole = list(log_views(store, made.run))

    assert [view["what"] for view in whole if view["event"] == "ToolReturned"] == ["look → 3 B", "look → 5 B"]
    for start in range(len(whole) + 1):
        for stop in range(start, len(whole) + 1):
            assert list(log_views(store, made.run, start, stop)) == whole[start:stop]


def test_a_fork_names_the_tools_of_the_calls_it_was_born_with(tmp_path: Path) -> None:
    """A call that its parent planned has its tool's name in the fork's timeline too."""

    @tool(effect="read")
    def look() -> str:
        """Look."""
        return "seen"

    made = rig(tmp_path, [call("look"), "Done."], look)
    run = made.run()
    below = asyncio.run(
        fork(f"{run.id}@1", Wish(recordings="live"), agent=made.agent, store=made.store, folder=tmp_path)
    )

    with Store.open(made.store, mode="read") as store:
        lines = [view["what"] for view in log_views(store, below.id)]
    assert lines[1] == "look → 4 B"

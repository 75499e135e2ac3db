"""Watching a run: every click once, what was said meanwhile, the Run at the end, and no run harmed by leaving."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

import detent
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.watching import Said, Seen, watch
from detent.fsm.kernel import Transition
from detent.states.errors import UsageError
from detent.tools import tool

from .rig import Rig, call, rig

TURN = {"content": "Looking.", "thinking": "Where?", "tool_calls": [call("look")]}


@tool(effect="read")
async def look() -> str:
    """Look."""
    await asyncio.sleep(0.05)
    return "seen"


async def seen_of(made: Rig) -> list[Seen]:
    """Everything there is to see of a run."""
    return [one async for one in watch(made.agent, "Look.", store=made.store, folder=made.folder)]


def test_everything_is_seen_in_its_order(tmp_path: Path) -> None:
    """Clicks, and the words before each, come as they happen; the Run comes last."""
    made = rig(tmp_path, [TURN, "Done."], look)
    seen = asyncio.run(seen_of(made))

    clicks = [one.row.event for one in seen if isinstance(one, Transition)]
    assert clicks == ["PlanMade", "ToolReturned", "Observed", "PlanMade"]
    assert [one for one in seen if isinstance(one, Said)] == [
        Said("thinking", "Where?"),
        Said("content", "Looking."),
        Said("content", "Done."),
    ]
    last = seen[-1]
    assert isinstance(last, Run)
    assert (last.answer, seen.index(Said("content", "Looking."))) == ("Done.", 1)
    assert (detent.watch, detent.Said) == (watch, Said)


def test_leaving_early_parks_the_run(tmp_path: Path) -> None:
    """Whoever stops looking leaves the run at its next boundary, ready to go on."""
    made = rig(tmp_path, [TURN, "Done."], look)

    async def glance() -> None:
        async with aclosing(watch(made.agent, "Look.", store=made.store, folder=tmp_path)) as seen:
            async for one in seen:
                if isinstance(one, Transition):
                    return

    asyncio.run(glance())
    head = made.head()
    assert head.state == "PLANNING"
    assert made.resume(head.run).answer == "Done."


def test_trouble_is_raised_where_it_is_looked_at(tmp_path: Path) -> None:
    """What `run` would raise is raised by the iterator."""
    made = rig(tmp_path, ["Done."])

    async def nothing() -> None:
        async for _ in watch(made.agent, "", store=made.store):
            raise AssertionError

    with pytest.raises(UsageError, match="no goal"):
        asyncio.run(nothing())

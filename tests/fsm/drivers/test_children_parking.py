"""Children and parking: a parked caller that is ended takes its children along; none goes on behind its back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from detent.fsm.drivers.face import resume_sync, run
from detent.fsm.drivers.settle import cancel
from detent.fsm.drivers.workflow import Workflow, step
from detent.states import Waits
from detent.store import Store
from detent.tools import Context

from .rig import call
from .test_children import Found, agent, ask, caller, ran, runs, slow


@pytest.mark.parametrize("resumed", [False, True])
def test_cancelling_a_parked_caller_ends_the_child(tmp_path: Path, *, resumed: bool) -> None:
    """Whoever takes the cancel, nothing of the run waits for a person any more, at any depth."""
    below = caller(agent(tmp_path, [call("ask", bill=7), "asked"], ask))

    async def call_below(state: Found, context: Context) -> dict[str, str]:
        """Let it find out."""
        return {"one": await context.child(below, "Go.")}

    flow = Workflow(
        state=Found, steps=[step("one", call_below, effect="idempotent", approval="never")], answer="one"
    )
    with pytest.raises(Waits):
        ran(tmp_path, flow)
    top = runs(tmp_path)[0].id
    if resumed:
        with Store.open(tmp_path / "runs.db") as store:
            store.inbox_put(top, "cancel", {"by": "somebody"}, 0)
        made = resume_sync(top, agent=flow, store=tmp_path / "runs.db", script_folder=tmp_path)
        assert made.reason == "cancelled"
    else:
        with Store.open(tmp_path / "runs.db") as store:
            cancel(store, top)
    assert [one.state for one in runs(tmp_path)] == ["FAILED", "FAILED", "FAILED"]


@pytest.mark.parametrize("grouped", [False, True])
def test_children_side_by_side_are_parked_together(tmp_path: Path, *, grouped: bool) -> None:
    """Where one waits for a person, none is driven on behind the back of a caller that is parked."""
    waits = agent(tmp_path, [call("ask", bill=7), "asked"], ask)
    works = agent(tmp_path, [call("slow"), "slow"], slow)

    async def answered(child: Awaitable[str]) -> str:
        return await child

    async def both(state: Found, context: Context) -> dict[str, str]:
        """Let both find out."""
        if not grouped:
            one, two = await asyncio.gather(context.child(waits, "One."), context.child(works, "Two."))
            return {"one": one, "two": two}
        async with asyncio.TaskGroup() as group:
            made = [group.create_task(answered(context.child(one, "Go."))) for one in (waits, works)]
        return {"one": made[0].result(), "two": made[1].result()}

    flow = Workflow(state=Found, steps=[step("one", both, effect="once", approval="never")], answer="one")

    async def left() -> list[str]:
        with Store.open(tmp_path / "runs.db") as store:
            with pytest.raises(Waits):
                await run(flow, store=store, folder=tmp_path)
            return [one.id for one in store.runs() if store.owner(one.id) is not None]

    assert asyncio.run(left()) == []
    assert [one.state for one in runs(tmp_path)][:2] == ["EXECUTING", "AWAITING_APPROVAL"]

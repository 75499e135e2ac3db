"""Child runs: begun once whatever crashes, gone on with, ended and counted with the run that calls them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.children import DEEPEST, Child, Children, child_id
from detent.fsm.drivers.face import resume_sync, run, run_sync
from detent.fsm.drivers.local import Driver
from detent.fsm.drivers.settle import cancel, decide, gates_meant
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.views import load_head
from detent.fsm.drivers.workflow import Workflow, step
from detent.states import Limits, ModelUnavailable, Snapshot, Spent, Usage, Waits, WaitsInDoubt
from detent.states.calls import key
from detent.store import ID_LENGTH, RunSummary, Store
from detent.tools import Context, tool

from .rig import call, python, until


@tool(effect="once", approval="never")
def pay(bill: int, context: Context) -> str:
    """Pay."""
    with (context.folder / "ledger").open("a") as ledger:
        ledger.write(f"{context.key}\n")
    return f"paid {bill}"


@tool(effect="once", approval="always")
def ask(bill: int) -> str:
    """Pay after asking."""
    return f"paid {bill}"


@tool(effect="idempotent", approval="never")
async def slow(context: Context) -> str:
    """Take for ever."""
    (context.folder / "slow").touch()
    await asyncio.sleep(600)
    return "done"


@attrs.frozen
class Found:
    """What the steps fill in."""

    one: str = ""
    two: str = ""


def agent(folder: Path, turns: list[Any], *tools: Any, **options: Any) -> Agent:
    """An agent that says these turns."""
    name = f"{len(list(folder.glob('*.json')))}.json"
    (folder / name).write_text(json.dumps(turns))
    return Agent(model=f"script:{name}", tools=tools, **options)


def caller(*below: Agent, limits: Limits | None = None) -> Workflow:
    """A workflow with a step for each of these agents, side by side."""

    def stepping(field: str, definition: Agent) -> Any:
        async def work(state: Found, context: Context) -> dict[str, str]:
            """Let it find out."""
            return {field: await context.child(definition, f"Find {field}.")}

        return step(field, work, effect="idempotent", timeout=60)

    steps = [stepping(name, one) for name, one in zip(("one", "two"), below, strict=False)]
    return Workflow(state=Found, steps=steps, answer="one", limits=limits or Limits())


def ran(folder: Path, flow: Workflow, **options: Any) -> Run:
    """A run of it."""
    return run_sync(flow, store=folder / "runs.db", folder=folder, **options)


def runs(folder: Path) -> list[RunSummary]:
    """All runs there are, the oldest first."""
    with Store.open(folder / "runs.db", mode="read") as store:
        return list(reversed(store.runs()))


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 9), st.integers(0, 9))
def test_a_childs_id_is_made_of_its_call(one: str, other: str, first: int, second: int) -> None:
    """The same call means the same child in every process, and no other call does."""
    made, again = child_id(key("r", one), first), child_id(key("r", other), second)

    assert len(made) == ID_LENGTH
    assert made == made.lower()
    assert (made == again) == ((one, first) == (other, second))


def test_steps_are_answered_by_runs_of_their_own(tmp_path: Path) -> None:
    """Each child is a whole run of the same store, which says who called it."""
    made = ran(
        tmp_path, caller(agent(tmp_path, [call("pay", bill=7), "seven"], pay), agent(tmp_path, ["two"]))
    )

    assert (made.state, made.answer) == ("DONE", "seven")
    parent, *children = runs(tmp_path)
    assert [(one.state, one.goal) for one in children] == [("DONE", "Find one."), ("DONE", "Find two.")]
    with Store.open(tmp_path / "runs.db", mode="read") as store:
        callers = [store.record(one.id).origin["caller"] for one in children]
        assert store.verify() == []
    assert callers == [{"run": parent.id, "call": f"1.{place}.0"} for place in (0, 1)]


CRASHING = """
import os, sys
from pathlib import Path
from detent import run_sync
from tests.fsm.drivers.test_children import agent, caller, pay
from detent.tools import tool

@tool(effect="read")
def die() -> str:
    "Die."
    os._exit(9)

folder = Path(sys.argv[1])
turns = [{"name": "pay", "arguments": {"bill": 7}}, {"name": "die", "arguments": {}}]
run_sync(caller(agent(folder, turns, pay, die)), store=folder / "runs.db", folder=folder)
"""


def test_a_child_is_begun_once_whatever_crashes(tmp_path: Path) -> None:
    """After a crash inside it the same child goes on, and what it did is not done again."""
    with python(tmp_path, CRASHING, str(tmp_path)) as crashing:
        assert crashing.wait() == 9

    @tool(effect="read")
    def die() -> str:
        """Live."""
        return "alive"

    (tmp_path / "0.json").write_text(json.dumps([call("pay", bill=7), call("die"), "seven"]))
    definition = Agent(model="script:0.json", tools=(pay, die))
    parent = runs(tmp_path)[0].id
    made = resume_sync(parent, agent=caller(definition), store=tmp_path / "runs.db", script_folder=tmp_path)

    assert (made.state, made.answer) == ("DONE", "seven")
    assert len(runs(tmp_path)) == 2
    assert len((tmp_path / "ledger").read_text().splitlines()) == 1


@pytest.mark.parametrize("through", ["caller", "child"])
def test_a_caller_waits_with_its_child(tmp_path: Path, through: str) -> None:
    """A gate of a child parks the caller with exit 3; settled, both go on, whichever of the two is resumed."""
    flow = caller(agent(tmp_path, [call("ask", bill=7), "asked"], ask))
    with pytest.raises(Waits, match="waits for its child run") as waits:
        ran(tmp_path, flow)
    assert waits.value.exit_code == 3

    parent, child = runs(tmp_path)
    assert (parent.state, child.state) == ("EXECUTING", "AWAITING_APPROVAL")
    asked = resume_sync_or_waits(tmp_path, flow, parent.id)
    assert asked == 3
    settle(tmp_path, child.id)
    made = resume_sync(
        {"caller": parent.id, "child": child.id}[through],
        agent=flow,
        store=tmp_path / "runs.db",
        script_folder=tmp_path,
    )
    assert (made.id, made.state, made.answer) == (parent.id, "DONE", "asked")


def resume_sync_or_waits(folder: Path, flow: Workflow, run_id: str) -> int:
    """The exit code of going on."""
    try:
        return resume_sync(run_id, agent=flow, store=folder / "runs.db", script_folder=folder).exit_code
    except Waits as waits:
        return waits.exit_code


def settle(folder: Path, run_id: str, how: str = "approve") -> None:
    """Settle the one gate of a run, as another terminal does."""
    with Store.open(folder / "runs.db") as store:
        head, (gate, *_) = gates_meant(store, run_id, None, every=False)
        decide(store, head, gate, how)


def test_a_doubt_of_a_child_is_exit_4(tmp_path: Path) -> None:
    """The caller says that a person must tell what happened."""

    @tool(effect="once", approval="never", timeout=0.05)
    async def hang() -> str:
        """Hang."""
        await asyncio.sleep(600)
        return ""

    with pytest.raises(WaitsInDoubt) as waits:
        ran(tmp_path, caller(agent(tmp_path, [call("hang"), "hung"], hang)))
    assert waits.value.exit_code == 4


def test_trouble_of_a_child_parks_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child whose model cannot be reached is no failure of the caller's call."""
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with pytest.raises(ModelUnavailable):
        ran(tmp_path, caller(Agent(model="ollama:nobody")))
    (parent,) = runs(tmp_path)
    assert parent.state == "EXECUTING"
    flow = caller(agent(tmp_path, ["there"]))
    made = resume_sync(parent.id, agent=flow, store=tmp_path / "runs.db", script_folder=tmp_path)
    assert made.answer == "there"


def test_a_child_that_fails_is_a_failed_call(tmp_path: Path) -> None:
    """The caller is told which run failed and why, and nothing of it is tried again."""
    failing = agent(tmp_path, [""], limits=Limits(repairs=0))
    made = ran(tmp_path, caller(failing))
    assert made.state == "FAILED"
    parent, child = runs(tmp_path)
    assert (parent.state, child.state) == ("FAILED", "FAILED")


def test_cancelling_the_caller_ends_the_child(tmp_path: Path) -> None:
    """Nothing of a cancelled run goes on below it."""
    drivers: list[Driver] = []
    flow = caller(agent(tmp_path, [call("slow"), "slow"], slow))

    async def both() -> Run:
        with Store.open(tmp_path / "runs.db") as store:
            work = asyncio.create_task(run(flow, store=store, folder=tmp_path, on_driver=drivers.append))
            await asyncio.to_thread(until, (tmp_path / "slow").exists)
            await asyncio.to_thread(_cancel, tmp_path, drivers[0].journal.head.run)
            return await work

    made = asyncio.run(both())
    assert (made.state, made.reason) == ("FAILED", "cancelled")
    assert [one.state for one in runs(tmp_path)] == ["FAILED", "FAILED"]


def _cancel(folder: Path, run_id: str) -> None:
    with Store.open(folder / "runs.db") as store:
        cancel(store, run_id)


def test_parking_the_caller_parks_the_child(tmp_path: Path) -> None:
    """Both stand where they were, and go on together."""
    flow = caller(agent(tmp_path, [call("slow"), "slow"], slow))

    def parked(driver: Driver) -> None:
        async def park() -> None:
            await asyncio.to_thread(until, (tmp_path / "slow").exists)
            driver.park(15)
            driver.park(15)

        tasks.append(asyncio.get_running_loop().create_task(park()))

    tasks: list[asyncio.Task[None]] = []
    made = ran(tmp_path, flow, on_driver=parked)
    assert made.exit_code == 143
    parent, child = runs(tmp_path)
    assert (parent.state, child.state) == ("EXECUTING", "EXECUTING")


def test_an_agent_is_never_below_itself(tmp_path: Path) -> None:
    """A circle of agents is refused at its first step, and so is a chain that is too deep."""
    (tmp_path / "turns.json").write_text(json.dumps([call("again"), "stopped"]))
    made: list[Agent] = []

    @tool(effect="idempotent", approval="never")
    async def again(context: Context) -> str:
        """Call the same agent."""
        return await context.child(made[0], "Again.")

    made.append(Agent(model="script:turns.json", tools=[again]))
    done = run_sync(made[0], "Begin.", store=tmp_path / "runs.db", folder=tmp_path)
    assert done.answer == "stopped"
    assert len(runs(tmp_path)) == 1

    def below(depth: int) -> Agent:
        @tool(effect="idempotent", approval="never")
        async def down(context: Context) -> str:
            """Go one down."""
            return await context.child(below(depth + 1), "Down.")

        (tmp_path / "down.json").write_text(json.dumps([call("down"), "bottom"]))
        return Agent(model="script:down.json", tools=[down])

    run_sync(below(0), "Down.", store=tmp_path / "deep.db", folder=tmp_path)
    with Store.open(tmp_path / "deep.db", mode="read") as store:
        assert len(store.runs()) == DEEPEST


def test_a_child_may_spend_what_its_caller_has_left(tmp_path: Path) -> None:
    """Its own caps are lowered to what is left of its caller's."""
    flow = caller(agent(tmp_path, ["a", "b"]), limits=Limits(tokens=500, money=7))
    ran(tmp_path, flow)
    with Store.open(tmp_path / "runs.db", mode="read") as store:
        child = runs(tmp_path)[1].id
        limits = json.loads(store.spec(child))["limits"]
    assert (limits["tokens"], limits["money"]) == (500, 7)


def test_what_a_child_has_spent_is_told_with_its_call_once(tmp_path: Path) -> None:
    """Tokens and money of a child that is over count in the run that called it."""
    made = ran(tmp_path, caller(agent(tmp_path, ["a"])))
    with Store.open(tmp_path / "runs.db") as store:
        parent = load_head(store, made.id)
        over = evolve(load_head(store, runs(tmp_path)[1].id), usage=Usage(tokens=70, money=3))

        async def drive(_definition: Any, _goal: str, _child: Child) -> Snapshot:
            return over

        children = Children(store, drive, ())
        for number in (5, 6):  # two children of one call
            asyncio.run(
                children.answer(
                    Agent(), "g", caller=lambda: parent, call="1.0.0", key=key("r", "1.0.0"), number=number
                )
            )
    assert children.spent == {"1.0.0": Spent(tokens=140, money=6)}


def test_another_goal_under_the_same_call_is_refused(tmp_path: Path) -> None:
    """A step that asks otherwise the second time is told so, instead of being given the first answer."""
    answers = agent(tmp_path, ["first"])
    goals = iter(["one", "other"])

    @tool(effect="idempotent", approval="never", attempts=2)
    async def fickle(context: Context) -> str:
        """Ask, fail, and ask something else."""
        await context.child(answers, next(goals))
        if not os.path.exists(tmp_path / "again"):  # noqa: PTH110 - a flag of this test
            (tmp_path / "again").touch()
            raise TimeoutError
        return "unreachable"

    outer = agent(tmp_path, [call("fickle"), "over"], fickle)
    made = run_sync(outer, "Ask.", store=tmp_path / "runs.db", folder=tmp_path)
    assert made.answer == "over"
    with Store.open(tmp_path / "runs.db", mode="read") as store:
        errors = [one.text.body for one in store.messages(made.id) if one.text.kind == "error"]
    assert any("another goal" in one for one in errors)

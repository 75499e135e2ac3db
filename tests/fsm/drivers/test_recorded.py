"""What is recorded of a workflow's run: what its steps came to, from which a rehearsal plans anew."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from detent import Wish
from detent.fsm.drivers.branching import fork
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.settle import cancel
from detent.fsm.drivers.standing import Run
from detent.states import ConfigError
from detent.store import Store

from .recording import Stage, played
from .rig import call

FLOW = '''\
"""A workflow that fetches two pages, checks them, sends a report, and leaves a line wherever it really did something."""

from pathlib import Path

from attrs import frozen

from detent import Context, ToolError, Workflow, step

HERE = Path(__file__).parent


def really(what: str) -> None:
    with (HERE / "really.txt").open("a") as file:
        file.write(what + "\\n")


@frozen
class Report:
    topic: str = "tea"
    wide: bool = False
    pages: int = 0
    more: int = 0
    text: str = ""
    send: str = ""


def fetch(state):
    really("fetch")
    return {"pages": 3}


def search(state):
    really("search")
    if state.wide:
        raise ToolError("The line is down.")
    return {"more": 2}


def flaky(state, context: Context):
    really("flaky")
    if context.attempt < 2:
        raise ToolError("Not now.", transient=True)
    return {"text": f"{state.topic}: {state.pages + state.more} pages" + "." * (400 if state.topic == "much" else 0)}


def shout(state):
    really("shout")
    return {"text": state.text.upper()}


def send(state):
    really("send")
    return "sent " + state.text


agent = Workflow(
    state=Report,
    steps=[
        step("fetch", fetch, effect="read"),
        step("search", search, effect="read"),
        step("write", flaky, after=("fetch", "search"), retry=2, effect="idempotent"),
        step("shout", shout, after="write", when=lambda state: state.more > 2, effect="read"),
        step("send", send, after=("write", "shout"), approval="always"),
    ],
    answer="send",
)
'''


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A folder with a workflow's file."""
    (tmp_path / "agent.py").write_text(FLOW)
    return Stage(tmp_path)


def flowed(stage: Stage, *people: tuple[str, str], **inputs: Any) -> Run:
    """A run of it, and people who say these at one gate after the other."""
    flow = load_file(stage.file, stage.folder).definition
    known: dict[str, Any] = {"store": stage.store, "folder": stage.folder}
    made = run_sync(flow, origin={"file": stage.file}, inputs=inputs, **known)
    return on(stage, made, *people)


def on(stage: Stage, made: Run, *people: tuple[str, str]) -> Run:
    """The run, gone on with."""
    flow = load_file(stage.file, stage.folder).definition
    for how, said in people:
        stage.says(made, how, said)
        made = resume_sync(made.id, agent=flow, store=stage.store, folder=stage.folder)
    return made


def test_an_exported_workflow_passes_and_does_nothing(stage: Stage) -> None:
    """Its steps come to what they came to, attempt after attempt, and what it begins with anyway is not written down."""
    run = flowed(stage, ("approve", ""), topic="coffee")
    assert (run.state, run.answer) == ("DONE", "sent coffee: 5 pages")
    path, before = stage.exported(run), stage.really()
    assert "'topic'" not in path.read_text()
    assert '"inputs": {"topic": "coffee"}' in path.read_text()
    code, said = played(path)
    assert code == 0, said
    assert stage.really() == before


CHANGES = [
    ("state.more > 2", "state.more > 1", "shout"),
    ('approval="always"', 'approval="never"', "send"),
    ("retry=2", "retry=0", "FAILED"),
    ('after=("fetch", "search")', "after=()", "write"),
    ("    wide: bool = False\n", "    wide: bool = True\n", "wide"),
    ('        step("search", search, effect="read"),\n', "", "fetch"),
]


@pytest.mark.parametrize(("old", "new", "shown"), CHANGES)
def test_a_changed_step_is_noticed(stage: Stage, old: str, new: str, shown: str) -> None:
    """Another condition, order, approval, number of attempts, or first state gives other clicks."""
    path = stage.exported(flowed(stage, ("approve", "")))
    before = stage.really()
    assert played(path)[0] == 0
    stage.changed(old, new)
    if not new:
        stage.changed('after=("fetch", "search")', 'after="fetch"')
    code, said = played(path)
    assert code == 1, said
    assert "At index" in said
    assert shown in said
    assert stage.really() == before


@pytest.mark.parametrize(
    ("inputs", "people", "last"),
    [
        ({"wide": True}, (), "ended: gave_up"),
        ({}, (("deny", "not today"),), "ended: gave_up"),
        ({}, (), "opened: approval-3.0.0-1"),
        ({"topic": "much"}, (("approve", ""),), "ended: answered"),
    ],
)
def test_any_end_of_a_workflow_comes_again(
    stage: Stage, inputs: dict[str, Any], people: tuple[tuple[str, str], ...], last: str
) -> None:
    """One that gave up, one that was told no, one that waits, and one whose state is longer than a line."""
    made = stage.recorded(flowed(stage, *people, **inputs))
    assert made.clicks[-1].endswith(last)
    assert stage.again(made) == made.clicks
    assert any("arguments" in one for one in made.said["calls"]) == (inputs == {"topic": "much"})


def test_a_workflow_that_was_ended_goes_as_far_as_it_is_recorded(stage: Stage) -> None:
    """It stops where no more plans are recorded, though its steps would go on."""
    run = flowed(stage)
    with Store.open(stage.store) as store:
        cancel(store, run.id)
    made = stage.recorded(run)
    assert made.said["plans"] == 3
    assert stage.again(made) == made.clicks
    for seq in range(run.snapshot.seq + 1):
        early = stage.recorded(run, seq)
        assert stage.again(early) == early.clicks


@pytest.mark.parametrize("mode", ["live", "recorded", "ask"])
def test_a_fork_of_a_workflow_goes_on_from_its_state(stage: Stage, mode: str) -> None:
    """From any of its clicks, with the steps that were done, and what a person changed of their results."""
    run = flowed(stage, ("approve", ""))
    flow = load_file(stage.file, stage.folder).definition
    for seq in range(run.snapshot.seq + 1):
        made = asyncio.run(fork(f"{run.id}@{seq}", Wish(recordings=mode), agent=flow, store=stage.store))
        while made.snapshot.gates:
            how = "approve" if made.snapshot.gates[0].kind.value == "approval" else "failed"
            stage.says(made, how, "" if how == "approve" else "It did not.", made.snapshot.gates[0].id)
            made = on(stage, resume_sync(made.id, agent=flow, store=stage.store, folder=stage.folder))
        assert made.snapshot.reason
        told = stage.recorded(made)
        assert "inputs" not in told.said
        assert stage.again(told) == told.clicks


def test_nothing_is_waited_for(stage: Stage) -> None:
    """What is tried again and again is tried again at once, however long the pauses would be."""
    made = stage.recorded(flowed(stage))
    tries = [{"error": "tool_error", "message": "Not now.", "transient": True}] * 12
    for one in made.said["calls"]:
        if one["tool"] == "write":
            one["came_to"] = [*tries, '{"text":"so"}']
    stage.changed("retry=2", "retry=12")
    stage.changed('    answer="send",', '    answer="send",\n    limits=Limits(attempts=20),')
    stage.changed("import Context", "import Context, Limits")
    began = time.monotonic()
    assert any("attempt 13" in line for line in stage.again(made))
    assert time.monotonic() - began < 60


def test_a_result_that_was_changed_in_a_fork_counts(stage: Stage) -> None:
    """The step after it is given the state that the fork had."""
    run = flowed(stage)
    flow = load_file(stage.file, stage.folder).definition
    seq = next(one.seq for one in run.snapshots() if one.state == "OBSERVING")
    wish = Wish(recordings="live", edits=(("result", '{"more":7}'),))
    made = on(
        stage, asyncio.run(fork(f"{run.id}@{seq}", wish, agent=flow, store=stage.store)), ("approve", "")
    )
    assert made.answer == "sent TEA: 10 PAGES"
    told = stage.recorded(made)
    assert any("PlanMade shout" in line for line in told.clicks)
    assert stage.again(told) == told.clicks


def test_an_agent_where_a_workflow_was_is_refused(stage: Stage) -> None:
    """A file that holds something else now is no other behaviour, but the wrong file."""
    made = stage.recorded(flowed(stage))
    Stage.of(stage.folder, [call("look", thing="a"), "Hello."])
    with pytest.raises(ConfigError, match="holds an agent, and the run was a workflow's"):
        stage.again(made)

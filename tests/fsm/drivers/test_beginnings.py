"""Rehearsals of forks: they go on from the click of their parent, wherever that was, and whatever has become of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent import Wish
from detent.fsm.drivers.branching import fork
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.standing import Run

from .recording import EVERYTHING, PEOPLE, Stage, played, run_on
from .rig import call


def forked(stage: Stage, run: Run, at: int | str, *people: tuple[str, str], **wish: Any) -> Run:
    """A fork that goes on with the same script, and people who say these at one gate after the other."""
    agent = load_file(stage.file, stage.folder).definition
    wanted = Wish(**{"recordings": "live", **wish})
    made = asyncio.run(
        fork(f"{run.id}@{at}", wanted, agent=agent, store=stage.store, script_folder=stage.folder)
    )
    for how, said in people:
        stage.says(made, how, said)
        made = run_on(stage, made)
    return made


def says(stage: Stage, *turns: Any) -> None:
    """What the model says from now on."""
    (stage.folder / "model.json").write_text(json.dumps(turns))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A place whose model looks, pays twice and answers."""
    turns = [
        [call("look", thing="a"), call("look", thing="slow")],
        call("pay", amount=5),
        call("pay", amount=6),
        "Paid.",
    ]
    return Stage.of(tmp_path, turns)


CLICKS = st.integers(0, 18)


@given(
    at=CLICKS, mode=st.sampled_from(["live", "recorded", "ask"]), said=st.sampled_from(["approve", "deny"])
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_fork_of_any_click_is_rehearsed_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, at: int, mode: str, said: str
) -> None:
    """Whatever its parent had under way, whatever its calls might do, and whoever said what in it."""
    stage = Stage.of(tmp_path_factory.mktemp("any"), EVERYTHING)
    run = stage.run(*PEOPLE)
    made = forked(stage, run, min(at, run.snapshot.seq), recordings=mode)
    while made.snapshot.gates:
        gate = made.snapshot.gates[0]
        how = {"approval": said, "question": "answer", "doubt": "failed"}.get(gate.kind.value, "deny")
        stage.says(made, how, "So it is.", gate.id)
        made = run_on(stage, made)
    assert made.snapshot.reason
    told, before = stage.recorded(made), stage.really()
    assert stage.again(told) == told.clicks
    assert "Forked" in told.clicks[0]
    assert stage.really() == before


def test_an_exported_fork_passes_until_the_agent_changes(stage: Stage) -> None:
    """Its file holds nothing of what came before its click, passes, and names the gate that is gone."""
    run = stage.run(("approve", ""), ("deny", "no"))
    assert run.state == "DONE"
    made = forked(stage, run, next(one.seq for one in run.snapshots() if one.turn == 3), ("approve", ""))
    path, before = stage.exported(made), stage.really()
    assert "look" not in path.read_text()
    code, said = played(path)
    assert code == 0, said
    stage.changed("amount > 3", "amount > 9")
    code, said = played(path)
    assert code == 1, said
    assert "EXECUTING PlanMade pay" in said
    assert stage.really() == before


CHANGES = [
    ("amount > 3", "amount > 9", "EXECUTING PlanMade pay"),
    ("def pay(amount: int) -> str", "def pay(amount: int, to: str) -> str", "Forked"),
    ('effect="once", approval=lambda', 'effect="once", attempts=2, approval=lambda', "Forked"),
    ("model_turns=10", "model_turns=2", "PlanRefused"),
]


@pytest.mark.parametrize(("old", "new", "shown"), CHANGES)
def test_a_change_under_a_pending_call_is_noticed(stage: Stage, old: str, new: str, shown: str) -> None:
    """A fork that begins with a call that waits for its yes says so where the call's tool is another one now."""
    run = stage.run()
    made = forked(stage, run, run.snapshot.seq, ("approve", ""), ("approve", ""))
    assert made.state == "DONE"
    path = stage.exported(made)
    assert played(path)[0] == 0
    stage.changed(old, new)
    if "to: str" in new:
        stage.changed("lambda amount: amount > 3", "lambda **given: True")
    code, said = played(path)
    assert code == 1, said
    assert shown in said


def test_what_its_parent_had_under_way_is_in_doubt_again(tmp_path: Path) -> None:
    """A call that its parent had started is asked about in the rehearsal too, and settled as it was."""
    stage = Stage.of(tmp_path, [[call("look", thing="a"), call("shake", hands="both")], "Shaken."])
    run = stage.run(("happened", "they shook"))
    started = next(one.seq for one in run.snapshots() if any(call.phase == "started" for call in one.calls))
    made = forked(stage, run, started, ("happened", "at last"))
    told = stage.recorded(made)
    assert told.said["fork"]["calls"][1]["phase"] == "started"
    assert "opened: doubt-1.1.0-1" in told.clicks[0]
    assert stage.again(told) == told.clicks


def test_an_open_question_stays_open(tmp_path: Path) -> None:
    """A fork of a run that asks begins with the question, and its answer."""
    stage = Stage.of(tmp_path, [call("ask_person", question="All well?"), "Good."])
    run = stage.run()
    made = forked(stage, run, run.snapshot.seq, ("answer", "Yes."))
    told = stage.recorded(made)
    assert told.said["fork"] == {"state": "AWAITING_APPROVAL", "turn": 1, "question": "All well?"}
    assert stage.again(told) == told.clicks


def test_what_was_said_next_is_said_next(stage: Stage) -> None:
    """To go on talking with a run that is over is a test of few lines."""
    run = stage.run(("deny", "no"), ("deny", "no"))
    says(stage, "0", "1", "2", "3", call("pay", amount=2), "Two then.")
    made = forked(stage, run, -1, note="And two?")
    told = stage.recorded(made)
    assert told.said["fork"] == {"state": "DONE", "turn": 4}
    assert told.said["turns"] == [call("pay", amount=2), "Two then."]
    assert any("Told And two?" in line for line in told.clicks)
    assert stage.again(told) == told.clicks


def test_what_a_fork_was_given_is_given_again(stage: Stage) -> None:
    """Another goal, other messages, a decision made at once, its limits: all of it counts, but no words for a model."""
    run = stage.run()
    wish = {
        "goal": "Pay less.",
        "edits": (("result", "saw nothing"),),
        "decisions": (("", "approve", ""),),
        "limits": {"model_turns": 3},
        "instructions": "Be quick.",
    }
    made = forked(stage, run, run.snapshot.seq, **wish)
    told = stage.recorded(made)
    assert told.said["goal"] == "Pay less."
    assert told.said["overrides"] == {"limits": {"model_turns": 3}}
    assert told.said["people"][0]["how"] == "approve"
    assert [one.get("came_to") for one in told.said["fork"].get("calls", [])] == [None]
    assert stage.again(told) == told.clicks


def test_a_fork_of_a_fork_needs_neither_of_them(stage: Stage) -> None:
    """Its file holds the one click that it goes on from, and the calls it was served."""
    run = stage.run(("approve", ""), ("approve", ""))
    middle = forked(stage, run, 1, recordings="recorded")
    made = forked(stage, middle, middle.snapshot.seq - 2, recordings="ask")
    while made.snapshot.gates:
        stage.says(made, "approve", "")
        made = run_on(stage, made)
    told = stage.recorded(made)
    assert told.said["fork"]["recordings"] == "ask"
    assert stage.again(told) == told.clicks

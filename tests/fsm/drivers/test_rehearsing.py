"""Rehearsals: a recorded run once more, with the agent as its file is now, without its model and its tools."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import detent
from detent.fsm.drivers.branching import fork
from detent.fsm.drivers.face import run_sync
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.recorded import recorded
from detent.fsm.drivers.rehearsing import rehearse
from detent.fsm.drivers.settle import cancel, decide, gates_meant
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.testfiles import pytest_file
from detent.states import ConfigError, UsageError
from detent.store import Store

from .recording import AGENT, EVERYTHING, FLOW, PEOPLE, Stage, played, run_on
from .rig import call


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Run]:
    """A run with refusals, failures, parallel results, gates settled in every way, and a question."""
    stage = Stage.of(tmp_path_factory.mktemp("whole"), EVERYTHING)
    run = stage.run(*PEOPLE)
    assert run.state == "DONE"
    return stage, run


def test_an_exported_test_passes_and_nothing_is_really_done(whole: tuple[Stage, Run]) -> None:
    """The file passes in a pytest of its own, as often as it is run, and calls no tool."""
    stage, run = whole
    path, before = stage.exported(run), stage.really()
    for _ in range(2):
        code, said = played(path)
        assert code == 0, said
        assert "1 passed" in said
    assert stage.really() == before
    assert str(stage.folder) not in path.read_text()
    path.unlink()


CHANGES = [
    ("amount > 3", "amount > 1", "AWAITING_APPROVAL"),
    ("amount > 3", "amount > 5", "EXECUTING"),
    ("def pay(amount: int)", "def pay(sum: int)", "PlanRefused"),
    ("amount: int", "amount: str", "PlanRefused"),
    ("model_turns=10", "model_turns=4", "turns"),
    ("look, shake", "shake", "PlanRefused unknown_tool"),
    ("model_turns=10", "calls_per_turn=2", "PlanRefused too_many_calls"),
]


@pytest.mark.parametrize(("old", "new", "shown"), CHANGES)
def test_a_changed_agent_is_noticed(tmp_path: Path, old: str, new: str, shown: str) -> None:
    """Another approval rule, schema or limit gives other clicks, and pytest shows the first of them."""
    stage = Stage.of(tmp_path, EVERYTHING)
    path = stage.exported(stage.run(*PEOPLE))
    before = stage.really()
    stage.changed(old, new)
    if old.startswith(("def", "amount:")):
        stage.changed("lambda amount: amount > 3", "lambda **given: True")
    code, said = played(path)
    assert code == 1, said
    assert "At index" in said
    assert shown in said
    assert stage.really() == before


def test_words_that_change_nothing_change_no_click(whole: tuple[Stage, Run], tmp_path: Path) -> None:
    """Other instructions, another model and other descriptions are no other behaviour."""
    stage, run = whole
    text = AGENT.replace("script:model.json", "ollama:any", 1).replace('"""Look."""', '"""Look well."""')
    (tmp_path / "agent.py").write_text(
        text.replace("limits=Limits", 'instructions="Be kind.", limits=Limits')
    )
    made = stage.recorded(run)
    folder = tmp_path / "in"
    folder.mkdir()
    assert detent.rehearse(tmp_path / "agent.py", made.said, folder) == made.clicks


def test_what_always_differs_is_not_told(tmp_path: Path) -> None:
    """Two runs of the same turns are told with the same lines, however their parallel results came."""
    stage = Stage.of(tmp_path, [[call("look", thing="slow"), call("look", thing="a")], "Seen."])
    one = stage.recorded(stage.run())
    stage.changed('"slow" else 0', '"a" else 0')
    other = stage.recorded(stage.run())
    assert one.clicks == other.clicks
    assert one.said == {**other.said, "calls": one.said["calls"]}
    assert "sha256" not in json.dumps([one.clicks, one.said])


def test_a_result_is_kept_whole_and_once(tmp_path: Path) -> None:
    """A long result is whole, and equal calls in a row do not repeat it."""
    stage = Stage.of(tmp_path, [call("look", thing="x" * 9000)] * 2 + ["Seen."])
    made = stage.recorded(stage.run())
    (kept,) = made.said["calls"]
    assert kept["came_to"] == ["saw " + "x" * 9000]
    assert all(len(line) < 500 for line in made.clicks)
    assert stage.again(made) == made.clicks


def test_attempts_come_to_what_they_came_to(tmp_path: Path) -> None:
    """A try that failed fails again, and the next one works again."""
    stage = Stage.of(tmp_path, [call("look", thing="shaky"), "Seen."])
    made = stage.recorded(stage.run())
    assert any("attempt 2" in line for line in made.clicks)
    assert stage.again(made) == made.clicks


@pytest.mark.parametrize(
    "said", [("happened", "they shook"), ("failed", "they did not"), ("did_not_happen", "")]
)
def test_a_call_in_doubt_is_settled_as_it_was(tmp_path: Path, said: tuple[str, str]) -> None:
    """The gate of an attempt of which nobody knows opens again, and what a person said there is said again."""
    stage = Stage.of(tmp_path, [call("shake", hands="both"), "Shaken."])
    people = [said, ("happened", "at last")] if said[0] == "did_not_happen" else [said]
    run = stage.run(*people)
    assert run.state == "DONE"
    made, before = stage.recorded(run), stage.really()
    assert stage.again(made) == made.clicks
    assert stage.really() == before


def test_limits_and_loops_are_settled_as_they_were(tmp_path: Path) -> None:
    """More turns that were granted are granted again, and a hint at a loop is given again."""
    turns = [call("look", thing="a")] * 4 + [call("look", thing="b"), call("look", thing="c"), "Seen."]
    stage = Stage.of(tmp_path, turns)
    stage.changed("model_turns=10", "model_turns=5")
    run = stage.run(at_limit="ask")
    seen = []
    while run.snapshot.gates:
        seen.append(run.snapshot.gates[0].kind.value)
        stage.says(run, *(("answer", "Look elsewhere.") if seen[-1] == "loop" else ("approve", "")))
        run = run_on(stage, run)
    assert {"loop", "limit"} <= set(seen)
    made = stage.recorded(run)
    assert stage.again(made) == made.clicks


def test_what_was_allowed_in_advance_is_allowed_again(tmp_path: Path) -> None:
    """A rule lets a call pass in the rehearsal too, and the click says which."""
    stage = Stage.of(tmp_path, [call("pay", amount=5), call("pay", amount=6), "Paid."])
    run = stage.run(("approve", ""), yes=["pay(amount=6)"])
    made = stage.recorded(run)
    assert any("allowed by pay(amount=6)" in line for line in made.clicks)
    assert stage.again(made) == made.clicks


def test_a_note_is_told_again(tmp_path: Path) -> None:
    """What a person said of their own accord is said again where they said it."""
    stage = Stage.of(tmp_path, [call("pay", amount=5), "Paid."])
    run = stage.run(("tell", "Be\nquick."), ("approve", ""))
    made = stage.recorded(run)
    assert any("Told Be" in line for line in made.clicks)
    assert stage.again(made) == made.clicks


def test_a_run_that_waits_or_was_ended_goes_as_far_as_it_is_recorded(tmp_path: Path) -> None:
    """An open gate stays open in a rehearsal, and what a person ended by hand is left out."""
    stage = Stage.of(tmp_path, [call("look", thing="a"), call("pay", amount=5), "Paid."])
    run = stage.run()
    waits = stage.recorded(run)
    assert "opened: approval" in waits.clicks[-1]
    assert stage.again(waits) == waits.clicks
    with Store.open(stage.store) as store:
        cancel(store, run.id)
    assert stage.recorded(run).clicks == waits.clicks
    early = stage.recorded(run, 2)
    assert early.clicks == waits.clicks[:1]


def test_what_a_child_run_answered_is_served(tmp_path: Path) -> None:
    """The caller of a child run is rehearsed without it, and the child run itself where its agent is named."""
    stage = Stage.of(tmp_path, [call("delegate"), "Done."])
    run = stage.run()
    assert run.state == "DONE"
    made = stage.recorded(run)
    assert made.said["calls"][0]["came_to"] == ["Done for you."]
    assert stage.again(made) == made.clicks
    with Store.open(stage.store, mode="read") as store:
        (child,) = [one.id for one in store.runs() if one.id != run.id]
        mine = recorded(store, child)
        with pytest.raises(UsageError, match="was begun by a call of run") as raised:
            pytest_file(store, child, 0, agent="", path=tmp_path / "test_it.py")
    assert "-a FILE:NAME" in raised.value.hint
    (tmp_path / "child.py").write_text('from detent import Agent\n\nagent = Agent(model="script:any")\n')
    folder = tmp_path / "below"
    folder.mkdir()
    assert rehearse(tmp_path / "child.py", mine.said, folder) == mine.clicks


def test_what_cannot_be_rehearsed_is_refused(tmp_path: Path) -> None:
    """A run without an agent file, one that stands nowhere yet, and an agent that is a workflow now are refused in words."""
    stage = Stage.of(tmp_path, [call("look", thing="a"), "Hello."])
    run = stage.run()
    agent = load_file(stage.file, tmp_path).definition
    known: dict[str, Any] = {"store": stage.store, "script_folder": tmp_path}
    bare = run_sync(agent, "Hi.", folder=tmp_path, **known)
    with pytest.raises(UsageError, match="without an agent file"):
        stage.exported(bare)
    forked = asyncio.run(fork(f"{run.id}@1", agent=agent, park=True, **known))
    assert forked.state == "EXECUTING"
    with pytest.raises(UsageError, match="has no click at which it is over"):
        stage.recorded(forked)
    (tmp_path / "flow.py").write_text(FLOW)
    with pytest.raises(ConfigError, match="holds a workflow, and the run was an agent's"):
        rehearse(tmp_path / "flow.py", stage.recorded(run).said, tmp_path)


def test_what_a_rehearsal_does_not_spend_is_refused(tmp_path: Path) -> None:
    """A cap of time is reached by what a rehearsal has none of, so a run is taken up to there."""
    stage = Stage.of(tmp_path, [call("look", thing="slow"), call("look", thing="a"), "Seen."])
    stage.changed("model_turns=10", "wall_seconds=1")
    stage.changed("sleep(0.05", "sleep(1.1")
    run = stage.run()
    with pytest.raises(UsageError, match="past click 2: it had spent its wall_seconds there"):
        stage.recorded(run)
    made = stage.recorded(run, 2)
    assert stage.again(made) == made.clicks == ["0 PLANNING Begun"]


def test_a_fork_cannot_ask_for_what_only_rehearsals_have(tmp_path: Path) -> None:
    """No run is begun that is served recordings and keeps its gates but by a rehearsal."""
    stage = Stage.of(tmp_path, ["Hello."])
    run = stage.run()
    with pytest.raises(UsageError, match="'rehearsed' is no way to treat calls") as raised:
        asyncio.run(fork(run.id, detent.Wish(recordings="rehearsed"), store=stage.store))
    assert raised.value.hint == "There are recorded, ask, live."


def test_a_gate_that_expired_expires_again(tmp_path: Path) -> None:
    """Nobody settles it in the rehearsal either, and nobody waits for that."""
    stage = Stage.of(tmp_path, [call("pay", amount=5), call("pay", amount=6), "Not paid."])
    stage.changed("model_turns=10", "gate_seconds=1")
    run = stage.run()
    time.sleep(1.1)
    run = run_on(stage, run)
    stage.says(run, "deny", "no")
    run = run_on(stage, run)
    assert run.state == "DONE"
    stage.changed("gate_seconds=1", "gate_seconds=1_000")
    made = stage.recorded(run)
    assert [one["how"] for one in made.said["people"]] == ["expire", "deny"]
    began = time.monotonic()
    assert stage.again(made) == made.clicks
    assert time.monotonic() - began < 60
    stage.changed("gate_seconds=1_000", "gate_seconds=None")
    assert stage.again(made) != made.clicks


def test_resources_are_not_entered(tmp_path: Path) -> None:
    """Nothing that only tools need is opened, be it a connection or a file."""
    stage = Stage.of(tmp_path, [call("look", thing="a"), "Seen."])
    made = stage.recorded(stage.run())
    stage.changed("    limits=Limits", '    resources={"bank": lambda: really("opened")},\n    limits=Limits')
    before = stage.really()
    assert stage.again(made) == made.clicks
    assert stage.really() == before


def test_an_agent_that_has_changed_since_is_not_written_down(tmp_path: Path) -> None:
    """A test that would fail from the first day is refused, with what differs."""
    stage = Stage.of(tmp_path, [call("pay", amount=2), "Paid."])
    run = stage.run()
    stage.changed("amount > 3", "amount > 1")
    with pytest.raises(UsageError, match="comes out otherwise"):
        stage.exported(run)


PLANS: Callable[[], Any] = lambda: st.lists(  # noqa: E731
    st.sampled_from(
        [
            call("look", thing="a"),
            call("look", thing="gone"),
            [call("look", thing="slow"), call("look", thing="a"), call("pay", amount=1)],
            [call("look", thing="a"), call("pay", amount=4), call("pay", amount=5)],
            call("unknown"),
            {"raw": '<tool_call>{"name": "pay"'},
            call("pay", amount=2),
            call("pay", amount=9),
        ]
    ),
    max_size=5,
)


@given(
    turns=PLANS(),
    people=st.lists(st.sampled_from([("approve", ""), ("deny", "no"), ("deny", "")]), max_size=5),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_run_is_rehearsed_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, turns: list[Any], people: list[tuple[str, str]]
) -> None:
    """Whatever was planned and decided, and however far it came, the rehearsal does the same."""
    stage = Stage.of(tmp_path_factory.mktemp("any"), [*turns, "Over."])
    run = stage.run()
    for how, said in people:
        if not run.snapshot.gates:
            break
        with Store.open(stage.store) as store:
            head, gates = gates_meant(store, run.id, None, every=True)
            decide(store, head, gates[-1], how if gates[-1].kind.value == "approval" else "deny", said)
        run = run_on(stage, run)
    made, before = stage.recorded(run), stage.really()
    assert stage.again(made) == made.clicks
    assert stage.really() == before

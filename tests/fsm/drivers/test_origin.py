"""Where a run came from: enough to find its functions again in another process, from another folder."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.assembly import changed
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.origin import apply_overrides, definition_of, origin_of_file, origin_of_flags
from detent.fsm.drivers.workflow import Workflow, step
from detent.states import AtLimit, Limits, Spec
from detent.states.errors import ConfigError, UsageError

AGENT = """
from detent import Agent, tool

@tool
def act() -> str:
    "Act."
    return "acted"

agent = Agent(model="script:beside.json", tools=[act])
"""


def test_a_run_of_a_file_is_resumed_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent file is found by where it was, its script beside it, whatever folder resumes; only the folder is the run's."""
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    (home / "agent.py").write_text(AGENT)
    (home / "beside.json").write_text(json.dumps([{"name": "act", "arguments": {}}, "Done."]))
    loaded = load_file("agent.py", home)
    overrides = {"limits": {"model_turns": "7"}, "tools": ["files"]}
    run = run_sync(
        apply_overrides(loaded.definition, overrides),
        "Act.",
        store=tmp_path / "runs.db",
        folder=away,
        script_folder=home,
        origin=origin_of_file(loaded.address, overrides),
    )
    run.decide("approve")
    monkeypatch.chdir(tmp_path)

    after = resume_sync(run.id, store=tmp_path / "runs.db")

    assert (after.answer, after.snapshot.spec.limits.model_turns, after.notices) == ("Done.", 7, ())


def test_overrides_hold_when_the_file_is_named_again(tmp_path: Path) -> None:
    """What the command line added belongs to the run, also where its file has moved and is named."""
    (tmp_path / "agent.py").write_text(AGENT)
    (tmp_path / "beside.json").write_text(json.dumps([{"name": "act", "arguments": {}}, "Done."]))
    loaded = load_file("agent.py", tmp_path)
    run = run_sync(
        apply_overrides(loaded.definition, {"tools": ["files"]}),
        "Act.",
        store=tmp_path / "runs.db",
        folder=tmp_path,
        origin=origin_of_file("/nowhere/agent.py:agent", {"tools": ["files"]}),
    )
    with pytest.raises(ConfigError, match="needs its agent") as caught:
        resume_sync(run.id, store=tmp_path / "runs.db")
    assert "-a FILE" in caught.value.hint
    run.decide("approve")
    assert resume_sync(run.id, store=tmp_path / "runs.db", agent=loaded.definition).answer == "Done."


def test_a_run_without_a_file_is_made_of_its_flags_again() -> None:
    """Built-in tools and the model come from what is stored, and nothing of it counts as changed."""
    agent = Agent(model="script:x", tools=["files", "ask_person"], limits=Limits(tokens=5))
    spec = agent.spec(agent.toolbox(), AtLimit.ASK)
    again, file = definition_of(origin_of_flags(("files", "ask_person")), spec, "run")
    assert file is None
    assert again.toolbox().specs() == agent.toolbox().specs()
    assert changed(spec, again, again.toolbox()) == ()


def test_a_run_begun_from_python_is_resumed_from_there() -> None:
    """Without a file nobody else has its functions, and that is said."""
    with pytest.raises(ConfigError, match="begun from Python"):
        definition_of({}, Spec(), "k7f3abcd")


def test_overrides_change_what_they_name() -> None:
    """Model, limits and further tools are changed, what is there already is not doubled, and nothing is nothing."""
    agent = Agent(model="script:x", tools=["files"])
    changed_ = apply_overrides(
        agent, {"model": "script:y", "tools": ["files", "output"], "limits": {"notes": "2"}}
    )
    assert isinstance(changed_, Agent)
    assert (changed_.model, changed_.tools, changed_.limits.notes) == ("script:y", ("files", "output"), 2)
    assert apply_overrides(agent, {}) is agent


def test_a_workflow_takes_limits_and_nothing_else() -> None:
    """A model or tools for a workflow are the caller's mistake."""

    @attrs.frozen
    class State:
        """Nothing much."""

        n: int = 0

    flow = Workflow(state=State, steps=[step("act", lambda _state: {"n": 1})], answer="n")
    assert apply_overrides(flow, {"limits": {"wall_seconds": "7"}}).limits.wall_seconds == 7
    with pytest.raises(UsageError, match="no model, no instructions and no tools"):
        apply_overrides(flow, {"model": "script:x"})

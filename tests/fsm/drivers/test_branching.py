"""Forks: new runs from any click of another, with something changed, and nothing touched that was not asked for."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.differing import compare
from detent.fsm.drivers.replaying import replay
from detent.fsm.drivers.standing import Run
from detent.states import ConfigError, Limits, NotFound, UsageError
from detent.store import Store
from detent.tools import Context, tool

from .rig import Rig, call, rig


@tool(effect="once", approval="never")
def act(n: int, context: Context) -> str:
    """Act, and leave a mark."""
    with (context.folder / "marks").open("a") as marks:
        marks.write(f"{n}\n")
    return f"acted {n}"


@tool(effect="once")
def ask(n: int, context: Context) -> str:
    """Act after asking."""
    with (context.folder / "marks").open("a") as marks:
        marks.write(f"ask {n}\n")
    return f"asked {n}"


@tool(effect="read")
def look(n: int, context: Context) -> str:
    """Look; what is seen changes each time."""
    seen = context.folder / "seen"
    count = len(seen.read_text()) if seen.exists() else 0
    seen.write_text("x" * (count + 1))
    return f"saw {n} as {count}"


def marks(made: Rig) -> list[str]:
    """What tools left."""
    path = made.folder / "marks"
    return path.read_text().splitlines() if path.exists() else []


def forked(made: Rig, address: str, wish: Wish | None = None, **options: Any) -> Run:
    """A fork of one of its runs, driven."""
    return asyncio.run(fork(address, wish, agent=made.agent, store=made.store, folder=made.folder, **options))


def test_a_fork_goes_on_from_its_click_and_calls_no_tool(tmp_path: Path) -> None:
    """Equal calls are served what they came to, and the parent does not change by a byte."""
    made = rig(tmp_path, [call("act", n=1), call("act", n=2), "Done."], act)
    run = made.run()
    before = stored(made, run.id)
    fork_ = forked(made, f"{run.id}@4")

    assert (fork_.state, fork_.answer) == ("DONE", "Done.")
    assert marks(made) == ["1", "2"]
    assert stored(made, run.id) == before
    with Store.open(made.store, mode="read") as store:
        assert store.verify() == []
        assert store.record(fork_.id).parent == (run.id, 4)
        assert replay(store, fork_.id).divergence is None


def stored(made: Rig, run: str) -> list[Any]:
    """Everything the store has of a run."""
    with Store.open(made.store, mode="read") as store:
        return [*store.clicks(run), *store.messages(run), *store.texts(run), *store.decisions(run)]


@pytest.mark.parametrize("seq", range(10))
def test_every_click_can_be_forked_and_replayed(tmp_path: Path, seq: int) -> None:
    """Whatever was open there: the fork ends or waits, replays byte for byte, and its family verifies."""
    made = rig(tmp_path, [call("look", n=1), call("ask", n=2), "Done."], look, ask)
    run = made.run()
    made.decide(run, "approve")
    run = made.resume(run)
    assert run.snapshot.seq == 9
    done = forked(made, f"{run.id}@{seq}")

    assert done.state in ("DONE", "AWAITING_APPROVAL")
    assert marks(made) == ["ask 2"]
    with Store.open(made.store, mode="read") as store:
        assert replay(store, done.id).divergence is None
        assert store.verify() == []


def test_a_fork_inherits_no_approval(tmp_path: Path) -> None:
    """A gate of the parent is asked again, under the fork's own digest."""
    made = rig(tmp_path, [call("ask", n=2), "Done."], ask)
    run = made.run()
    again = forked(made, run.id, Wish(recordings="live"))
    assert again.state == "AWAITING_APPROVAL"
    assert again.gates[0]["gate"] == run.gates[0]["gate"]
    assert again.gates[0]["digest"] != run.gates[0]["digest"]


def test_a_call_without_a_recording_is_a_failed_outcome_the_model_is_told(tmp_path: Path) -> None:
    """Nothing runs, and nobody is asked."""
    made = rig(tmp_path, [call("ask", n=2), "Done."], ask)
    run = made.run()
    (tmp_path / "other.json").write_text(json.dumps([call("ask", n=9), "Told."]))
    done = forked(made, f"{run.id}@0", Wish(model="script:other.json"))

    assert (done.state, done.answer) == ("DONE", "Told.")
    assert marks(made) == []
    assert "not_recorded" in made.said(done, "error")[0]


def test_asking_serves_what_is_known_and_asks_about_the_rest(tmp_path: Path) -> None:
    """A yes there runs the call for real, once."""
    made = rig(tmp_path, [call("act", n=1), "Done."], act)
    run = made.run()
    (tmp_path / "other.json").write_text(json.dumps([call("act", n=1), call("act", n=5), "Told."]))
    waits = forked(made, f"{run.id}@0", Wish(model="script:other.json", recordings="ask"))

    assert waits.state == "AWAITING_APPROVAL"
    assert waits.gates[0]["arguments"] == {"n": 5}
    assert marks(made) == ["1"]
    made = Rig(made.folder, evolve(made.agent, model="script:other.json"))
    made.decide(waits, "approve")
    assert made.resume(waits).answer == "Told."
    assert marks(made) == ["1", "5"]


def test_live_is_never_implied(tmp_path: Path) -> None:
    """Only where it is said do tools run again."""
    made = rig(tmp_path, [call("act", n=1), "Done."], act)
    run = made.run()
    assert Wish().recordings == "recorded"
    forked(made, f"{run.id}@0")
    assert marks(made) == ["1"]
    forked(made, f"{run.id}@0", Wish(recordings="live"))
    assert marks(made) == ["1", "1"]


def test_equal_calls_are_served_in_their_order(tmp_path: Path) -> None:
    """The first gets the first result, the second the second, and what is beyond them the last."""
    made = rig(tmp_path, [call("look", n=1), call("look", n=1), "Done."], look)
    run = made.run()
    (tmp_path / "other.json").write_text(json.dumps([*[call("look", n=1)] * 3, "Done."]))
    done = forked(made, f"{run.id}@0", Wish(model="script:other.json"))
    assert made.said(done, "result") == ["saw 1 as 0", "saw 1 as 1", "saw 1 as 1"]
    late = forked(made, f"{run.id}@3", Wish(model="script:turns.json"))
    assert made.said(late, "result") == ["saw 1 as 0", "saw 1 as 1"]


def test_recordings_are_those_of_the_whole_family(tmp_path: Path) -> None:
    """What a live fork did can be served to another."""
    made = rig(tmp_path, [call("act", n=1), "Done."], act)
    run = made.run()
    (tmp_path / "other.json").write_text(json.dumps([call("act", n=5), "Told."]))
    forked(made, f"{run.id}@0", Wish(model="script:other.json", recordings="live"))
    done = forked(made, f"{run.id}@0", Wish(model="script:other.json"))
    assert made.said(done, "result") == ["acted 5"]
    assert marks(made) == ["1", "5"]


def test_a_changed_tool_has_no_recording(tmp_path: Path) -> None:
    """Another version of a tool is another tool."""
    made = rig(tmp_path, [call("act", n=1), "Done."], act)
    run = made.run()
    other = Rig(tmp_path, evolve(made.agent, tools=[evolve(act, version=2)]))
    done = forked(other, f"{run.id}@0")
    assert "not_recorded" in made.said(done, "error")[0]
    assert marks(made) == ["1"]


@pytest.mark.parametrize(
    ("wish", "kind", "said"),
    [
        (Wish(edits=(("result", "other"),)), "result", "other"),
        (Wish(edits=(("2", "other"),)), "result", "other"),
        (Wish(goal="Do that."), "goal", "Do that."),
        (Wish(edits=(("turn", "I will look."),)), "turn", "I will look."),
    ],
)
def test_a_message_can_be_another(tmp_path: Path, wish: Wish, kind: str, said: str) -> None:
    """In the fork alone; it replays, and the parent still says what it said."""
    made = rig(tmp_path, [call("look", n=1), "Done."], look)
    run = made.run()
    done = forked(made, f"{run.id}@OBSERVING", wish)
    assert said in made.said(done, kind)[0]
    assert said not in made.said(run, kind)[0]
    with Store.open(made.store, mode="read") as store:
        assert replay(store, done.id).divergence is None
        assert store.verify() == []


@pytest.mark.parametrize(
    "wish",
    [
        Wish(edits=(("99", "other"),)),
        Wish(edits=(("hint", "other"),)),
        Wish(edits=(("result", "saw 1 as 0"),)),
        Wish(recordings="never"),
        Wish(limits={"sand": "1"}),
    ],
)
def test_what_cannot_be_changed_writes_nothing(tmp_path: Path, wish: Wish) -> None:
    """The error says what there is, and no run was made."""
    made = rig(tmp_path, [call("look", n=1), "Done."], look)
    run = made.run()
    with pytest.raises(UsageError):
        forked(made, f"{run.id}@OBSERVING", wish)
    with Store.open(made.store, mode="read") as store:
        assert len(store.runs()) == 1


def test_a_decision_that_cannot_be_is_told_of_the_parent(tmp_path: Path) -> None:
    """The fork was never written, so its id would lead nowhere."""
    made = rig(tmp_path, ["Done."], look)
    run = made.run()
    with pytest.raises(NotFound, match=f"Run {run.id[:6]} has no open gate"):
        forked(made, run.id, Wish(decisions=(("", "approve", ""),)))


def test_a_decision_can_be_another(tmp_path: Path) -> None:
    """The gate of the click is settled at once, otherwise than the parent settled it."""
    made = rig(tmp_path, [call("ask", n=2), "Done."], ask)
    run = made.run()
    made.decide(run, "approve")
    run = made.resume(run)
    done = forked(made, f"{run.id}@AWAITING_APPROVAL", Wish(decisions=(("", "deny", "not that"),)))
    assert done.state == "DONE"
    assert "not that" in made.said(done, "error")[0]
    assert marks(made) == ["ask 2"]


def test_limits_instructions_and_model_are_changed_in_the_fork_alone(tmp_path: Path) -> None:
    """What it agreed to is written, and nothing of its parent changes."""
    made = rig(tmp_path, [call("look", n=1), "Done."], look, limits=Limits(model_turns=9))
    run = made.run()
    (tmp_path / "other.json").write_text('["Other."]')
    wish = Wish(model="script:other.json", instructions="Be brief.", limits={"model_turns": "3"})
    done = forked(made, f"{run.id}@0", wish)
    spec = done.snapshot.spec
    assert (spec.model, spec.instructions, spec.limits.model_turns) == ("script:other.json", "Be brief.", 3)
    assert run.snapshot.spec.limits.model_turns == 9
    assert done.answer == "Other."


def test_a_parked_fork_waits_for_resume(tmp_path: Path) -> None:
    """It is written, and nothing was performed; what its calls may do is remembered."""
    made = rig(tmp_path, [call("act", n=1), "Done."], act)
    run = made.run()
    waits = forked(made, f"{run.id}@0", park=True)
    assert (waits.state, waits.snapshot.seq) == ("PLANNING", 0)
    assert made.resume(waits).answer == "Done."
    assert marks(made) == ["1"]


def test_a_finished_run_is_talked_with_by_a_note(tmp_path: Path) -> None:
    """The next words stand at the end of its history."""
    made = rig(tmp_path, ["First.", "Second."])
    run = made.run()
    more = forked(made, run.id, Wish(note="And then?", recordings="live"))
    assert more.answer == "Second."
    assert made.said(more, "note") == ["And then?"]


def test_an_address_that_names_no_click_makes_no_fork(tmp_path: Path) -> None:
    """The clicks there are, are named."""
    made = rig(tmp_path, ["Done."])
    run = made.run()
    with pytest.raises(NotFound, match="Its clicks are 0 to 1"):
        forked(made, f"{run.id}@7")


def test_a_fork_of_a_run_without_its_agent_is_a_configuration_error(tmp_path: Path) -> None:
    """Nothing was written."""
    made = rig(tmp_path, ["Done."])
    run = made.run()
    with pytest.raises(ConfigError):
        asyncio.run(fork(run.id, store=made.store, folder=tmp_path))
    with Store.open(made.store, mode="read") as store:
        assert len(store.runs()) == 1


def test_a_fork_shares_all_clicks_up_to_its_own(tmp_path: Path) -> None:
    """A comparison begins behind the click it was made from."""
    made = rig(tmp_path, [call("look", n=1), "Done."], look)
    run = made.run()
    (tmp_path / "other.json").write_text(json.dumps([call("look", n=1), "Other."]))
    done = forked(made, f"{run.id}@2", Wish(model="script:other.json"))
    with Store.open(made.store, mode="read") as store:
        view = compare(store, (run.id, store.last(run.id)), (done.id, store.last(done.id)))
    assert view["ancestor"] == {"run": run.id, "seq": 2}
    assert view["diverges"] == {"a": 4, "b": 2}

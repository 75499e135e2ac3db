"""`fork` at the command line: what is changed, what is served, what is asked, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .kit import Place, call
from .zygote import Zygote


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Place:
    """A place with a run that looked, asked, was told yes, and paid."""
    place = Place(tmp_path_factory.mktemp("told"), zygote)
    agent = place.agent(call("look", thing="a"), call("pay", amount=7), "Paid.")
    place.detent("run", "Pay.", "-a", agent, "--name", "first", "-q")
    place.detent("approve", "first", "--resume", "-q")
    (place.folder / "other.json").write_text(
        json.dumps([call("look", thing="a"), call("pay", amount=9), "Other."])
    )
    return place


def ledger(place: Place) -> list[str]:
    """What was really paid."""
    path = place.folder / "ledger.txt"
    return path.read_text().splitlines() if path.exists() else []


def clicks(place: Place, run: str = "last") -> list[dict[str, Any]]:
    """The timeline of a run."""
    return [json.loads(line) for line in place.detent("log", run, "--json").out.splitlines()]


def test_a_fork_is_served_what_its_parent_did(told: Place) -> None:
    """The answer comes again, nothing is paid, and nobody is asked."""
    done = told.detent("fork", "first@0")
    assert (done.code, done.out.strip()) == (0, "Paid.")
    assert "served from the recording" in done.err
    assert ledger(told) == ["7"]


def test_another_model_goes_on_from_the_same_history(told: Place) -> None:
    """What was never done is a failed outcome, and the model is told."""
    done = told.detent("fork", "first@0", "-m", "script:other.json", "-q")
    assert done.out.strip() == "Other."
    assert ledger(told) == ["7"]
    assert any("not_recorded" in one["what"] for one in clicks(told))
    assert "the same in" in told.detent("diff", "first", "last").out


def test_asking_and_live_are_said(told: Place) -> None:
    """With `ask` what is not recorded waits for a person; with `live` tools follow their own rules."""
    asked = told.detent("fork", "first@0", "-m", "script:other.json", "--tools", "ask", "-q")
    assert asked.code == 3
    assert told.detent("fork", "first@0", "--tools", "live", "-q").code == 3
    assert ledger(told) == ["7"]
    told.detent("deny", "last", "--resume", "-q")
    assert ledger(told) == ["7"]


def test_a_decision_or_a_message_can_be_another(told: Place) -> None:
    """As if the person had said no, or a result had been different."""
    done = told.detent("fork", "first@AWAITING_APPROVAL", "--decide", "deny:not that", "-q")
    assert done.code == 0
    assert any(one["event"] == "Denied" for one in clicks(told))
    (told.folder / "new.txt").write_text("saw nothing")
    told.detent("fork", "first@3", "--edit", "result=@new.txt", "-q")
    assert "saw nothing" in told.detent("show", "last").out


def test_many_forks_are_a_table(told: Place) -> None:
    """Each with what became of it and where it first said something else."""
    made = told.detent(
        "fork", "first@0", "-m", "script:model.json", "-m", "script:other.json", "--times", "2", "--json"
    ).json
    assert [one["state"] for one in made] == ["DONE"] * 4
    assert [one["diverges"] for one in made][:2] == [None, None]
    assert None not in [one["diverges"] for one in made][2:]
    text = told.detent("fork", "first@0", "--times", "2").out
    assert "2 of 2 reached DONE" in text
    assert ledger(told) == ["7"]


def test_a_parked_fork_is_only_written(told: Place) -> None:
    """Its id is the answer, and `resume` goes on with it."""
    done = told.detent("fork", "first@0", "--park", "--name", "later")
    assert (done.code, len(done.out.strip())) == (0, len(done.out.strip().split()[0]))
    assert len(clicks(told, "later")) == 1
    assert told.detent("resume", "later", "-q").out.strip() == "Paid."


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("first@99",), 2),
        (("nobody@1",), 2),
        (("first@0", "--decide", "maybe"), 2),
        (("first@0", "--decide", "approve"), 2),
        (("first@0", "--edit", "99=x"), 2),
        (("first@3", "--edit", "result"), 2),
        (("first@0", "--limit", "sand=3"), 2),
        (("first@0", "--times", "2", "--park"), 2),
        (("first@0", "-m", "nowhere:model"), 2),
        (("first@0", "-a", "gone.py"), 2),
        (("first@0", "--instructions", "gone.txt"), 2),
    ],
)
def test_what_cannot_be_forked_is_told_and_writes_nothing(
    told: Place, words: tuple[str, ...], code: int
) -> None:
    """Two sentences, the exit code of the table, and as many runs as before."""
    before = len(told.detent("runs", "--json").json)
    done = told.detent("fork", *words)
    assert done.code == code
    assert "\ndetent: " in f"\n{done.err}"
    assert len(told.detent("runs", "--json").json) == before


def test_a_fork_whose_agent_is_gone_is_a_configuration_error(told: Place) -> None:
    """It says which file, and to name another."""
    agent = told.folder / "agent.py"
    agent.rename(told.folder / "moved.py")
    done = told.detent("fork", "first@0")
    (told.folder / "moved.py").rename(agent)
    assert done.code == 78
    assert "-a FILE" in done.err


def test_one_goes_on_talking_with_a_run_that_is_over(told: Place) -> None:
    """What is said next stands at the end of its history, and lists show it."""
    (told.folder / "more.json").write_text(json.dumps(["a", "b", "c", "More."]))
    done = told.detent("run", "And then?", "--after", "first", "-m", "script:more.json", "-q")
    assert (done.code, done.out.strip()) == (0, "More.")
    assert told.detent("runs", "--json", "-n", "1").json[0]["goal"] == "And then?"
    assert "And then?" in told.detent("show", "last").out
    told.detent("fork", "first@0", "--park", "--name", "live")
    assert "is not over" in told.detent("run", "Hello?", "--after", "live").err

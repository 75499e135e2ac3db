"""`export --pytest`: a run as a test of its agent, to keep in git beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .kit import Place, call

SECRET = "-".join(["hunter2"] * 2)


def played(place: Place, file: str) -> tuple[int, str]:
    """What pytest says of a test file, in a process of its own."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(place.folder),
            file,
        ],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def paid(place: Place) -> Place:
    """A place with a run that paid once, was denied once, and asked."""
    agent = place.agent(
        call("look", thing="bank"),
        call("pay", amount=7),
        call("pay", amount=8),
        call("ask_person", question="Well?"),
        "Paid.",
    )
    place.detent("run", "Pay.", "-a", agent, "--name", "first", "-q")
    place.detent("approve", "first", "--resume", "-q")
    place.detent("deny", "first", "--reason", "too much", "--resume", "-q")
    assert place.detent("answer", "first", "Well enough.", "--resume", "-q").code == 0
    return place


def test_an_exported_test_passes_until_the_agent_changes(paid: Place) -> None:
    """It finds the agent from where it lies, calls no tool, and fails where a gate is gone."""
    (paid.folder / "tests").mkdir()
    done = paid.detent("export", "first", "--pytest", "-o", "tests/test_first.py", "--json")
    assert done.code == 0, done.err
    assert done.json["clicks"] == len(paid.clicks())
    code, said = played(paid, "tests/test_first.py")
    assert (code, paid.ledger()) == (0, ["7"]), said
    agent = paid.folder / "agent.py"
    agent.write_text(
        agent.read_text().replace('@tool(effect="once")', '@tool(effect="once", approval="never")')
    )
    code, said = played(paid, "tests/test_first.py")
    assert (code, paid.ledger()) == (1, ["7"]), said
    assert "4 AWAITING_APPROVAL PlanMade pay" in said


def test_a_test_holds_no_secret(place: Place) -> None:
    """What is replaced in other exports is replaced in a test, which passes all the same."""
    agent = place.agent(call("look", thing=SECRET), f"It is {SECRET}.")
    place.detent("run", f"Find {SECRET}.", "-a", agent, "--name", "first", "-q")
    words = ("export", "first", "--pytest", "-o", "test_first.py", "--secret", "KEY")
    assert place.detent(*words, env={"KEY": SECRET}).code == 0
    text = (place.folder / "test_first.py").read_text()
    assert SECRET not in text
    assert "Replaced: KEY." in text
    code, said = played(place, "test_first.py")
    assert code == 0, said


def test_a_fork_is_a_test_of_its_own(paid: Place) -> None:
    """It needs nothing of its parent, holds no secret that was said before it, and fails where its gate is gone."""
    words = (
        "fork",
        "first@OBSERVING",
        "--goal",
        f"Pay {SECRET}.",
        "--tools",
        "live",
        "--name",
        "other",
        "-q",
    )
    assert paid.detent(*words).code == 3
    assert paid.detent("answer", "other", "Very well.", "--resume", "-q").code == 0
    export = ("export", "other", "--pytest", "-o", "test_other.py")
    assert paid.detent(*export, "--secret", "KEY", env={"KEY": SECRET}).code == 0
    assert SECRET not in (paid.folder / "test_other.py").read_text()
    code, said = played(paid, "test_other.py")
    assert (code, paid.ledger()) == (0, ["7"]), said
    again = paid.detent(*export)
    assert (again.code, "is there already" in again.err) == (2, True)
    agent = paid.folder / "agent.py"
    agent.write_text(agent.read_text().replace(', "ask_person"', ""))
    code, said = played(paid, "test_other.py")
    assert (code, paid.ledger()) == (1, ["7"]), said


def test_a_run_without_a_file_is_given_one(place: Place) -> None:
    """`-a` names the agent that is tested; without it a run of flags alone is refused."""
    place.write("todo.md", "call the bank\n")
    model = place.script(call("read_file", path="todo.md"), "One thing.")
    place.detent("run", "What?", "-m", model, "-t", "files", "--name", "first", "-q")
    refused = place.detent("export", "first", "--pytest", "-o", "test_first.py")
    assert refused.code == 2
    assert "begun without an agent file" in refused.err
    place.write(
        "mine.py",
        'from detent import Agent\n\nmine = Agent(model="ollama:any", tools=["files"])\n',
    )
    assert place.detent("export", "first", "--pytest", "-a", "mine.py", "-o", "test_first.py").code == 0
    Path(place.folder / "todo.md").unlink()
    code, said = played(place, "test_first.py")
    assert code == 0, said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--pytest", "--html"), "a page or a test"),
        (("-a", "agent.py"), "Only a test needs the agent"),
        (("--pytest", "-o", "agent.py"), "is there already"),
        (("--pytest", "-a", "nowhere.py"), "no agent file"),
    ],
)
def test_what_makes_no_test_is_refused(paid: Place, words: tuple[str, ...], why: str) -> None:
    """Nothing is written, and it is said why."""
    done = paid.detent("export", "first", "-o", "test_first.py", *words)
    assert done.code == 2
    assert why in done.err
    assert not (paid.folder / "test_first.py").exists()

"""Settling from any terminal: what was shown is what is decided, once."""

from __future__ import annotations

import json
import signal
import time

import pytest

from detent.states import State

from .kit import Place, call


def _asked(place: Place, *turns: object) -> str:
    """A run that waits at its first gate; its id."""
    done = place.detent("run", "Pay.", "-a", place.agent(*turns), "--json", "--at-limit", "ask")
    assert done.code == 3, done
    run: str = done.json["run"]
    return run


def _doubt(place: Place) -> str:
    """A run with a call in doubt: its driver was killed while the tool ran; its id."""
    agent = place.agent(call("slow", seconds=30), "Done.")
    driver = place.start("run", "Go.", "-a", agent)
    deadline = time.monotonic() + 20
    while not place.ledger() and time.monotonic() < deadline:
        time.sleep(0.02)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    return place.head().run


def test_a_yes_runs_the_call_once(place: Place) -> None:
    """Approve settles the gate and performs nothing; resume runs the call; a second yes is refused with 2."""
    run = _asked(place, call("pay", amount=7), "Paid.")

    done = place.detent("approve", run[:6])

    assert (done.code, done.out, place.ledger()) == (0, "", [])
    assert "detent resume" in done.err
    again = place.detent("approve", run, "approval-1.0.0-1", "--json")
    assert (again.code, again.json["error"]["code"], again.json["exit"]) == (2, "gate_settled", 2)
    assert place.detent("resume", run).out == "Paid.\n"
    assert place.ledger() == ["7"]


def test_a_no_tells_the_model_why(place: Place) -> None:
    """Deny with a reason goes on without the call, and the model is told."""
    run = _asked(place, call("pay", amount=7), "Not paid.")

    done = place.detent("deny", run, "--reason", "not that one", "--resume")

    assert (done.code, done.out, place.ledger()) == (0, "Not paid.\n", [])
    assert "not that one" in place.detent("show", run).out


def test_an_edit_runs_other_arguments(place: Place) -> None:
    """Edit runs exactly the arguments given, here from a file; what is no JSON is refused."""
    run = _asked(place, call("pay", amount=7), "Paid.")
    place.write("arguments.json", '{"amount": 5}')

    assert place.detent("edit", run, "--arguments", "{").code == 2
    done = place.detent("edit", run, "--arguments", "@arguments.json", "--resume")

    assert (done.code, place.ledger()) == (0, ["5"])


def test_several_gates_want_a_name_or_all(place: Place) -> None:
    """With several gates open none is guessed: one is named, or --all is said."""
    run = _asked(place, [call("pay", amount=1), call("pay", amount=2), call("pay", amount=3)], "Paid.")

    done = place.detent("approve", run)
    assert (done.code, "approval-1.1.0-1" in done.err) == (2, True)
    assert place.detent("deny", run, "approval-1.2.0-1").code == 0
    assert place.detent("approve", run, "--all", "--resume").out == "Paid.\n"
    assert place.ledger() == ["1", "2"]


def test_a_no_to_all_is_a_no_to_all(place: Place) -> None:
    """Where one call holds back another, denying all settles both, though the second closes with the first."""
    run = _asked(place, [call("pay", amount=1), call("pay", amount=2)], "Not paid.")

    assert place.detent("deny", run, "--all", "--resume").out == "Not paid.\n"
    assert place.ledger() == []


def test_a_question_is_answered(place: Place) -> None:
    """Answer gives the model what a person said."""
    run = _asked(place, call("ask_person", question="Which month?"), "March it is.")

    assert place.detent("approve", run).code == 2
    done = place.detent("answer", run, "The one from March.", "--resume")

    assert (done.code, done.out) == (0, "March it is.\n")
    assert "The one from March." in place.detent("show", run).out


@pytest.mark.parametrize(
    ("said", "times"),
    [
        (["--happened", "it slept"], 1),
        (["--failed", "no bed"], 1),
    ],
)
def test_a_doubt_is_settled_by_a_person(place: Place, said: list[str], times: int) -> None:
    """A call whose driver was killed is never run again unasked: 4, until a person says what happened."""
    run = _doubt(place)

    stopped = place.detent("resume", run)
    assert (stopped.code, stopped.out) == (4, "")
    assert "detent resolve" in stopped.err
    assert place.detent("resolve", run).code == 2
    done = place.detent("resolve", run, *said, "--resume")

    assert (done.code, done.out) == (0, "Done.\n")
    assert place.ledger() == ["slow"] * times


def test_a_doubt_may_be_run_again_by_a_person(place: Place) -> None:
    """--did-not-happen is the yes to one more run of the call."""
    run = _doubt(place)
    assert place.detent("resume", run).code == 4

    place.detent("resolve", run, "--did-not-happen")

    assert place.head().state is State.EXECUTING
    assert place.ledger() == ["slow"]


def test_a_note_reaches_a_parked_run(place: Place) -> None:
    """Tell leaves a note that the model reads before its next reply."""
    run = _asked(place, call("pay", amount=7), "Noted.")

    assert place.detent("tell", run, "Also look at March.").code == 0
    assert place.detent("deny", run, "--resume").code == 0
    assert "Also look at March." in place.detent("show", run).out


def test_a_cancel_ends_a_run(place: Place) -> None:
    """Cancel ends a run for good: 5 from then on, and nothing more can be said to it."""
    run = _asked(place, call("pay", amount=7), "Paid.")

    assert place.detent("cancel", run).code == 0
    assert place.detent("resume", run).code == 5
    assert place.detent("tell", run, "too late").code == 2
    assert place.detent("cancel", run).code == 2
    assert place.detent("approve", run).code == 2
    assert place.ledger() == []


def test_a_decision_says_where_the_run_stands(place: Place) -> None:
    """With --json a deciding verb prints the run as it is now."""
    run = _asked(place, call("pay", amount=7), "Paid.")

    done = place.detent("--json", "approve", run)

    assert (done.code, done.json["state"], done.json["gates"], done.json["exit"]) == (0, "EXECUTING", [], 0)


def test_an_unknown_run_is_a_usage_error(place: Place) -> None:
    """A run that is not there is 2, whatever is said about it."""
    for words in (
        ["approve", "nothing"],
        ["deny", "nothing"],
        ["tell", "nothing", "x"],
        ["cancel", "nothing"],
    ):
        done = place.detent(*words, "--json")
        assert (done.code, json.loads(done.out)["error"]["code"]) == (2, "not_found")

"""`runs`, `show` and `log`: what happened, for a person and for a program, without changing a byte."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from detent.fsm.cli.main import main
from detent.store import Store

from .kit import Place, call
from .zygote import Zygote

Look = Callable[..., str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Place:
    """A place where one run is done, one waits and one was cancelled."""
    place = Place(tmp_path_factory.mktemp("told"), zygote)
    agent = place.agent(call("look", thing="a\x1b[2Jb"), "Seen it.")
    place.detent("run", "Look at\nit.", "-a", agent, "--name", "first", "-q")
    place.agent(call("pay", amount=7), "Paid.")
    place.detent("run", "Pay.", "-a", agent, "-q")
    place.detent("run", "Pay again.", "-a", agent, "-q")
    place.detent("cancel", "last", "-q")
    return place


@pytest.fixture
def look(told: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Look:
    """The verbs that look, in this process."""
    monkeypatch.setenv("DETENT_DB", told.environment["DETENT_DB"])
    monkeypatch.chdir(told.folder)

    def shown(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return shown


def test_runs_lists_the_newest_first(look: Look) -> None:
    """Each run has its id, state, age and goal on one line, and what it waits for."""
    lines = look("runs").splitlines()

    assert [line.split()[1] for line in lines[1:]] == ["FAILED", "AWAITING_APPROVAL", "DONE"]
    assert "waits: approval" in lines[2]
    assert "cancelled" in lines[1]
    assert "[first] Look at it." in lines[3]
    assert all(len(line) <= 80 for line in lines)


def test_runs_in_json_is_a_list(look: Look) -> None:
    """For a program each run is an object with its state, goal, usage and gates."""
    made = json.loads(look("runs", "--json"))

    assert [one["state"] for one in made] == ["FAILED", "AWAITING_APPROVAL", "DONE"]
    assert made[1]["gates"] == ["approval-1.0.0-1"]
    assert {"run", "name", "seq", "goal", "created", "at", "reason", "usage"} <= set(made[0])
    assert made[2]["usage"]["model_turns"] == 2


def test_runs_can_be_chosen(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By state, by number, and by folder."""
    assert len(json.loads(look("runs", "--json", "--state", "done"))) == 1
    assert len(json.loads(look("runs", "--json", "-n", "2"))) == 2
    assert len(json.loads(look("runs", "--json", "--here"))) == 3
    monkeypatch.chdir(tmp_path)
    assert json.loads(look("runs", "--json", "--here")) == []


def test_no_runs_are_no_error(place: Place) -> None:
    """Before the first run the list is empty; a database that was named and is not there is an error."""
    assert place.detent("runs", "--json").json == []
    assert "There are no runs yet." in place.detent("runs").err
    assert place.detent("--db", "gone.db", "runs").code == 2


def test_log_has_one_line_a_click(look: Look) -> None:
    """Every click is a line: number, time, state, event, and what it was about."""
    lines = look("log", "first").splitlines()

    assert [line.split()[0] for line in lines[1:]] == ["0", "1", "2", "3", "4"]
    assert "Begun" in lines[1]
    assert "look(thing=" in lines[2]
    assert "\x1b" not in "".join(lines)
    assert all(len(line) <= 80 for line in lines)


def test_log_in_json_is_one_object_a_line(look: Look) -> None:
    """For a program each line has at least seq, state, event, digest and at."""
    made = [json.loads(line) for line in look("log", "first", "--json").splitlines()]

    assert [one["seq"] for one in made] == [0, 1, 2, 3, 4]
    assert all({"seq", "state", "event", "digest", "at"} <= set(one) for one in made)
    assert all(one["digest"].startswith("sha256:") for one in made)


@pytest.mark.parametrize(
    ("address", "seq"),
    [
        ("first", 4),
        ("first@0", 0),
        ("first@3", 3),
        ("first@-1", 4),
        ("first@-5", 0),
        ("first@EXECUTING", 1),
        ("first@planning", 3),
        ("first@DONE", 4),
    ],
)
def test_a_click_has_many_addresses(look: Look, address: str, seq: int) -> None:
    """RUN, RUN@SEQ, RUN@-1 and RUN@STATE mean a click."""
    assert json.loads(look("show", address, "--json"))["seq"] == seq


@pytest.mark.parametrize(
    "address", ["first@5", "first@-6", "first@FAILED", "first@x", "gone@1", "", "@", "first@"]
)
def test_a_click_that_is_not_there_is_a_usage_error(
    look: Look, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no click has is 2, with what there is."""
    assert callable(look)
    assert main(["show", address]) == 2
    assert capsys.readouterr().err.startswith("detent: ")


def test_show_tells_everything(look: Look) -> None:
    """A click shows what was spent, what can follow, what was said, and what tools gave."""
    shown = look("show", "first")

    for part in (
        "2 of 15 turns",
        "1 of 40 calls",
        "at most 0 clicks can follow",
        "│ Look at",
        "│ saw a\\x1b[2Jb",
        "│ Seen it.",
    ):
        assert part in shown
    assert "\x1b" not in shown


def test_show_of_a_waiting_run_shows_its_gate(look: Look) -> None:
    """What waits is shown whole, with its arguments."""
    shown = look("show", "last@AWAITING_APPROVAL")

    assert "waits for you" in shown
    assert "approval-1.0.0-1" in shown
    assert "amount = 7" in shown


def test_following_a_run_that_waits_says_for_whom(told: Place, look: Look) -> None:
    """Whoever looks on is told that nothing comes before somebody decides, and where to see what."""
    run = json.loads(look("runs", "--json", "--state", "awaiting_approval"))[0]["run"]
    looking = told.start("log", run, "--follow")
    assert looking.stderr is not None
    said = looking.stderr.readline().decode()
    looking.send_signal(signal.SIGINT)
    looking.communicate()

    assert "It waits for you:" in said
    assert f"detent show {run[:4]}" in said


def test_looking_changes_nothing(told: Place, look: Look) -> None:
    """The verbs that look do not write."""
    path = Path(told.environment["DETENT_DB"])
    before = path.read_bytes(), path.stat().st_mtime_ns

    for words in (["runs"], ["show", "last"], ["log", "last"]):
        look(*words)

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_json_reads_back_what_was_said(look: Look) -> None:
    """JSON shows no hidden character raw and keeps its value."""
    shown = look("show", "first", "--json")

    assert "\x1b" not in shown
    texts = [one["text"] for one in json.loads(shown)["messages"]]
    assert "saw a\x1b[2Jb" in texts


def test_what_came_too_late_is_shown(zygote: Zygote, tmp_path: Path) -> None:
    """A result that came when nobody waited for it stands where a person looks, escaped, and in JSON."""
    place = Place(tmp_path, zygote)
    agent = place.agent(call("pay", amount=7), "Paid.")
    place.detent("run", "Pay.", "-a", agent, "-q", "--yes", "pay")
    late = {"call": "1.0.0", "attempt": 1, "tool": "pay", "error": "", "text": "paid\x1b[2J 9", "process": 1}
    with Store.open(place.environment["DETENT_DB"]) as store:
        run = store.find("last", None)
        store.keep_late(run, late, 2_000_000_000_000)

    for verb, address, told in (
        ("show", "last", "too late: kept, not applied"),
        ("log", "last", "too late: pay returned: "),
        ("why", "last@3", "too late: kept, not applied"),
    ):
        assert "paid\\x1b[2J 9" in place.detent(verb, address).out.partition(told)[2], verb
        out = place.detent(verb, address, "--json").out
        shown = [json.loads(line) for line in out.splitlines()] if verb == "log" else [json.loads(out)]
        assert [one["text"] for view in shown for one in view["late"]] == ["paid\x1b[2J 9"]

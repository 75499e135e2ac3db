"""`why`, `diff` and `replay`: looking back, for a person and for a program, without changing a byte."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from detent.fsm.cli.main import main

from .kit import Place, call
from .zygote import Zygote

Look = Callable[..., str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Place:
    """A place with a run that asked and was answered, and one that did otherwise."""
    place = Place(tmp_path_factory.mktemp("told"), zygote)
    agent = place.agent(call("look", thing="a\x1b[2Jb"), call("pay", amount=7), "Paid.")
    place.detent("run", "Pay.", "-a", agent, "--name", "first", "-q")
    place.detent("approve", "first", "--resume", "-q")
    place.agent(call("look", thing="a\x1b[2Jb"), "Seen.")
    place.detent("run", "Pay.", "-a", agent, "--name", "second", "-q")
    return place


@pytest.fixture
def look(told: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Look:
    """The verbs that look back, in this process."""
    monkeypatch.setenv("DETENT_DB", told.environment["DETENT_DB"])
    monkeypatch.chdir(told.folder)

    def shown(*words: str, code: int = 0) -> str:
        assert main(list(words)) == code
        made = capsys.readouterr()
        return made.out if code == 0 else made.err

    return shown


def test_why_names_the_row_the_guards_and_what_lost(look: Look) -> None:
    """The facts behind the guard that decided are there, within 80 columns."""
    text = look("why", "first@AWAITING_APPROVAL")
    assert "PLANNING → AWAITING_APPROVAL on PlanMade" in text
    assert "calls_ask" in text
    assert "pay is once" in text
    assert "a_gate_is_open is true" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_why_in_json_has_every_guard(look: Look) -> None:
    """With its value, its meaning and its facts."""
    made = json.loads(look("why", "first@1", "--json"))
    assert {"run", "seq", "from", "to", "event", "row", "why", "guards", "lost"} <= set(made)
    assert all({"guard", "value", "meaning", "facts"} <= set(one) for one in made["guards"])
    assert "every guard" not in look("why", "first@1")
    assert len(look("why", "first@1", "-v")) > len(look("why", "first@1"))


def test_the_first_click_was_not_decided(look: Look) -> None:
    """It is what the run began with, and the error says where to look."""
    assert "was not decided" in look("why", "first@0", code=2)


def test_diff_shows_both_sides_from_where_they_part(look: Look) -> None:
    """The first different click of each, and what differs in the end."""
    text = look("diff", "first", "second")
    assert "the same in 4 clicks, then" in text
    assert "pay(amount=7)" in text
    assert "Seen." in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text


def test_diff_in_json_and_of_the_same(look: Look) -> None:
    """A program gets rows and a delta; a run does not differ from itself."""
    made = json.loads(look("diff", "first", "second", "--json"))
    assert made["diverges"] == {"a": 4, "b": 4}
    assert json.loads(look("diff", "first", "first", "--json"))["rows"] == []
    assert "the same in all" in look("diff", "first", "first")
    assert "/turn  1 → 2" in look("diff", "first@0", "first@5", "--full")
    assert json.loads(look("diff", "first", "second", "--only", "event", "--json"))["diverges"]["b"] is None


def test_diff_shows_the_guards_where_two_runs_part(look: Look) -> None:
    """The first pair has what its two lines do not show: which row each took and which guards had other values."""
    lines = look("diff", "first", "second").splitlines()
    (at,) = [number for number, line in enumerate(lines) if "pay(amount=7)" in line]
    said = " ".join(lines[at : at + 8])
    assert "taken " in said
    assert "plan_has_calls true" in said
    rows = json.loads(look("diff", "first", "second", "--json"))["rows"]
    assert set(rows[0]["values"]) == set(rows[0]["differs"])


def test_show_has_what_was_settled_until_then(look: Look) -> None:
    """Which gate, how, by whom and at which click; nothing of what came later."""
    made = json.loads(look("show", "first", "--json"))["decisions"]
    assert [(one["kind"], one["how"]) for one in made] == [("approval", "Approved")]
    assert "Approved by" in look("show", "first")
    assert json.loads(look("show", f"first@{made[0]['seq'] - 1}", "--json"))["decisions"] == []


def test_replay_says_that_every_byte_is_the_same(look: Look) -> None:
    """And how many clicks were stepped, whole or up to one."""
    assert "every snapshot the same, byte for byte" in look("replay", "first")
    made = json.loads(look("replay", "first@2", "--json"))
    assert (made["clicks"], made["divergence"]) == (3, None)


def test_graph_draws_the_machine_and_the_way_of_a_run(look: Look, tmp_path: Path) -> None:
    """As text, Mermaid, DOT and SVG; into a new file, and never over one."""
    assert "PLANNING" in look("graph")
    assert look("graph", "--format", "mermaid").startswith("stateDiagram-v2")
    assert look("graph", "first", "--format", "dot").startswith("digraph")
    assert "1 x" in look("graph", "first@1")
    assert json.loads(look("graph", "first", "--json"))["observed"] == 2
    assert {"row", "from", "event", "to", "when", "unless", "why"} == set(
        json.loads(look("graph", "--json"))[0]
    )
    look("graph", "first", "-o", str(tmp_path / "way.svg"))
    assert (tmp_path / "way.svg").read_text().startswith("<svg")
    assert "is there already" in look("graph", "-o", str(tmp_path / "way.svg"), code=2)


def test_log_follows_and_draws_the_family(look: Look) -> None:
    """A run that is over is shown whole at once; a family has a line for each run."""
    assert look("log", "first", "--follow") == look("log", "first")
    assert "←" in look("log", "first", "--tree")
    assert json.loads(look("log", "first", "--tree", "--json"))["below"] == []
    assert "do not go together" in look("log", "first", "--tree", "--follow", code=2)


def test_bisect_finds_the_first_bad_click(look: Look) -> None:
    """By an expression, or by a program that is given the click."""
    made = json.loads(look("bisect", "first", "--where", 'usage["tool_calls"] > 1', "--json"))
    assert (made["good"], made["first"]) == (3, 4)
    program = "import json, sys; sys.exit(json.load(sys.stdin)['usage']['tool_calls'] > 1)"
    assert "first@4" in look("bisect", "first", "--", sys.executable, "-c", program).replace(
        made["run"][:4], "first"
    )


def test_what_a_predicate_prints_is_no_part_of_the_answer(look: Look) -> None:
    """With --json the answer stays one document."""
    program = "import json, sys; print('looking'); raise SystemExit(json.load(sys.stdin)['seq'] > 0)"
    made = json.loads(look("bisect", "first", "--json", "--", sys.executable, "-c", program))
    assert made["first"] == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--where", "1 +"),
        ("--where", "nothing"),
        ("--where", "True", "--", "true"),
        ("--", "/nowhere"),
        ("--", sys.executable, "-c", "import os; os.abort()"),
        ("--where", "False"),
        ("--where", "True", "--bad", "99"),
    ],
)
def test_a_predicate_that_will_not_do_is_a_usage_error(look: Look, words: tuple[str, ...]) -> None:
    """It is said what is wrong with it, and where it failed."""
    assert "detent: " in look("bisect", "first", *words, code=2)


def test_an_exported_run_is_imported_elsewhere(look: Look, tmp_path: Path) -> None:
    """It is shown and replayed there as here; a page is written for people."""
    file, elsewhere = str(tmp_path / "run.jsonl"), ("--db", str(tmp_path / "other.db"))
    look("export", "first", "-o", file)
    run = look(*elsewhere, "import", file).strip()
    assert "every snapshot the same" in look(*elsewhere, "replay", run)
    assert look(*elsewhere, "log", run) == look("log", "first")
    assert json.loads(look(*elsewhere, "import", file, "--json"))["written"] == []
    look("export", "first", "-o", str(tmp_path / "run.html"))
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    assert "is there already" in look("export", "first", "-o", file, code=2)
    assert "no export" in look(*elsewhere, "import", str(tmp_path / "run.html"), code=2)
    assert "There is no file" in look("import", "nowhere.jsonl", code=2)


def test_a_long_message_is_folded_and_shown_whole_when_asked_for(place: Place) -> None:
    """What is left out is counted, and there is a way to see it."""
    long = "\n".join(f"line {number}" for number in range(40))
    agent = place.agent(call("look", thing="a"), long)
    place.detent("run", "Look.", "-a", agent, "-q")
    folded, whole = place.detent("show", "last").out, place.detent("show", "last", "--full").out
    assert "line 39" not in folded
    assert "28 more lines: --full shows them" in folded
    assert "line 39" in whole
    assert "more line" not in whole


@pytest.mark.parametrize("words", [("why", "nobody"), ("diff", "first", "nobody"), ("replay", "first@99")])
def test_an_address_that_names_nothing_is_a_usage_error(look: Look, words: tuple[str, ...]) -> None:
    """Two sentences, exit 2, whatever the verb."""
    assert look(*words, code=2).startswith("detent: ")

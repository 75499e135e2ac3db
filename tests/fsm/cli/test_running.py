"""`run` and `resume`: the answer alone on standard output, the right exit code, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .kit import CRASH, Done, Place, call

WORKFLOW = """
from attrs import frozen
from detent import Workflow, step


@frozen
class State:
    word: str = "none"
    times: int = 1
    text: str = ""


def repeat(state):
    return {"text": " ".join([state.word] * state.times)}


flow = Workflow(state=State, steps=[step("repeat", repeat, effect="read")], answer="text")
"""


def test_only_the_answer_reaches_standard_output(place: Place) -> None:
    """What agents, tools and their children print goes to standard error; the answer alone goes to standard output."""
    agent = place.agent(call("pay", amount=7), "All paid.")

    done = place.detent("run", "Pay.", "-a", agent, "--yes", "pay(amount=7)")

    assert (done.code, done.out) == (0, "All paid.\n")
    for said in ("loading\n", "loading, to the file itself", "paying", "a child prints", "PLANNING", "DONE"):
        assert said in done.err
    assert place.ledger() == ["7"]


def test_the_answer_in_a_pipe_has_its_very_characters(place: Place) -> None:
    """In a pipe the answer is what the model said, to the byte; what a person is shown is escaped."""
    said = "a\x1b[31mb\u202ec ⚠\ufe0f"
    model = place.script(call("list_dir", path="\x1b[2J"), said)

    done = place.detent("run", "Say it.\x1b[5m", "-m", model, "-t", "files", "-v")

    assert done.out == f"{said}\n"
    assert "\x1b" not in done.err
    assert "\\x1b[31m" in done.err


def test_json_is_one_document_with_the_agreed_keys(place: Place) -> None:
    """With --json a run is one document, and silence."""
    done = place.detent("run", "Say hello.", "-m", place.script("Hello."), "--json")

    assert {"run", "state", "answer", "reason", "seq", "gates", "usage", "exit"} <= set(done.json)
    assert (done.json["state"], done.json["answer"], done.json["exit"], done.err) == ("DONE", "Hello.", 0, "")
    assert {"model_turns", "tool_calls", "tokens"} <= set(done.json["usage"])


def test_quiet_says_nothing_but_the_answer(place: Place) -> None:
    """With --quiet a finished run leaves standard error empty."""
    done = place.detent("-q", "run", "Say hello.", "-m", place.script("Hello."))

    assert (done.code, done.out, done.err) == (0, "Hello.\n", "")


def test_a_gate_where_nobody_is_there_leaves_the_run_waiting(place: Place) -> None:
    """Without a person a run stops at its first gate, says what it asks, and prints commands that work."""
    agent = place.agent(call("pay", amount=7), "All paid.")

    done = place.detent("run", "Pay.", "-a", agent)

    assert (done.code, done.out) == (3, "")
    assert "amount = 7" in done.err
    assert "It will not expire." in done.err
    command = next(line.split() for line in done.err.splitlines() if line.startswith("  detent approve"))
    assert place.ledger() == []
    assert place.detent(*command[1:]).out == "All paid.\n"
    assert place.ledger() == ["7"]


def test_a_gate_is_told_in_json(place: Place) -> None:
    """A gate's JSON says exactly which call waits."""
    done = place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "All paid."), "--json")

    (gate,) = done.json["gates"]
    assert done.code == done.json["exit"] == 3
    assert (gate["kind"], gate["tool"], gate["arguments"]) == ("approval", "pay", {"amount": 7})
    assert {"gate", "call", "asks"} <= set(gate)


def test_the_database_named_for_a_run_is_named_in_its_commands(place: Place) -> None:
    """Commands ready to paste name the database that was named."""
    agent = place.agent(call("pay", amount=7), "All paid.")

    done = place.detent("--db", "my other.db", "run", "Pay.", "-a", agent)

    assert "--db 'my other.db'" in done.err


@pytest.mark.parametrize("verb", ["run", "resume"])
def test_a_run_that_failed_says_why(place: Place, verb: str) -> None:
    """A run whose model never says anything usable fails with 1, again when it is looked at."""
    done = place.detent("run", "Say hello.", "-m", place.script("", "", ""))
    if verb == "resume":
        done = place.detent("resume", "last")

    assert (done.code, done.out) == (1, "")
    assert "could not be used (empty reply)" in done.err


def test_a_limit_leaves_a_partial_answer(place: Place) -> None:
    """A run that reaches a limit gives what it has, with 5."""
    agent = place.agent(call("look", thing="a"), call("look", thing="b"), "So far: a and b.")

    done = place.detent("run", "Look.", "-a", agent, "--limit", "model_turns=3")

    assert (done.code, done.out) == (5, "So far: a and b.\n")
    assert "its limit model_turns was reached. What stands above is a partial answer." in done.err


def test_a_limit_asks_where_it_is_told_to(place: Place) -> None:
    """With --at-limit ask the run waits for one more helping, and takes it."""
    agent = place.agent(call("look", thing="a"), "So far: a.")

    done = place.detent("run", "Look.", "-a", agent, "--limit", "model_turns=2", "--at-limit", "ask")

    assert (done.code, "model_turns is used up" in done.err) == (3, True)
    assert place.detent("approve", "last", "--resume").out == "So far: a.\n"


def test_a_flag_counts_more_than_the_file(place: Place) -> None:
    """--at-limit overrules what the agent file says."""
    agent = place.agent(call("look", thing="a"), "So far: a.", limits='model_turns=2), at_limit=("finish"')

    assert place.detent("run", "Look.", "-a", agent).code == 5
    assert place.detent("run", "Look.", "-a", agent, "--at-limit", "ask").code == 3


def test_what_goes_wrong_on_the_way_is_told(place: Place) -> None:
    """Refused replies, failures and repairs are lines of the display, in words."""
    model = place.script("", call("read_file", path="gone.txt"), "It is gone.")

    done = place.detent("run", "Read.", "-m", model, "-t", "files")

    for part in (
        "the reply cannot be used: empty reply",
        "repair 1 of 2",
        "read_file failed: file_not_found",
        "It is gone.",
    ):
        assert part in done.err + done.out


def test_material_comes_from_a_file_or_from_standard_input(place: Place) -> None:
    """--input puts a file, or standard input, below the goal."""
    place.write("notes.txt", "one line of notes")
    model = place.script("Read.")

    place.detent("run", "Read it.", "-m", model, "--input", "notes.txt")
    assert "Material (notes.txt):\n          │ one line of notes" in place.detent("show", "last").out
    place.detent("run", "Read it.", "-m", model, "--input", "-", stdin="from a pipe")
    assert "│ from a pipe" in place.detent("show", "last").out
    assert place.detent("run", "-", "-m", model, stdin="What is it?").code == 0


def test_a_workflow_takes_inputs(place: Place) -> None:
    """--set gives a workflow's fields: text stays text, numbers are numbers."""
    place.write("flow.py", WORKFLOW)

    done = place.detent("run", "-a", "flow.py", "--set", "word=5", "--set", "times=3")

    assert (done.code, done.out) == (0, "5 5 5\n")


def test_a_name_is_an_address(place: Place) -> None:
    """--name gives a run another address."""
    place.detent("run", "Say hello.", "-m", place.script("Hello."), "--name", "greeting")

    assert place.detent("resume", "greeting").out == "Hello.\n"


def test_resume_goes_on_in_the_folder_of_the_run(place: Place, tmp_path: Path) -> None:
    """Resumed from anywhere, a run finds its agent, its script and its files where it began."""
    agent = place.agent(call("pay", amount=7), "All paid.")
    run = place.detent("run", "Pay.", "-a", agent, "--json").json["run"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = Place(elsewhere, place.zygote)
    other.environment["DETENT_DB"] = place.environment["DETENT_DB"]

    assert other.detent("approve", run[:8], "--resume").out == "All paid.\n"
    assert place.ledger() == ["7"]


def test_overrides_are_kept_with_the_run(place: Place) -> None:
    """A model and limits given on the command line hold for the run in every process."""
    agent = place.agent("never played")
    place.script(call("pay", amount=1), "Done.", name="other.json")

    assert place.detent("run", "Pay.", "-a", agent, "-m", "script:other.json").code == 3
    assert place.detent("approve", "last", "--resume").out == "Done.\n"


WRONG: list[tuple[list[str], int, str]] = [
    (["run"], 2, "There is no goal."),
    (["run", "x"], 2, "No agent and no model is named."),
    (["run", "", "-m", "script:model.json"], 2, "There is no goal."),
    (["run", "x", "-m", "script:gone.json"], 2, "does not exist"),
    (["run", "x", "-m", "nobody:x"], 2, "nobody"),
    (["run", "x", "-a", "gone.py"], 2, "There is no agent file gone.py."),
    (["run", "x", "-a", "broken.py"], 78, "broken.py:1"),
    (["run", "x", "-a", "empty.py"], 78, "holds no Agent"),
    (["run", "x", "-m", "script:model.json", "-t", "nothing"], 2, "There is no tool set 'nothing'."),
    (["run", "x", "-m", "script:model.json", "--limit", "turns=3"], 2, "There is no limit 'turns'."),
    (["run", "x", "-m", "script:model.json", "--limit", "model_turns=0"], 2, "model_turns"),
    (["run", "x", "-m", "script:model.json", "--limit", "model_turns=zero"], 2, "=zero is no whole number."),
    (["run", "x", "-m", "script:model.json", "--limit", "model_turns"], 2, "is not NAME=VALUE"),
    (["run", "x", "-m", "script:model.json", "--yes", "((("], 2, "is not a rule"),
    (["run", "x", "-m", "script:model.json", "--set", "a=1"], 2, "takes no inputs"),
    (["run", "x", "-m", "script:model.json", "--name", "last"], 2, "cannot be a run's name"),
    (["run", "x", "-m", "script:model.json", "--input", "gone.txt"], 2, "There is no file gone.txt."),
    (["run", "x", "-m", "script:model.json", "--input", "broken.bin"], 2, "is not UTF-8"),
    (["run", "-", "-m", "script:model.json", "--input", "-"], 2, "cannot both be standard input"),
    (["run", "x", "-m", "script:model.json", "--input", "long.txt"], 2, "bytes"),
    (["run", "x", "-m", "script:wrong.json"], 78, "cannot be played"),
    (["run", "x", "-m", "ollama:qwen3"], 69, ""),
    (["resume", "nothing"], 2, "nothing"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG])
def test_nothing_is_written_before_a_run_can_begin(
    place: Place, words: list[str], code: int, said: str
) -> None:
    """What cannot begin says so in two sentences, with its code, and leaves no run behind."""
    place.script("Hello.")
    place.write("broken.py", "this is not Python")
    place.write("empty.py", "")
    place.write("wrong.json", "{}")
    place.write("long.txt", "a" * 10_000_000)
    (place.folder / "broken.bin").write_bytes(b"\xff\xfe")

    done = place.detent(*words, env={"OLLAMA_HOST": "127.0.0.1:9"})

    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("detent: ")
    assert said in done.err
    assert "Traceback" not in done.err
    assert place.runs() == []


def test_a_goal_that_is_no_text_is_refused(place: Place) -> None:
    """Bytes that are not UTF-8 are no goal."""
    done = _with_bytes(place, b"caf\xe9")

    assert (done.code, done.err.splitlines()[0]) == (2, "detent: The goal is not UTF-8.")


def _with_bytes(place: Place, goal: bytes) -> Done:
    model = place.script("Hello.")
    return place.detent("run", goal.decode("utf-8", "surrogateescape"), "-m", model)


def test_an_edited_file_is_a_notice(place: Place) -> None:
    """What the file says now and the run did not agree to is told in a line, and the run goes on as it was agreed."""
    agent = place.agent(call("pay", amount=7), "Paid.")
    place.detent("run", "Pay.", "-a", agent)
    place.agent(call("pay", amount=7), "Paid.", limits="model_turns=3")

    done = place.detent("approve", "last", "--resume")

    assert (done.code, done.out, "limits" in done.err) == (0, "Paid.\n", True)


def test_a_run_that_ends_its_drivers_goes_on_when_it_is_told_to(place: Place) -> None:
    """Left parked after a crash loop, a run goes on with --again."""
    place.write("crash.py", CRASH)
    place.script(call("crash"), "Never.")
    for words in (["run", "x", "-a", "crash.py"], *([["resume", "last"]] * 5)):
        place.detent(*words)
    assert place.detent("resume", "last").code == 70
    place.write("crash.py", CRASH.replace("os.kill(os.getpid(), 9)", "return 'fine'"))

    assert place.detent("resume", "last", "--again").code == 0


def test_a_parked_run_says_what_is_saved(place: Place) -> None:
    """A model that goes away parks the run with 69 and names the way on."""
    place.script(call("look", thing="a"), {"name": "look", "arguments": {"thing": "b"}})
    agent = place.agent(call("pay", amount=7), "All paid.")
    place.detent("run", "Pay.", "-a", agent)
    (place.folder / "model.json").unlink()

    done = place.detent("approve", "last", "--resume")

    assert done.code in (2, 69, 78)
    assert "is saved" in done.err
    assert json.loads(place.detent("show", "last", "--json").out)["state"] == "PLANNING"

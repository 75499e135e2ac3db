"""Bad input: whatever is wrong with a verb's words is told in two sentences, and nothing is changed."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from .kit import Place, call
from .zygote import Zygote

EVIL = "k\x1b[2J\u202e7"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Place:
    """A database with a run in every kind of trouble, by name."""
    place = Place(tmp_path_factory.mktemp("ground"), zygote)
    pay, look = call("pay", amount=7), call("look", thing="a")
    for name, turns, more in (
        ("gate", [pay, "Paid."], []),
        ("two", [[pay, call("pay", amount=8)], "Paid."], []),
        ("question", [call("ask_person", question="Which?"), "That."], []),
        ("limit", [look, "a."], ["--limit", "model_turns=2", "--at-limit", "ask"]),
        ("loop", [look, look, look, look, "a."], ["--at-limit", "ask"]),
        ("done", ["Done."], []),
        ("gone", [pay, "Paid."], []),
    ):
        place.detent("run", "Go.", "-a", place.agent(*turns), "--name", name, *more)
    place.detent("cancel", "gone")
    place.detent("deny", "two", "approval-1.0.0-1")
    driver = place.start("run", "Go.", "-a", place.agent(call("slow", seconds=60), "x"), "--name", "doubt")
    deadline = time.monotonic() + 20
    while "slow" not in place.ledger() and time.monotonic() < deadline:
        time.sleep(0.02)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    place.detent("resume", "doubt")
    place.write("big.json", '{"amount": ' + "1" * 300_000 + "}")
    (place.folder / "latin.json").write_bytes(b'{"amount": "\xe9"}')
    place.detent("export", "done", "-o", "whole.jsonl")
    whole = (place.folder / "whole.jsonl").read_text()
    place.write("cut.jsonl", whole[: len(whole) // 2])
    place.write("newer.jsonl", whole.replace('"form":1', '"form":99', 1))
    return place


def _all(place: Place) -> str:
    """Everything in the database."""
    base = sqlite3.connect(f"file:{place.environment['DETENT_DB']}?mode=ro", uri=True)
    try:
        return "\n".join(base.iterdump())
    finally:
        base.close()


# The words, the exit code, and a part of what is said to be wrong.
CASES: tuple[tuple[tuple[str, ...], int, str], ...] = (
    # No such run
    *(
        ((verb, "nobody", *more), 2, "nobody")
        for verb, more in (
            ("approve", ()),
            ("deny", ()),
            ("edit", ("--arguments", "{}")),
            ("answer", ("x",)),
            ("resolve", ("--did-not-happen",)),
            ("tell", ("x",)),
            ("cancel", ()),
            ("resume", ()),
            ("show", ()),
            ("log", ()),
            ("verify", ()),
        )
    ),
    *(
        ((verb, ""), 2, "An empty word names no run.")
        for verb in ("approve", "deny", "cancel", "resume", "show")
    ),
    (("approve", EVIL), 2, "No run has the id or the name"),
    (("approve", "@"), 2, "No run"),
    (("show", "gate@99"), 2, "no click 99"),
    (("show", "gate@LOST"), 2, "gate@LOST names no click"),
    (("show", "gate@DONE"), 2, "no click in state DONE"),
    (("show", "gate@"), 2, "gate@ names no click"),
    (("show", "gate@1.5"), 2, "gate@1.5 names no click"),
    (("show", "@1"), 2, "An empty word"),
    # Looking back
    (("log", "gaet"), 2, "No run has the id or the name"),
    (("log", "gate", "--follow", "--tree"), 2, "do not go together"),
    (("graph", "gaet"), 2, "No run has the id or the name"),
    (("graph", "gate@99"), 2, "no click 99"),
    (("graph", "-o", "runs.db"), 2, "is there already"),
    (("why", "gate@0"), 2, "was not decided"),
    (("why", "gate@99"), 2, "no click 99"),
    (("diff", "gate", "gaet"), 2, "No run has the id or the name"),
    (("diff", "gate@99", "gate"), 2, "no click 99"),
    (("diff", "gate", "done", "--only", "all"), 2, "'all' is not one of"),
    (("replay", "gate@99"), 2, "no click 99"),
    (("replay", "gaet"), 2, "No run has the id or the name"),
    # Going on from the past
    (("fork", "gate@99"), 2, "no click 99"),
    (("fork", "gaet@1"), 2, "No run has the id or the name"),
    (("fork", "gate", "--edit", "99=x"), 2, "has no message 99"),
    (("fork", "gate", "--edit", "hint=x"), 2, "hint"),
    (("fork", "gate", "--limit", "turns=3"), 2, "no limit 'turns'"),
    (("fork", "gate", "--limit", "model_turns=x"), 2, "model_turns"),
    (("fork", "gate", "--tools", "all"), 2, "'all' is not one of"),
    (("fork", "gate", "--times", "0"), 2, "--times"),
    (("fork", "gate", "--instructions", "nowhere.md"), 2, "no file nowhere.md"),
    (("fork", "gate", "-a", "nowhere.py"), 2, "nowhere.py"),
    (("fork", "gate", "--decide", "perhaps"), 2, "perhaps"),
    (("run", "And now?", "--after", "gate"), 2, "is not over"),
    (("bisect", "gate", "--where", "("), 2, "is no Python expression"),
    (("bisect", "gate", "--where", "nothing"), 2, "fails at click"),
    (("bisect", "gate", "--where", "1 / 0"), 2, "ZeroDivisionError"),
    (("bisect", "gate"), 2, "Nothing says what is bad."),
    (("bisect", "gate", "--good", "1", "--bad", "0", "--where", "True"), 2, "does not come before"),
    (("bisect", "gate", "--good", "99", "--where", "True"), 2, "no such click"),
    (("bisect", "gate", "--where", "False"), 2, "nothing is wrong"),
    (("bisect", "gate", "--where", "True"), 2, "bad by this rule too"),
    (("bisect", "gate", "--", "nowhere-at-all"), 2, "cannot be started"),
    (("bisect", "gate", "--", "sh", "-c", "kill -9 $$"), 2, "crashed"),
    (("export", "gate", "-o", "runs.db"), 2, "is there already"),
    (("export", "gate", "-o", "x.jsonl", "--secret", "NOBODY_SETS_THIS"), 2, "NOBODY_SETS_THIS"),
    (("export", "gate", "-o", "x.jsonl", "--pattern", "("), 2, "pattern"),
    (("export", "gaet", "-o", "x.jsonl"), 2, "No run has the id or the name"),
    (("import", "nowhere.jsonl"), 2, "no file nowhere.jsonl"),
    (("import", "big.json"), 2, "is no export"),
    (("import", "latin.json"), 76, "not UTF-8"),
    (("import", "cut.jsonl"), 76, "was cut"),
    (("import", "newer.jsonl"), 78, "newer version"),
    (("prune", "--older", "soon"), 2, "is no age"),
    # No such gate, or settled
    (("approve", "gate", "approval-9.9.9-9"), 2, "no open gate approval-9.9.9-9"),
    (("approve", "gate", EVIL), 2, "no open gate k\\x1b[2J\\u{202e}7"),
    (("deny", "gate", "doubt"), 2, "no open gate doubt"),
    (("answer", "question", "x", "--gate", "loop"), 2, "no open gate loop"),
    (("approve", "done"), 2, "is over"),
    (("approve", "done", "approval-1.0.0-1"), 2, "is over"),
    (("approve", "two", "approval-1.0.0-1"), 2, "was settled before"),
    (("deny", "two", "approval-1.0.0-1", "--reason", "again"), 2, "denied by"),
    (("edit", "two", "approval-1.0.0-1", "--arguments", '{"amount": 1}'), 2, "was settled before"),
    # A state that takes no such thing
    (("approve", "gone"), 2, "is over"),
    (("tell", "gone", "x"), 2, "is over"),
    (("cancel", "gone"), 2, "is over"),
    (("tell", "done", "x"), 2, "is over"),
    (("cancel", "done"), 2, "is over"),
    (("resolve", "gate", "--did-not-happen"), 2, "cannot be settled with did_not_happen"),
    (("resolve", "gate", "--happened", "x"), 2, "cannot be settled with happened"),
    (("answer", "gate", "yes"), 2, "cannot be settled with answer"),
    (("approve", "question"), 2, "cannot be settled with approve"),
    (("edit", "question", "--arguments", "{}"), 2, "cannot be settled with edit"),
    (("answer", "limit", "more"), 2, "cannot be settled with answer"),
    (("edit", "limit", "--arguments", "{}"), 2, "cannot be settled with edit"),
    (("approve", "loop"), 2, "cannot be settled with approve"),
    (("approve", "doubt"), 2, "cannot be settled with approve"),
    (("deny", "doubt"), 2, "cannot be settled with deny"),
    # Flags
    (("resolve", "doubt"), 2, "Say one thing about the call."),
    (("resolve", "doubt", "--happened", "x", "--failed", "y"), 2, "Say one thing"),
    (("resolve", "doubt", "--happened", "x", "--did-not-happen"), 2, "Say one thing"),
    (("approve", "gate", "--reason", "x"), 2, "no option --reason"),
    (("approve",), 2, "RUN is missing."),
    (("answer", "question"), 2, "TEXT is missing."),
    (("approve", "gate", "a", "b"), 2, "unexpected extra argument"),
    (("edit", "gate"), 2, "Nobody is at a terminal"),
    (("edit", "gate", "--no-input"), 2, "Nobody is at a terminal"),
    (("resume", "gate", "--yes", "pay(amount"), 2, "is not a rule"),
    (("resume", "gate", "--yes", "pay(sum=*)"), 2, "does not take"),
    (("resume", "gate", "--yes", "steal"), 2, "a tool that is not there"),
    (("resume", "gate", "--yes", "pay(amount==x)"), 2, "is not a rule"),
    (("run", "x", "-a", "agent.py", "--yes", EVIL), 2, "is not a rule"),
    (("verify", "gate", "--expect", "x"), 2, "is no chain"),
    (("verify", "--expect", "0" * 64), 2, "belongs to a run"),
    (("backup", ""), 2, "names no file"),
    (("backup", "runs.db"), 2, "is there already"),
    (("completion", "tcsh"), 2, "tcsh"),
    # Texts
    (("edit", "gate", "--arguments", "{"), 2, "not JSON"),
    (("edit", "gate", "--arguments", "[]"), 2, "one JSON object"),
    (("edit", "gate", "--arguments", '{"amount": "many"}'), 2, "amount"),
    (("edit", "gate", "--arguments", '{"amount": 1, "amount": 2}'), 2, "twice"),
    (("edit", "gate", "--arguments", '{"amount": NaN}'), 2, "NaN"),
    (("edit", "gate", "--arguments", '{"amount": 1, "to\\u001b[2J": 1}'), 2, "unknown"),
    (("edit", "gate", "--arguments", '{"amount": 1, "$base": "x"}'), 2, "dollar"),
    (("edit", "gate", "--arguments", "@nowhere.json"), 2, "no file nowhere.json"),
    (("edit", "gate", "--arguments", "@."), 2, "cannot be read"),
    (("edit", "gate", "--arguments", "@big.json"), 2, "more than"),
    (("edit", "gate", "--arguments", "@latin.json"), 2, "not UTF-8"),
    (("edit", "gate", "--arguments", "-"), 2, "not JSON"),
    (("deny", "gate", "--reason", "\udcff"), 2, "not UTF-8"),
    (("tell", "gate", "  "), 2, "The note is empty."),
)


def test_there_are_enough_of_them() -> None:
    """The table has every deciding verb, in many ways wrong."""
    assert len(CASES) >= 60
    assert {words[0] for words, _, _ in CASES} >= {
        "approve",
        "deny",
        "edit",
        "answer",
        "resolve",
        "tell",
        "cancel",
    }


@pytest.mark.parametrize(
    ("words", "code", "said"), CASES, ids=lambda value: str(value)[:60].encode("ascii", "replace").decode()
)
def test_bad_input_is_two_sentences_and_changes_nothing(
    ground: Place, words: tuple[str, ...], code: int, said: str
) -> None:
    """The code of the table, what is wrong, what to do; and the database is what it was, to the last row."""
    before, files = _all(ground), sorted(ground.folder.rglob("*"))
    given = [word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for word in words]

    done = ground.detent(*given)
    made = ground.detent(given[0], "--json", *given[1:])

    assert (done.code, done.out) == (code, "")
    wrong, *todo = done.err[
        done.err.index("detent: ") :
    ].splitlines()  # the agent's file may have printed before
    assert said in wrong
    assert wrong[-1] in ".?!"
    assert len(todo) == 1, done.err
    assert todo[0][-1] not in " :,"
    assert not set(done.err) & set("\x1b\u202e")
    assert (made.code, made.json["exit"]) == (code, code)
    assert made.json["error"]["hint"]
    assert _all(ground) == before
    assert {one for one in ground.folder.rglob("*") if not _passing(one)} == {
        one for one in files if not _passing(one)
    }


def _passing(path: Path) -> bool:
    """Files of SQLite and Python that come and go."""
    return path.name.endswith(("-wal", "-shm")) or "__pycache__" in path.parts

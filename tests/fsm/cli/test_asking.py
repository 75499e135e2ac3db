"""Gates asked at the keyboard, on a terminal of their own."""

from __future__ import annotations

import os
import signal

from detent.states import State

from .kit import ANSI, Place, call


def test_a_yes_at_the_keyboard(place: Place) -> None:
    """A person sees exactly what a yes means, says it, and gets the answer."""
    agent = place.agent(call("pay", amount=7), "All paid.")
    terminal = place.terminal("run", "Pay.", "-a", agent)

    shown = terminal.expect("[n] > ")
    terminal.send("y")

    assert terminal.end() == 0
    assert "amount = 7" in shown
    assert "yes: then at most 39 more calls (pay, slow cannot be undone)" in shown
    assert "All paid.\n" in terminal.rest()
    assert place.ledger() == ["7"]


def test_the_empty_answer_is_no(place: Place) -> None:
    """Enter alone runs nothing."""
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Not paid."))

    terminal.expect("[n] > ")
    terminal.send("")

    assert terminal.end() == 0
    assert "no to pay" in terminal.rest()
    assert place.ledger() == []


def test_what_was_typed_before_the_question_is_no_answer(place: Place) -> None:
    """A yes that was typed ahead approves nothing."""
    agent = place.agent(call("slow", seconds=0.8), call("pay", amount=7), "Not paid.")
    terminal = place.terminal("run", "Pay.", "-a", agent)

    terminal.expect("slow started")
    terminal.send("y")
    terminal.expect("[n] > ")
    terminal.send("n because I say so")

    assert terminal.end() == 0
    assert place.ledger() == ["slow"]
    assert "I say so" in place.detent("show", "last").out


def test_a_question_is_asked_again_until_it_is_understood(place: Place) -> None:
    """What is none of the choices settles nothing."""
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."))

    terminal.expect("[n] > ")
    terminal.send("yes please")
    terminal.expect("That is none of them.")
    terminal.expect("[n] > ")
    terminal.send("y")

    assert terminal.end() == 0
    assert place.ledger() == ["7"]


def test_q_leaves_it_waiting(place: Place) -> None:
    """q, or the end of input, leaves the gate open and the run waiting, with 3."""
    for key in (b"q\n", b"\x04"):
        terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."))
        terminal.expect("[n] > ")
        terminal.press(key)

        assert terminal.end() == 3
        assert "waits for you (exit 3)" in terminal.rest()
        assert place.head().state is State.AWAITING_APPROVAL


def test_a_yes_to_something_long_shows_it_whole_first(place: Place) -> None:
    """What does not fit is not approved unseen: the first yes shows the rest, the second one counts."""
    text = "\n".join(f"line {number}" for number in range(60))
    model = place.script(call("write_file", path="long.txt", content=text), "Written.")
    terminal = place.terminal("run", "Write.", "-m", model, "-t", "files", size=(200, 100))

    first = terminal.expect("[n] > ")
    assert "more lines: (v) shows them" in first
    assert "line 59" not in first
    terminal.send("y")
    assert "line 59" in terminal.expect("[n] > ")
    assert not (place.folder / "long.txt").exists()
    terminal.send("y")

    assert terminal.end() == 0
    assert (place.folder / "long.txt").read_text() == text


def test_a_decision_from_another_terminal_closes_the_question(place: Place) -> None:
    """Settled elsewhere, a question goes away and the run goes on."""
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "All paid."))
    terminal.expect("[n] > ")

    assert place.detent("approve", "last").code == 0

    assert terminal.end() == 0
    assert "No longer asked." in terminal.rest()
    assert "All paid." in terminal.rest()
    assert place.ledger() == ["7"]


def test_ctrl_c_at_a_question_parks_the_run(place: Place) -> None:
    """The interrupt key at a question leaves it open, with 130."""
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."))
    terminal.expect("[n] > ")

    terminal.press(b"\x03")

    assert terminal.end() == 130
    assert "is parked at click" in terminal.rest()
    assert place.ledger() == []


def test_every_gate_of_a_plan_is_asked(place: Place) -> None:
    """Several gates are asked one after the other, and nothing runs before the last."""
    agent = place.agent([call("pay", amount=1), call("pay", amount=2)], "Paid.")
    terminal = place.terminal("run", "Pay.", "-a", agent)

    assert "amount = 1" in terminal.expect("[n] > ")
    terminal.send("y")
    assert "amount = 2" in terminal.expect("[n] > ")
    assert place.ledger() == []
    terminal.send("y")

    assert terminal.end() == 0
    assert place.ledger() == ["1", "2"]


def test_a_question_of_the_model_is_answered(place: Place) -> None:
    """What the model asks stands behind a bar, and what is typed is the answer."""
    agent = place.agent(call("ask_person", question="Which\x1b[2J month?"), "March it is.")
    terminal = place.terminal("run", "Find it.", "-a", agent)

    assert "│ Which\\x1b[2J month?" in terminal.expect("[q] > ")
    terminal.send("The one from March.")

    assert terminal.end() == 0
    assert "The one from March." in place.detent("show", "last").out


def test_a_limit_asks_for_more(place: Place) -> None:
    """On a terminal a limit asks, and more is one helping."""
    agent = place.agent(call("look", thing="a"), "So far: a.")
    terminal = place.terminal("run", "Look.", "-a", agent, "--limit", "model_turns=2")

    shown = terminal.expect("[f] > ")
    terminal.send("m")

    assert terminal.end() == 0
    assert "model_turns is used up." in shown
    assert place.head().extensions == 1


def test_a_doubt_is_asked_and_settled(place: Place) -> None:
    """After a kill the person at the keyboard says what happened."""
    agent = place.agent(call("slow", seconds=30), "Done.")
    terminal = place.terminal("run", "Go.", "-a", agent)
    terminal.expect("slow started")
    while not place.ledger():
        pass
    os.kill(terminal.process, signal.SIGKILL)
    terminal.end()

    terminal = place.terminal("resume", "last")
    shown = terminal.expect("[q] > ")
    terminal.send("h it slept")

    assert terminal.end() == 0
    assert "Did it happen?" in shown
    assert "it slept" in place.detent("show", "last").out
    assert place.ledger() == ["slow"]


def test_no_input_asks_nothing(place: Place) -> None:
    """With --no-input, or --json, a terminal is asked nothing."""
    agent = place.agent(call("pay", amount=7), "Paid.")

    for flag in ("--no-input", "--json"):
        terminal = place.terminal("run", "Pay.", "-a", agent, flag)
        assert terminal.end() == 3
        assert " > " not in terminal.seen


def test_only_our_own_control_sequences_reach_a_terminal(place: Place) -> None:
    """Whatever models, tools, goals and files hold, a terminal gets colours and cursor moves of ours and nothing else."""
    evil = "\x1b[2J\x1b]0;pwned\x07\x9b31m\r\x08\u202e\u200b\U000e0041"
    agent = place.agent(
        {"content": evil, "thinking": evil, "tool_calls": [call("pay", amount=7), call("look", thing=evil)]},
        evil,
        evil,
        evil,
    )
    terminal = place.terminal("run", f"Pay. {evil}", "-a", agent, "-v", "--name", "x")
    terminal.expect("[n] > ")
    terminal.send("y")
    terminal.end()
    raw = terminal.raw
    for words in (["show", "last"], ["log", "last"], ["runs"], ["show", evil], ["show", "last", "--json"]):
        shown = place.terminal(*words)
        shown.end()
        raw += shown.raw

    text = ANSI.sub("", raw.decode()).replace("\r\n", "\n").replace("\r", "", raw.count(b"\r\x1b["))
    ours = {found for found in ANSI.findall(raw.decode()) if found[-1] not in "mAKhl"}
    assert not ours
    assert not set(text) & set("\x1b\x07\x9b\r\x08\u202e\u200b\U000e0041")
    assert "\\u{202e}" in text

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
    assert "yes: at most 39 more calls, 39 that cannot be undone, 14 turns, 10 min" in shown
    assert "no:  the model is told why; at most 39 more calls" in " ".join(shown.split()).replace(
        "no: ", "no:  "
    )
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


def test_a_rule_from_the_gate_holds_from_then_on(place: Place) -> None:
    """The rule stands there in full before it is chosen; it lets the next call of its kind pass, also after a resume."""
    bills = [call("pay", amount=7), call("pay", amount=7), call("pay", amount=8)]
    terminal = place.terminal("run", "Pay.", "-a", place.agent(*bills, "Paid."))

    shown = terminal.expect("[n] > ")
    assert "(a) yes, and from now on" in shown
    assert "(a) allows in this run, unasked, exactly:\n          │ pay(amount==7)" in shown
    terminal.send("a")
    again = terminal.expect("[n] > ")
    assert "allowed by pay(amount==7)" in again
    assert "amount = 8" in again
    assert place.ledger() == ["7", "7"]
    terminal.send("q")

    assert terminal.end() == 3
    assert place.rules() == ["pay(amount==7)"]
    assert "allowed unasked: pay(amount==7)" in place.detent("resume", "last").err
    assert "allowed by pay(amount==7)" in place.detent("log", "last").out
    assert "allowed  pay(amount==7)" in place.detent("show", "last").out
    passed = place.detent("show", "last@6").out
    assert "allowed by pay(amount==7)" in passed


def test_a_rule_settles_the_open_gates_that_it_matches(place: Place) -> None:
    """Other calls of the same plan that the rule matches are not asked about any more; a call that it does not is."""
    bills = [call("pay", amount=7), call("pay", amount=7), call("pay", amount=8)]
    terminal = place.terminal("run", "Pay.", "-a", place.agent(bills, "Paid."))

    terminal.expect("[n] > ")
    terminal.send("a")
    again = terminal.expect("[n] > ")
    assert "yes to pay, allowed by pay(amount==7)" in again
    assert "amount = 8" in again
    assert place.ledger() == []
    terminal.send("n")

    assert terminal.end() == 0
    assert place.ledger() == ["7", "7"]
    assert "      allowed by pay(amount==7)" in place.detent("log", "last").out
    assert place.detent("show", "last@EXECUTING").out.count("allowed by pay(amount==7)") == 1


def test_a_rule_about_a_folder_says_what_it_leaves_free(place: Place) -> None:
    """For a file the rule is its folder, and what may be anything stands beside it."""
    writes = [call("write_file", path=f"notes/{name}", content=name) for name in "ab"]
    model = place.script(*writes, call("write_file", path="c", content="c"), "Written.")
    terminal = place.terminal("run", "Write.", "-m", model, "-t", "files")

    shown = terminal.expect("[n] > ")
    assert (
        "(a) allows in this run, unasked, whatever content is:\n          │ write_file(path=notes/*)" in shown
    )
    terminal.send("a")
    assert 'path = "c"' in terminal.expect("[n] > ")
    terminal.send("")

    assert terminal.end() == 0
    assert (place.folder / "notes" / "b").read_text() == "b"
    assert not (place.folder / "c").exists()


def test_a_rule_that_is_given_to_something_long_is_given_to_what_was_seen(place: Place) -> None:
    """What does not fit is not allowed unseen either."""
    text = "\n".join(f"line {number}" for number in range(60))
    model = place.script(call("write_file", path="long.txt", content=text), "Written.")
    terminal = place.terminal("run", "Write.", "-m", model, "-t", "files", size=(200, 100))

    terminal.expect("[n] > ")
    terminal.send("a")
    assert "line 59" in terminal.expect("[n] > ")
    assert place.rules() == []
    terminal.send("a")

    assert terminal.end() == 0
    assert place.rules() == ["write_file(path=*)"]


def test_where_no_rule_can_be_written_none_is_offered(place: Place) -> None:
    """A call whose rule would be too long to read has no such key, and typing it settles nothing."""
    agent = place.agent(call("ask_person", question="x"), "Done.")
    place.write(
        "agent.py", (place.folder / "agent.py").read_text().replace('"read")\ndef look', '"once")\ndef look')
    )
    place.script(call("look", thing="x" * 500), "Done.")
    terminal = place.terminal("run", "Look.", "-a", agent)

    assert "(a)" not in terminal.expect("[n] > ")
    terminal.send("a")
    terminal.expect("No rule can be written for this call.")
    terminal.expect("[n] > ")
    terminal.send("n")

    assert terminal.end() == 0


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
    killed = terminal.process
    os.kill(killed, signal.SIGKILL)
    terminal.end()

    terminal = place.terminal("resume", "last")
    shown = terminal.expect("[q] > ")
    terminal.send("h it slept")

    assert terminal.end() == 0
    assert "Did it happen?" in shown
    assert f"by process {killed}, which is gone" in " ".join(shown.split())
    assert "no result was stored in the" in " ".join(shown.split())
    assert "(r) it did not: run it now" in shown
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

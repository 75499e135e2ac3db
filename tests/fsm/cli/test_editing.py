"""Editing at a gate: what would run is shown to the byte, and only a yes to these bytes runs it."""

from __future__ import annotations

import sys

import pytest

from detent.states import State

from .kit import Place, call

EDITOR = """
import os, sys
assert "DETENT_DRIVER" not in os.environ
text = open(sys.argv[1]).read()
open("seen.txt", "w").write(text)
open(sys.argv[1], "w").write(text.replace(": 7", os.environ.get("TYPED", ": 5")))
"""


def _editor(place: Place) -> str:
    """An editor that changes one number."""
    return f"{sys.executable} {place.write('editor.py', EDITOR)}"


def test_arguments_are_edited_and_exactly_those_run(place: Place) -> None:
    """The editor gets the arguments, what would run is shown to the byte with what changed, and a yes runs it."""
    agent = place.agent(call("pay", amount=7), "Paid.")
    terminal = place.terminal("run", "Pay.", "-a", agent, env={"EDITOR": _editor(place)})

    terminal.expect("[n] > ")
    terminal.send("e")
    shown = terminal.expect("[n] > ")
    assert '│ -   "amount": 7\n' in shown
    assert '│ +   "amount": 5\n' in shown
    assert 'Exactly these 12 B would run:\n          │ {"amount":5}\n' in shown
    assert place.ledger() == []
    terminal.send("y")

    assert terminal.end() == 0
    assert (place.folder / "seen.txt").read_text() == '{\n  "amount": 7\n}\n'
    assert place.ledger() == ["5"]
    assert place.decisions() == ["Edited"]


@pytest.mark.parametrize(
    ("typed", "said"), [(": seven", "not JSON"), (': "x"', "amount"), (": 7", "nothing was changed")]
)
def test_what_does_not_fit_is_asked_again(place: Place, typed: str, said: str) -> None:
    """Arguments that are no JSON, do not fit the tool, or are the same, settle nothing."""
    env = {"VISUAL": _editor(place), "EDITOR": "false", "TYPED": typed}
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), env=env)

    terminal.expect("[n] > ")
    terminal.send("e")
    assert said in terminal.expect("[n] > ")
    terminal.send("n")

    assert terminal.end() == 0
    assert place.ledger() == []


def test_an_edit_that_is_taken_back_runs_nothing(place: Place) -> None:
    """A no to the edited bytes asks the first question again, and an editor that is not there is told."""
    env = {"EDITOR": _editor(place)}
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), env=env)
    terminal.expect("[n] > ")
    terminal.send("e")
    terminal.expect("[n] > ")
    terminal.send("")
    terminal.expect("yes, this once")
    terminal.send("y")
    assert terminal.end() == 0
    assert place.ledger() == ["7"]

    terminal = place.terminal("run", "Pay.", "-a", "agent.py", env={"EDITOR": "/nowhere/ed"})
    terminal.expect("[n] > ")
    terminal.send("e")
    terminal.expect("/nowhere/ed cannot be started")
    terminal.expect("[n] > ")
    terminal.send("q")
    assert terminal.end() == 3


def test_without_an_editor_arguments_are_typed(place: Place) -> None:
    """Where no editor is named one line of JSON is asked for."""
    env = {"EDITOR": "", "VISUAL": ""}
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), env=env)

    terminal.expect("[n] > ")
    terminal.send("e")
    terminal.expect("{…} > ")
    terminal.send('{"amount": 3}')
    terminal.expect('{"amount":3}')
    terminal.expect("[n] > ")
    terminal.send("y")

    assert terminal.end() == 0
    assert place.ledger() == ["3"]


def test_an_editor_is_closed_when_the_question_is_settled_elsewhere(place: Place) -> None:
    """A decision from another terminal ends the editor, and what stands in it counts for nothing."""
    script = place.write("wait.py", "import time; open('open.txt', 'w').close(); time.sleep(600)")
    env = {"EDITOR": f"{sys.executable} {script}"}
    terminal = place.terminal("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), env=env)
    terminal.expect("[n] > ")
    terminal.send("e")
    while not (place.folder / "open.txt").exists():
        pass

    assert place.detent("deny", "last").code == 0

    assert terminal.end() == 0
    assert "No longer asked." in terminal.rest()
    assert place.ledger() == []


def test_edit_from_another_terminal(place: Place) -> None:
    """`detent edit` without arguments opens the editor too, and only a yes to the bytes settles the gate."""
    assert place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid.")).code == 3
    env = {"EDITOR": _editor(place)}
    terminal = place.terminal("edit", "last", env=env)
    terminal.expect("[n] > ")
    terminal.send("n")
    assert terminal.end() == 0
    assert "the gate stays open" in terminal.rest()
    assert place.head().state is State.AWAITING_APPROVAL

    terminal = place.terminal("edit", "last", "--resume", env=env)
    assert '{"amount":5}' in terminal.expect("[n] > ")
    terminal.send("y")

    assert terminal.end() == 0
    assert place.ledger() == ["5"]

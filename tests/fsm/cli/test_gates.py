"""Gates, drawn: exactly what is asked, and commands that work."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.display import BAR
from detent.fsm.cli.gates import PAGE, allowance, drawn, follows, value_words, waiting
from detent.fsm.cli.main import root
from detent.fsm.cli.manners import Manners
from detent.states import GateKind

from .test_display import Heard
from .test_escape import ANY

KINDS = [kind.value for kind in GateKind]


def _view(kind: str, **more: Any) -> dict[str, Any]:
    about = (
        {"tool": "pay", "arguments": {"amount": 7}, "attempt": 1, "attempts": 3}
        if kind in ("approval", "doubt")
        else {}
    )
    if kind == "approval":
        about |= {"allow": "pay(amount==7)", "free": []}
    if kind == "doubt":
        about |= {
            "started": None,
            "process": None,
            "process_alive": None,
            "still_running": False,
            "survivors": [],
            "why": "lost",
            "evidence": None,
            "late": [],
            "key": "k",
            "rerun": True,
        }
    if kind in ("approval", "limit"):
        most = {"calls": 9, "irreversible": 3, "turns": 12, "seconds": 210, "clicks": 100}
        about |= {"yes": most, "no": most}
    return {"gate": f"{kind}-1", "kind": kind, "asks": "What now?", "expires": None} | about | more


@given(st.dictionaries(ANY, ANY | st.integers() | st.lists(ANY, max_size=3), max_size=4), ANY)
def test_a_call_is_drawn_whole_behind_a_bar(arguments: dict[str, Any], preview: str) -> None:
    """Whatever a call's arguments hold, nothing of it reaches the terminal raw or from before the bar."""
    lines, left = drawn(_view("approval", arguments=arguments, preview=preview), 80, None)

    assert left == 0
    assert all(line.startswith(BAR) for line in lines[1:])
    assert not any(mark in "".join(lines) for mark in "\x1b\r\x9b\u202e\u200b")


@given(st.integers(1, 100))
def test_what_is_left_out_is_counted(count: int) -> None:
    """A long text is cut to a page, and the number of lines that are left out is right."""
    view = _view("approval", arguments={"text": "\n".join(["x"] * count)})
    whole, _ = drawn(view, 80, None)

    lines, left = drawn(view, 80)

    assert len(lines) + left == len(whole)
    assert len(lines) <= PAGE + 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("several", [False, True])
def test_every_command_that_is_offered_can_be_pasted(kind: str, several: bool) -> None:
    """What is printed to go on is understood by the command line, gate by gate."""
    heard = Heard(80)
    heard.db = "my runs.db"
    views = [_view(kind), _view("approval", gate="approval-2")] if several else [_view(kind)]

    lines = [line for line in waiting(heard, "k7f3", views, 3, shown=True) if line.startswith("  detent ")]

    verbs = set()
    for line in lines:
        _, verb, *words = shlex.split(line)
        command = root.get_command(root.make_context("detent", [verb], resilient_parsing=True), verb)
        assert command is not None
        with command.make_context(verb, words, obj=Manners()) as context:
            assert context.params["run"] == "k7f3"
            assert context.obj.db == "my runs.db"
            verbs.add(verb)
    assert len(verbs) >= 2


def test_a_doubt_without_an_attempt_left_offers_no_rerun() -> None:
    """What cannot be run again is not offered to be."""
    heard = Heard(80)

    last = waiting(heard, "k7f3", [_view("doubt", rerun=False)], 4, shown=True)
    more = waiting(heard, "k7f3", [_view("doubt")], 4, shown=True)

    assert not any("--did-not-happen" in line for line in last)
    assert any("--did-not-happen" in line for line in more)


def test_an_expiry_is_told() -> None:
    """A gate that expires says when."""
    lines = waiting(Heard(80), "k7f3", [_view("approval", expires=1_800_000_000_000)], 3, shown=True)

    assert "It expires at 2027-01-15" in lines[0]


def test_values_are_exact() -> None:
    """Numbers, texts and lists are told as JSON; a text of several lines line by line."""
    assert value_words({"a": [1, None]}) == '{"a": [1, null]}'
    assert value_words("7") == '"7"'
    assert value_words("a\nb") == "2 lines\n    a\n    b"


def test_a_doubt_says_what_is_known() -> None:
    """When it was started, by which process and whether that is gone, what still runs, and what was found out."""
    view = _view(
        "doubt",
        started=1_700_000_000_000,
        process=4711,
        process_alive=False,
        survivors=[4712, 4713],
        evidence="the\x1b[2J server said maybe",
        late=[
            {
                "call": "1.0.0",
                "attempt": 1,
                "tool": "pay",
                "error": "closed",
                "text": "no\x1b[2J",
                "at": 1_700_000_000_000,
            }
        ],
        rerun=False,
    )

    told = "\n".join(drawn(view, 80)[0])
    words = " ".join(told.split())

    assert "│   amount = 7" in told
    assert "by process 4711, which is gone; no result was stored in the" in words
    assert "still runs: process 4712, 4713." in words
    assert "│ the\\x1b[2J server said maybe" in told
    assert "pay (1.0.0, attempt 1) failed (closed) at" in words
    assert "│ no\\x1b[2J" in told
    assert "It has no attempt left" in words
    assert "It still runs" in " ".join("\n".join(drawn(_view("doubt", still_running=True), 80)[0]).split())
    for alive, said in ((True, "which still runs"), (None, "of which nobody knows")):
        assert said in " ".join(
            "\n".join(drawn(_view("doubt", started=1, process=1, process_alive=alive), 80)[0]).split()
        )


def test_what_may_follow_is_told_with_units() -> None:
    """Calls, those that cannot be undone, turns and time after a yes and a no, and where it is short no clicks."""
    long, short = (
        " ".join(" ".join(follows(_view("approval"), 80, short=short)).split()) for short in (False, True)
    )

    assert (
        "yes: at most 9 more calls, 3 that cannot be undone, 12 turns, 3 min 30 s; 100 clicks in all" in long
    )
    assert "no: the model is told why; at most 9 more calls" in long
    assert "clicks" not in short
    assert "no: a last answer with what it has; 100 clicks in all" in " ".join(
        " ".join(follows(_view("limit"), 80)).split()
    )
    assert follows(_view("question"), 80) == []


def test_a_rule_is_told_in_full_before_it_is_chosen() -> None:
    """The rule that a key would add stands there whole and escaped, with the arguments it leaves free."""
    view = _view("approval", allow="put(path=no\u202etes/*)", free=["old", "new"])

    assert "whatever old, new are" in "\n".join(allowance(view, 80))
    assert "│ put(path=no\\u{202e}tes/*)" in "\n".join(allowance(view, 80))
    assert allowance(_view("approval", allow=None), 80) == []

"""Minimising: what a rehearsal does not need is left out, and nothing that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.minimising import TRIES, minimised
from detent.fsm.drivers.retelling import LONG

from .recording import Stage, played
from .rig import call


def always(_said: Mapping[str, Any]) -> bool:
    """Nothing is needed."""
    return True


def test_what_makes_no_difference_is_left_out() -> None:
    """Caps that were not reached, rules that were not needed, thoughts, and all of a text that no line shows."""
    said = {
        "goal": "Go.",
        "at_limit": "finish",
        "overrides": {"limits": {"tokens": 9}, "tools": ["files"]},
        "turns": [
            {"thinking": "Hm.", "tool_calls": [{"name": "look"}]},
            {"thinking": "So.", "content": "Seen."},
        ],
        "calls": [{"tool": "look", "arguments": {}, "came_to": ["x" * 999, {"error": "gone"}]}],
        "people": [{"gate": "approval-1.0.0-1", "how": "deny", "text": "y" * 999}],
        "rules": [{"reply": 0, "rule": "look"}],
    }
    assert minimised(said, always) == {
        "goal": "Go.",
        "turns": [{"name": "look"}, "Seen."],
        "calls": [
            {
                "tool": "look",
                "arguments": {},
                "came_to": ["x" * LONG + "… (999 characters)", {"error": "gone"}],
            }
        ],
        "people": said["people"],
    }


def test_what_makes_one_stays() -> None:
    """Each part that is needed stays, beside others of its kind that are not."""
    said = {
        "goal": "",
        "overrides": {"limits": {"tokens": 9, "model_turns": 2, "notes": 4}},
        "inputs": {"a": 1, "b": 2, "c": 3, "d": 4},
        "calls": [],
    }

    def same(made: Mapping[str, Any]) -> bool:
        limits = made.get("overrides", {}).get("limits", {})
        return limits.get("model_turns") == 2 and "c" in made.get("inputs", {})

    assert minimised(said, same) == {
        "goal": "",
        "overrides": {"limits": {"model_turns": 2}},
        "inputs": {"c": 3},
        "calls": [],
    }


def test_two_results_never_become_one() -> None:
    """Long results that only differ at their end stay whole: a loop is known by them."""
    said = {
        "goal": "",
        "turns": [],
        "calls": [{"tool": "look", "arguments": {}, "came_to": ["x" * 999 + end for end in "ab"]}],
    }
    assert minimised(said, always) == said


WORDS: Callable[[], Any] = lambda: st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3))  # noqa: E731


@given(inputs=WORDS(), limits=WORDS(), needed=st.frozensets(st.sampled_from("abcdefgh")))
def test_what_is_left_is_needed_and_comes_out_the_same(
    inputs: dict[str, int], limits: dict[str, int], needed: frozenset[str]
) -> None:
    """Whatever hangs on what, the result is the same to whoever judges it, and no more is asked than was promised."""
    said = {"goal": "", "inputs": inputs, "overrides": {"limits": limits}, "calls": []}
    asked = []

    def kept(made: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        return set(made.get("inputs", {})) & needed, set(made.get("overrides", {}).get("limits", {})) & needed

    def same(made: Mapping[str, Any]) -> bool:
        asked.append(made)
        return kept(made) == kept(said)

    made = minimised(said, same)
    assert kept(made) == kept(said)
    assert set(made.get("inputs", {})) <= needed
    assert set(made.get("overrides", {}).get("limits", {})) <= needed
    assert len(asked) <= TRIES


def test_a_test_file_is_minimised_and_still_notices(tmp_path: Path) -> None:
    """A run with long thoughts and results is a short file, which passes, and fails as the whole one would."""
    turns = [
        {"thinking": "Hm. " * 999, "tool_calls": [call("look", thing="a")]},
        call("pay", amount=5),
        "Paid.",
    ]
    stage = Stage.of(tmp_path, turns)
    stage.changed('f"saw {thing}"', 'f"saw {thing}" * 999')
    run = stage.run(("approve", ""))
    path = stage.exported(run)
    text = path.read_text()
    assert "Hm. Hm." not in text
    assert "at_limit" not in text
    assert len(text) < 3_000
    assert played(path)[0] == 0
    stage.changed("amount > 3", "amount > 9")
    assert played(path)[0] == 1

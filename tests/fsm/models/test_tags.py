"""Thinking inside the text, told apart while it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.models.tags import Tags


def shown(text: str, cuts: list[int]) -> tuple[str, str]:
    """Thinking and content of a text that comes in these pieces."""
    tags = Tags()
    made: list[tuple[str, str]] = []
    while text:
        size = cuts[len(text) % len(cuts)]
        made += tags.add(text[:size])
        text = text[size:]
    made += tags.end()
    return (
        "".join(piece for kind, piece in made if kind == "thinking"),
        "".join(piece for kind, piece in made if kind == "content"),
    )


@given(st.text(), st.text(), st.lists(st.integers(1, 12), min_size=1))
def test_thinking_is_shown_as_thinking_however_it_was_cut(thought: str, answer: str, cuts: list[int]) -> None:
    """A text that begins with thinking in its tags is shown as the two, wherever its pieces end."""
    thought = thought.replace("<", "")
    answer = answer.lstrip("\n")

    assert shown(f"<think>{thought}</think>\n\n{answer}", cuts) == (thought, answer)


@given(st.text(), st.lists(st.integers(1, 12), min_size=1))
def test_any_other_text_passes_as_it_is(text: str, cuts: list[int]) -> None:
    """A text without a tag at its beginning is all content, and none of it is lost."""
    text = f"a{text}"

    assert shown(text, cuts) == ("", text)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("<thin", ("", "<thin")),
        ("<think>never", ("never", "")),
        ("<think>a</thi", ("a</thi", "")),
        ("  <think>a</think>b", ("a", "b")),
        ("a<think>b</think>", ("", "a<think>b</think>")),
        ("", ("", "")),
    ],
)
def test_what_was_held_back_is_shown_at_the_end(text: str, apart: tuple[str, str]) -> None:
    """A tag that was begun and never came is text in the end."""
    assert shown(text, [1]) == apart

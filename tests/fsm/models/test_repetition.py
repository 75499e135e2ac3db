"""Whether a text has begun to repeat itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.models.repetition import STRETCH, TIMES, Watch, repeats


@given(st.text(min_size=1, max_size=300), st.text(max_size=500))
def test_a_loop_is_found_whatever_it_repeats(block: str, before: str) -> None:
    """Any block, repeated long enough, is a loop, whatever came before it."""
    assert repeats(before + block * max(TIMES + 1, STRETCH // len(block) + 2))


@given(st.text(max_size=STRETCH - 1))
def test_a_short_text_is_no_loop(text: str) -> None:
    """Nothing short is a loop, be it all dashes."""
    assert not repeats(text)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{number}. An item of a long list.\n" for number in range(500)),
        "x" * 5000 + " and the end",
        "\n".join("-" * 80 + f"\nrow {number}" for number in range(200)),
        "".join(chr(33 + number * number % 90) for number in range(10_000)) + "The end is not the beginning.",
    ],
)
def test_an_honest_text_is_no_loop(text: str) -> None:
    """Lists, tables and rulers go on: they are not cut off."""
    assert not repeats(text)


@given(st.text(min_size=1, max_size=40), st.integers(1, 50))
def test_a_stream_is_cut_off_soon_after_it_began_to_loop(block: str, step: int) -> None:
    """However a loop is cut into pieces, the watch finds it before it is much longer than it must be."""
    watch, text, length = Watch(), "Honest words. " + block * 6000, 0
    while not watch.add(text[length : length + step]):
        length += step
        assert length < STRETCH + 14 + 8 * len(block) + 2 * 256 + 2 * step

"""Figures in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.wording import count, cut, duration, folded, moment, plural, size, stopwatch, width


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (-5, "0 ms"),
        (0, "0 ms"),
        (8, "8 ms"),
        (999, "999 ms"),
        (2100, "2.1 s"),
        (59_949, "59.9 s"),
        (59_999, "1 min"),
        (192_000, "3 min 12 s"),
        (3_600_000, "1 h"),
        (18_180_000, "5 h 3 min"),
        (86_400_000, "1 d"),
        (187_200_000, "2 d 4 h"),
    ],
)
def test_a_duration_is_human(milliseconds: int, words: str) -> None:
    """A duration has two figures at most, with their units."""
    assert duration(milliseconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1100, "1.1 kB"),
        (61_000, "61 kB"),
        (48 * 10**6, "48 MB"),
        (5 * 10**12, "5,000 GB"),
    ],
)
def test_a_size_has_a_unit(number: int, words: str) -> None:
    """Bytes are told in the unit that fits."""
    assert size(number) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(-5, "0.0 s"), (5800, "5.8 s"), (59_999, "1:00"), (730_000, "12:10"), (3_730_000, "1:02:10")],
)
def test_a_stopwatch_is_narrow(milliseconds: int, words: str) -> None:
    """Time since a beginning keeps to its column."""
    assert stopwatch(milliseconds) == words


def test_counts_and_plurals() -> None:
    """Thousands are parted, and one is not many."""
    assert count(1204) == "1,204"
    assert (plural(1, "turn"), plural(2, "turn"), plural(2, "reply", "replies")) == (
        "1 turn",
        "2 turns",
        "2 replies",
    )


def test_a_moment_is_local_time() -> None:
    """A moment is told as a clock shows it, with the day where that is asked for."""
    assert len(moment(0)) == len("00:00:00")
    assert moment(0, day=True).endswith(moment(0))


@given(st.text(max_size=60), st.integers(2, 40))
def test_cut_fits(text: str, columns: int) -> None:
    """What is cut takes no more columns than it may, and says that it was cut."""
    shown = cut(text, columns)

    assert width(shown) <= columns
    assert shown == text or shown.endswith("…")


def test_wide_marks_take_two_columns() -> None:
    """A width is that of the terminal, not the number of characters."""
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert cut("日本語", 4) == "日…"


@given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=12), st.integers(20, 60))
def test_folded_keeps_every_word(words: list[str], columns: int) -> None:
    """Folding loses no word and keeps to the width."""
    lines = folded(" ".join(words), columns)

    assert " ".join(lines).split() == words
    assert all(width(line) <= columns for line in lines)

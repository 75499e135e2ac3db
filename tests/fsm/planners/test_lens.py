"""The lens: what a prompt depends on beside the run, kept and read again."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.fsm.planners.lens import (
    SMALLEST,
    Learned,
    Lens,
    fitted,
    lens_text,
    notes_of,
    plain,
    read_lens,
    rounded,
    same,
    through,
)
from detent.fsm.planners.prompting import Marks, prompt
from detent.states.errors import ConfigError, IntegrityError
from detent.states.spec import ModelOptions
from tests.fsm.planners.kit import SPEC, Talk, order

WINDOWS = st.integers(256, 200_000)
FACTORS = st.floats(0.4, 8.0).map(rounded)
PLACES = st.builds(Marks, cut=st.integers(0, 9), short=st.integers(0, 9))


def talk_of(turns: int) -> Talk:
    """A conversation of so many thousands of characters."""
    talk = Talk()
    for number in range(turns):
        talk.turn(("read_file", {"path": str(number)}, "x" * 900))
    return talk


@given(WINDOWS, FACTORS, PLACES, WINDOWS, FACTORS, st.integers(0, 3), st.booleans())
def test_what_is_kept_is_read_again(  # noqa: PLR0917 - one argument for each part
    window: int, factor: float, marks: Marks, then: int, learned: float, halved: int, retry: bool
) -> None:
    """Window, factor and lines come back exactly; what is halved for one turn is so in no other."""
    lens = Lens(window=window, factor=factor, marks=marks)

    again, after = read_lens(
        lens_text(lens, Learned(window=then, factor=learned, halved=halved)).body, retry=retry
    )

    assert again == lens
    assert after == Learned(
        window=then,
        factor=learned,
        halved=halved if retry else 0,
        marks=marks if then == window else Marks(),
    )


@settings(max_examples=60)
@given(st.integers(0, 30), st.sampled_from([1024, 2048, 4096]), st.sampled_from([0.5, 1.0, 1.4]))
def test_the_lines_a_prompt_drew_give_it_again(turns: int, window: int, factor: float) -> None:
    """A prompt that is made with the lines it has drawn itself is the same prompt."""
    talk = talk_of(turns)
    made = prompt(SPEC, order(), talk, window, factor)
    lens = Lens(window=window, factor=factor, marks=Marks(cut=made.cut, short=made.short))

    assert through(SPEC, order(), talk, lens, []).prompt == made


def test_a_halved_window_has_no_lines_and_a_floor() -> None:
    """For one turn the window is halved as often as it was refused, to no less than the smallest."""
    learned = Learned(window=4096, factor=1.2, halved=2, marks=Marks(cut=3))

    assert learned.lens() == Lens(window=1024, factor=1.2)
    assert evolve(learned, halved=9).lens().window == SMALLEST
    assert evolve(learned, halved=0).lens() == Lens(window=4096, factor=1.2, marks=Marks(cut=3))


def test_where_half_is_too_little_the_whole_window_is_taken() -> None:
    """Half a window is only to be safe: what does not fit it may fit the whole, as the server has counted."""
    talk = Talk()
    talk.turn(*(("read_file", {"path": str(number)}, "x" * 900) for number in range(20)))

    lens, layout = fitted(SPEC, order(), talk, Learned(window=4096, halved=2), [])

    assert lens.window == 4096
    assert layout.prompt.estimate <= 4096
    with pytest.raises(ConfigError):
        fitted(SPEC, order(), talk, Learned(window=1024), [])


def test_the_plain_lens_is_the_window_that_was_agreed() -> None:
    """Who has learned nothing takes the run's own window, or the usual one."""
    assert plain(SPEC).window == 8192
    assert plain(evolve(SPEC, options=ModelOptions(num_ctx=4096))) == Lens(window=4096)


def test_prompts_are_the_same_if_they_send_the_same() -> None:
    """What is estimated of a prompt does not count, what is sent does."""
    one = prompt(SPEC, order(), talk_of(1), 8192)

    assert same(one, prompt(SPEC, order(), talk_of(1), 8192, 0.5))
    assert not same(one, prompt(SPEC, order(), talk_of(2), 8192))
    assert not same(one, prompt(SPEC, order(), talk_of(1), 4096))


def test_notes_are_found_in_order() -> None:
    """All that people said of their own accord, but for the goal at the beginning."""
    talk = talk_of(1)
    talk.put("note", "one")
    talk.put("goal", "two")

    assert [note.text.body for note in notes_of(talk)] == ["one", "two"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"window": 1}'])
def test_what_is_none_is_refused(body: str) -> None:
    """A text that cannot be read is damage."""
    with pytest.raises(IntegrityError):
        read_lens(body, retry=False)

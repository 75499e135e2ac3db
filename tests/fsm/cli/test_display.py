"""Lines of a run: a fixed column for the state, nothing wider than the terminal, what is not ours behind a bar."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.display import BAR, Display, barred, header
from detent.fsm.cli.manners import STATES, Manners
from detent.fsm.cli.narrating import Line
from detent.fsm.cli.wording import width
from detent.states import AtLimit, Spec

from .test_escape import ANY


class Heard(Manners):
    """Manners that keep what is said."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._columns = columns

    def say(self, text: str = "") -> None:
        """Keep a line."""
        self.lines.append(text)

    def columns(self) -> int:
        """A width of our own."""
        return self._columns

    def colour(self) -> bool:
        """No colours: a line's width is that of its characters."""
        return False


PRINTED = st.text(
    st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\xa0\u3000"), max_size=120
)


@given(
    st.sampled_from(list(STATES)),
    st.lists(PRINTED, min_size=1, max_size=3),
    st.sampled_from(["", "8 ms", "3 min 12 s"]),
    st.integers(-10, 10**8),
    st.integers(72, 132),
)
def test_a_row_fits_and_its_state_stands_in_its_column(
    state: str, texts: list[str], right: str, elapsed: int, columns: int
) -> None:
    """Whatever a click was about, its lines fit the terminal and the state stands where it always stands."""
    heard = Heard(columns)

    Display(heard).row(Line(state, tuple(texts), right), elapsed)

    assert all(width(line) <= columns for line in heard.lines)
    assert heard.lines[0].index(state) == 10
    assert not right or heard.lines[0].endswith(right)
    assert len(heard.lines) == len(texts)


@given(ANY, st.integers(40, 132))
def test_what_is_not_ours_stands_behind_a_bar(text: str, columns: int) -> None:
    """Every line of a foreign text begins with the bar, fits, and together they hold all of it."""
    lines = list(barred(text, columns))

    assert all(line.startswith(BAR) for line in lines)
    assert all(width(line) <= columns for line in lines)


def test_nothing_of_a_foreign_text_is_lost() -> None:
    """Folding a long line keeps every character."""
    text = "abc" * 100

    assert "".join(line.removeprefix(BAR) for line in barred(text, 40)) == text


def test_a_header_says_what_a_run_may_take() -> None:
    """The first line names the model and the limits, and whether they are asked about."""
    assert header(Spec(model="ollama:qwen3")) == "ollama:qwen3  · at most 15 turns, 10 min (then asks)"
    assert header(Spec(at_limit=AtLimit.FINISH)) == "a workflow  · at most 15 turns, 10 min"

"""Errors of tools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.errors import BadValue, ConfigError, DetentError
from detent.states.names import Ran
from detent.tools import BadArguments, ToolError


@given(
    message=st.text(),
    ran=st.sampled_from(Ran),
    transient=st.booleans(),
    wait=st.floats(0, 1e6),
    others=st.lists(st.text()),
)
def test_keeps_what_its_author_says(
    message: str, ran: Ran, transient: bool, wait: float, others: list[str]
) -> None:
    """A ToolError carries exactly what it was given."""
    error = ToolError(
        message, ran=ran.value, transient=transient, retry_after=wait, alternatives=iter(others)
    )

    assert (message, ran, transient, wait) == (error.message, error.ran, error.transient, error.retry_after)
    assert tuple(others) == error.alternatives
    assert message == str(error)


@given(ran=st.text().filter(lambda text: text not in ("no", "unknown", "yes")))
def test_refuses_other_words_for_ran(ran: str) -> None:
    """Whether a call ran is said in one of three words, and the message is not lost when it is not."""
    with pytest.raises(ConfigError) as caught:
        ToolError("the message", ran=ran)

    assert "the message" in caught.value.message


@pytest.mark.parametrize("wait", [-1.0, float("nan"), float("inf")])
def test_refuses_times_that_cannot_be(wait: float) -> None:
    """Nobody can wait for less than nothing, or for ever."""
    with pytest.raises(ConfigError, match="retry_after"):
        ToolError("later", retry_after=wait)


def test_knows_whose_fault_it_is() -> None:
    """Bad arguments are a bad value from outside; a tool's own failure is no error of detent."""
    assert issubclass(BadArguments, BadValue)
    assert not issubclass(ToolError, DetentError)

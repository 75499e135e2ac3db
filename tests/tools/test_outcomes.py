"""Outcomes of calls."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.states.errors import UsageError
from detent.states.names import Effect, Ran
from detent.tools import BadArguments, Failure, Returned, ToolError, failure_text
from detent.tools.outcomes import DONE, MAX_RESULT, failed, refused, returned
from detent.tools.plain import plain
from tests.tools.strategies import Colour, Level, typed

LONE = st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3)


class RateLimitedError(Exception):
    """A failure with a telling name."""


class Mute(Exception):
    """A failure that cannot say itself."""

    def __str__(self) -> str:
        raise SystemExit


class Broken(str):
    """A kind of str with a text of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "other"


@given(st.text())
def test_keeps_text_as_it_is(text: str) -> None:
    """A str is the result, byte for byte; so is what is UTF-8."""
    assert returned(text) == returned(text.encode()) == returned(bytearray(text.encode())) == Returned(text)


@settings(deadline=None)
@given(st.data())
def test_writes_everything_else_as_json(data: st.DataObject) -> None:
    """Any other value is its canonical JSON; nothing at all is said to be done."""
    _, values = data.draw(typed())
    value = data.draw(values.filter(lambda each: not isinstance(each, str) or isinstance(each, Colour)))

    assert returned(value) == Returned(DONE if value is None else canonical(plain(value)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (5, "5"),
        ([], "[]"),
        (Colour.RED, '"red"'),
        (Level.LOW, '"LOW"'),
        (Path("a"), '"a"'),
        (Broken("b"), "b"),
    ],
)
def test_has_one_text_for_each_value(value: Any, text: str) -> None:
    """Words that are no str are quoted; a kind of str is a str."""
    assert returned(value) == Returned(text)


class Rude:
    """A value that ends the program when it is written."""

    def isoformat(self) -> str:
        """Leave."""
        raise SystemExit


def generator() -> Iterator[int]:
    """Endless."""
    yield 1


async def agenerator() -> AsyncIterator[int]:
    """Endless."""
    yield 1


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("\ud800", "not_text"),
        (["\udfff"], "not_text"),
        (b"\xff", "not_text"),
        (float("nan"), "not_json"),
        ([float("inf")], "not_json"),
        (object(), "not_json"),
        (Rude(), "not_json"),
        ({1: 2, "1": 3}, "not_json"),
        (generator(), "not_json"),
        (agenerator(), "not_json"),
    ],
)
def test_says_that_a_result_cannot_be_kept(value: Any, word: str) -> None:
    """A result without a text is a failure of a call that ran, and is not tried again."""
    outcome = returned(value)

    assert isinstance(outcome, Failure)
    assert (outcome.error, outcome.ran, outcome.transient) == (word, Ran.YES, False)
    assert outcome.message.startswith("The tool ran, but its result ")
    assert failure_text(outcome)


def test_refuses_what_is_too_large_to_keep() -> None:
    """Results are kept whole up to their cap in bytes, and not at all beyond it."""
    assert returned("x" * MAX_RESULT) == Returned("x" * MAX_RESULT)
    for value in ("x" * (MAX_RESULT + 1), "é" * (MAX_RESULT // 2 + 1)):
        outcome = returned(value)
        assert isinstance(outcome, Failure)
        assert (outcome.error, outcome.ran) == ("too_large", Ran.YES)


@given(
    effect=st.sampled_from(Effect),
    error=st.sampled_from(
        [TimeoutError, ConnectionResetError, OSError, FileNotFoundError, ValueError, KeyError]
    ),
    message=st.text(),
)
def test_knows_what_may_pass(effect: Effect, error: type[Exception], message: str) -> None:
    """What the system reports may pass for what may be repeated; nothing of a ONCE tool is repeated."""
    outcome = failed(error(message), effect)

    assert outcome.transient is (issubclass(error, OSError) and effect is not Effect.ONCE)
    assert outcome.ran is (Ran.YES if effect is Effect.ONCE else Ran.UNKNOWN)
    assert outcome.message.startswith(error.__name__)


@given(
    effect=st.sampled_from(Effect),
    ran=st.sampled_from(Ran),
    transient=st.booleans(),
    wait=st.floats(0, 1e9),
    message=st.text(min_size=1, max_size=50),
    others=st.lists(st.text() | LONE),
)
def test_takes_a_tool_at_its_word(
    *, effect: Effect, ran: Ran, transient: bool, wait: float, message: str, others: list[str]
) -> None:
    """What a ToolError says is what the failure says, for every effect, in whole milliseconds."""
    error = ToolError(
        message, ran=ran.value, transient=transient, retry_after=wait, alternatives=others, error="odd"
    )
    outcome = failed(error, effect)

    assert (outcome.error, outcome.message, outcome.ran, outcome.transient) == (
        "odd",
        message,
        ran,
        transient,
    )
    assert outcome.retry_after >= min(wait * 1000, 24 * 60 * 60 * 1000)
    assert len(outcome.alternatives) == min(len(others), 50)


@settings(deadline=None)
@given(message=st.text() | LONE, others=st.lists(st.text() | LONE), word=st.text() | LONE)
def test_always_has_a_text_for_the_model(message: str, others: list[str], word: str) -> None:
    """A failure can be written whatever is in it, with these three keys."""
    outcome = failed(ToolError(message, alternatives=others, error=word), Effect.ONCE)
    seen = json.loads(failure_text(outcome))

    assert list(seen) == ["available_alternatives", "error", "message"]
    assert seen["available_alternatives"] == list(outcome.alternatives)
    assert seen["error"]
    assert seen["message"]


@pytest.mark.parametrize(
    ("error", "word", "message"),
    [
        (FileNotFoundError("x"), "file_not_found", "FileNotFoundError: x"),
        (TimeoutError(), "timeout", "TimeoutError"),
        (ConnectionRefusedError("no"), "connection_refused", "ConnectionRefusedError: no"),
        (OSError("bad"), "os_error", "OSError: bad"),
        (ValueError("bad"), "value_error", "ValueError: bad"),
        (KeyError("k"), "key_error", "KeyError: 'k'"),
        (RateLimitedError("slow"), "rate_limited", "RateLimitedError: slow"),
        (asyncio.CancelledError(), "cancelled_error", "CancelledError"),
        (SystemExit(3), "system_exit", "SystemExit: 3"),
        (StopIteration(), "stop_iteration", "StopIteration"),
        (ToolError("it"), "tool_error", "it"),
        (ToolError(""), "tool_error", "ToolError"),
        (Mute(), "mute", "Mute"),
        (UsageError("This.", "Do that."), "usage_error", "This. Do that."),
        (type("__", (Exception,), {})(), "error", "__"),
    ],
)
def test_names_each_failure(error: BaseException, word: str, message: str) -> None:
    """The word comes from the class, the message from what it says."""
    outcome = failed(error, Effect.READ)

    assert (outcome.error, outcome.message) == (word, message)
    assert re.fullmatch(r"[a-z_]+", outcome.error)


def test_cuts_endless_messages() -> None:
    """A message that nobody could read is cut, and counted."""
    outcome = failed(ValueError("x" * 10_000), Effect.READ)

    assert outcome.message.endswith("... (10,000 characters)")
    assert len(outcome.message) < 5_000


def test_says_that_nothing_ran() -> None:
    """A call whose arguments cannot be built did not run."""
    assert refused(BadArguments("No.", "Do.")) == Failure(
        error="bad_arguments", message="No. Do.", ran=Ran.NO
    )
    assert refused(ValueError("x")).error == "value_error"

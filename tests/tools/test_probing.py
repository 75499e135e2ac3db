"""Probes: what each answer means, and that none can hold anything up."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from detent.states.names import Ran
from detent.tools import Context, Failure, Hands, Returned, Tool, tool
from detent.tools.probing import Answer, probe


def asked(found: Any, seconds: float = 5.0) -> Answer:
    """What comes of a probe that does this, or gives this."""

    def look(context: Context, bill: int) -> Any:
        assert context.key == "key"
        assert bill == 7
        return found() if callable(found) else found

    @tool(effect="once", probe=look)
    def pay(bill: int, note: str = "") -> str:
        """Pay."""
        raise AssertionError

    return ask(pay, seconds)


def ask(pay: Tool, seconds: float = 5.0) -> Answer:
    """Ask a tool's probe about one attempt."""

    async def asking() -> Answer:
        hands = Hands()
        try:
            return await probe(pay, '{"bill":7}', Context(key="key"), hands, seconds)
        finally:
            hands.close()

    return asyncio.run(asking())


class bool_:  # noqa: N801 - as numpy calls it
    """A False that is not Python's."""

    def __bool__(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (None, Answer(why="The probe cannot tell.")),
        (False, Answer(happened=False)),
        (bool_(), Answer(happened=False)),
        (True, Answer(Returned("done"), happened=True)),
        ("", Answer(Returned(""), happened=True)),
        (0, Answer(Returned("0"), happened=True)),
        ({"bill": 7}, Answer(Returned('{"bill":7}'), happened=True)),
    ],
)
def test_each_answer_means_one_thing(found: Any, answer: Answer) -> None:
    """None cannot tell, False did not happen, and anything else is the result of what happened."""
    assert asked(found) == answer


def test_what_happened_and_cannot_be_kept_is_no_doubt() -> None:
    """A probe's result that is no text says that it happened, as a failure that is never repeated."""
    answer = asked(b"\xff")
    assert answer.happened
    assert isinstance(answer.outcome, Failure)
    assert answer.outcome.ran is Ran.YES


def raising(error: BaseException) -> Any:
    """Something that raises."""

    def look() -> None:
        raise error

    return look


@pytest.mark.parametrize(
    "error",
    [OSError("no line"), TimeoutError("later"), SystemExit(3), KeyError("x"), asyncio.CancelledError()],
)
def test_a_probe_that_fails_cannot_tell(error: BaseException) -> None:
    """Whatever a probe raises leaves the doubt, with the reason as evidence, and gets no further."""
    answer = asked(raising(error))
    assert answer.happened is None
    assert answer.why.startswith(f"The probe failed: {type(error).__name__}")


def test_a_probe_that_hangs_cannot_tell() -> None:
    """A probe is given up after its time, and its thread is left alone."""
    over = threading.Event()
    before = time.monotonic()
    answer = asked(over.wait, seconds=0.05)
    over.set()
    assert answer == Answer(why="The probe did not answer within 0.05 s.")
    assert time.monotonic() - before < 5


def test_an_awaitable_answer_is_awaited() -> None:
    """A probe may give something to await, which is awaited on the loop."""

    async def later() -> str:
        await asyncio.sleep(0)
        return "paid"

    assert asked(later) == Answer(Returned("paid"), happened=True)


def test_a_tool_without_a_probe_cannot_tell() -> None:
    """Nothing is asked where there is nobody to ask, and there is nothing to say of it."""

    @tool(effect="once")
    def pay(bill: int) -> str:
        """Pay."""
        raise AssertionError

    assert ask(pay) == Answer()


def test_asking_can_be_cancelled() -> None:
    """The cancellation of the task that asks is passed on."""
    over = threading.Event()

    @tool(effect="once", probe=lambda _context: over.wait())
    def pay() -> str:
        """Pay."""
        raise AssertionError

    async def asking() -> bool:
        hands = Hands()
        task = asyncio.create_task(probe(pay, "{}", Context(), hands))
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        finally:
            over.set()
            hands.close()
        return False

    assert asyncio.run(asking())

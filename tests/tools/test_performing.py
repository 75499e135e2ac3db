"""One attempt of one call."""

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from detent.states.names import Ran
from detent.tools import Context, Failure, Hands, Returned, Tool, ToolError, perform, tool

PLACE: contextvars.ContextVar[str] = contextvars.ContextVar("PLACE", default="nowhere")
CONTEXT = Context(run="r", folder=Path("/"))


@attrs.frozen
class Even:
    """A number that is even."""

    n: int = attrs.field()

    @n.validator
    def _check(self, _attribute: Any, value: int) -> None:
        if value % 2:
            raise ValueError(f"{value} is odd")


def performed(made: Tool, text: str = "{}", context: Context = CONTEXT) -> Returned | Failure:
    """The outcome of one call."""

    async def main() -> Returned | Failure:
        hands = Hands()
        try:
            return await perform(made, text, context, hands)
        finally:
            hands.close()

    return asyncio.run(main())


def both(body: Callable[[], Any], **options: Any) -> list[Tool]:
    """A plain tool and an async one that do the same."""

    def plain() -> Any:
        """Do it."""
        return body()

    async def later() -> Any:
        """Do it."""
        await asyncio.sleep(0)
        return body()

    return [tool(plain, **options), tool(later, **options)]


def test_returns_text() -> None:
    """What a function returns is the result, wherever it ran."""
    for made in both(lambda: {"b": 1, "a": [None]}):
        assert performed(made) == Returned('{"a":[null],"b":1}')
    for made in both(lambda: None):
        assert performed(made) == Returned("done")


def test_runs_plain_functions_in_a_thread_and_others_on_the_loop() -> None:
    """A plain function cannot hold up the loop, an async one shares it, and both see the caller's variables."""
    PLACE.set("here")
    where = [performed(made) for made in both(lambda: f"{threading.current_thread().name} {PLACE.get()}")]

    assert where == [Returned("detent-hand here"), Returned("MainThread here")]


def test_gives_arguments_and_context() -> None:
    """Parameters get Python values; the one annotated Context gets the context, with what the text binds."""

    @tool
    def show(n: float, about: Context) -> str:
        """Show."""
        return f"{n} {about.run} {about.base}"

    assert performed(show, show.check({"n": 1})) == Returned("1.0 r ")
    assert performed(show, show.bind(show.check({"n": 1}), "digest")) == Returned("1.0 r digest")


@pytest.mark.parametrize(
    "error",
    [
        ValueError,
        SystemExit,
        KeyboardInterrupt,
        GeneratorExit,
        StopIteration,
        asyncio.CancelledError,
        BaseException,
    ],
)
def test_lets_nothing_out(error: type[BaseException]) -> None:
    """Whatever a tool raises is a failure, said by its name; a ONCE call counts as run."""

    def body() -> None:
        raise error("it")

    for made in both(body):
        outcome = performed(made)
        assert isinstance(outcome, Failure)
        assert outcome.ran is Ran.YES
        assert not outcome.transient
        assert error.__name__ in outcome.message


def test_says_what_a_tool_error_says() -> None:
    """A ToolError is in the tool's own words."""

    def body() -> None:
        raise ToolError("Not now.", transient=True, retry_after=1.5, alternatives=["later"])

    told = Failure(
        error="tool_error",
        message="Not now.",
        ran=Ran.NO,
        transient=True,
        retry_after=1500,
        alternatives=("later",),
    )
    assert [performed(made) for made in both(body)] == [told, told]


def test_says_that_what_may_be_repeated_may_pass() -> None:
    """A time-out inside a READ tool is transient, and nobody knows whether it ran."""

    def body() -> None:
        raise TimeoutError

    for made in both(body, effect="read"):
        assert performed(made) == Failure(
            error="timeout", message="TimeoutError", ran=Ran.UNKNOWN, transient=True
        )


@pytest.mark.parametrize("text", ["{", '{"even":{"n":3}}', '{"odd":1}'])
def test_runs_nothing_that_cannot_be_built(text: str) -> None:
    """A call whose arguments cannot be built did not run."""
    ran: list[Even] = []

    @tool
    def take(even: Even) -> None:
        """Take it."""
        ran.append(even)

    outcome = performed(take, text)

    assert isinstance(outcome, Failure)
    assert outcome.ran is Ran.NO
    assert not ran
    assert performed(take, '{"even":{"n":2}}') == Returned("done")


def test_runs_nothing_without_a_hand() -> None:
    """A plain function handed to closed hands did not run."""
    made, later = both(lambda: None)

    async def main() -> None:
        hands = Hands()
        hands.close()
        outcome = await perform(made, "{}", CONTEXT, hands)
        assert isinstance(outcome, Failure)
        assert (outcome.error, outcome.ran) == ("usage_error", Ran.NO)
        assert await perform(later, "{}", CONTEXT, hands) == Returned("done")

    asyncio.run(main())


def test_awaits_what_a_plain_function_gives_to_await() -> None:
    """A plain function may wrap an async one."""

    async def later() -> str:
        return threading.current_thread().name

    def wrapper() -> Awaitable[str]:
        """Wrap."""
        return later()

    assert performed(tool(wrapper)) == Returned("MainThread")


@pytest.mark.parametrize("plain", [True, False])
def test_passes_on_its_own_cancellation(plain: bool) -> None:
    """Cancelling the task that performs cancels it, and is no outcome."""
    release = threading.Event()

    def wait() -> None:
        """Wait."""
        release.wait(5)

    async def sleep() -> None:
        """Wait."""
        await asyncio.sleep(5)

    async def main() -> None:
        hands = Hands()
        task = asyncio.create_task(perform(tool(wait if plain else sleep), "{}", CONTEXT, hands))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        hands.close()

    asyncio.run(main())


def test_can_be_awaited_later() -> None:
    """A driver may stop waiting, and find the result when it looks again."""

    async def slow() -> str:
        """Wait."""
        await asyncio.sleep(0.05)
        return "late"

    async def main() -> None:
        task = asyncio.create_task(perform(tool(slow), "{}", CONTEXT, Hands()))
        done, _ = await asyncio.wait({task}, timeout=0.001)
        assert not done
        assert await task == Returned("late")

    asyncio.run(main())


def test_writes_long_results_in_the_thread() -> None:
    """A result that cannot be kept is a failure of a call that ran, also from a thread."""
    for made in both(object):
        outcome = performed(made)
        assert isinstance(outcome, Failure)
        assert (outcome.error, outcome.ran) == ("not_json", Ran.YES)

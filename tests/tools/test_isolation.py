"""Tools in a process of their own: what comes of them, and that they always end."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.names import Ran
from detent.tools import Context, Failure, Hands, Returned, Tool, perform, tool
from tests.crash.orphans import working_in
from tests.tools import isolated

PATIENCE = 30.0


def performed(
    made: Tool, text: str, context: Context | None = None, seconds: float | None = None
) -> Returned | Failure:
    """The outcome of one call."""

    async def main() -> Returned | Failure:
        hands = Hands()
        given = context or Context(run="r", call="1.0.0", key="k", folder=Path("/"))
        if seconds is not None:
            given = evolve(given, deadline=time.monotonic() + seconds)
        try:
            return await perform(made, text, given, hands)
        finally:
            hands.close()

    return asyncio.run(main())


def act(way: str, context: Context | None = None, seconds: float | None = None) -> Returned | Failure:
    """The outcome of one of the many things."""
    return performed(isolated.act, isolated.act.check({"way": way}), context, seconds)


def gone(folder: Path) -> bool:
    """Whether nothing works in a folder any more, soon."""
    end = time.monotonic() + PATIENCE
    while working_in(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


async def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds, and fail if it does not in time."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def test_gives_what_the_function_returns() -> None:
    """A result comes back whole, from a plain function and from one on a loop."""
    assert performed(isolated.add, '{"a":2}') == Returned("2.5")
    assert performed(isolated.later, '{"way":"fine"}') == Returned("fine")
    assert act("large") == Returned("x" * (16 * 1024 * 1024))


@settings(max_examples=8, deadline=None)
@given(a=st.integers(-(2**60), 2**60), b=st.floats(-1e9, 1e9))
def test_gives_what_it_gives_here(a: int, b: float) -> None:
    """The same call has the same outcome in this process and in another one."""
    text = isolated.add.check({"a": a, "b": b})
    assert performed(isolated.add, text) == performed(evolve(isolated.add, isolation=None), text)


def test_builds_the_values_of_parameters_there() -> None:
    """A function that another file makes a tool of is found, and gets Python values."""
    made = tool(isolated.undecorated, isolation="process", name="other")
    assert performed(made, made.check({"where": "/a/b", "numbers": [3]})) == Returned("b (3,)")


def test_knows_its_run(tmp_path: Path) -> None:
    """The context crosses: run, call, key, attempt, folder, and the base that was bound."""
    context = Context(run="abc", call="2.1.0", key="key", attempt=3, folder=tmp_path)
    text = isolated.act.bind(isolated.act.check({"way": "context"}), "digest")
    made = performed(isolated.act, text, context)
    assert made == Returned(f'["abc","2.1.0","key",3,"{tmp_path}","digest"]')


def test_tells_how_far_it_is() -> None:
    """Progress is heard in order, and not without end."""
    said: list[str] = []
    assert act("progress", Context(progress=said.append)) == Returned("told")
    assert said[:50] == [f"step {number}" for number in range(50)]
    assert len(said) < 1000


def test_reads_earlier_results() -> None:
    """What the driver knows of earlier results can be read there, and what it does not is a KeyError."""

    def read(handle: str) -> str:
        return {"3": "earlier"}[handle]

    assert act("read 3", Context(read_output=read)) == Returned("earlier")
    failed = act("read 9", Context(read_output=read))
    assert isinstance(failed, Failure)
    assert failed.error == "key_error"


def test_has_no_resources() -> None:
    """What lives in the driver's process is not there, and the failure says what to do."""
    failed = act("resources", Context(resources={"house": object()}))
    assert isinstance(failed, Failure)
    assert "Resource house is in the driver's process" in failed.message
    assert "isolation" in failed.message


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("crash", "was ended by SIGSEGV"),
        ("abort", "was ended by SIGABRT"),
        ("killed", "was ended by SIGKILL (the system does that where memory runs out)"),
        ("leave", "left with exit code 3"),
        ("forked", "left with exit code 5"),
    ],
)
def test_a_process_that_dies_is_a_failure(way: str, told: str) -> None:
    """Who dies without an outcome is told of by the signal or the code, and nobody knows what it did."""
    read, once = act(way), performed(isolated.once, isolated.once.check({"way": way}))
    message = f"Its process {told} before it gave a result."
    assert read == Failure(error="died", message=message, ran=Ran.UNKNOWN, transient=True)
    assert once == Failure(error="died", message=message, ran=Ran.UNKNOWN)


@pytest.mark.parametrize(
    ("way", "error", "ran"),
    [
        ("exit", "system_exit", Ran.UNKNOWN),
        ("interrupted", "keyboard_interrupt", Ran.UNKNOWN),
        ("refused", "tool_error", Ran.NO),
        ("too large", "too_large", Ran.YES),
        ("no json", "not_json", Ran.YES),
    ],
)
def test_what_is_raised_there_is_a_failure_here(way: str, error: str, ran: Ran) -> None:
    """Whatever the function raises, the driver goes on, and knows as much as in its own process."""
    failed = act(way)
    assert isinstance(failed, Failure)
    assert (failed.error, failed.ran) == (error, ran)
    assert failed.transient is (way == "refused")


def test_endless_output_is_nobodys() -> None:
    """What is printed there neither reaches this process nor fills its memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert act("printing") == Returned("printed")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_a_tool_that_burns_the_processor_holds_nobody_up() -> None:
    """While it computes, the loop goes on."""

    async def main() -> int:
        hands = Hands()
        task = asyncio.create_task(perform(isolated.act, '{"way":"burning"}', Context(), hands))
        beats = 0
        while not task.done():
            await asyncio.sleep(0.01)
            beats += 1
        assert await task == Returned("burnt")
        hands.close()
        return beats

    assert asyncio.run(main()) > 20


@pytest.mark.parametrize("way", ["sleep", "stubborn", "child"])
def test_ends_when_its_time_is_up(way: str, tmp_path: Path) -> None:
    """A call over its time is in doubt, and its process has ended with everything it started."""
    started = time.monotonic()
    context = Context(folder=tmp_path, run="r", call="1.0.0")
    made = act(way, context, seconds=1.5)
    assert isinstance(made, Failure)
    assert (made.error, made.ran, made.transient) == ("timeout", Ran.UNKNOWN, True)
    assert time.monotonic() - started < PATIENCE
    assert gone(tmp_path)


def test_may_end_in_good_order() -> None:
    """A tool that takes the request to end well may still say what came of it."""
    assert act("obeying", seconds=1.5) == Returned("stopped in good order")


def _cancelled(work: Callable[[Hands], Awaitable[Any]], ready: Callable[[], bool]) -> None:
    async def main() -> None:
        hands = Hands()
        task = asyncio.ensure_future(work(hands))
        await soon(ready)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        hands.close()

    asyncio.run(main())


def test_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    """Whoever cancels waits until the process has ended, with children that made a session of their own."""
    context = Context(folder=tmp_path, run="r", call="1.0.0")
    _cancelled(
        lambda hands: perform(isolated.act, '{"way":"child"}', context, hands),
        lambda: (tmp_path / "began").exists() and bool(working_in(tmp_path)),
    )
    assert gone(tmp_path)


def test_leaves_nothing_behind(tmp_path: Path) -> None:
    """What an isolated tool started ends with it, even without a mark in its own environment."""
    assert act("daemon", Context(folder=tmp_path, run="r", call="1.0.0")) == Returned("left")
    assert (tmp_path / "began").exists()
    assert gone(tmp_path)


def test_ends_with_its_hands(tmp_path: Path) -> None:
    """A process whose task will not be waited for ends where the driver leaves."""
    context = Context(folder=tmp_path, run="r", call="1.0.0")

    async def main() -> None:
        hands = Hands()
        task = asyncio.create_task(perform(isolated.act, '{"way":"child"}', context, hands))
        await soon((tmp_path / "began").exists)
        assert hands.end_left() == ()
        assert gone(tmp_path)
        made = await task
        assert isinstance(made, Failure)
        assert made.error == "died"
        hands.close()

    asyncio.run(main())


def test_that_cannot_be_started_has_not_run() -> None:
    """Where no process can be had nothing ran, and it may work later."""

    async def main() -> Returned | Failure:
        hands = Hands()
        assert await perform(isolated.add, '{"a":1}', Context(), hands) == Returned("1.5")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())), hard))
        try:
            return await perform(isolated.add, '{"a":1}', Context(), hands)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            hands.close()

    made = asyncio.run(main())
    assert isinstance(made, Failure)
    assert (made.ran, made.transient) == (Ran.NO, True)
    assert "could not be started" in made.message


def test_has_not_run_where_its_file_is_another_one() -> None:
    """A tool that is another one by now is not called."""
    changed = evolve(isolated.add, version=2)
    made = performed(changed, '{"a":1}')
    assert isinstance(made, Failure)
    assert (made.error, made.ran) == ("config_error", Ran.NO)
    assert "has changed since the driver loaded it" in made.message


def test_bad_arguments_have_not_run() -> None:
    """An argument text that is none is refused there as here."""
    made = performed(isolated.add, '{"c":1}')
    assert isinstance(made, Failure)
    assert (made.error, made.ran) == ("bad_arguments", Ran.NO)

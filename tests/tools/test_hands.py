"""Threads for plain functions."""

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from detent.states.errors import UsageError
from detent.tools import Hands

PLACE: contextvars.ContextVar[str] = contextvars.ContextVar("PLACE", default="nowhere")


class Thing:
    """Something that can be watched."""


def workers() -> list[threading.Thread]:
    """The threads of all hands."""
    return [thread for thread in threading.enumerate() if thread.name == "detent-hand"]


def gone() -> bool:
    """Whether all threads of all hands end within a moment."""
    end = time.monotonic() + 10
    while workers() and time.monotonic() < end:
        time.sleep(0.005)
    return not workers()


async def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds, and fail if it does not in time."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_returns_what_a_function_returns() -> None:
    """A function runs in another thread, and its value comes back."""

    async def main() -> None:
        hands = Hands()
        assert await hands.run(lambda a, b: a + b, {"a": 1, "b": 2}) == 3
        assert await hands.run(threading.get_ident, {}) != threading.get_ident()
        hands.close()

    asyncio.run(main())
    assert gone()


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_raises_what_a_function_raises(error: type[BaseException]) -> None:
    """An exception comes back as it is, and the thread lives on."""

    def bad() -> None:
        raise error("it")

    async def main() -> None:
        hands = Hands()
        with pytest.raises(error, match="it"):
            await hands.run(bad, {})
        assert await hands.run(lambda: 5, {}) == 5
        hands.close()

    asyncio.run(main())
    assert gone()


def test_wraps_a_stop_iteration() -> None:
    """A StopIteration, which no future can hold, comes back inside a RuntimeError."""

    async def main() -> None:
        hands = Hands()
        with pytest.raises(RuntimeError, match="StopIteration") as caught:
            await hands.run(lambda: next(iter(())), {})
        assert isinstance(caught.value.__cause__, StopIteration)
        hands.close()

    asyncio.run(main())
    assert gone()


def test_copies_context_variables() -> None:
    """A function sees the caller's context variables, and changes only its copy."""

    def change() -> str:
        before = PLACE.get()
        PLACE.set("there")
        return before

    async def main() -> None:
        hands = Hands()
        PLACE.set("here")
        assert await hands.run(change, {}) == "here"
        assert await hands.run(change, {}) == "here"
        assert PLACE.get() == "here"
        hands.close()

    asyncio.run(main())
    assert gone()


def test_uses_the_same_thread_again() -> None:
    """One after the other costs one thread, side by side as many as there are, and few are kept."""

    async def main() -> None:
        hands = Hands()
        assert len({await hands.run(threading.get_ident, {}) for _ in range(50)}) == 1

        barrier = threading.Barrier(20)
        await asyncio.gather(*(hands.run(barrier.wait, {}) for _ in range(20)))
        await soon(lambda: len(workers()) == 16)
        hands.close()

    asyncio.run(main())
    assert gone()


def test_keeps_nothing_alive_while_idle() -> None:
    """An idle thread holds neither arguments nor values of its last function."""

    async def main() -> None:
        hands = Hands()
        thing = Thing()
        seen = weakref.ref(thing)
        await hands.run(lambda it: [it], {"it": thing})
        del thing
        await soon(lambda: gc.collect() >= 0 and seen() is None)
        hands.close()

    asyncio.run(main())
    assert gone()


def test_abandons_what_nobody_waits_for() -> None:
    """A cancelled wait returns at once; the value, even a coroutine, is dropped when it comes."""
    release = threading.Event()

    async def late() -> None:
        """Never awaited."""

    def slow() -> Any:
        release.wait(5)
        return late()

    async def main() -> None:
        hands = Hands()
        tasks = [
            asyncio.create_task(hands.run(release.wait, {"timeout": 5})),
            asyncio.create_task(hands.run(slow, {})),
        ]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in results] == [asyncio.CancelledError] * 2
        release.set()
        await asyncio.sleep(0.05)
        hands.close()

    asyncio.run(main())
    assert gone()


def test_drops_what_comes_after_the_loop() -> None:
    """A function that outlives its loop ends quietly."""
    release = threading.Event()

    async def main() -> Hands:
        hands = Hands()
        task = asyncio.create_task(hands.run(release.wait, {"timeout": 5}))
        await asyncio.sleep(0.02)
        task.cancel()
        return hands

    hands = asyncio.run(main())
    release.set()
    hands.close()
    assert gone()


def test_can_be_closed_at_any_time() -> None:
    """Closing never waits, can be done twice, and what is handed over later is refused."""
    release = threading.Event()

    async def main() -> None:
        hands = Hands()
        task = asyncio.create_task(hands.run(release.wait, {"timeout": 5}))
        await asyncio.sleep(0.02)
        hands.close()
        hands.close()
        release.set()
        assert await task is True
        with pytest.raises(UsageError, match="closed"):
            await hands.run(lambda: 1, {})

    asyncio.run(main())
    assert gone()


def test_leaves_no_thread_behind_whenever_it_is_closed() -> None:
    """Closing while threads are just becoming idle still ends them all."""

    async def main() -> None:
        for _ in range(100):
            hands = Hands()
            tasks = [asyncio.create_task(hands.run(lambda: None, {})) for _ in range(3)]
            await asyncio.sleep(0)
            hands.close()
            await asyncio.gather(*tasks)

    asyncio.run(main())
    assert gone()


def test_never_holds_up_the_end_of_the_program() -> None:
    """A program ends at once though a thread hangs."""
    program = """
import asyncio, threading
from detent.tools import Hands

async def main():
    task = asyncio.create_task(Hands().run(threading.Event().wait, {}))
    await asyncio.wait({task}, timeout=0.05)
    task.cancel()

asyncio.run(main())
print("over")
"""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=False
    )

    assert (done.stdout, done.stderr, done.returncode) == ("over\n", "", 0)
    assert time.monotonic() - started < 5

"""What is being performed: heard in order, stopped with patience, and left behind where it will not end."""

from __future__ import annotations

import asyncio
import time

from detent.fsm.drivers.tasks import Tasks, leave_all_behind


async def _soon(seconds: float, value: str) -> str:
    await asyncio.sleep(seconds)
    return value


async def _stubborn() -> None:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


def test_what_ends_is_ready_once_in_the_order_of_its_ending() -> None:
    """Two tasks that end one after the other are ready in that order, each once, with what they gave."""

    async def look() -> None:
        tasks = Tasks()
        tasks.start(("late",), _soon(0.03, "b"))
        tasks.start(("early",), _soon(0.01, "a"))
        heard: list[tuple[str, ...]] = []
        while len(heard) < 2:
            await tasks.wait(1)
            heard += tasks.ready()
        assert heard == [("early",), ("late",)]
        assert tasks.ready() == ()
        late = tasks.get(("late",))
        assert late is not None
        assert (late.task.result(), late.took >= 20) == ("b", True)

    asyncio.run(look())


def test_what_takes_too_long_is_ready_though_it_runs() -> None:
    """When its time is up a task is ready, and may still end later."""

    async def look() -> None:
        tasks = Tasks()
        tasks.start(("slow",), _soon(0.05, "late"), 0.01)
        await tasks.wait(1)
        slow = tasks.get(("slow",))
        assert slow is not None
        assert (tasks.ready(), slow.task.done()) == ((("slow",),), False)
        await tasks.wait(1)
        assert (tasks.ready(), slow.task.result()) == ((("slow",),), "late")

    asyncio.run(look())


def test_what_is_dropped_is_heard_no_more() -> None:
    """A dropped task is cancelled, never ready, and its place is free for another of the same key."""

    async def look() -> None:
        tasks = Tasks()
        tasks.start(("same",), _soon(3600, "never"))
        await asyncio.sleep(0)
        tasks.drop(("same",))
        assert ("same",) not in tasks
        tasks.start(("same",), _soon(3600, "never"))
        await tasks.wait(0.03)
        assert tasks.ready() == ()
        await tasks.end(1)
        assert tasks.keys() == ()

    asyncio.run(look())


def test_stopping_waits_for_a_result_that_no_cancel_would_bring() -> None:
    """Without a cancel a stopped task gives its result if it comes in time; asked twice it is the same."""

    async def look() -> None:
        tasks = Tasks()
        tasks.start(("thread",), _soon(0.02, "a result"), 3600)
        tasks.stop(("thread",), 1, cancel=False)
        tasks.stop(("thread",), 1, cancel=True)
        tasks.stop(("nobody",), 1, cancel=True)
        await tasks.wait(1)
        running = tasks.get(("thread",))
        assert running is not None
        assert (tasks.ready(), running.task.result()) == ((("thread",),), "a result")

    asyncio.run(look())


def test_a_call_to_wake_is_not_lost() -> None:
    """A wake before the wait ends it at once, and only it."""

    async def look() -> float:
        tasks = Tasks()
        tasks.wake()
        began = time.monotonic()
        await tasks.wait(3600)
        await tasks.wait(0.02)
        return time.monotonic() - began

    assert 0.015 < asyncio.run(look()) < 5


def test_what_will_not_end_holds_nobody_up() -> None:
    """A task that ignores every cancel is left behind: the loop closes without it."""

    async def look() -> None:
        tasks = Tasks()
        tasks.start(("stubborn",), _stubborn())
        await asyncio.sleep(0)
        await tasks.end(0.02)
        asyncio.get_running_loop().create_task(_stubborn())
        await asyncio.sleep(0)
        await leave_all_behind(0.02)

    began = time.monotonic()
    asyncio.run(look())
    assert time.monotonic() - began < 5

"""Starts: what a call has started is told from what the program around it starts."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from detent.tools.starts import Flight, Starts


class Sleepers:
    """Programs that do nothing, and end with the test."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self) -> int:
        """Start one."""
        self.started.append(subprocess.Popen(["sleep", "60"]))
        return self.started[-1].pid

    def end(self) -> None:
        """End them."""
        for one in self.started:
            one.kill()
            one.wait()


@pytest.fixture
def sleeper() -> Iterator[Sleepers]:
    """Starts programs."""
    made = Sleepers()
    yield made
    made.end()


def test_tells_the_calls_of_one_thread_apart(sleeper: Sleepers) -> None:
    """What is started in one thread, one after the other, is of the call that was about to start it, or of none."""
    starts, one, other = Starts(), Flight(0.0, 0), Flight(0.0, 0)
    sleeper()
    owners = (one, other, None, one)
    pids = []
    for owner in owners:
        starts.begin(owner)
        pids.append(sleeper())
    starts.settle(threading.get_native_id())
    sleeper()
    assert one.own() == (pids[0], pids[3])
    assert other.own() == (pids[1],)
    assert (one.starts, other.starts) == (True, True)


def test_a_step_of_the_loop_starts_for_its_call_alone(sleeper: Sleepers) -> None:
    """What is started on the loop after the step of a call is over is not the call's, though nobody tells of it."""

    async def played() -> None:
        starts, one = Starts(), Flight(0.0, 0)
        starts.begin(one)
        pid = sleeper()
        await asyncio.sleep(0)
        sleeper()
        starts.settle_all()
        assert one.own() == (pid,)

    asyncio.run(played())


def test_each_thread_has_its_own(sleeper: Sleepers) -> None:
    """What other threads start meanwhile is theirs; `settle_all` looks at all of them."""
    starts, one, other = Starts(), Flight(0.0, 0), Flight(0.0, 0)
    with ThreadPoolExecutor(1) as pool:
        starts.begin(one)
        pool.submit(starts.begin, other).result()
        theirs = pool.submit(sleeper).result()
        ours = sleeper()
        starts.settle_all()
    assert (one.own(), other.own()) == ((ours,), (theirs,))


def test_what_has_ended_is_nobodys(sleeper: Sleepers) -> None:
    """A process that has ended is not told, and neither is another that was given its number."""
    one = Flight(0.0, 0)
    one.claim([sleeper()])
    assert len(one.own()) == 1
    sleeper.end()
    assert one.own() == ()
    one.claim([0])
    assert one.own() == ()

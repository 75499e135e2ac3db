"""What is being performed: tasks by key, those of them that are ready, and those that will not end.

Nothing here knows what a task does.  A task that is dropped is cancelled, and what it still says is nobody's any more.
One that does not end then is left behind, so that no loop that closes waits for it for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from attrs import define, field

__all__ = ["Key", "Running", "Tasks", "leave_all_behind"]

Key = tuple[str, ...]


@define(eq=False)
class Running:
    """Something that is being performed.

    Args:
        task: it
        started: when, seconds of the loop's time
        timer: what makes it ready when its time is up
        stopping: whether it was asked to end
    """

    task: asyncio.Task[Any]
    started: float
    timer: asyncio.TimerHandle | None = None
    stopping: bool = False

    @property
    def took(self) -> int:
        """Milliseconds since it was started."""
        return round((asyncio.get_running_loop().time() - self.started) * 1000)


@define(eq=False)
class Tasks:
    """The tasks of one driver.  Used on its loop only."""

    _running: dict[Key, Running] = field(factory=dict)
    _ready: dict[Key, None] = field(factory=dict)
    _leaving: set[asyncio.Task[Any]] = field(factory=set)
    _waiter: asyncio.Future[None] | None = None
    _woken: bool = False

    def __contains__(self, key: Key) -> bool:
        return key in self._running

    def keys(self) -> tuple[Key, ...]:
        """What is being performed."""
        return tuple(self._running)

    def get(self, key: Key) -> Running | None:
        """What is being performed under a key."""
        return self._running.get(key)

    def start(self, key: Key, work: Coroutine[Any, Any, Any], seconds: float | None = None) -> None:
        """Perform something.

        Args:
            key: what it is known by
            work: it
            seconds: after which it is ready though it has not ended
        """
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        running = self._running[key] = Running(task, loop.time())
        task.add_done_callback(lambda done: self._done(key, done))
        if seconds is not None:
            running.timer = loop.call_later(seconds, self._say, key)

    def stop(self, key: Key, seconds: float, *, cancel: bool) -> None:
        """Ask something to end; it is ready when it has, or after so many seconds.

        Args:
            key: what it is known by
            seconds: how long it may take
            cancel: whether cancelling stops it; a thread would only be left alone with its result
        """
        running = self._running.get(key)
        if running is None or running.stopping:
            return
        running.stopping = True
        if running.timer:
            running.timer.cancel()
        if cancel:
            running.task.cancel()
        running.timer = asyncio.get_running_loop().call_later(seconds, self._say, key)

    def drop(self, key: Key) -> None:
        """Cancel something, and listen to it no longer."""
        running = self._running.pop(key)
        if running.timer:
            running.timer.cancel()
        if not running.task.done():
            running.task.cancel()
            self._leaving.add(running.task)
            running.task.add_done_callback(self._leaving.discard)

    def ready(self) -> tuple[Key, ...]:
        """What has ended, or whose time is up, since this was asked last; in that order."""
        ready, self._ready = self._ready, {}
        return tuple(ready)

    def wake(self) -> None:
        """End the wait that is going on, or else the next one."""
        self._woken = True
        self._release()

    async def wait(self, seconds: float) -> None:
        """Wait until something is ready or `wake` is called, at most so many seconds."""
        if not self._ready and not self._woken:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(seconds, self._release)
            try:
                await self._waiter
            finally:
                timer.cancel()
        self._woken = False

    async def end(self, seconds: float) -> None:
        """Drop everything, wait so many seconds for it to end, and leave behind what has not."""
        for key in self.keys():
            self.drop(key)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=seconds)
        for task in tuple(self._leaving):
            _leave_behind(task)

    def _done(self, key: Key, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()  # it is read here, so that nobody complains when it is dropped
        running = self._running.get(key)
        if running is not None and running.task is task:
            self._say(key)

    def _say(self, key: Key) -> None:
        self._ready[key] = None
        self._release()

    def _release(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def leave_all_behind(seconds: float) -> None:
    """Cancel all other tasks of this loop, wait so many seconds for them to end, and leave behind what has not."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        _, stubborn = await asyncio.wait(others, timeout=seconds)
        for task in stubborn:
            _leave_behind(task)


def _leave_behind(task: asyncio.Task[Any]) -> None:
    """Take a task that ignores being cancelled off the list of those that a closing loop waits for."""
    asyncio.tasks._unregister_task(task)  # noqa: SLF001 - documented, for those who write task classes
    setattr(task, "_log_destroy_pending", False)  # noqa: B010 - as asyncio.gather does; no type checker knows it

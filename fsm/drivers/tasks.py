"""What is being performed: tasks by key, those of them that are ready, and those that will not end.

Nothing here knows what a task does.  A task that is dropped is cancelled; what it gives nevertheless goes to `unheard`.
One that does not end then is left behind, so that no loop that closes waits for it for ever.

All that waits for a time shares one timer, which is set anew only when it fires: a timer a task costs more than the
rest of starting it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from attrs import define, field

__all__ = ["Key", "Running", "Tasks", "leave_all_behind"]

Key = tuple[str, ...]


def _nothing(_key: Key, _given: Any) -> None:
    """Nobody wants to know."""


@define(eq=False)
class Running:
    """Something that is being performed.

    Args:
        work: it
        started: when, seconds of the loop's time
        due: when it is ready though it has not ended; infinity is never
        stopping: whether it was asked to end
        task: what performs it
    """

    work: Coroutine[Any, Any, Any]
    started: float
    due: float = math.inf
    stopping: bool = False
    task: asyncio.Task[Any] = field(init=False)

    @property
    def took(self) -> int:
        """Milliseconds since it was started."""
        return round((asyncio.get_running_loop().time() - self.started) * 1000)


@define(eq=False)
class Tasks:
    """The tasks of one driver.  Used on its loop only.

    Args:
        unheard: is given what a task gave that was dropped, with its key
    """

    unheard: Callable[[Key, Any], None] = _nothing
    _running: dict[Key, Running] = field(factory=dict)
    _ready: dict[Key, None] = field(factory=dict)
    _leaving: set[asyncio.Task[Any]] = field(factory=set)
    _waiter: asyncio.Future[None] | None = None
    _until: float = math.inf
    _timer: asyncio.TimerHandle | None = None
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
        now = loop.time()
        running = self._running[key] = Running(work, now, math.inf if seconds is None else now + seconds)
        running.task = loop.create_task(self._performed(key, running))
        if seconds is not None:
            self._set(now + seconds)

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
        if cancel:
            running.task.add_done_callback(partial(self._stopped, key, running))
            running.task.cancel()
        running.due = asyncio.get_running_loop().time() + seconds
        self._set(running.due)

    def heard(self, key: Key) -> None:
        """What something that has ended gave was taken."""
        del self._running[key]

    def drop(self, key: Key) -> None:
        """Cancel something, and listen to it no longer."""
        running = self._running.pop(key)
        task = running.task
        if task.done():
            self._lost(key, task)
            return
        task.cancel()
        self._leaving.add(task)
        task.add_done_callback(partial(self._gone, key, running))

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
            self._waiter, self._until = loop.create_future(), loop.time() + seconds
            self._set(self._until)
            try:
                await self._waiter
            finally:
                self._until = math.inf
        self._woken = False

    async def end(self, seconds: float) -> None:
        """Drop everything, wait so many seconds for it to end, and leave behind what has not."""
        for key in self.keys():
            self.drop(key)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=seconds)
        for task in tuple(self._leaving):
            _leave_behind(task)

    async def _performed(self, key: Key, running: Running) -> Any:
        """Do it, and say so in the last step: a callback would come a turn of the loop later."""
        try:
            made = await running.work
        except GeneratorExit:  # it was left behind and its loop is gone: nobody listens
            raise
        except BaseException:
            self._ended(key, running)
            raise
        self._ended(key, running)
        return made

    def _stopped(self, key: Key, running: Running, _: asyncio.Task[Any]) -> None:
        """It was asked to end and has, perhaps before its first step."""
        running.work.close()
        self._ended(key, running)

    def _gone(self, key: Key, running: Running, task: asyncio.Task[Any]) -> None:
        """It was dropped and has ended, perhaps before its first step."""
        self._leaving.discard(task)
        running.work.close()
        self._lost(key, task)

    def _lost(self, key: Key, task: asyncio.Task[Any]) -> None:
        """What a dropped task gave, if it gave anything; what it raised is read, so that nobody complains."""
        if not task.cancelled() and task.exception() is None:
            self.unheard(key, task.result())

    def _ended(self, key: Key, running: Running) -> None:
        """Have it ready, once."""
        if self._running.get(key) is running and running.due > -math.inf:
            running.due = -math.inf
            self._say(key)

    def _set(self, when: float) -> None:
        """Have the timer fire by then."""
        if self._timer is None or when < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(when, self._fire)

    def _fire(self) -> None:
        """Have ready what is due, and set the timer for what is not."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        for key, running in self._running.items():
            if -math.inf < running.due <= now:
                running.due = math.inf
                self._say(key)
        if self._until <= now:
            self._release()
        left = [one.due for one in self._running.values() if one.due > now]
        soonest = min(*left, self._until if self._until > now else math.inf, math.inf)
        if soonest < math.inf:
            self._set(soonest)

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

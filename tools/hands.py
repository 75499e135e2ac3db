"""Hands: the threads that plain functions run in.

A small pool of our own, because the usual one waits for its threads when the interpreter exits.  These are daemons:
one that hangs is abandoned with its thread and never holds up anything.  Each idle thread waits at its own queue,
the one that was used last is taken first, and a thread is made only when none is idle.  So a hand-off costs two
context switches.  Whoever creates a `Hands` closes it.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from ..states.errors import UsageError
from .guard import guard
from .starts import Flight

if TYPE_CHECKING:
    from .workers import Worker

__all__ = ["Hands"]

_KEPT = 16  # idle threads that are kept; more leave when they are done

_Settle: TypeAlias = Callable[[Any, BaseException | None], None]
_Job: TypeAlias = tuple[contextvars.Context, Callable[..., Any], Mapping[str, Any], _Settle]


class Hands:
    """Threads to run plain functions in without holding up the loop."""

    def __init__(self) -> None:
        self._idle: deque[SimpleQueue[_Job | None]] = deque()
        self._flights: dict[int, Flight] = {}
        self._stopped: list[Flight] = []
        self._workers: dict[int, Worker] = {}
        self._closed = self._leaving = False

    @contextmanager
    def flight(self, *, alone: bool) -> Iterator[Flight]:
        """A call is in flight: it began, and has not really ended.

        Args:
            alone: it has this thread to itself
        """
        with guard().flight(alone=alone) as made:
            self._flights[id(made)] = made
            try:
                yield made
            finally:
                del self._flights[id(made)]

    def stop(self, flight: Flight) -> None:
        """Kill what a call has started that was cancelled and is about to end; what does not die is kept in mind.

        May take two seconds.

        Args:
            flight: the call, in flight still
        """
        if self._leaving:
            guard().leave(flight)
        if guard().end(flight):
            self._stopped.append(flight)

    @contextmanager
    def working(self, worker: Worker) -> Iterator[None]:
        """A process of an isolated call is there, and is ended with these hands at the latest.

        Args:
            worker: the process
        """
        self._workers[id(worker)] = worker
        try:
            yield
        finally:
            self._workers.pop(id(worker), None)

    def leave(self) -> None:
        """Whoever drives is about to leave: what is stopped from now on is not followed by anything."""
        self._leaving = True

    def end_left(self) -> tuple[int, ...]:
        """Kill what calls have started that are in flight still, or were stopped; what does not die is given.

        May take two seconds.
        """
        while self._workers:
            self._workers.popitem()[1].end()
        return guard().end_left((*self._flights.values(), *self._stopped))

    async def run(self, function: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
        """What the function returns; it runs in a thread, in a copy of the caller's context variables.

        A cancelled wait abandons the function: it runs on, and what it returns or raises is dropped.

        Args:
            function: a plain function
            kwargs: its arguments by name

        Raises:
            UsageError: these hands are closed
            BaseException: whatever the function raises, a StopIteration inside a RuntimeError
        """
        if self._closed:
            raise UsageError("A function was handed to Hands that are closed.", "Run it before close().")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(value: Any, error: BaseException | None) -> None:
            """In the thread: send the outcome home."""
            try:
                loop.call_soon_threadsafe(_settled, future, value, error)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

        self._give((contextvars.copy_context(), function, kwargs, settle))
        return await future

    def close(self) -> None:
        """Let idle threads go, and busy ones when they are done.  Never waits; again is harmless."""
        self._closed = True
        while self._idle:
            self._idle.pop().put(None)

    def _over(self) -> bool:
        """Whether they were closed, by whichever thread, by now."""
        return self._closed

    def _give(self, job: _Job) -> None:
        try:
            queue = self._idle.pop()
        except IndexError:
            queue = SimpleQueue()
            threading.Thread(target=self._work, args=(queue,), name="detent-hand", daemon=True).start()
        queue.put(job)

    def _work(self, queue: SimpleQueue[_Job | None]) -> None:
        """The life of one thread."""
        while (job := queue.get()) is not None:
            context, function, kwargs, settle = job
            value: Any = None
            failure: BaseException | None = None
            try:
                value = context.run(function, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                failure = error
            if self._over() or len(self._idle) >= _KEPT:
                settle(value, failure)
                return
            self._idle.append(queue)
            settle(value, failure)
            del job, context, function, kwargs, settle, value, failure  # an idle thread keeps nothing alive
            if self._over():
                self.close()


def _settled(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    """On the loop: settle the future, unless nobody waits for it."""
    if future.done():
        if inspect.iscoroutine(value):
            value.close()  # or it would complain that nobody awaits it
        return
    if error is None:
        future.set_result(value)
    elif isinstance(error, StopIteration):  # a future refuses it
        wrapped = RuntimeError(f"a function raised {error!r}")
        wrapped.__cause__ = error
        future.set_exception(wrapped)
    else:
        future.set_exception(error)

"""Watching: a run as an asynchronous iterator, click by click and word by word."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from typing import Any

from attrs import evolve, frozen

from ..kernel import Transition
from .face import run
from .loading import Definition
from .local import Driver, Watcher
from .standing import Run

__all__ = ["Said", "Seen", "watch"]


@frozen
class Said:
    """A piece of what a model says: provisional, it acknowledges nothing.

    Args:
        kind: "thinking" or "content"
        text: the piece
    """

    kind: str
    text: str


Seen = Transition | Said | Run


async def watch(
    agent: Definition, goal: str = "", *, watcher: Watcher | None = None, **options: Any
) -> AsyncGenerator[Seen, None]:
    """Begin a run and look on: every durable click, what the model says meanwhile, and in the end the Run.

    Leaving early parks the run at its next boundary; `contextlib.aclosing` leaves at once.

    Args:
        agent: the agent or workflow
        goal: what it is asked for
        watcher: who is asked and told besides
        options: what else `run` takes

    Raises:
        DetentError: as `run`
    """
    seen: asyncio.Queue[Seen | None] = asyncio.Queue()
    drivers: list[Driver] = []
    looking = evolve(
        watcher or Watcher(),
        click=lambda click, _took: seen.put_nowait(click),
        say=lambda kind, text: seen.put_nowait(Said(kind, text)),
    )
    task = asyncio.create_task(run(agent, goal, watcher=looking, on_driver=drivers.append, **options))
    task.add_done_callback(lambda _done: seen.put_nowait(None))
    try:
        while (one := await seen.get()) is not None:
            yield one
        yield await task
    finally:
        if drivers:
            drivers[0].park(signal.SIGINT)
        else:
            task.cancel()
        await asyncio.wait([task])

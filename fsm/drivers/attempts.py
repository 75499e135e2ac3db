"""Attempts: who started one, and whether anything of it may still run.

Every mark of an attempt is kept with a note of the process that is about to start it.  When that process is gone, what
it left behind is found by its mark in their environment.  An attempt that nobody waits for any more, in a thread that
cannot be stopped, holds a lock of its own until it ends, so that any process can tell that it still runs.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define, evolve, field, frozen

from ...states.calls import Call, call_id, named
from ...states.canonical import canonical
from ...states.errors import DetentError, UsageError
from ...states.events import Event, Resolved
from ...states.names import Resolution
from ...states.snapshot import Snapshot
from ...states.texts import Text, text
from ...store import DriverLock, Process, Store, uptime
from ...tools import Failure, Returned, Tool
from ...tools.outcomes import failed, returned

__all__ = [
    "Attempt",
    "Working",
    "attempt_name",
    "attempt_of",
    "attempt_text",
    "check_rerun",
    "end_left",
    "left_by",
    "running_in",
    "still_runs",
]

_SLACK = 0.05  # seconds by which a start time may seem earlier than it was: it is told in ticks
_PAUSE = 0.1  # seconds in which that shows
_ROUNDS = 3  # how often what was ended may have been started anew
HINT = "Wait for its end, say what happened, or end the run with  detent cancel."


@frozen
class Attempt:
    """Who started an attempt.

    Args:
        call: the call's id
        attempt: which attempt
        process: the process that was about to start it
        since: when, milliseconds since the boot
    """

    call: str
    attempt: int
    process: Process
    since: int


def attempt_name(call: str, attempt: int) -> str:
    """An attempt in one word."""
    return f"{call}.{attempt}"


def attempt_text(call: str, attempt: int) -> Text:
    """The note that goes with the mark of an attempt: it is about to start here."""
    here = Process.here()
    made = {
        "call": call,
        "attempt": attempt,
        **here.note(),
        "marker": here.marker,
        "since": int(uptime() * 1000),
    }
    return text("attempt", canonical(made))


def attempt_of(store: Store, run: str, call: str, attempt: int) -> Attempt | None:
    """The note of an attempt; None for one that an older version started."""
    for _, kept in reversed(store.texts(run, kind="attempt")):
        made: Mapping[str, Any] = json.loads(kept.body)
        if (made["call"], made["attempt"]) == (call, attempt):
            return Attempt(call, attempt, Process.of(made), int(made["since"]))
    return None


def running_in(store: Store, run: str, call: str, attempt: int, noted: Attempt | None) -> int | None:
    """The process in which an attempt still runs though nobody waits for it here, by number; None if it does not.

    A fork may have been made while its parent's attempt ran.
    """
    name, one = attempt_name(call, attempt), run
    while True:
        held = store.attempt_held(one, name)
        if held is None and one != run and noted is not None and noted.process.alive():
            driven = store.held(one)
            held = driven if driven is not None and driven.process == noted.process else None
        if held is not None:
            return held.process.pid
        parent = store.record(one).parent
        if parent is None:
            return None
        one = parent[0]


def left_by(run: str, noted: Attempt | None) -> tuple[int, ...]:
    """The living processes that an attempt has left behind, by number.

    A process that still lives may drive other runs, and what those started is not this attempt's: of it, only
    processes that say themselves whose they are count.
    """
    from ...tools.marking import survivors  # noqa: PLC0415 - most runs never ask

    if noted is None or noted.process.boot != Process.here().boot:
        return ()
    own = f"{run}/{noted.call}/{noted.attempt}" if noted.process.alive() else ""
    return survivors(noted.process.marker, since=max(0.0, noted.since / 1000 - _SLACK), call=own)


def end_left(run: str, noted: Attempt | None) -> tuple[int, ...]:
    """End what an attempt left behind, and give what still lives, or lives again; takes some seconds at most."""
    from ...tools.marking import kill  # noqa: PLC0415 - most runs never ask

    left = left_by(run, noted)
    for _ in range(_ROUNDS):
        if not left or kill(left):
            return left
        time.sleep(_PAUSE)  # something may start it anew
        left = left_by(run, noted)
    return left


def check_rerun(store: Store, head: Snapshot, event: Event) -> None:
    """Nobody can say that an attempt did not happen while something of it still runs and may yet make it happen.

    What its process left behind when it died is ended first.

    Raises:
        UsageError: something of it still runs
    """
    if not isinstance(event, Resolved) or event.how is not Resolution.DID_NOT_HAPPEN:
        return
    found = next((gate for gate in head.gates if gate.id == event.gate and gate.call >= 0), None)
    if found is None:
        return
    call = head.calls[found.call]
    one, tool = call_id(head.turn, found.call, call.fallback), named(head.spec, call).name
    noted = attempt_of(store, head.run, one, call.attempt)
    pid = running_in(store, head.run, one, call.attempt, noted)
    if pid is not None:
        raise still_runs(tool, pid)
    left = end_left(head.run, noted)
    if left:
        shown = ", ".join(map(str, left))
        raise UsageError(
            f"What {call_words(call, tool)} started still runs in process {shown}, and cannot be stopped.",
            "End it yourself, then say it again; or say what happened.",
        )


def still_runs(tool: str, pid: int) -> UsageError:
    """The refusal of a rerun of what still runs."""
    return UsageError(f"{tool} is still running in process {pid}, so it may yet happen.", HINT)


def call_words(call: Call, tool: str) -> str:
    """A call's tool and attempt, for a sentence."""
    return tool if call.attempts == 1 else f"{tool} (attempt {call.attempt} of {call.attempts})"


@define(eq=False)
class Working:
    """One attempt that runs here, and may go on in its thread when nobody waits for it any more.

    Args:
        threaded: whether it runs in a thread, which cannot be stopped
        late: is given what came of it when nobody waited for it any more, in whatever thread
    """

    threaded: bool
    late: Callable[[Returned | Failure], None]
    _turn: threading.Lock = field(factory=threading.Lock)
    _over: bool = False
    _unheard: bool = False
    _made: Callable[[], Returned | Failure] | None = None
    _waiting: Callable[[], None] | None = None
    _lock: DriverLock | None = None

    @classmethod
    def of(cls, tool: Tool, late: Callable[[Returned | Failure], None]) -> Working:
        """An attempt of this tool."""
        return cls(not tool.asynchronous and tool.isolation is None, late)

    def around(self, tool: Tool) -> Tool:
        """The tool, which says here when its function has ended."""
        return evolve(tool, function=self._told(tool)) if self.threaded else tool

    def _told(self, tool: Tool) -> Callable[..., Any]:
        def told(*args: Any, **kwargs: Any) -> Any:
            try:
                value = tool.function(*args, **kwargs)
            except BaseException as error:
                self.over(partial(failed, error, tool.effect))
                raise
            if not inspect.isawaitable(value):  # else it has not ended: it goes on on the loop
                self.over(partial(returned, value))
            return value

        return told

    def over(self, made: Callable[[], Returned | Failure] | None = None) -> None:
        """It has ended, in whatever thread.

        Args:
            made: gives what came of it
        """
        with self._turn:
            if not self._over:
                self._over, self._made = True, made
        self._tell()
        with self._turn:
            waiting, self._waiting = self._waiting, None
            if self._lock is not None:
                self._lock.release()
        if waiting is not None:
            waiting()

    def unheard(self) -> None:
        """Nobody hears what comes of it any more: it is handed on as late."""
        with self._turn:
            self._unheard = True
        self._tell()

    async def ended(self) -> Returned | Failure | None:
        """Wait for its end, and hear what came of it; None where nobody knows, or it has been handed on."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def told() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, future)

        with self._turn:
            if self._over:
                return None
            self._unheard, self._waiting = False, told
        try:
            await future
        except asyncio.CancelledError:
            self.unheard()
            raise
        made = self._taken()
        return made() if made else None

    def _tell(self) -> None:
        """Hand on what came of it, once it has ended, where nobody hears it."""
        made = self._taken() if self._unheard else None
        if made is not None:
            self.late(made())

    def _taken(self) -> Callable[[], Returned | Failure] | None:
        """What gives what came of it, the first time."""
        with self._turn:
            made, self._made = self._made, None
        return made

    def stays(self, store: Store, run: str, attempt: str) -> None:
        """Nobody waits for it any more: tell so to whoever asks, until it ends."""
        with self._turn:
            if not self._over and self._lock is None:
                with suppress(DetentError):  # it is known anyway here; elsewhere its process is looked at
                    self._lock = store.own_attempt(run, attempt)


def _settle(future: asyncio.Future[None]) -> None:
    """On the loop: say that it has ended, unless nobody waits."""
    if not future.done():
        future.set_result(None)

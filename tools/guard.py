"""The guard: what this process does so that nothing its tools have started outlives it unseen.

It wears the mark of the process that drives (see `marking`), knows which calls are in flight, and starts the warden
just before a call starts its first program or process, and not before: most runs never need one.  There is one guard a
process, because there is one environment and one audit hook a process.

Rules.  Nothing here may fail a call: where the warden cannot be started, or the system has no /proc, the mark is what
is left, and whoever takes over finds by it what still runs.  The audit hook does nothing but start the warden, and but
add the mark to an environment that a tool makes for a program of its own.  Programs that start by no way that Python
audits (a library in C that forks) are marked, and found, but start no warden.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from ..states.errors import UsageError
from . import warden
from .marking import CALL, DRIVER, MAPPING, children, descendants, kill, survivors, uptime
from .starts import Flight, Starts

__all__ = ["Guard", "guard"]

_STARTS = frozenset(
    (
        "subprocess.Popen",
        "os.posix_spawn",
        "os.system",
        "os.fork",
        "os.forkpty",
        "os.spawn",
        "pty.spawn",
    )
)
_ENVIRONMENT = {"subprocess.Popen": 3, "os.posix_spawn": 2, "os.exec": 2}  # its place in an event's values
_UNHEARD = (
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.popen_forkserver",
)  # they start without an event
_ROUNDS = 3
_PATIENCE, _PAUSE = 1.0, 0.001  # seconds that the warden is waited for, and between two looks
_HIGH = 10  # file descriptors from here on are in nobody's way
_CALL: ContextVar[Flight | None] = ContextVar("detent_call", default=None)  # whose step this is
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Guard:
    """What guards the calls of this process; `guard` gives the one there is."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._flights: dict[int, Flight] = {}
        self._marker = self._call = ""
        self._named: mmap.mmap | None = None
        self._worn: tuple[mmap.mmap | None, ...] = ()
        self._sole = self._within = False
        self._left = 0.0
        self._handle = -1
        self._warden = 0
        self._starter = 0
        self._starts = Starts()
        self._listening = False
        os.register_at_fork(after_in_child=self._forked)

    @property
    def marker(self) -> str:
        """The mark that is worn; empty if none is."""
        return self._marker

    @property
    def busy(self) -> bool:
        """Whether a call is in flight."""
        return bool(self._flights)

    def wear(self, marker: str) -> None:
        """Wear a driver's mark from now on, before any tool can run; again is harmless.

        Args:
            marker: `Process.here().marker`
        """
        with self._lock:
            os.environ[DRIVER] = marker
            if marker == self._marker:
                return
            self._marker = marker
            if hasattr(os, "memfd_create"):
                try:
                    self._handle = os.memfd_create(f"{MAPPING}{marker}", os.MFD_CLOEXEC)
                    os.ftruncate(self._handle, mmap.PAGESIZE)
                    self._named = mmap.mmap(self._handle, mmap.PAGESIZE)
                except OSError:
                    self._named = None  # no file is free: the environment is marked, and there is no warden

    def pass_on(self) -> None:
        """In the process of an isolated tool: whatever it starts carries the marks that it carries itself."""
        self._marker = os.environ.get(DRIVER, "")
        self._call = os.environ.get(CALL, "")
        self._within = True
        self._listen()

    @contextmanager
    def flight(self, *, alone: bool) -> Iterator[Flight]:
        """A call is in flight, until what runs it has really ended.

        Args:
            alone: it has this thread to itself
        """
        made = Flight(uptime(), threading.get_native_id() if alone else 0)
        with self._lock:
            self._flights[id(made)] = made
            self._share()
            if self._marker:
                self._listen()
            if any(one in sys.modules for one in _UNHEARD):
                self._start()
        around = _CALL.get()
        _CALL.set(made)
        try:
            yield made
        finally:
            if _CALL.get() is made:  # a task that is thrown away ends wherever that happens
                _CALL.set(around)
            with self._lock:
                self._flights.pop(id(made), None)
                self._share()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """This process does nothing but drive: all that it started since a call began that was left ends with it."""
        self._sole, self._left = True, 0.0
        try:
            yield
        finally:
            if self._left:  # what is started after this ends with the process, by the warden
                self._killed(lambda: survivors(self._marker, since=self._left))
            self._sole = False

    def leave(self, flight: Flight) -> None:
        """A call is stopped as its driver leaves.

        Args:
            flight: the call, in flight still
        """
        if self._sole:
            self._left = min(flight.since, self._left or flight.since)

    def end(self, flight: Flight) -> tuple[int, ...]:
        """Kill what one call has started that was stopped while others may go on; gives what still lives.

        From now on it can start nothing more.  What has lost its parent may be another's: it is left to `end_left`.

        Args:
            flight: the call, in flight still
        """
        flight.stopped = True
        self._starts.settle_all()
        if not flight.starts or not self._marker:
            return ()
        if all(one is flight for one in self._flights.values()):
            return self.end_left((flight,))
        left = self._killed(lambda: descendants(flight.own()))
        lost = self._lost(flight.since)
        flight.claim(lost)
        return left + lost

    def end_left(self, flights: tuple[Flight, ...]) -> tuple[int, ...]:
        """Kill what these calls have started, as far as it is known to be theirs; gives what still lives.

        From now on they can start nothing more.  Theirs is what a thread that a call has to itself, or a step of the
        call, has started, all that descends from it, and what carries the mark, was started since the earliest of
        those in flight began, and has lost its parent.  Other children of this process are not touched.

        Args:
            flights: calls that are in flight still, or were stopped and have left something behind
        """
        if not flights or not self._marker:
            return ()
        for one in flights:
            one.stopped = True
        return self._killed(lambda: self._theirs(flights))

    def _killed(self, find: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        """Kill what is found until nothing is; gives what still lives."""
        left: tuple[int, ...] = ()
        for _ in range(_ROUNDS):  # what was just being started when it was forbidden is found by the second
            found = find()
            if not found:
                return ()
            left = kill(found, marker=self._marker)
        return left

    def _theirs(self, flights: tuple[Flight, ...]) -> tuple[int, ...]:
        self._starts.settle_all()
        direct = [pid for one in flights if one.thread for pid in children(one.thread, since=one.since)]
        direct += [pid for one in flights for pid in one.own()]
        aloft = [one.since for one in flights if id(one) in self._flights]
        lost = self._lost(min(aloft)) if aloft else ()
        return tuple(dict.fromkeys((*descendants(tuple(direct)), *lost)))

    def _lost(self, since: float) -> tuple[int, ...]:
        """What carries the mark, was started since then, and descends from this process no longer."""
        others = set(descendants((os.getpid(),)))
        return tuple(pid for pid in survivors(self._marker, since=since) if pid not in others)

    def _marks(self) -> dict[str, str]:
        return {DRIVER: self._marker, **({CALL: self._call} if self._call else {})}

    def _listen(self) -> None:
        if not self._listening:
            self._listening = True
            sys.addaudithook(self._heard)

    def _share(self) -> None:
        """Let the warden know since when calls have been in flight."""
        if self._named is not None:
            earliest = next(iter(self._flights.values()), None)  # they were put in as they began
            since = earliest.since if earliest else self._left
            if self._left:
                since = min(since, self._left)
            made = warden.shared(since)
            self._named[: len(made)] = made

    def _heard(self, event: str, values: tuple[Any, ...]) -> None:
        """The audit hook: something happens in this process."""
        if not self._flights and not self._within and not (event in _STARTS and _CALL.get()):
            return  # it is no call's, and nothing of one that was stopped
        if event in _STARTS:
            self._check_allowed()
        if event in _ENVIRONMENT:
            place = _ENVIRONMENT[event]
            given = values[place] if len(values) > place else None
            if isinstance(given, dict) and DRIVER not in given:
                given.update(self._marks())
        if event in _STARTS and self._starter != threading.get_ident():
            if self._flights and not self._warden and not self._starter:
                with self._lock:
                    self._start()
            flight = _CALL.get()
            self._starts.begin(flight if flight is not None and id(flight) in self._flights else None)

    def _check_allowed(self) -> None:
        """A call that was stopped and goes on nevertheless starts nothing more.

        Raises:
            UsageError: it would
        """
        flight = _CALL.get()
        if flight is not None and flight.stopped:
            raise UsageError("This call was stopped, and can start no program any more.")

    def _start(self) -> None:
        """Start the warden, if it can be."""
        if self._warden or self._starter or self._named is None or not _possible():
            return
        self._starter = threading.get_ident()
        self._named[warden.READY] = 0
        try:
            self._warden = _begun(self._handle, self._marker)
        except OSError:
            return  # the next program that is started tries again
        finally:
            self._starter = 0
        deadline = time.monotonic() + _PATIENCE
        while not self._named[warden.READY] and time.monotonic() < deadline:
            time.sleep(_PAUSE)  # the program is not started before somebody watches

    def _forked(self) -> None:
        """In a child that was forked: the calls are its parent's, whose mapping is worn and not written any more."""
        self._lock = threading.RLock()
        self._starts = Starts()
        self._within = self._within or bool(self._flights)
        self._worn = (*self._worn, self._named)
        self._flights = {}
        self._named = None
        self._warden = 0


@cache
def guard() -> Guard:
    """The guard of this process."""
    return Guard()


def _possible() -> bool:
    """Whether this system and this interpreter can have a warden."""
    return hasattr(os, "pidfd_open") and not getattr(sys, "frozen", False) and bool(sys.executable)


def _begun(handle: int, marker: str) -> int:
    """The pid of a new warden of this process.

    Raises:
        OSError: there is none
    """
    own = {name: value for name, value in os.environ.items() if name not in (DRIVER, CALL)}
    command = [sys.executable, "-I", "-S", "-c", warden.COMMAND, str(Path(__file__).parent), marker]
    opened = [os.pidfd_open(os.getpid())]  # tells whoever has it when this process ends
    try:
        opened.extend(fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, _HIGH) for one in (handle, opened[0]))
        _, shared, watched = opened
        return os.posix_spawn(
            sys.executable,
            command,
            own,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, shared, warden.SHARED),
                (os.POSIX_SPAWN_DUP2, watched, warden.WATCHED),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setsid=True,
            setsigmask=_BLOCKED,
        )
    finally:
        for number in opened:
            os.close(number)

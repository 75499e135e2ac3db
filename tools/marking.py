"""Marks: what a process carries from the driver it comes from, found again after everything else was lost.

A driver wears its mark in two ways.  Programs that are started inherit the environment variable `DETENT_DRIVER`,
however often they fork and whatever session they make for themselves.  What was forked and runs no program of its own
has its parent's environment still, so a mapping is named after the mark too, which a fork keeps and an exec drops.

Rules.  Only processes of this user are looked at.  Nothing is killed that does not carry a mark at the moment its
handle is open.  Only the standard library is imported here, and as little of it as will do: the warden starts with
this file alone.  Where there is no /proc (macOS) nothing is ever found.
"""

from __future__ import annotations

import os
import signal
import time

__all__ = [
    "CALL",
    "DRIVER",
    "IMPORTING",
    "MAPPING",
    "children",
    "descendants",
    "kill",
    "started",
    "survivors",
    "uptime",
    "watchable",
]

DRIVER = "DETENT_DRIVER"  # the variable with the mark of the driving process
CALL = "DETENT_CALL"  # the variable with run/call/attempt, for a tool in a process of its own
IMPORTING = "DETENT_IMPORTING"  # the variable that is set while a worker imports its tool's file
MAPPING = "detent:"  # what the mapping's name begins with
PATIENCE = 2.0  # seconds that killed processes have to go
_PAUSE = 0.002  # seconds between two looks at them
_PARENT, _STARTED = 1, 19  # places in a stat line, the name and all before cut off
_GONE = (b"Z", b"X", b"x")  # it has ended, and only its number is left


def uptime() -> float:
    """Seconds since the boot, sleep included; what start times are compared with."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def watchable() -> bool:
    """Whether this system tells when a process ends, so that a warden can wait for it (Linux 5.3 and newer)."""
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def survivors(marker: str, *, since: float = 0.0, call: str = "") -> tuple[int, ...]:
    """The living processes of this user that carry a driver's mark; never this process, and never the driver.

    Args:
        marker: the driver's mark
        since: only those that started then or later, in seconds since the boot
        call: only those of this call, as its `DETENT_CALL` says
    """
    least, here = _ticks(since), os.getpid()
    driver, start = (*marker.encode().split(b"."), b"", b"")[:2]
    found = []
    for name in _numbers():
        began = started(name)
        own = int(name) == here or (name.encode() == driver and str(began).encode() == start)
        if began >= least and not own and _carries(name, marker, call):
            found.append(int(name))
    return tuple(found)


def children(thread: int, *, since: float = 0.0) -> tuple[int, ...]:
    """The living processes that a thread of this process has started itself.

    Args:
        thread: its native id
        since: only those that started then or later, in seconds since the boot
    """
    least = _ticks(since)
    names = [name.decode() for name in _read(f"/proc/self/task/{thread}/children").split()]
    return tuple(int(name) for name in names if started(name) >= least)


def started(pid: int | str) -> int:
    """When a living process was started, in ticks since the boot; -1 if it has ended.

    Args:
        pid: its number
    """
    words = _words(str(pid))
    return int(words[_STARTED]) if words and words[0] not in _GONE else -1


def descendants(pids: tuple[int, ...]) -> tuple[int, ...]:
    """These processes, and all living ones of this user that they have started, and those in turn.

    Args:
        pids: the first of them
    """
    if not pids:
        return ()
    below: dict[int, list[int]] = {}
    for name in _numbers():
        words = _words(name)
        if words:
            below.setdefault(int(words[_PARENT]), []).append(int(name))
    found: dict[int, None] = {}
    pending = list(pids)
    while pending:
        pid = pending.pop()
        if pid not in found:
            found[pid] = None
            pending += below.get(pid, [])
    return tuple(found)


def kill(pids: tuple[int, ...], *, marker: str = "", call: str = "") -> tuple[int, ...]:
    """End processes at once, and give those that still live after two seconds.

    A process is compared after its handle was opened, so that nobody who was given an old number is hit.

    Args:
        pids: as `survivors` found them
        marker: the mark that they carry; empty is any driver's
        call: the call that they carry; empty is any
    """
    left = dict.fromkeys(pids)
    for pid in pids:
        _end(pid, marker, call)
    deadline = time.monotonic() + PATIENCE
    while left:
        for pid in tuple(left):
            if not _lives(str(pid), marker, call):
                del left[pid]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(_PAUSE)
    return tuple(left)


def _end(pid: int, marker: str, call: str) -> None:
    if not hasattr(os, "pidfd_open"):
        return  # and nothing was found to begin with
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return  # it has gone by itself
    try:
        if _carries(str(pid), marker, call):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return  # it has gone by now, or it is not ours to end, and then it is among those that live
    finally:
        os.close(handle)


def _lives(name: str, marker: str, call: str) -> bool:
    words = _words(name)
    return bool(words) and words[0] not in _GONE and _carries(name, marker, call)


def _carries(name: str, marker: str, call: str) -> bool:
    """Whether a process wears the mark of a driver, and of a call if one is meant."""
    worn = f"{DRIVER}={marker}".encode() + (b"\0" if marker else b"")
    environment = b"\0" + _read(f"/proc/{name}/environ") + b"\0"
    if call and b"\0" + f"{CALL}={call}".encode() + b"\0" not in environment:
        return False
    if b"\0" + worn in environment:
        return True
    named = f"/memfd:{MAPPING}{marker}".encode() + (b" " if marker else b"")
    return not call and named in _read(f"/proc/{name}/maps")


def _numbers() -> list[str]:
    """The pids of this user's processes, as text."""
    user = os.geteuid()
    found = []
    try:
        with os.scandir("/proc") as entries:
            for entry in entries:
                if entry.name.isdigit():
                    try:
                        if entry.stat().st_uid == user:
                            found.append(entry.name)
                    except OSError:
                        continue  # it has ended
    except OSError:
        return []
    return found


def _ticks(since: float) -> int:
    """Seconds as the ticks that start times are told in, the one that has begun counted."""
    return int(since * os.sysconf("SC_CLK_TCK")) if since > 0 else 0


def _words(name: str) -> list[bytes]:
    """The stat line of a process without its pid and name; empty where there is none."""
    words = _read(f"/proc/{name}/stat").rpartition(b")")[2].split()
    return words if len(words) > _STARTED else []


def _read(path: str) -> bytes:
    """A file of /proc; empty where there is none, or it is not ours to read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        pieces = []
        while piece := os.read(handle, 1 << 16):
            pieces.append(piece)
        return b"".join(pieces)
    except OSError:
        return b""
    finally:
        os.close(handle)

"""Processes: which one it was, whether it still lives, and ending exactly that one.

A pid is used again, so a process is told by its pid, the time it started and the boot of the machine.  It is ended
through a pidfd, whose process is compared after it was opened: nobody else is ever hit.  Where the system has no
/proc nothing is known but the pid, and nothing is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from attrs import frozen

__all__ = ["Process", "uptime"]

# Places of the state and of the start time in a stat line, its pid and its name cut off.
_STATE = 0
_STARTED = 19
_GONE = ("Z", "X", "x")  # it has ended, and only its number is left


@frozen
class Process:
    """One process, and never another that was given its number.

    Args:
        pid: its number
        start: when it started, in ticks since the boot; empty where the system does not tell
        boot: which boot of the machine that was; empty where the system does not tell
    """

    pid: int
    start: str = ""
    boot: str = ""

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(pid, *_started(pid))

    @classmethod
    def of(cls, note: Mapping[str, Any]) -> Self:
        """The process a note tells of: its pid, start and boot.

        Raises:
            KeyError, TypeError, ValueError: it tells of none
        """
        return cls(int(note["pid"]), str(note.get("start", "")), str(note.get("boot", "")))

    def note(self) -> dict[str, Any]:
        """It as JSON, for `of`."""
        return {"pid": self.pid, "start": self.start, "boot": self.boot}

    @property
    def marker(self) -> str:
        """What everything that this process starts carries in its environment."""
        return f"{self.pid}.{self.start}.{self.boot.replace('-', '')[:12]}"

    def alive(self) -> bool:
        """Whether it still runs, or is stopped; where the system tells no more, whether anyone has its pid."""
        if self.pid <= 0:
            return False
        if not self.start:
            return _answers(self.pid)
        words = _words(self.pid)
        return bool(words) and words[_STATE] not in _GONE and self._same(words)

    def stopped(self) -> bool:
        """Whether it is frozen (SIGSTOP), so that it neither goes on nor answers."""
        words = _words(self.pid)
        return bool(words) and words[_STATE] == "T" and self._same(words)

    def end(self, number: int = signal.SIGKILL) -> bool:
        """Send a signal to this process and to no other; whether it was sent.

        Args:
            number: the signal
        """
        if not self.start or not hasattr(os, "pidfd_open"):
            return False
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            if not self.alive():  # the handle means whoever had the pid when it was opened
                return False
            signal.pidfd_send_signal(handle, number)
        except OSError:
            return False
        else:
            return True
        finally:
            os.close(handle)

    def _same(self, words: list[str]) -> bool:
        return bool(self.start) and words[_STARTED] == self.start and _boot() == self.boot


def uptime() -> float:
    """Seconds since the boot, sleep included where the system tells; what start times are compared with."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@lru_cache(maxsize=1)
def _started(pid: int) -> tuple[str, str]:
    """When this process started, and in which boot; asked once a process, also after a fork."""
    words = _words(pid)
    return words[_STARTED] if words else "", _boot()


def _words(pid: int) -> list[str]:
    """The stat line of a process without its pid and name; empty where there is none."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        if len(words) > _STARTED:
            return words
    return []


def _boot() -> str:
    """Which boot of the machine this is; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _answers(pid: int) -> bool:
    """Whether anyone has this pid."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True

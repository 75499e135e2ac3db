"""Workers: the processes of isolated tools, as their driver holds them.

A worker is a session and a group of its own.  What it starts carries the mark of its call, so that what leaves the
group is found again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

from attrs import define

from .guard import guard
from .marking import CALL, DRIVER, kill, survivors, uptime
from .worker import COMMAND

__all__ = ["Worker"]

PATIENCE = 2.0  # seconds that a killed process has to go


@define(eq=False)
class Worker:
    """A process of one attempt, and all it has started.

    Args:
        process: it
        line: the socket to it
        call: the call that it carries the mark of
        marker: the driver that it carries the mark of
        since: when it was started, in seconds since the boot
        ended: becomes readable when it has ended; -1 where the system does not tell
    """

    process: subprocess.Popen[bytes]
    line: socket.socket
    call: str
    marker: str
    since: float
    ended: int = -1
    _over: bool = False

    @classmethod
    def start(cls, call: str) -> Worker:
        """A new one.

        Args:
            call: `run/call/attempt`

        Raises:
            OSError: none can be started
        """
        marker, since = guard().marker or f"{os.getpid()}.0.0", uptime()
        here, there = socket.socketpair()
        try:
            process = _process(there.fileno(), {**os.environ, DRIVER: marker, CALL: call})
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        here.setblocking(False)
        made = cls(process, here, call, marker, since)
        if hasattr(os, "pidfd_open"):
            try:
                made.ended = os.pidfd_open(process.pid)
            except OSError:
                made.ended = -1  # no file is free: it is looked at from time to time
        return made

    def code(self) -> int | None:
        """Its exit code, or the signal that ended it below zero; None while it lives.  Its number stays its own."""
        if self.process.returncode is not None or not hasattr(os, "waitid"):
            return self.process.poll()
        try:
            found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return self.process.poll()  # somebody else has taken its end
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def ask(self) -> None:
        """Ask it to end, and its group."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """End it now, with everything it has started; again is harmless.  May take two seconds."""
        if self._over:
            return
        self._signal(signal.SIGKILL)
        left = survivors(self.marker, since=self.since, call=self.call)
        if left:
            kill(left, marker=self.marker, call=self.call)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return  # it cannot be killed; what it may yet do is in doubt
        self._over = True

    def close(self) -> None:
        """Nobody listens to it any more."""
        self.line.close()
        if self.ended >= 0:
            os.close(self.ended)
            self.ended = -1

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except OSError:
            return  # nothing is left of the group, or what is left may not be killed


def _process(line: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A new worker; what it prints is nobody's, or is seen with DETENT_DEBUG.

    Raises:
        OSError: none can be started
    """
    path = [str(one) for one in sys.path]
    printed = 2 if os.environ.get("DETENT_DEBUG") else subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - this interpreter, with our own words
        [sys.executable, "-c", COMMAND, json.dumps(path), str(line), str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=printed,
        pass_fds=(line,),
        start_new_session=True,
        env=environment,
    )

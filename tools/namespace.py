"""Namespaces: how a process and everything it ever starts are made to end together.

On Linux a process can ask to be killed when its parent dies, which its children cannot be relied on to do.  Where the
machine allows it there is more: a PID namespace ends with its first process, and with it everything inside, whatever
it forked and whatever session that made for itself.  The folder /proc is mounted anew in it, so that programs see
themselves.  An ordinary user gets a user namespace too, in which only the own user and group are known: programs that
gain rights (sudo) do not gain them there.

Rules.  The C library is called through ctypes, for Python 3.11 has no other way.  Whether it works is tried in a
process that may be broken by it, once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["die_with", "enter", "possible"]

_PR_SET_PDEATHSIG = 1
_NEW_PID, _NEW_USER, _NEW_MOUNTS = 0x20000000, 0x10000000, 0x00020000
_PRIVATE = (1 << 18) | (1 << 14)  # MS_PRIVATE, and for all mounts below
_QUIET = 0x2 | 0x4 | 0x8  # MS_NOSUID, MS_NODEV, MS_NOEXEC
_TRIAL = 5.0  # seconds
_INIT_FAILED = 70
_TRY = (
    "import os, sys; made = type(sys)('detent_tools'); made.__path__ = [sys.argv[1]]; "
    "sys.modules['detent_tools'] = made; from detent_tools.namespace import enter; enter(lambda status: None); "
    "os._exit(0 if os.getpid() == 2 and os.path.exists('/proc/2') else 1)"
)


def die_with(parent: int) -> None:
    """From now on this process is killed when the thread that started it ends; at once if that has happened.

    Args:
        parent: the pid of the process that started this one
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(_INIT_FAILED)


@cache
def possible() -> str:
    """Why this machine allows no PID namespaces, in words; empty if it does.  Takes some 50 ms, once a process."""
    if not sys.platform.startswith("linux"):
        return "only Linux has them"
    if not sys.executable or getattr(sys, "frozen", False):
        return "there is no interpreter to try it with"
    command = [sys.executable, "-I", "-S", "-c", _TRY, str(Path(__file__).parent)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, with our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TRIAL,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"it could not be tried: {error}"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else "the system refuses them"


def enter(ended: Callable[[int], None]) -> None:
    """Go on in a PID namespace, in a new process; this one waits for it, and never returns.

    Args:
        ended: told the wait status of the new process, in the namespace's first process, when it has ended

    Raises:
        OSError: the system refuses, and this process cannot be used any more
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    flags = _NEW_PID | _NEW_MOUNTS | (0 if user == 0 else _NEW_USER)
    _done(libc.unshare(flags))
    if flags & _NEW_USER:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    here, there = os.pipe()  # the outer process holds its end as long as it lives
    first = os.fork()
    if first:
        os.close(here)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # those are for the tool; its end is the end of this one
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    os.close(there)
    _first(libc, here, ended)


def _first(libc: ctypes.CDLL, here: int, ended: Callable[[int], None]) -> None:
    """In the namespace's first process: fork the one that goes on, and reap whatever ends, until that one does."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.set_blocking(here, False)
    try:
        os.read(here, 1)
    except BlockingIOError:
        os.set_blocking(here, True)  # nothing is said, so whoever would has not ended
    else:
        os._exit(_INIT_FAILED)  # the outer process ended before it could be asked about
    _done(libc.mount(b"none", b"/", None, ctypes.c_ulong(_PRIVATE), None))
    _done(libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(_QUIET), None))
    second = os.fork()
    if not second:
        os.close(here)
        return
    while True:
        pid, status = os.wait()
        if pid == second:
            ended(status)
            os._exit(0 if status == 0 else 1)


def _done(code: int) -> None:
    if code:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

"""Faults of single system calls, by strace: which calls a command makes, and what is done to the k-th of them.

Rules.  `trace=` must name the call, or nothing is injected.  strace counts each thread's calls by themselves, so the
largest count of any thread is how far k goes.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter, defaultdict
from pathlib import Path

from attrs import frozen

__all__ = ["CALLS", "FAULTS", "Fault", "counted", "missing", "tracing"]

CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "write", "openat", "clone", "clone3")
QUICK = ("--seccomp-bpf",)  # stops at these calls alone; but a signal it is then told to send may get lost
DETENT = (sys.executable, "-m", "detent")

_LINE = re.compile(r"^(\d+) +(\w+)\(")


@frozen
class Fault:
    """Something that is done to one kind of system call.

    Args:
        name: for people
        calls: which
        does: strace's words for it
        on: whether every later one gets it too
        most: of so many k at most, spread over all; 0 for every one
        codes: exit codes that it may lead to, besides those of a run that did not notice
    """

    name: str
    calls: tuple[str, ...]
    does: str
    on: bool = False
    most: int = 0
    codes: tuple[int, ...] = ()

    def words(self, k: int) -> tuple[str, ...]:
        """What strace is told, for the k-th call."""
        calls = ",".join(self.calls)
        when = f"{k}+" if self.on else f"{k}"
        inject = f"inject={calls}:{self.does}:when={when}"
        quick = () if "signal" in self.does else QUICK
        return ("strace", "-f", *quick, "-e", f"trace={calls}", "-e", inject, "-o", "/dev/null", *DETENT)


FAULTS = (
    *(
        Fault(f"kill at {call}", (call,), "signal=SIGKILL")
        for call in ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "write")
    ),
    Fault("EIO at fdatasync", ("fdatasync",), "error=EIO", codes=(74,)),
    Fault("ENOSPC from pwrite64 on", ("pwrite64",), "error=ENOSPC", on=True, codes=(74,)),
    # What cannot be opened may be a part of the program, an agent file or a script: each is told as what it is.
    Fault("EMFILE at openat", ("openat",), "error=EMFILE", most=60, codes=(70, 74, 78)),
    Fault("EAGAIN at clone", ("clone", "clone3"), "error=EAGAIN", codes=(74,)),
)


def missing() -> str:
    """What this machine lacks, in a sentence; empty if it has it."""
    return "" if shutil.which("strace") else "strace is missing (Debian: apt-get install strace)."


def tracing(file: Path) -> tuple[str, ...]:
    """What starts detent and writes its system calls into a file."""
    calls = ",".join(CALLS)
    return ("strace", "-f", *QUICK, "-e", f"trace={calls}", "-o", str(file), *DETENT)


def counted(file: Path, database: Path) -> dict[str, range]:
    """Which k of each call are worth a try.

    Files are opened by the hundred before detent begins its work, and without them there is no interpreter: of those
    only the ones from the first look at the database on count.

    Args:
        file: what strace wrote
        database: where the runs lie
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    first = 0
    for line in file.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, call = found.groups()
        counts[call][thread] += 1
        if call == "openat" and not first and str(database) in line:
            first = counts[call][thread]
    most = {call: max(threads.values()) for call, threads in counts.items()}
    most["clone"] = most.pop("clone3", 0) + most.get("clone", 0)
    return {
        call: range(first if call == "openat" else 1, number + 1) for call, number in most.items() if number
    }

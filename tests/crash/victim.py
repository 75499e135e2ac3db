"""A command that kills itself at a named point: `python -m tests.crash.victim POINT N -- detent-arguments`.

POINT is `FILE:FUNCTION:call` or `FILE:FUNCTION:return`, the end of a file's path and a function's qualified name; the
process ends with SIGKILL when it is reached for the N-th time.  With N = 0 it lives, and with $CRASH_COUNTS set it
writes there, as JSON, how often each of the points $CRASH_POINTS was reached.

Rules.  The product has no hook for this: the interpreter's profiler sees every call.  Nothing of the product is changed.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from attrs import define, field

from tests.fsm.cli.zygote import Zygote, warmed

__all__ = ["COUNTS", "POINT", "POINTS", "Victims"]

POINT, POINTS, COUNTS = "CRASH_POINT", "CRASH_POINTS", "CRASH_COUNTS"


class Victims(Zygote):
    """A warm process whose copies kill themselves where their environment says."""

    module = "tests.crash.victim"


@define
class _Watch:
    """What sees every call, counts those of the points, and ends the process at one of them.

    Args:
        points: what is counted
        deadly: the point at which it ends
        at: the how-manieth time
    """

    points: Sequence[str]
    deadly: str = ""
    at: int = 0
    seen: dict[str, Iterator[int]] = field(init=False)
    last: dict[str, int] = field(factory=dict)
    _names: dict[tuple[str, str], tuple[str, str]] = field(init=False)
    _codes: dict[tuple[CodeType, str], str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.seen = {point: itertools.count(1) for point in self.points}
        split = [point.split(":") for point in self.points]
        self._names = {(name, event): (file, f"{file}:{name}:{event}") for file, name, event in split}

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """What the interpreter calls."""
        if event not in ("call", "return"):
            return
        code = frame.f_code
        point = self._codes.get((code, event))
        if point is None:
            file, point = self._names.get((code.co_qualname, event), ("", ""))
            point = point if file and code.co_filename.endswith(file) else ""
            self._codes[code, event] = point
        if point:
            self.last[point] = number = next(self.seen[point])
            if point == self.deadly and number == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

    def begin(self) -> None:
        """Watch this thread, and every one that is started from now on."""
        threading.setprofile(self)
        sys.setprofile(self)


def _armed() -> _Watch | None:
    """What this process's environment wants."""
    deadly, _, at = os.environ.get(POINT, "").rpartition(" ")
    points = json.loads(os.environ.get(POINTS, "[]")) or ([deadly] if deadly else [])
    return _Watch(points, deadly, int(at or 0)) if points else None


def _main() -> int:
    if len(sys.argv) == 2:  # the number of a socket alone
        words = warmed(int(sys.argv[1]))
    else:
        point, number, _, *words = sys.argv[1:]
        os.environ[POINT] = f"{point} {number}"
        sys.path.insert(0, str(Path.cwd()))
    from detent.fsm.cli.main import main  # noqa: PLC0415 - in a copy it was loaded long ago

    watch = _armed()
    if watch is None:
        return main(words)
    watch.begin()
    try:
        return main(words)
    finally:
        sys.setprofile(None)
        if os.environ.get(COUNTS):
            Path(os.environ[COUNTS]).write_text(json.dumps(watch.last))


if __name__ == "__main__":
    sys.exit(_main())

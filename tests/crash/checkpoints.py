"""Many writers with a log that is written back at every chance: where SQLite before 3.51.3 could lose a commit.

Two connections that write the log back and begin it anew at one moment can corrupt a database (3.7.0 to 3.51.2).  Between
processes of detent one file lock covers commit and checkpoint, so they never do.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from detent.store import Store
from tests.store.making import PYTHON, grown

__all__ = ["raced"]

ROOT = Path(__file__).resolve().parents[2]


def raced(folder: Path, processes: int, times: int) -> Iterator[str]:
    """What is wrong after so many processes wrote so often each.

    Args:
        folder: an empty folder
        processes: how many write at once
        times: clicks each adds to one run, and to another of its own
    """
    path = folder / "a.db"
    run = grown(path, 1)
    words = ["tests.store.racing", str(path), run, str(times)]
    racers = [
        subprocess.Popen(
            [PYTHON, "-m", *words, f"r{number}", "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(processes)
    ]
    for one in racers:
        if one.stdout is not None:
            one.stdout.readline()
    for one in racers:
        if one.stdin is not None:
            one.stdin.write("\n")
            one.stdin.flush()
    for one in racers:
        _, err = one.communicate()
        if err:
            yield err[-500:]
    with Store.open(path) as store:
        yield from (one.what for one in store.verify())
        if store.head(run).seq != 1 + processes * times:
            yield f"the run has {store.head(run).seq} clicks in place of {1 + processes * times}"
        if len(store.runs()) != processes + 1:
            yield "a run is gone"

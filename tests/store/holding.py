"""A process that holds a lock of a database until it is told to end: `python -m tests.store.holding own|write PATH RUN`.

It says `held` when it holds the lock.  `write` stops in the middle of a transaction.
"""

from __future__ import annotations

import sys
from pathlib import Path

from detent.store import Store

__all__: list[str] = []


def main() -> None:
    """Hold, say so, wait for a line."""
    kind, path, run = sys.argv[1:]
    with Store.open(Path(path)) as store:
        if kind == "own":
            with store.own(run):
                _wait()
        else:
            with store._connection.writing() as raw:
                raw.execute("INSERT INTO label (run, label, digest) VALUES (1, 'half', x'')")
                _wait()


def _wait() -> None:
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main()

"""A process that is faster: `python -m tests.fsm.drivers.thief` reads `PATH RUN` a line, takes the run on by one click.

It answers `done` when that click is durable.
"""

from __future__ import annotations

import sys
from pathlib import Path

from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.journal import load
from detent.store import Store

__all__: list[str] = []


def main() -> None:
    """Steal one click a line."""
    for line in sys.stdin:
        path, run = line.split()
        with Store.open(Path(path)) as store:
            journal = load(store, run)
            journal.take(note_fact(journal.head, "Stolen.", journal.head.at))
            journal.commit()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

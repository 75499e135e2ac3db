"""One of several processes that race: `python -m tests.store.racing PATH RUN TIMES NAME [PAGES]`.

It waits for a line, then so often takes the run on by one click, trying again when another was faster, and writes as
often to a run of its own.  It prints how many of its clicks won and lost.  PAGES is how many the log may have before it
is written back.
"""

from __future__ import annotations

import sys
from pathlib import Path

from attrs import evolve

from detent.states import Busy, text
from detent.store import Store
from tests.store.making import begun, one_more

__all__: list[str] = []


def main() -> None:
    """Race."""
    path, run, times, name, *pages = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:]
    won = lost = 0
    with Store.open(path) as store:
        if pages:
            store._connection.raw.execute(f"PRAGMA wal_autocheckpoint = {int(pages[0])}")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        own = begun(store, name=name)
        while won < times:
            branch = store.branch(run)
            write = evolve(one_more(branch), extras=((branch.seq + 1, text("winner", name)),), settled=())
            try:
                branch.commit(write)
            except Busy:
                lost += 1
            else:
                won += 1
                own.commit(one_more(own))
    sys.stdout.write(f"{won} {lost}\n")


if __name__ == "__main__":
    main()

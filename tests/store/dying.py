"""Dying at a statement: `python -m tests.store.dying KIND PATH RUN` forks children that are killed, each at a later one.

KIND is `migrate` (a new database each time) or `commit` (one write each time).  A child is killed, without a word, before
its k-th statement of SQL, for k = 1, 2, 3, ... (every second one of a migration) until one lives.  After each death the parent looks at the file and prints
`<k> <runs or clicks there>`; it prints `broken <what>` where the file is neither as before nor as after.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

import sqlite_utils  # noqa: F401 - loaded once, not in every child

from detent.store import Store, opening
from tests.store.making import begun, one_more

__all__: list[str] = []


def main() -> None:
    """Die and look, until nobody dies."""
    kind, path, run = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    statement, step = 1, 2 if kind == "migrate" else 1
    alive = False
    while not alive:
        target = path.with_name(f"{statement}.db") if kind == "migrate" else path
        child = os.fork()
        if child == 0:
            _child(kind, target, run, statement)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        alive = os.waitstatus_to_exitcode(status) == 0
        sys.stdout.write(f"{statement} {_seen(kind, target, run)}\n")
        statement += step


def _deadly(raw: sqlite3.Connection, statement: int) -> None:
    left = [statement]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    raw.set_trace_callback(count)


def _child(kind: str, path: Path, run: str, statement: int) -> None:
    if kind == "migrate":
        opening._make(path)
        raw = opening._raw(path, "mode=rw")
        _deadly(raw, statement)
        opening._prepare(raw, path)
        raw.close()
        return
    with Store.open(path) as store:
        branch = store.branch(run)
        _deadly(store._connection.raw, statement)
        branch.commit(one_more(branch))


def _seen(kind: str, path: Path, run: str) -> str:
    if kind == "migrate":
        raw = sqlite3.connect(path)
        (objects,) = raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (version,) = raw.execute("PRAGMA user_version").fetchone()
        raw.close()
        with Store.open(path) as store:
            begun(store)
            whole = store.verify() == [] and len(store.runs()) == 1
        return str(version) if whole and (objects > 0) == (version > 0) else f"broken {objects} {version}"
    with Store.open(path) as store:
        found = store.verify()
        head = store.head(run).seq
        texts = len(store.messages(run))
    return str(head) if not found and texts == head + 1 else f"broken {found} {head} {texts}"


if __name__ == "__main__":
    main()

"""Dying at a statement: `python -m tests.store.dying KIND PATH RUN` forks children that are killed, each at a later one.

KIND is `migrate` (a new database each time), `upgrade` (one of form 1 each time) or `commit` (one write each time).  A child is killed, without a word, before
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
from tests.store.making import begun, dumped, form_1, one_more

__all__: list[str] = []


def main() -> None:
    """Die and look, until nobody dies."""
    kind, path, run = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    statement, step = 1, 1 if kind == "commit" else 2
    alive = False
    while not alive:
        target = path if kind == "commit" else path.with_name(f"{statement}.db")
        if kind == "upgrade":
            form_1(target)
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
    if kind != "commit":
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
    if kind == "upgrade":
        return _upgraded(path)
    with Store.open(path) as store:
        found = store.verify()
        head = store.head(run).seq
        texts = len(store.messages(run))
    return str(head) if not found and texts == head + 1 else f"broken {found} {head} {texts}"


def _upgraded(path: Path) -> str:
    """The form a database was left in, if it holds what it held, and every copy that was kept is whole."""
    raw = sqlite3.connect(path)
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    was = dumped(form_1(path.with_name(f"{path.name}.was")))
    broken = [one.name for one in path.parent.glob(f"{path.name}.form1-*.backup") if dumped(one) != was]
    with Store.open(path) as store:
        broken += [one.what for one in store.verify()]
        notes = (len(store.inbox_take("a" * 26)), store.rules("b" * 26), store.inbox_verdict(2).error)
    left = list(path.parent.glob(f"{path.name}*.partial*"))
    whole = dumped(path) == was and notes == (1, ["send(to=ü)"], "not now") and not left
    return str(version) if whole and not broken else f"broken {broken} {notes} {left}"


if __name__ == "__main__":
    main()

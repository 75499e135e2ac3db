"""Making runs for tests of the store: plain clicks, without a kernel; and ways to damage a file.

Rules.  Bodies look like snapshots but say nothing sensible: the store must not care.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

from detent.states import Text, text
from detent.states.canonical import canonical
from detent.store import Branch, Click, Placed, RunRecord, Settled, Store, Write, new_run_id

__all__ = [
    "NOW",
    "PYTHON",
    "begun",
    "body_of",
    "click",
    "dumped",
    "form_1",
    "grow",
    "grown",
    "one_more",
    "outside",
    "record",
    "tampered",
]

NOW = 1_760_000_000_000
PYTHON = sys.executable


def body_of(run: str, seq: int, state: str = "PLANNING", **more: Any) -> dict[str, Any]:
    """A body that looks like a snapshot's."""
    made = {
        "run": run,
        "seq": seq,
        "at": NOW + seq,
        "state": state,
        "spec": "sha256:" + "0" * 64,
        "usage": {"model_turns": seq // 3 + 1, "tokens": seq * 7},
        "history": seq + 1,
    }
    if seq % 3 == 1:
        made["calls"] = {"0": {"tool": "look", "phase": "ready", "attempts": 3}}
    if seq % 3 == 2:
        made["calls"] = {
            "0": {"tool": "look", "phase": "settled", "attempts": 3, "outcome": {"status": "ok"}}
        }
    return {**made, **more}


def click(
    run: str,
    seq: int,
    state: str = "PLANNING",
    event: str = "PlanMade",
    *,
    before: dict[str, Any] | None = None,
    **more: Any,
) -> Click:
    """A click with such a body, after one like it or the one that is given."""
    usual = body_of(run, seq - 1) if seq else {}
    return Click.of(
        body_of(run, seq, state, **more),
        usual if before is None else before,
        seq=seq,
        state=state,
        event=event,
        event_body=canonical({"turn": seq, "said": f"ü{seq}"}),
        guards=canonical({"taken": f"row {seq % 5}", "guards": {"last": seq % 2 == 0}}),
        at=NOW + seq,
        took=seq % 4,
    )


def record(run: str = "", **more: Any) -> RunRecord:
    """A run's record."""
    given = {"name": "", "goal": "a goal", "folder": "/a/folder", "origin": {"file": "agent.py"}, **more}
    return RunRecord(id=run or new_run_id(), spec=text("spec", '{"limits":{}}'), created=NOW, **given)


def begun(store: Store, run: str = "", **more: Any) -> Branch:
    """A run with its first click and its goal."""
    made = record(run, **more)
    first = Write(
        (click(made.id, 0, event="Begun"),), (Placed(0, text("goal", "a goal")),), ((0, text("input", "x")),)
    )
    return store.begin(made, first)


def one_more(branch: Branch, state: str = "PLANNING", **more: Any) -> Write:
    """The write after a branch's end: a click, a message, now and then a text and a decision."""
    return _write(branch, branch.seq + 1, state, **more)


def _write(branch: Branch, seq: int, state: str = "PLANNING", **more: Any) -> Write:
    extras: tuple[tuple[int, Text], ...] = ((seq, text("planner", f"plan {seq}")),) if seq % 4 == 1 else ()
    settled = (Settled(f"gate-{seq}", "approval", seq, "Approved", "me", NOW + seq),) if seq % 5 == 2 else ()
    message = Placed(seq, text("turn", f"message {seq} with ümlauts"), seq)
    return Write((click(branch.run, seq, state, **more),), (message,), extras, settled)


def grow(branch: Branch, count: int) -> Branch:
    """So many clicks more."""
    for _ in range(count):
        branch.commit(one_more(branch))
    return branch


def grown(path: Path, count: int = 20) -> str:
    """A database with one run of so many clicks after the first, written in one commit; its id."""
    with Store.open(path) as store:
        branch = begun(store)
        writes = [_write(branch, seq) for seq in range(1, count + 1)]
        branch.commit(
            Write(
                tuple(one for write in writes for one in write.clicks),
                tuple(one for write in writes for one in write.messages),
                tuple(one for write in writes for one in write.extras),
                tuple(one for write in writes for one in write.settled),
            )
        )
        return branch.run


def outside(path: Path) -> sqlite3.Connection:
    """A connection of somebody who knows nothing of detent."""
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("PRAGMA foreign_keys = OFF")
    return made


def tampered(path: Path, table: str, sql: str, values: tuple[Any, ...] = ()) -> int:
    """Do what the triggers of a table forbid, and leave no other trace; how many rows it changed."""
    raw = outside(path)
    triggers = raw.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
    )
    kept = triggers.fetchall()
    try:
        for name, _ in kept:
            raw.execute(f"DROP TRIGGER {name}")
        changed = raw.execute(sql, values).rowcount
        for _, statement in kept:
            raw.execute(statement)
    finally:
        raw.close()
    return changed


def form_1(path: Path) -> Path:
    """A database as an older version left it, closed."""
    raw = sqlite3.connect(path)
    raw.executescript((Path(__file__).parents[1] / "histories" / "form-1.sql").read_text())
    raw.close()
    return path


def dumped(path: Path) -> dict[str, list[Any]]:
    """All rows of the evidence tables."""
    raw = outside(path)
    tables = {
        "object": raw.execute("SELECT * FROM object ORDER BY id").fetchall(),
        "run": raw.execute("SELECT * FROM run ORDER BY key").fetchall(),
        "snapshot": raw.execute("SELECT * FROM snapshot ORDER BY run, seq").fetchall(),
        "message": raw.execute("SELECT * FROM message ORDER BY run, position").fetchall(),
        "extra": raw.execute("SELECT * FROM extra ORDER BY run, seq, place").fetchall(),
        "decision": raw.execute("SELECT * FROM decision ORDER BY run, gate").fetchall(),
    }
    raw.close()
    return tables

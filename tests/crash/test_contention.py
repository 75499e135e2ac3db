"""Many processes on one database, the short profile."""

from __future__ import annotations

from pathlib import Path

from tests.crash import contention
from tests.crash.harness import PROFILES

SEED = 14741900


def test_nobody_is_told_that_the_database_is_locked(tmp_path: Path) -> None:
    """Writers, readers, a driver of many runs and a frozen process share a database without a lock error or a gap."""
    made = contention.run(PROFILES["ci"], tmp_path, SEED)

    assert made.violations == ()
    assert made.done["lock errors"] == 0
    least = {"commits": 240, "reads meanwhile": 4, "runs driven at once": 8, "frozen in a transaction": 1}
    assert {name: made.done.get(name, 0) for name in least if made.done.get(name, 0) < least[name]} == {}

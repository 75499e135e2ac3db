"""One changed byte after a yes, the short profile."""

from __future__ import annotations

from pathlib import Path

from tests.crash import mutations
from tests.crash.harness import PROFILES

SEED = 11763095


def test_nothing_runs_that_was_not_shown(tmp_path: Path) -> None:
    """Whatever is changed after a yes, by however little, is not run, and what was not changed is run once."""
    made = mutations.run(PROFILES["ci"], tmp_path, SEED)

    assert made.violations == ()
    least = {
        "decisions changed": 100,
        "stored bytes changed": 60,
        "agents changed": 20,
        "payments unchanged": 6,
    }
    assert {name: made.done.get(name, 0) for name in least if made.done.get(name, 0) < least[name]} == {}

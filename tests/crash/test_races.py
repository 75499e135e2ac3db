"""Approvals and take-overs raced by many processes, the short profile."""

from __future__ import annotations

from pathlib import Path

from tests.crash import races
from tests.crash.harness import PROFILES

SEED = 4308295


def test_one_decision_counts_and_one_driver_drives(tmp_path: Path) -> None:
    """However many processes decide, resume or are killed at once, one decision, one effect and one driver remain."""
    made = races.run(PROFILES["ci"], tmp_path, SEED)

    assert made.violations == ()
    least = {"gates raced": 5, "approvers killed": 1, "runs resumed at once": 4, "deadlines raced": 4}
    assert {name: made.done.get(name, 0) for name in least if made.done.get(name, 0) < least[name]} == {}

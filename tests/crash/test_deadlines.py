"""Calls that end at their deadlines, the short profile."""

from __future__ import annotations

from pathlib import Path

from tests.crash import deadlines
from tests.crash.harness import PROFILES

SEED = 3


def test_a_call_that_ends_at_its_deadline_has_one_outcome(tmp_path: Path) -> None:
    """Whether the result, the timeout or a person is first, each call has one outcome and no result is taken twice."""
    made = deadlines.run(PROFILES["ci"], tmp_path, SEED)

    assert made.violations == ()
    assert made.done["calls raced"] >= 40
    assert made.done["timed out"] > 0

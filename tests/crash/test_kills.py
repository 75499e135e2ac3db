"""SIGKILL of the command line at random moments, as the tests run it; `python -m tests.crash kills` does more."""

from __future__ import annotations

from pathlib import Path

from tests.crash import kills
from tests.crash.harness import PROFILES

SEED = 20261121


def test_forty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Killed at any moment of its life, the command line loses nothing it said and repeats no ONCE call unasked."""
    figures = kills.run(PROFILES["ci"], tmp_path / "kills", SEED)
    assert figures.violations == ()
    assert figures.done["kills"] >= 40
    assert figures.done["executions"] > 40
    assert figures.done["approvals"] > 0

"""The signals harness, in its short form."""

from __future__ import annotations

from pathlib import Path

from tests.crash import signals
from tests.crash.harness import PROFILES


def test_signals_park_and_lose_nothing(tmp_path: Path) -> None:
    """Sixty signals at random moments, and every stream gone in turn: right codes, and no run lost or paid twice."""
    made = signals.run(PROFILES["ci"], tmp_path / "signals", 20261120)
    assert made.violations == ()
    assert made.done["signals"] >= 60
    assert made.done["parked"] > 10
    assert made.done["streams"] >= 7

"""The wall clock jumps, the short profile."""

from __future__ import annotations

import os
from pathlib import Path

from tests.crash import clocks
from tests.crash.harness import PROFILES

SEED = 9573179


def test_no_jump_of_the_wall_clock_breaks_a_run(tmp_path: Path) -> None:
    """Waiting, expiring, timing out, backing off and lying parked survive a wall clock that jumps."""
    made = clocks.run(PROFILES["ci"], tmp_path, SEED)

    assert made.missing == clocks.missing()
    if made.missing:  # the figures say so in one line
        assert "CI" not in os.environ
        return
    assert made.violations == ()
    assert made.done["clock jumps"] >= 8

"""The damage harness."""

from __future__ import annotations

from pathlib import Path

from tests.crash import damage
from tests.crash.harness import PROFILES


def test_no_damage_is_silent(tmp_path: Path) -> None:
    """Flipped bits, swapped and emptied pages, cut files and a damaged log are found, or change nothing."""
    made = damage.run(PROFILES["ci"], tmp_path, 20261120)
    assert made.violations == ()
    assert made.done["silent"] == 0
    assert made.done["flips"] == 150
    assert made.done["found_verify"] > 60
    assert made.done["found_open_76"] > 15
    assert made.done["found_set_back"] > 10
    assert made.done["harmless"] > 10

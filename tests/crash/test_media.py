"""The harness of what disks do."""

from __future__ import annotations

from pathlib import Path

from tests.crash import media
from tests.crash.harness import PROFILES


def test_whatever_the_disk_does_a_verb_says_so_and_the_runs_go_on(tmp_path: Path) -> None:
    """Full, failing, read-only, forbidden or on a network: exit code, two sentences, nothing half, and on it goes."""
    made = media.run(PROFILES["ci"], tmp_path / "media", 20261120)
    assert made.violations == ()
    assert made.done["cases"] >= 12
    assert made.done["refused"] >= 6
    assert made.done["gone_on"] >= 1

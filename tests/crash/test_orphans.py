"""Drivers are ended while their tools run programs, the short profile."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.crash import orphans
from tests.crash.harness import PROFILES

SEED = 20261121


def test_nothing_that_a_call_started_outlives_its_driver(tmp_path: Path) -> None:
    """However a driver ends, the programs of its calls end too, write nothing more, and a server of before stays."""
    made = orphans.run(PROFILES["ci"], tmp_path, SEED)

    assert made.violations == ()
    assert made.done["drivers ended"] >= 27
    assert made.done["on the loop"] >= 9
    assert made.done["in a process of its own"] >= 8
    assert made.done["servers let alone"] == 1


def test_what_works_in_a_folder_is_found(tmp_path: Path) -> None:
    """The judge sees a process by its folder alone, and no more when it has ended."""
    process = subprocess.Popen(["sleep", "60"], cwd=tmp_path, env={}, start_new_session=True)
    try:
        assert orphans.working_in(tmp_path) == (process.pid,)
    finally:
        process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert orphans.working_in(tmp_path) == ()
    process.wait()

"""Faults of single system calls, as the tests run it; `python -m tests.crash syscalls --profile full` takes every k."""

from __future__ import annotations

import os
from pathlib import Path

from tests.crash import syscalls
from tests.crash.harness import PROFILES

SEED = 20261121


def test_a_fault_of_any_system_call_leaves_a_whole_database(tmp_path: Path) -> None:
    """Killed or refused at a system call, a command leaves a database that verifies, and a run that goes on."""
    figures = syscalls.run(PROFILES["ci"], tmp_path / "syscalls", SEED)
    assert figures.violations == ()
    if figures.missing:
        assert not os.environ.get("CI"), figures.missing
        return
    assert figures.done["tries"] >= 30
    assert figures.done["killed"] > 10
    assert figures.done["parked"] > 0

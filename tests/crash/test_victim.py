"""The victim: a real command that dies exactly where it was told to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.crash.ledger import Stage, Turn
from tests.crash.person import obeyed

START = ("run", "Pay.", "-a", "agent.py", "--name", "it")
SCRIPT: list[Turn] = [{"name": "pay", "arguments": {"number": 1}}, "Done."]


@pytest.mark.parametrize(
    ("point", "dies", "effects"),
    [
        ("agent.py:pay:call 1", True, 0),
        ("agent.py:written:return 1", True, 1),
        ("agent.py:pay:call 2", False, 1),
        ("store/branch.py:Writer.begin:call 1", True, 0),
    ],
)
def test_a_victim_dies_at_its_point_and_nowhere_else(
    tmp_path: Path, point: str, *, dies: bool, effects: int
) -> None:
    """Killed before its effect there is none, killed after it there is one, and an unreached point kills nobody."""
    stage = Stage.made(tmp_path / "stage", SCRIPT)
    name, number = point.split()
    ended = obeyed(stage, START, before=(sys.executable, "-m", "tests.crash.victim", name, number, "--"))
    assert (ended.code == -9) is dies, str(ended)
    assert len(stage.entries()) == effects

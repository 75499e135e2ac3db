"""The mark of a driving process: there while anything is driven, inherited by what tools start, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.marked import marked
from detent.store import Process
from detent.tools import tool
from detent.tools.marking import DRIVER

from .rig import call, rig

LOOK = "import os; print(os.environ.get('DETENT_DRIVER', 'none'))"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The environment of the tests, as it was."""
    kept = {name: os.environ.pop(name, None) for name in (DRIVER, "DETENT_DRIVERS")}
    yield
    for name, value in kept.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def seen() -> str:
    """What a program that is started now is told."""
    return subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_what_a_tool_starts_inherits_the_mark(tmp_path: Path) -> None:
    """A program that a tool starts carries the mark of the process that drives, and one started later does not."""
    found: list[str] = []

    @tool(effect="read")
    def look() -> str:
        """Look from a program."""
        found.append(seen())
        return "seen"

    rig(tmp_path, [call("look"), "Done."], look).run()

    assert found == [Process.here().marker]
    assert seen() == "none"


@given(before=st.sampled_from(("", "1.2.another")), steps=st.lists(st.booleans(), max_size=12))
def test_several_drivers_share_one_mark(before: str, steps: list[bool]) -> None:
    """However drivers of one process come and go, the mark stands while one is left, and then what stood before."""
    os.environ.pop(DRIVER, None)
    if before:
        os.environ[DRIVER] = before
    driving = []
    for more in steps:
        if more:
            one = marked()
            assert one.__enter__() == Process.here().marker
            driving.append(one)
        elif driving:
            driving.pop(0).__exit__(None, None, None)
        assert os.environ.get(DRIVER, "") == (Process.here().marker if driving else before)
    for one in driving:
        one.__exit__(None, None, None)
    assert os.environ.get(DRIVER, "") == before


def test_an_inherited_count_is_not_ones_own() -> None:
    """A process that was started by a driver's tool and drives itself takes its own mark, and gives it up again."""
    os.environ[DRIVER] = "1.2.another"
    os.environ["DETENT_DRIVERS"] = "1.2.another 3 "
    with marked() as own:
        assert os.environ[DRIVER] == own
    assert os.environ[DRIVER] == "1.2.another"

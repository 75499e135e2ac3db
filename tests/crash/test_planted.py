"""The script that plants bugs: its sabotages fit, what it calls caught was caught, and today's sample is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.crash.harness import PROFILES
from tests.crash.planted import NAME, PROMISE, Copy, judged, misfits, planted, reported, run, sample
from tests.crash.sabotages import SABOTAGES, Sabotage
from tests.crash.table import NAMES
from tests.project.tree import ROOT

TODAY = int(time.time()) // 86_400  # every day others are planted; the violation names them
HARMLESS = Sabotage(
    "harmless",
    "nothing",
    "states/names.py",
    '"""Where a run is.',
    '"""Where a run may be.',
    "tests/states/test_names.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy to plant in."""
    return Copy.made(tmp_path_factory.mktemp("planted") / "copy")


def test_a_sample_of_planted_bugs_is_caught(tmp_path: Path) -> None:
    """Every sabotage can be applied, a few of them are, and whoever should notice does."""
    figures = run(PROFILES["ci"], tmp_path, TODAY)
    assert figures.violations == ()
    assert (figures.name, bool(PROMISE)) == (NAME, True)
    assert figures.done["sabotages"] >= 28
    assert figures.done["caught"] == figures.done["to be caught"] == 3


def test_every_sabotage_has_its_turn() -> None:
    """Days that follow each other plant different bugs, and in time all of the quick ones."""
    turns = {one.name for day in range(len(SABOTAGES)) for one in sample(day)}
    assert turns == {one.name for one in SABOTAGES if one.quick}
    assert sample(1) != sample(2)


def test_catchers_are_tests_and_harnesses_that_are_there() -> None:
    """No sabotage has the name of another, and each names a file of tests or a harness."""
    assert len({one.name for one in SABOTAGES}) == len(SABOTAGES)
    for one in SABOTAGES:
        file, _, test = one.catcher.partition("::")
        assert file in NAMES or f"def {test}(" in (ROOT / file).read_text()
        assert one.also in ("", *NAMES)


def test_a_text_that_is_gone_is_told() -> None:
    """A sabotage that a change of the product has disarmed is a violation."""
    assert misfits([HARMLESS]) == []
    assert "0 times" in misfits([evolve(HARMLESS, old="no such text")])[0]
    assert "0 times" in misfits([evolve(HARMLESS, file="states/gone.py")])[0]
    assert "times in states/names.py" in misfits([evolve(HARMLESS, old="State")])[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"new": "((("}, "yntaxError"),
        ({"old": "from enum import StrEnum", "new": "import none_such"}, "none_such"),
    ],
)
def test_what_breaks_nothing_or_everything_is_not_caught(
    copy: Copy, changes: dict[str, Any], said: str
) -> None:
    """A catcher that passes has caught nothing, nor has one that could not even be run; the copy is mended."""
    file = copy.folder / "detent" / HARMLESS.file
    before = file.read_text()
    tried = planted(copy, evolve(HARMLESS, **changes), HARMLESS.catcher)
    assert not tried.caught
    assert tried.passed == (not changes)
    assert said in tried.said
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("code", "out", "caught"),
    [
        (1, "FAILED tests/a.py::test_b[x - y] - AssertionError: no", True),
        (1, "FAILED tests/a.py::test_b", True),
        (1, "FAILED tests/a.py::test_b - ImportError: no", False),
        (1, "ERROR tests/a.py::test_b - RuntimeError: no", False),
        (2, "FAILED tests/a.py::test_b - AssertionError: no", False),
        (-1, "FAILED tests/a.py::test_b - AssertionError: no", False),
        (0, "1 passed", False),
    ],
)
def test_a_test_catches_by_what_it_asserts(code: int, out: str, caught: bool) -> None:
    """Only a failed test counts, not one that could not be collected, set up or ended."""
    assert judged(code, out, "").caught == caught
    assert judged(code, out, "").passed == (code == 0)


@pytest.mark.parametrize(
    ("code", "out", "err", "caught", "passed"),
    [
        (0, 'x\n{"violations": ["seed 1: twice"], "missing": ""}', "", True, False),
        (0, '{"violations": [], "missing": ""}', "", False, True),
        (0, '{"violations": [], "missing": "There is no strace."}', "", False, False),
        (1, "", "Traceback\n  File\nAssertionError: the ledger says 2", True, False),
        (1, "", "Traceback\n  File\nImportError: no AssertionError", False, False),
    ],
)
def test_a_harness_catches_by_what_it_reports(
    code: int, out: str, err: str, caught: bool, passed: bool
) -> None:
    """Only a violation or an assertion counts, not a harness that fell over, or could not do its work."""
    tried = reported(code, out, err)
    assert (tried.caught, tried.passed) == (caught, passed)

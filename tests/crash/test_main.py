"""`python -m tests.crash`: which harnesses are run, what it leaves with, and that it stops when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detent.states import UsageError
from tests.crash.ledger import ROOT
from tests.crash.table import NAMES, chosen, harness


def _started(*words: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("name", chosen(()))
def test_every_harness_says_what_it_shows(name: str) -> None:
    """A harness is a module with a name, one line of promise, and something to run."""
    module = harness(name)
    assert name == module.NAME
    assert module.PROMISE
    assert "\n" not in module.PROMISE
    assert callable(module.run)


def test_the_table_is_in_order_and_without_strangers() -> None:
    """Names are run in the order of the table, once each, and a strange one is refused."""
    assert chosen(("syscalls", "kills", "kills")) == ("kills", "syscalls")
    assert set(chosen(())) <= set(NAMES)
    with pytest.raises(UsageError, match="There is no harness hopes"):
        chosen(("hopes",))


def test_a_strange_name_is_told(tmp_path: Path) -> None:
    """A harness that is not there is a usage error, with those that are."""
    process = _started("hopes", folder=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "There is no harness hopes." in err
    assert "kills" in err


def test_it_stops_when_asked(tmp_path: Path) -> None:
    """Ctrl-C ends the harness that runs, and what was done until then is printed."""
    process = _started("kills", "--profile", "soak", "--seed", "1", folder=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("kills: "):  # it has killed something
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped in kills" in err
    assert out.startswith("harness")
    assert list(tmp_path.iterdir()) == []

"""Fresh interpreters for the tests: Python started anew in some folder, with nothing of this process's own.

Rules.  The environment is this one without what would steer Python or detent; the folder decides which `detent` is found.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.project.tree import ROOT

__all__ = ["environment", "loaded", "printed"]

_SECONDS = 120.0
_STEERING = ("PYTHON", "DETENT_", "COV_CORE", "COVERAGE_", "PYTEST_")
_WATCH = "import sys\n_before = set(sys.modules)\n{}\nprint(*sorted(set(sys.modules) - _before))"


def environment() -> dict[str, str]:
    """This process's environment without what would change how Python or detent starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_STEERING)}


def printed(arguments: Sequence[str], *, python: Path | str = sys.executable, folder: Path = ROOT) -> str:
    """What `python ARGUMENTS` prints on its two channels; anything but a clean end fails the test."""
    done = subprocess.run(
        [str(python), *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n{said}"
    return said


def loaded(code: str, *, folder: Path = ROOT) -> frozenset[str]:
    """The modules that a piece of code loads in a fresh interpreter, by full name."""
    last = printed(["-c", _WATCH.format(code)], folder=folder).splitlines()[-1]
    return frozenset(last.split())

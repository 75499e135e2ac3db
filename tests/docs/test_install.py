"""The README's first two blocks, in a clean copy of the project, as a stranger types them.

Rules.  Nothing is downloaded: pip is told by its environment to ask no index and to take what is needed from the
environment that runs the tests.  The commands themselves are those of the page, to the letter; CI runs them again in a
clean clone with a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.project.readme_blocks import blocks

TAKEN = ("detent", "docs", "tests", "LICENSE", "README.md", "pyproject.toml")
PATIENCE = 120


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project without what is not part of it."""
    made = tmp_path / "detent"
    made.mkdir()
    left_out = shutil.ignore_patterns("__pycache__", ".*", "*.db*")
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, made / name, ignore=left_out)
        else:
            shutil.copy(source, made / name)
    return made


def test_the_first_two_blocks_do_what_they_say(copy: Path) -> None:
    """The first installs detent and plays the demo; the second installs it again, for development, and runs tests."""
    first, second = blocks((ROOT / "README.md").read_text(encoding="utf-8"))[:2]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DETENT", "PIP_", "PYTEST"))
    }
    lent = sysconfig.get_path("purelib")
    env = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": lent,
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as "no isolation: yes"
        "PIP_IGNORE_INSTALLED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTEST_ADDOPTS": "tests/project/test_readme.py::test_an_open_fence_is_an_error -p no:cacheprovider",
    }

    shown = _bash(first, copy, env)
    tested = _bash(second, copy, env)

    assert "nothing was paid twice" in shown
    assert "1 passed" in tested


def _bash(block: str, folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout

"""The README's commands are what CI runs, and CI lets nothing go by in silence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.interpreters import environment, printed
from tests.project.readme_blocks import blocks
from tests.project.tree import ROOT

RUN = ROOT / ".ci" / "run"
README = ROOT / "README.md"
PLANTED = '"""A file."""\nimport pytest\n\ndef test_a() -> None:\n    {}\n'


def test_the_first_block_installs_and_demonstrates() -> None:
    """The first commands a stranger meets make an environment, install detent and show it working."""
    first = blocks(README.read_text(encoding="utf-8"))[0]
    order = [first.index(word) for word in ("-m venv .venv", "pip install", "detent demo --unattended")]
    assert order == sorted(order)


def test_the_second_block_runs_the_tests() -> None:
    """The second commands install what the tests need and run all of them."""
    text = blocks(README.read_text(encoding="utf-8"))[1].replace("&&", "\n")
    second = [line.strip() for line in text.splitlines() if line.strip()]
    assert any("pip install" in line and "[test]" in line for line in second)
    assert re.fullmatch(r"\.venv/bin/(python -m )?pytest( -q)?", second[-1])


def test_ci_runs_these_blocks_and_no_others() -> None:
    """What CI installs and tests is what the README says, block one and then block two."""
    code = [line.split(" #")[0] for line in RUN.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert [line for line in code if line.startswith("block ")] == ["block 1", "block 2"]
    assert code[-1] == "block 2"  # so that the last lines are the test runner's
    assert not [line for line in code if re.search(r"\bpip\b|\bpytest\b", line)]
    assert 'readme_blocks.py" "$1" >"$work/block-$1.sh"' in "\n".join(code)


def test_ci_is_a_program_that_bash_can_read() -> None:
    """The script can be started, and has no mistake that a shell sees before it runs."""
    assert os.access(RUN, os.X_OK)
    done = subprocess.run(["bash", "-n", RUN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_helper_prints_exactly_the_block(tmp_path: Path) -> None:
    """A block arrives as it is written: other languages, indents and fences inside fences do not mislead it."""
    page = tmp_path / "PAGE.md"
    page.write_text(
        "# Page\n```python\nx = 1\n```\n"
        "1. a list\n\n   ```sh\n   one\n     two\n   ```\n\n"
        "````text\n```sh\nno\n```\n````\n\n"
        "Not ```sh``` here.\n\n~~~sh\necho '```'\n~~~\n",
        encoding="utf-8",
    )
    script = str(ROOT / "tests" / "project" / "readme_blocks.py")
    assert printed([script, "1", str(page)]) == "one\n  two\n"
    assert printed([script, "2", str(page)]) == "echo '```'\n"
    missing = subprocess.run(
        [sys.executable, script, "3", str(page)], capture_output=True, text=True, check=False
    )
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == "PAGE.md has 2 blocks of commands, and no number 3\n"


def test_an_open_fence_is_an_error() -> None:
    """A block that is never closed is a mistake of the page, not an empty answer."""
    with pytest.raises(ValueError, match="never closed"):
        blocks("```sh\nrm -rf build\n")


@pytest.mark.parametrize(
    ("code", "ends"), [("assert True", 0), ("pytest.skip('no')", 1), ("assert False", 1)]
)
def test_a_skipped_test_fails_in_ci(tmp_path: Path, code: str, ends: int) -> None:
    """In CI a session with a skipped test ends as one with a failed test does, and says so."""
    done, said = _session(tmp_path, code, {"CI": "true"})
    assert done == ends
    assert ("skipped in CI, which is a failure" in said) == ("skip" in code)


def test_a_skipped_test_is_said_and_allowed_elsewhere(tmp_path: Path) -> None:
    """On a person's machine a skip is no failure, and its reason is printed."""
    done, said = _session(tmp_path, "pytest.skip('no server here')", {})
    assert done == 0
    assert "no server here" in said


def _session(folder: Path, code: str, extra: dict[str, str]) -> tuple[int, str]:
    test = folder / "test_planted.py"
    test.write_text(PLANTED.format(code), encoding="utf-8")
    base = {name: value for name, value in environment().items() if name != "CI"}
    options = [
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={folder}",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(test)],
        cwd=ROOT,
        env={**base, **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr

"""Namespaces: what is in one ends with it, and a machine without them is told of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from detent.tools import namespace
from tests.crash.orphans import working_in

NARROW = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]


def played(program: str, folder: Path, before: tuple[str, ...] = ()) -> str:
    """What a program prints."""
    words = [*before, sys.executable, "-c", "import os\nfrom detent.tools.namespace import *\n" + program]
    root = str(Path(namespace.__file__).parents[1])
    where = {**os.environ, "PYTHONPATH": root if (Path(root) / "detent").exists() else str(Path(root).parent)}
    return subprocess.run(words, cwd=folder, env=where, capture_output=True, text=True, check=False).stdout


def test_the_machine_is_tried_once() -> None:
    """Whether there are namespaces is found out, and why not is said."""
    assert isinstance(namespace.possible(), str)
    assert namespace.possible() is namespace.possible()


def test_what_is_in_a_namespace_ends_with_it(tmp_path: Path) -> None:
    """A grandchild in a session of its own is gone when the first process has left."""
    if namespace.possible():
        assert namespace.possible() in played("print(possible())", tmp_path)
        return
    said = played(
        """
os.environ["SEEN"] = "1"
enter(lambda status: os.write(1, f"ended {os.waitstatus_to_exitcode(status)}".encode()))
os.system("setsid sleep 60 & exit 0")
os._exit(7)
""",
        tmp_path,
    )
    assert said == "ended 7"
    assert working_in(tmp_path) == ()


def test_a_machine_that_refuses_is_told_of(tmp_path: Path) -> None:
    """Where the system refuses there is a reason in words."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        assert isinstance(namespace.possible(), str)
        return
    assert "not permitted" in played("print(possible())", tmp_path, tuple(NARROW))


def test_dies_with_its_parent(tmp_path: Path) -> None:
    """A process whose parent is another one by now ends at once."""
    if sys.platform.startswith("linux"):
        assert played("die_with(1); print('lives')", tmp_path) == ""
    assert played("die_with(os.getppid()); print('lives')", tmp_path) == "lives\n"

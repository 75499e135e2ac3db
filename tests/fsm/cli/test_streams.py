"""Standard output belongs to the answer alone."""

from __future__ import annotations

import os
import subprocess
import sys

from .kit import ROOT

CHILD = """
import os, subprocess, sys
from detent.fsm.cli.streams import Streams

streams = Streams()
print("before")
streams.part()
streams.part()
print("printed")
os.write(1, b"written\\n")
subprocess.run(["echo", "a child"])
streams.out("the answer\\n")
print(streams.on_terminal())
"""


def _child(code: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_after_parting_only_the_answer_comes_out() -> None:
    """What this process and its children print goes to standard error from then on, and is parted once."""
    made = _child(CHILD)

    assert made.stdout == "before\nthe answer\n"
    assert made.stderr.splitlines() == ["printed", "written", "a child", "False"]


def test_a_reader_that_has_gone_is_no_error() -> None:
    """Where nobody reads the answer, or the rest, the process ends as if somebody did."""
    read, write = os.pipe()
    os.close(read)

    made = _child(CHILD.replace('print("before")\n', ""), stdout=write)

    os.close(write)
    assert (made.returncode, "Traceback" in made.stderr) == (0, False)
    muted = "from detent.fsm.cli.streams import Streams\ns = Streams()\nimport os, sys\nos.close(2)\ns.err('x')\ns.err('y')\ns.out('z')\n"
    assert _child(muted).stdout == "z"

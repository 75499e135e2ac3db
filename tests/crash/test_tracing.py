"""What strace is told, and what is read from what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.tracing import FAULTS, Fault, counted

TRACE = """\
100 openat(AT_FDCWD, "/lib/libc.so", O_RDONLY) = 3
100 openat(AT_FDCWD, "/somewhere/runs/detent.db", O_RDWR) = 4
100 openat(AT_FDCWD, "/somewhere/more.py", O_RDONLY) = 5
100 pwrite64(4, "x", 1, 0) = 1
101 pwrite64(4, "x", 1, 0 <unfinished ...>
100 pwrite64(4, "x", 1, 0) = 1
101 <... pwrite64 resumed>) = 1
100 clone3({flags=0}, 88) = 101
101 +++ exited with 0 +++
"""


def test_the_calls_of_each_thread_are_counted_by_themselves(tmp_path: Path) -> None:
    """K goes as far as the busiest thread, and files count from the first look at the database."""
    file = tmp_path / "trace"
    file.write_text(TRACE)
    found = counted(file, Path("/somewhere/runs/detent.db"))
    assert found == {"openat": range(2, 4), "pwrite64": range(1, 3), "clone": range(1, 2)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
def test_a_fault_names_its_call_in_trace_and_in_inject(fault: Fault) -> None:
    """Strace injects only into calls that `trace=` names, so both name the same."""
    words = fault.words(7)
    calls = ",".join(fault.calls)
    assert f"trace={calls}" in words
    (inject,) = [word for word in words if word.startswith("inject=")]
    assert inject.startswith(f"inject={calls}:")
    assert inject.endswith("when=7+" if fault.on else "when=7")

"""What comes of a task that failed: a bug is told as one, and a machine without room as that."""

from __future__ import annotations

import errno
import os

import pytest

from detent.fsm.drivers.keys import bug


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), 74),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), 74),
        (RuntimeError("can't start new thread"), 74),
        (OSError(errno.ENOENT, os.strerror(errno.ENOENT)), 70),
        (ValueError("what nobody meant"), 70),
    ],
)
def test_a_machine_without_room_is_no_bug_of_ours(error: Exception, code: int) -> None:
    """Too many files or threads park the run as a failing disk does, and anything unforeseen is a bug."""
    made = bug(error)
    assert (made.exit_code, made.__cause__) == (code, error)
    assert str(error) in made.message

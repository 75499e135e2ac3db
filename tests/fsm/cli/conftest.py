"""The fixture that every test of the command line begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .kit import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with a database of its own."""
    return Place(tmp_path)

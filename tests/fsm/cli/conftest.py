"""The fixtures that every test of the command line begins with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .kit import Place
from .zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The warm process that runs commands."""
    with Zygote() as made:
        yield made


@pytest.fixture
def place(tmp_path: Path, zygote: Zygote) -> Place:
    """A folder with a database of its own."""
    return Place(tmp_path, zygote)

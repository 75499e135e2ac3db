"""Whether a place can keep a database: tried out beside it, and never on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detent.states.errors import ConfigError, IntegrityError, StoreError
from detent.store import Store
from detent.store.health import health, resets, users
from tests.store.making import begun, grow


def test_a_place_without_a_database_is_tried_out_and_left_as_it_was(tmp_path: Path) -> None:
    """The nearest folder that is there is written to, the time is told, and nothing stays behind."""
    found = health(tmp_path / "new" / "folder" / "detent.db")

    assert (found.there, found.trouble, found.network) == (False, None, None)
    assert found.commit > 0
    assert found.free > 0
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_there_is_only_read(tmp_path: Path) -> None:
    """A look at a database changes no byte and no time of it."""
    path = tmp_path / "detent.db"
    Store.open(path).close()
    before = path.read_bytes(), path.stat().st_mtime_ns

    found = health(path)

    assert (found.there, found.trouble) == (True, None)
    assert before == (path.read_bytes(), path.stat().st_mtime_ns)


def test_who_has_it_open_is_told(tmp_path: Path) -> None:
    """Where the system tells, whoever has the database open is named by its process, and nobody else is."""
    path = tmp_path / "detent.db"
    told = (os.getpid(),) if Path("/proc/locks").exists() else ()

    assert users(path) == ()
    with Store.open(path):
        assert users(path) == told
        assert health(path).users == told
    assert users(path) == ()


def test_how_long_the_log_is_is_told(tmp_path: Path) -> None:
    """The log of an open database has the size it has, and a closed one has none."""
    path = tmp_path / "detent.db"
    with Store.open(path) as store:
        grow(begun(store), 3)
        assert health(path).log == Path(f"{path}-wal").stat().st_size > 0
    assert health(path).log == 0


def test_an_empty_file_becomes_a_database_and_is_no_trouble(tmp_path: Path) -> None:
    """A file with nothing in it is what the first run would make."""
    (tmp_path / "detent.db").touch()

    assert health(tmp_path / "detent.db").trouble is None


def test_a_damaged_file_is_trouble(tmp_path: Path) -> None:
    """What is no database at all is told with the error a run would meet."""
    path = tmp_path / "detent.db"
    path.write_bytes(b"no database, but long enough to be looked at " * 40)

    assert isinstance(health(path).trouble, IntegrityError | ConfigError)


def test_a_place_that_cannot_be_written_is_trouble() -> None:
    """Where nothing can be made, the store's error says so."""
    trouble = health(Path("/proc/none/detent.db")).trouble

    assert isinstance(trouble, StoreError)
    assert "--db" in trouble.hint


@pytest.mark.parametrize(
    ("version", "has"),
    [((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False)],
)
def test_the_versions_with_the_defect_are_those_of_sqlites_own_notice(
    version: tuple[int, ...], has: bool
) -> None:
    """3.7.0 to 3.51.2 have it, the versions before and after do not."""
    assert resets(version) is has

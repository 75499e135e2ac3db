"""Whether the files of a database are still those that were opened."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from detent.states import StoreError
from detent.store import Store
from detent.store.identity import Identity
from tests.store.making import PYTHON, begun, grow, grown, one_more

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("how", ["deleted", "replaced", "moved", "folder moved"])
def test_a_file_that_goes_is_noticed_at_once(tmp_path: Path, end: str, how: str, settled: bool) -> None:
    """Whichever of the three files goes or is replaced, however long after opening, the next look sees it."""
    folder = tmp_path / "place"
    folder.mkdir()
    path = folder / "a.db"
    for one in ("", "-wal", "-shm"):
        Path(f"{path}{one}").touch()
    identity = Identity(path)
    if settled:
        os.utime(folder, ns=(1, time.time_ns() - 5_000_000_001))
    assert identity.changed() is None
    assert identity.changed() is None
    file = Path(f"{path}{end}")
    if how == "deleted":
        file.unlink()
    elif how == "moved":
        file.rename(folder / "elsewhere")
    elif how == "replaced":
        other = folder / "other"
        other.touch()
        other.replace(file)
    else:
        folder.rename(tmp_path / "elsewhere")
    changed = identity.changed()
    assert changed is not None
    assert changed.gone == (how != "replaced")
    if how != "folder moved":
        assert changed.path == str(file)
    identity.close()
    identity.close()
    assert identity.changed() is not None


def test_other_files_of_the_folder_may_come_and_go(tmp_path: Path) -> None:
    """What else happens in the folder, and writing into the files themselves, is no change."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        identity = Identity(path)
        branch = begun(store)
        for number in range(5):
            (tmp_path / f"{number}").touch()
            grow(branch, 1)
            store.backup(tmp_path / f"copy-{number}.db")
            assert identity.changed() is None
        identity.close()


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_a_log_that_was_deleted_is_written_back(tmp_path: Path, end: str) -> None:
    """A deleted log or index stops this process with exit code 74, and what was acknowledged is in the file afterwards."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    store = Store.open(path)
    branch = grow(store.branch(run), 5)
    Path(f"{path}{end}").unlink()
    for _ in range(2):
        with pytest.raises(StoreError, match=f"a.db{end} was deleted or replaced") as caught:
            branch.commit(one_more(branch))
        assert caught.value.exit_code == 74
    store.close()
    with Store.open(path) as again:
        assert again.head(run).seq == 6
        assert again.verify() == []
        grow(again.branch(run), 1)


REPLACED = """
import sys
from pathlib import Path
from detent.states import StoreError
from detent.store import Store
from tests.store.making import grow, one_more
path, end = Path(sys.argv[1]), sys.argv[2]
store = Store.open(path)
run = store.find("last")
branch = grow(store.branch(run), 5)
file = Path(f"{path}{end}")
other = path.with_name("other" + end)
other.write_bytes(b"another")
other.replace(file)
try:
    branch.commit(one_more(branch))
except StoreError as error:
    print(error.exit_code)
store.close()
"""


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_a_log_in_its_place_is_left_alone(tmp_path: Path, end: str) -> None:
    """Where another log or index was put, this process ends without touching it or the database."""
    path = tmp_path / "a.db"
    grown(path, 1)
    before = path.read_bytes()
    done = subprocess.run(
        [PYTHON, "-c", REPLACED, str(path), end], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("74\n", "")
    assert Path(f"{path}{end}").read_bytes() == b"another"
    assert path.read_bytes() == before


def test_another_database_of_ours_in_its_place_is_left_alone(tmp_path: Path) -> None:
    """A database that replaces the open one keeps its own log and all it holds; nothing is written into it."""
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    run, theirs = grown(path, 1), grown(other, 1)
    mine = Store.open(path)
    branch = grow(mine.branch(run), 2)
    with Store.open(other) as store:
        grow(store.branch(theirs), 3)
        for end in ("", "-wal", "-shm"):
            Path(f"{other}{end}").rename(f"{path}{end}")
        for _ in range(2):
            with pytest.raises(StoreError, match="deleted or replaced"):
                branch.commit(one_more(branch))
        mine.close()
        assert Path(f"{path}-wal").stat().st_size > 0
    with Store.open(path) as store:
        assert [one.id for one in store.runs()] == [theirs]
        assert store.head(theirs).seq == 4
        assert store.verify() == []

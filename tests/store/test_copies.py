"""Copies of a whole database."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from detent.store import Store
from detent.store.copies import copy_into, kept_copy, make_folder
from tests.store.making import PYTHON, dumped, form_1, grown, outside

ROOT = Path(__file__).parents[2]


def test_a_copy_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    """Killed at any moment of copying, a process leaves nothing under the copy's name, or all of it."""
    path, target = tmp_path / "a.db", tmp_path / "copy.db"
    grown(path, 300)
    whole = dumped(path)
    program = f"""
import sys
from pathlib import Path
from detent.store import Store
with Store.open({str(path)!r}, mode="read") as store:
    print("now", flush=True)
    for number in range(1000):
        store.backup(Path({str(target)!r} + str(number)))
"""
    process = subprocess.Popen([PYTHON, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.readline()
    while not (tmp_path / "copy.db3").exists() and process.poll() is None:
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    copies = [one for one in tmp_path.glob("copy.db*") if ".partial" not in one.name]
    assert len(copies) >= 4
    for one in copies:
        assert dumped(one) == whole


def test_a_copy_that_is_kept_overwrites_none_and_clears_up(tmp_path: Path) -> None:
    """Two copies in one second have two names, and halves that a kill left behind go with the next."""
    path = form_1(tmp_path / "a.db")
    for end in ("", "-journal"):
        (tmp_path / f"a.db.form1-20260101T000000Z.backup.77.partial{end}").write_bytes(b"half")
    raw = outside(path)
    kept = {kept_copy(raw, path, 1) for _ in range(3)}
    raw.close()
    assert len(kept) == 3
    assert {one for one in tmp_path.iterdir() if "form1" in one.name} == kept
    assert all(dumped(one) == dumped(path) for one in kept)


def test_a_name_that_is_taken_stays(tmp_path: Path) -> None:
    """A link that leads nowhere is a name that is taken, too."""
    path = tmp_path / "a.db"
    grown(path, 1)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    raw = outside(path)
    with pytest.raises(FileExistsError):
        copy_into(raw, link)
    raw.close()
    assert not (tmp_path / "nowhere").exists()
    assert list(tmp_path.glob("*.partial")) == []


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    """All folders that were missing are made, closed to others; one that is there stays as it is."""
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_an_older_form_is_read_from_a_copy_that_nobody_sees(tmp_path: Path) -> None:
    """Reading a database of form 1 leaves nothing in the folder for passing files, not even while it is read."""
    passing = tmp_path / "passing"
    passing.mkdir()
    path = form_1(tmp_path / "a.db")
    program = f"""
from pathlib import Path
from detent.store import Store
with Store.open({str(path)!r}, mode="read") as store:
    print(list(Path({str(passing)!r}).iterdir()), len(store.runs()))
    store.backup({str(tmp_path / "copy.db")!r})
"""
    env = {**os.environ, "TMPDIR": str(passing)}
    done = subprocess.run(
        [PYTHON, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, env=env
    )
    assert (done.stdout, done.stderr) == ("[] 4\n", "")
    with Store.open(tmp_path / "copy.db", mode="read") as store:
        assert (len(store.runs()), store.verify()) == (4, [])

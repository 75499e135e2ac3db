"""Upkeep: copies of the whole file, runs that are to go, and where the file lies."""

import os
import subprocess
from pathlib import Path

import pytest

from detent.states import Busy, NotFound, StoreError, UsageError
from detent.store import Store, filesystem
from detent.store.upkeep import NETWORK, mounted
from tests.store.making import NOW, PYTHON, begun, dumped, grow, grown, outside

ROOT = Path(__file__).parents[2]
MOUNTS = [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "40 22 0:40 / /mnt/share rw - nfs4 server:/export rw",
    "41 40 0:41 / /mnt/share/local rw - xfs /dev/vdb rw",
    "42 22 0:42 / /mnt/with\\040blank rw - cifs //server/share rw",
    "43 22 0:43 / /mnt/over rw - ext4 /dev/vdc rw",
    "44 43 0:44 / /mnt/over rw - fuse.sshfs me@server: rw",
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/a.db", None),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/deep/a.db", "nfs4"),
        ("/mnt/shared/a.db", None),
        ("/mnt/share/local/a.db", None),
        ("/mnt/with blank/a.db", "cifs"),
        ("/mnt/over/a.db", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_decides(path: str, kind: str | None) -> None:
    """A path lies on the file system that was mounted nearest to it, and last."""
    assert mounted(path, MOUNTS) == kind


def test_no_network_here(tmp_path: Path) -> None:
    """A folder of this machine, and a file that is not there yet, lie on no network."""
    assert filesystem(tmp_path / "not" / "there.db") is None
    assert {"nfs", "9p", "cifs"} <= NETWORK


def test_a_backup_holds_all_that_is_durable(tmp_path: Path) -> None:
    """A copy made while the database is open, by a writer or a reader, has every row, verifies, and goes on."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store), 20)
        store.backup(tmp_path / "one.db")
        with Store.open(path, mode="read") as reader:
            reader.backup(tmp_path / "new" / "two.db")
        grow(branch, 1)
    for name in ("one.db", "new/two.db"):
        copy = tmp_path / name
        assert copy.stat().st_mode & 0o777 == 0o600
        with Store.open(copy, mode="read") as store:
            assert store.verify() == []
            assert store.head(branch.run).seq == 20
        with Store.open(copy) as store:
            grow(store.branch(branch.run), 1)
        assert dumped(copy) == dumped(path)


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    """A file that is there, empty or not, is never overwritten, and the database itself least of all."""
    path, there, empty = tmp_path / "a.db", tmp_path / "there", tmp_path / "empty"
    grown(path, 1)
    there.write_text("mine")
    empty.touch()
    with Store.open(path) as store:
        for target in (there, empty, path):
            with pytest.raises(UsageError, match="never overwrites"):
                store.backup(target)
        with pytest.raises(StoreError, match="cannot be made"):
            store.backup(there / "below")
    assert (there.read_text(), empty.read_bytes()) == ("mine", b"")


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A backup that cannot be finished is removed, and the database goes on as before."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store), 3)
        store._connection.raw.execute("BEGIN")  # VACUUM cannot work inside a transaction
        with pytest.raises(Exception, match="VACUUM") as caught:
            store.backup(tmp_path / "copy.db")
        store._connection.raw.execute("COMMIT")
        assert hasattr(caught.value, "exit_code")
        grow(branch, 1)
    assert not (tmp_path / "copy.db").exists()


def test_a_pruned_run_is_gone_and_the_others_are_whole(tmp_path: Path) -> None:
    """Pruning removes a run with its messages, texts, decisions and notes, and nothing of any other run."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        gone, stays = grow(begun(store), 20), grow(begun(store), 20)
        before = dumped(path)
        for one in (gone, stays):
            store.inbox_put(one.run, "note", {}, NOW)
            store.add_rule(one.run, "r", NOW)
            store.label(one.run, "l")
            store.driver_started(one.run, 1, "", "", 20)
        store.prune(gone.run)
        assert [one.id for one in store.runs()] == [stays.run]
        for ask in (store.head, store.record, store.messages, store.inbox_take, store.rules):
            with pytest.raises(NotFound):
                ask(gone.run)
        assert store.verify() == []
        assert (store.rules(stays.run), len(store.inbox_take(stays.run))) == (["r"], 1)
        after = dumped(path)
        for table in ("snapshot", "message", "extra", "decision"):
            kept = [row for row in before[table] if row[1 if table == "snapshot" else 0] == 2]
            assert after[table] == kept
        assert len(after["object"]) < len(before["object"])
        grow(stays, 1)
        fresh = begun(store)
        assert fresh.key == 3
    raw = outside(path)
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert raw.execute("SELECT count(*) FROM pruning").fetchone() == (0,)
    raw.close()


def test_a_run_that_is_needed_stays(tmp_path: Path) -> None:
    """A run with forks, and a run that a driver holds, cannot be pruned; the fork first, then its parent can."""
    path = tmp_path / "a.db"
    with Store.open(path) as store, Store.open(path) as other:
        run = grow(begun(store), 3).run
        fork = begun(store, parent=(run, 2)).run
        before = dumped(path)
        with pytest.raises(UsageError, match=f"{fork} was forked from it"):
            store.prune(run)
        with other.own(fork), pytest.raises(Busy):
            store.prune(fork)
        assert dumped(path) == before
        store.prune(fork)
        store.prune(run)
        assert store.runs() == []
        assert store.verify() == []


def test_only_linux_tells(tmp_path: Path) -> None:
    """The mount table that is read is the one the system shows its users."""
    known = Path("/proc/self/mountinfo")
    if known.exists():
        shown = subprocess.run(["cat", str(known)], capture_output=True, text=True, check=True).stdout
        assert mounted(str(tmp_path.resolve()), shown.splitlines()) == filesystem(tmp_path)
    else:
        assert filesystem(tmp_path) is None


USED = """
import sys
from pathlib import Path
from detent.states import StoreError
from detent.store import Store
from detent.store.health import health
from tests.store.making import grow
path, run = sys.argv[1:]
with Store.open(path, mode="read") as store:
    print(store.head(run).seq, store.verify())
print(getattr(health(Path(path)).trouble, "exit_code", None), health(Path(path)).network)
try:
    with Store.open(path) as store:
        grow(store.branch(run), 1)
except StoreError as error:
    print(error.exit_code, "DETENT_ALLOW_NETWORK_FS=1" in error.hint)
"""


@pytest.mark.parametrize("allowed", ["", "0", "1"])
def test_a_network_file_system_is_read_and_written_only_where_that_is_allowed(
    tmp_path: Path, allowed: str
) -> None:
    """On a network file system a reader reads, and a writer is refused with exit code 74 unless it was told to go on."""
    path, table = tmp_path / "a.db", tmp_path / "mounts"
    run = grown(path, 2)
    table.write_text(
        f"1 0 0:1 / / rw - ext4 /dev/disk rw\n2 1 0:2 / {tmp_path} rw - nfs4 server:/export rw\n"
    )
    own = [] if os.geteuid() == 0 else ["-r"]
    shown = [
        "unshare",
        "-m",
        *own,
        "sh",
        "-ec",
        'mount --bind "$0" /proc/$$/mountinfo; exec "$@"',
        str(table),
    ]
    if subprocess.run([*shown, "true"], capture_output=True, check=False).returncode:
        assert filesystem(path) is None  # no mounts here: the tests above show how the table is read
        return
    command = [*shown, PYTHON, "-c", USED, str(path), run]
    env = {**os.environ, "DETENT_ALLOW_NETWORK_FS": allowed}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=env, timeout=60)
    told = ["2 []", "None nfs4"] if allowed == "1" else ["2 []", "74 nfs4", "74 True"]
    assert (done.stdout.splitlines(), done.stderr) == (told, "")
    with Store.open(path) as store:
        assert store.head(run).seq == (3 if allowed == "1" else 2)

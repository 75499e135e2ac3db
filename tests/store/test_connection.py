"""Write transactions, and what happens when the disk fails."""

import fcntl
import os
import resource
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from detent.states import Busy, DetentError, StoreError, text
from detent.store import Placed, Store, Write
from tests.store.making import PYTHON, begun, click, dumped, grow, grown, one_more, outside

ROOT = Path(__file__).parents[2]


def test_a_kill_between_begin_and_commit_leaves_nothing(tmp_path: Path) -> None:
    """Killed before any statement of a commit, a process leaves the run as it was, verified, and open to others."""
    path = tmp_path / "a.db"
    run = grown(path, 5)
    command = [PYTHON, "-m", "tests.store.dying", "commit", str(path), run]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    heads = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert heads[-1] == "6"
    assert set(heads[:-1]) == {"5"}
    assert len(heads) >= 8


def test_processes_that_race_never_see_a_lock_error(tmp_path: Path) -> None:
    """Eight processes that write at once each get their turn; a click has one winner, and the loser is told Busy."""
    path, times, racers = tmp_path / "a.db", 6, 8
    run = grown(path, 1)
    commands = [
        [PYTHON, "-m", "tests.store.racing", str(path), run, str(times), f"r{one}"] for one in range(racers)
    ]
    processes = [
        subprocess.Popen(
            one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        for one in commands
    ]
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    outputs = [one.communicate("go\n", timeout=60) for one in processes]
    assert [errors for _, errors in outputs] == [""] * racers
    assert [output.split()[0] for output, _ in outputs] == [str(times)] * racers
    with Store.open(path) as store:
        assert store.head(run).seq == 1 + times * racers
        winners = Counter(one.body for _, one in store.texts(run, kind="winner"))
        assert winners == {f"r{one}": times for one in range(racers)}
        assert {line.seq for line in store.runs() if line.name} == {times}
        assert store.verify() == []


def test_nobody_else_writes_while_a_commit_is_made(tmp_path: Path) -> None:
    """From its first statement until it is durable a commit has the file lock, and keeps programs without it out too."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        seen: list[tuple[str, bool, bool]] = []

        def look(statement: str) -> None:
            with Path(f"{path}.lock").open("rb") as lock:
                seen.append((statement, _taken(lock.fileno()), _writes(other)))

        store._connection.raw.set_trace_callback(look)
        branch.commit(one_more(branch))
        store._connection.raw.set_trace_callback(None)
        other.close()
    begin, *rest = seen
    assert begin == ("BEGIN IMMEDIATE", False, True)
    assert rest[-1][0] == "COMMIT"
    assert len(rest) > 3
    assert [one for one in rest if one[1:] != (False, False)] == []


def _taken(file: int) -> bool:
    """Whether a lock on a file can be taken; it is given back at once."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _writes(other: sqlite3.Connection) -> bool:
    """Whether a program that knows nothing of detent can begin to write."""
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    other.execute("ROLLBACK")
    return True


def test_a_full_disk_changes_nothing_and_can_be_mended(tmp_path: Path) -> None:
    """When the file cannot grow the write is refused with exit code 74, whole, and goes through once there is room."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store), 2)
        before = dumped(path)
        (pages,) = store._connection.one("PRAGMA page_count")
        store._connection.one(f"PRAGMA max_page_count = {pages}")
        big = Write((click(branch.run, 3),), (Placed(3, text("result", "x" * 500_000)),))
        with pytest.raises(StoreError, match="disk is full") as caught:
            branch.commit(big)
        assert type(caught.value) is StoreError
        with pytest.raises(StoreError, match="disk is full"):
            store.commit_many([(branch, big)])
        assert (branch.seq, dumped(path)) == (2, before)
        store._connection.one("PRAGMA max_page_count = 1073741823")
        branch.commit(big)
        assert store.verify() == []


def test_after_the_disk_failed_nothing_more_is_written(tmp_path: Path) -> None:
    """An I/O error closes the connection for good: no write, no read, and the next process finds all that was committed."""
    path = tmp_path / "a.db"
    run = grown(path, 3)
    program = f"""
import resource, signal
from detent.states import StoreError, text
from detent.store import Placed, Store, Write
from tests.store.making import click, one_more
store = Store.open({str(path)!r})
branch = store.branch({run!r})
branch.commit(one_more(branch))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
big = Write((click(branch.run, 5),), (Placed(5, text("result", "x" * 500_000)),))
told = []
def ask(what):
    try:
        what()
    except StoreError as error:
        told.append((error.exit_code, str(error).split(" while ")[0]))
ask(lambda: branch.commit(big))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ask(lambda: branch.commit(one_more(branch)))
ask(lambda: store.head(branch.run))
ask(lambda: store.label(branch.run, "x"))
store.close()
print(branch.seq, set(told), len(told))
"""
    done = subprocess.run(
        [PYTHON, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.strip() == "4 {(74, 'The disk failed')} 4"
    with Store.open(path) as store:
        assert store.head(run).seq == 4
        assert store.verify() == []
        grow(store.branch(run), 1)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_is_not_written(tmp_path: Path, replaced: bool) -> None:
    """Deleted or replaced while it is open, the file is noticed at the next commit, which is refused with exit code 74."""
    path, kept = tmp_path / "a.db", tmp_path / "kept.db"
    run = grown(path, 1)
    with Store.open(path) as store:
        branch = store.branch(run)
        path.rename(kept)
        if replaced:
            path.write_bytes(b"")
        for _ in range(2):
            with pytest.raises(StoreError, match="deleted or replaced") as caught:
                branch.commit(one_more(branch))
        assert caught.value.exit_code == 74
        with pytest.raises(StoreError, match="deleted or replaced"):
            store.head(run)
    assert path.exists() is replaced


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """A closed store refuses everything with an error of ours, and can be closed again."""
    store = Store.open(tmp_path / "a.db")
    branch = begun(store)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.runs()
    with pytest.raises(StoreError, match="closed"):
        branch.commit(one_more(branch))


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """Through a store opened for reading nothing can be written."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    with Store.open(path, mode="read") as store:
        branch = store.branch(run)
        for write in (
            lambda: branch.commit(one_more(branch)),
            lambda: store.label(run, "x"),
            lambda: begun(store),
        ):
            with pytest.raises(StoreError, match="not open for writing"):
                write()


def spoilt(store: Store, error: BaseException) -> None:
    """A transaction that ends in an error."""
    with store._connection.writing() as raw:
        raw.execute("INSERT INTO object (kind, body, digest) VALUES ('x', '', x'')")
        raise error


def test_an_error_in_a_transaction_undoes_it(tmp_path: Path) -> None:
    """Whatever goes wrong inside a transaction, nothing of it stays and the lock is free."""
    path = tmp_path / "a.db"
    grown(path, 1)
    with Store.open(path) as store, Store.open(path) as other:
        before = dumped(path)
        for error in (KeyboardInterrupt(), ValueError("x"), Busy("x")):
            with pytest.raises(type(error)):
                spoilt(store, error)
            assert dumped(path) == before
            begun(other)
            before = dumped(path)
        with pytest.raises(DetentError), store._connection.writing() as raw:
            raw.execute("INSERT INTO nowhere VALUES (1)")
        begun(other)


def test_no_reader_of_ours_lets_the_log_grow(tmp_path: Path) -> None:
    """A reader that is asked after every commit holds nothing up; only one that never ends lets the log grow, until it does."""
    path = tmp_path / "a.db"
    log = Path(f"{path}-wal")
    big = text("result", "x" * 50_000)
    with Store.open(path) as store, Store.open(path, mode="read") as reader:
        branch = begun(store)

        def written(times: int) -> int:
            for _ in range(times):
                seq = branch.seq + 1
                branch.commit(Write((click(branch.run, seq),), (Placed(seq, big),)))
                assert (reader.head(branch.run).seq, len(reader.runs())) == (seq, 1)
            return log.stat().st_size

        usual = written(120)
        assert usual < 5_000_000
        endless = outside(path)
        endless.execute("BEGIN")
        endless.execute("SELECT count(*) FROM run").fetchall()
        grown_to = written(150)
        assert grown_to > usual + 3_000_000
        endless.close()
        written(2)
        assert written(100) <= grown_to + 500_000
        assert store.verify() == []
    assert not log.exists()


def test_the_log_stays_small(tmp_path: Path) -> None:
    """However much is written, the write-ahead log is written back and used again."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        for _ in range(40):
            seq = branch.seq + 1
            branch.commit(
                Write((click(branch.run, seq),), (Placed(seq, text("result", os.urandom(100_000).hex())),))
            )
        assert Path(f"{path}-wal").stat().st_size < 5_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
    assert not Path(f"{path}-wal").exists()

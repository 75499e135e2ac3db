"""Opening a file."""

import hashlib
import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from detent.states import ConfigError, IntegrityError, NotFound, StoreError, VersionMismatch
from detent.store import Store
from detent.store.migrations import APPLICATION_ID, VERSION
from tests.store.making import PYTHON, begun, dumped, grow, grown, outside

ROOT = Path(__file__).parents[2]


def seen(folder: Path) -> dict[str, str]:
    """Every file of a folder, by digest, but for locks, and the empty log and index that SQLite makes to read one."""
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.iterdir())
        if one.is_file()
        and not one.name.endswith(("-shm", ".lock"))
        and not (one.name.endswith("-wal") and not one.stat().st_size)
    }


def test_files_are_closed_to_others(tmp_path: Path) -> None:
    """Folder, database, log, index and locks can be used by their owner alone, whatever the umask is."""
    before = os.umask(0)
    try:
        path = tmp_path / "new" / "deeper" / "a.db"
        with Store.open(path) as store:
            with store.own(begun(store).run):
                modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.rglob("*")}
            assert len(modes) == 6
            assert {mode for name, mode in modes.items() if name != "a.db.locks"} == {0o600}
            assert modes["a.db.locks"] == path.parent.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_what_is_promised_of_sqlite_is_read_back(tmp_path: Path) -> None:
    """A writing connection is durable, checks foreign keys and triggers, and trusts no schema; the first and any later."""
    told = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "busy_timeout": 30_000,
        "application_id": APPLICATION_ID,
        "user_version": VERSION,
    }
    for _ in range(2):  # the first makes the tables, with a library that changes some of this
        with Store.open(tmp_path / "a.db") as store:
            assert {name: store._connection.one(f"PRAGMA {name}")[0] for name in told} == told


def test_a_file_can_be_read_while_it_is_written_and_after(tmp_path: Path) -> None:
    """A reader sees every commit as soon as it is made, and reads a closed database without changing a byte of it."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        with Store.open(path, mode="read") as reader:
            for seq in range(1, 4):
                grow(branch, 1)
                assert reader.head(branch.run).seq == seq
    before = path.read_bytes()
    with Store.open(path, mode="read") as reader:
        assert reader.head(branch.run).seq == 3
    assert path.read_bytes() == before


def test_nothing_to_read_is_told(tmp_path: Path) -> None:
    """A database that is not there, or empty, holds no runs; reading does not make one."""
    with pytest.raises(NotFound, match="no database"):
        Store.open(tmp_path / "a.db", mode="read")
    (tmp_path / "b.db").touch()
    with pytest.raises(NotFound, match="no runs yet"):
        Store.open(tmp_path / "b.db", mode="read")
    assert seen(tmp_path) == {"b.db": hashlib.sha256(b"").hexdigest()}
    Store.open(tmp_path / "b.db").close()


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_database_of_another_program_is_refused_unchanged(tmp_path: Path, mode: str, journal: str) -> None:
    """Another program's database, with its log, is refused with exit code 78 and not changed by a byte."""
    path = tmp_path / "foreign.db"
    raw = outside(path)
    raw.execute(f"PRAGMA journal_mode = {journal}")
    raw.execute("CREATE TABLE theirs (x)")
    raw.execute("INSERT INTO theirs VALUES (1)")
    before = seen(tmp_path)
    with pytest.raises(ConfigError, match="another program") as caught:
        Store.open(path, mode=mode)  # type: ignore[arg-type]
    assert caught.value.exit_code == 78
    assert seen(tmp_path) == before
    assert raw.execute("SELECT * FROM theirs").fetchall() == [(1,)]
    raw.close()


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_newer_database_is_refused_unchanged(tmp_path: Path, mode: str) -> None:
    """A database of a newer version is refused with exit code 78 and not changed by a byte."""
    path = tmp_path / "a.db"
    grown(path, 1)
    raw = outside(path)
    raw.execute("CREATE TABLE invented_later (x)")
    raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    before = seen(tmp_path)
    with pytest.raises(VersionMismatch, match="newer") as caught:
        Store.open(path, mode=mode)  # type: ignore[arg-type]
    assert caught.value.exit_code == 78
    assert seen(tmp_path) == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON snapshot BEGIN DELETE FROM label; END",
        "CREATE VIEW evil AS SELECT 1",
        "CREATE TABLE evil (x)",
        "CREATE UNIQUE INDEX evil ON snapshot (seq)",
        "DROP TRIGGER snapshot_same",
        "DROP VIEW runs_view",
        "ALTER TABLE label ADD COLUMN evil TEXT AS ('x')",
    ],
)
@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_schema_that_is_not_ours_is_refused_unchanged(tmp_path: Path, statement: str, mode: str) -> None:
    """A trigger, view, table or index more, less or other is refused with exit code 76 before any table is asked."""
    path = tmp_path / "a.db"
    grown(path, 1)
    raw = outside(path)
    raw.execute(statement)
    raw.close()
    before = seen(tmp_path)
    with pytest.raises(IntegrityError, match="not those that detent made") as caught:
        Store.open(path, mode=mode)  # type: ignore[arg-type]
    assert caught.value.exit_code == 76
    assert seen(tmp_path) == before


UNBORN = """
import os, sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None)
raw.execute("PRAGMA cache_size = 1")
if sys.argv[2] == "grown":
    raw.execute("CREATE TABLE theirs (x)")
raw.execute("BEGIN IMMEDIATE")
raw.execute("CREATE TABLE half (x)")
raw.execute("INSERT INTO half VALUES (randomblob(100000))")
os._exit(0)
"""


@pytest.mark.parametrize("kind", ["new", "grown"])
def test_a_file_whose_maker_was_killed_is_an_empty_one(tmp_path: Path, kind: str) -> None:
    """A kill while the file is made leaves an empty one, which is used; another program's half-done change is left alone."""
    path = tmp_path / "a.db"
    subprocess.run([PYTHON, "-c", UNBORN, str(path), kind], check=True, cwd=ROOT, timeout=60)
    before = seen(tmp_path)
    assert len(before) == 2
    with pytest.raises(NotFound if kind == "new" else (StoreError, ConfigError)):
        Store.open(path, mode="read")
    assert seen(tmp_path) == before
    if kind == "grown":
        with pytest.raises((StoreError, ConfigError)):
            Store.open(path)
        assert seen(tmp_path) == before
    else:
        run = grown(path, 2)
        with Store.open(path, mode="read") as store:
            assert store.head(run).seq == 2


def test_what_sqlite_keeps_for_itself_is_no_change(tmp_path: Path) -> None:
    """Statistics that ANALYZE leaves behind do not make a database a foreign one."""
    path = tmp_path / "a.db"
    run = grown(path, 30)
    raw = outside(path)
    raw.execute("ANALYZE")
    raw.close()
    with Store.open(path) as store:
        assert store.head(run).seq == 30


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(
    "content", [b"hello, this is a note\n" * 200, b"SQLite format 3\x00" + b"\xff" * 4080]
)
def test_what_is_no_database_is_refused_unchanged(tmp_path: Path, mode: str, content: bytes) -> None:
    """A file that SQLite cannot read is refused with exit code 76 and not changed by a byte."""
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="damaged or is no SQLite database"):
        Store.open(path, mode=mode)  # type: ignore[arg-type]
    assert path.read_bytes() == content


def test_a_truncated_file_is_damage(tmp_path: Path) -> None:
    """A database that lost its second half is refused, or found damaged, with exit code 76."""
    path = tmp_path / "a.db"
    run = grown(path, 200)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def use() -> None:
        with Store.open(path) as store:
            assert store.verify() != []
            list(store.clicks(run))
            store.messages(run)

    with pytest.raises(IntegrityError):
        use()


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder that cannot be made, and a database that is a folder, are told in two sentences with exit code 74."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.db", tmp_path / "folder"):
        with pytest.raises(StoreError) as caught:
            Store.open(path)
        assert caught.value.exit_code == 74
        assert caught.value.hint
    with pytest.raises((StoreError, NotFound)):
        Store.open(tmp_path / "file" / "a.db", mode="read")


READ_ONLY = """
import os, sys
from pathlib import Path
from detent.states import DetentError, StoreError
import detent.store.upkeep, difflib
from detent.store import Store
path, run = Path(sys.argv[1]), sys.argv[2]
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
with Store.open(path, mode="read") as store:
    print(store.head(run).seq, len(store.messages(run)), store.runs()[0].seq, store.verify())
try:
    Store.open(path)
except StoreError as error:
    print(error.exit_code, str(path) in str(error))
"""


def test_a_folder_that_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    """Where nothing can be written a closed database can still be shown, and writing is refused with exit code 74."""
    folder = tmp_path / "kept"
    path = folder / "a.db"
    run = grown(path, 20)
    for one in folder.rglob("*"):
        one.chmod(0o555 if one.is_dir() else 0o444)
    folder.chmod(0o555)
    parents = [one for one in tmp_path.parents if Path(tempfile.gettempdir()) in one.parents]
    modes = {one: one.stat().st_mode for one in (tmp_path, *parents)}
    for one in modes:
        one.chmod(0o755)
    try:
        command = [PYTHON, "-c", READ_ONLY, str(path), run]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    finally:
        for one, mode in modes.items():
            one.chmod(mode)
        folder.chmod(0o755)
    assert (done.stdout.splitlines(), done.stderr) == (["20 21 20 []", "74 True"], "")


def test_two_open_a_new_database_at_once(tmp_path: Path) -> None:
    """However many processes make the same database, each gets a whole one."""
    path = tmp_path / "a.db"
    program = f"from detent.store import Store; from tests.store.making import begun; begun(Store.open({str(path)!r}))"
    processes = [
        subprocess.Popen([PYTHON, "-c", program], stderr=subprocess.PIPE, cwd=ROOT) for _ in range(5)
    ]
    assert [one.communicate(timeout=60)[1] for one in processes] == [b""] * 5
    with Store.open(path) as store:
        assert len(store.runs()) == 5
        assert store.verify() == []


def test_a_path_may_hold_anything(tmp_path: Path) -> None:
    """Characters that mean something in an address of SQLite's are only characters of a name."""
    for name in (
        "a?mode=memory.db",
        "b#c.db",
        "d%20e.db",
        "ü 🙂.db",
        "f&immutable=1.db",
        "g\udcff.db",
        "h%.db",
    ):
        path = tmp_path / name
        run = grown(path, 1)
        assert path.stat().st_size > 0
        with Store.open(path, mode="read") as store:
            assert store.head(run).seq == 1


def test_nothing_but_sqlite_opens_the_file(tmp_path: Path) -> None:
    """After it was made the database is opened by SQLite alone, for closing another descriptor would drop its locks."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    program = f"""
import sys
import tempfile
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from detent.store import Store
with Store.open({str(path)!r}) as store:
    branch = store.branch({run!r})
    with store.own({run!r}):
        store.runs(); store.verify(); store.label({run!r}, "x"); list(store.clicks({run!r}))
    store.backup({str(tmp_path / "copy.db")!r})
print([one for one in opened if one in ({str(path)!r}, {str(path) + "-wal"!r}, {str(path) + "-shm"!r})])
"""
    done = subprocess.run(
        [PYTHON, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == "[]\n"


def test_a_current_database_is_opened_without_heavy_libraries(tmp_path: Path) -> None:
    """Opening and reading a database that is up to date loads neither sqlite-utils nor cattrs."""
    path = tmp_path / "a.db"
    run = grown(path, 1)
    program = f"""
import sys
from detent.store import Store
with Store.open({str(path)!r}) as store:
    store.branch({run!r}); store.runs(); store.find("last")
heavy = ("sqlite_utils", "cattrs", "asyncio", "transitions", "click", "difflib", "ollama")
print([one for one in heavy if one in sys.modules])
"""
    done = subprocess.run(
        [PYTHON, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == "[]\n"


def test_every_error_of_opening_is_ours(tmp_path: Path) -> None:
    """A database with any one byte of its header changed is opened, or refused by an error of ours."""
    path = tmp_path / "a.db"
    grown(path, 2)
    content = path.read_bytes()
    rows = dumped(path)
    refused = 0
    for place in range(0, 112, 3):
        changed = bytearray(content)
        changed[place] ^= 0x41
        path.write_bytes(changed)
        for leftover in ("-wal", "-shm"):
            Path(f"{path}{leftover}").unlink(missing_ok=True)
        try:
            with Store.open(path, mode="read") as store:
                found = store.verify()
        except (StoreError, ConfigError, NotFound):
            refused += 1
        else:
            assert found or dumped(path) == rows
    assert refused > 10
    assert sqlite3.sqlite_version_info > (3, 37)

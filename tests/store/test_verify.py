"""Verifying."""

# ruff: noqa: S608 - tables are damaged by name here

import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from detent.states import ConfigError, IntegrityError, NotFound, StoreError
from detent.store import Store, Write
from detent.store.migrations import migrate
from tests.store.making import begun, click, dumped, grow, one_more, outside, tampered

EVIDENCE = ("object", "run", "snapshot", "message", "extra", "decision")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A database with a run, its fork, and another run."""
    path = tmp_path_factory.mktemp("verify") / "a.db"
    with Store.open(path) as store:
        run = grow(begun(store, name="n", labels=("l",)), 36).run
        fork = begun(store, parent=(run, 9)).run
        grow(begun(store), 3)
    return path, run, fork


def copied(path: Path, folder: Path) -> Path:
    """A copy of a closed database."""
    return Path(shutil.copy(path, folder / "copy.db"))


def changed(value: Any, kind: str) -> Any:
    """A value of the same type that is another one."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    if isinstance(value, int):
        return value ^ 64
    return 1 if kind == "INTEGER" else "x"


def columns() -> list[tuple[str, str, str]]:
    """Every column of evidence there is, with its type; but for the number of a click's row, which nothing refers to."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("BEGIN")
    migrate(raw)
    made = [
        (table, str(row[1]), str(row[2]))
        for table in EVIDENCE
        for row in raw.execute(f"PRAGMA table_info({table})")
        if (table, row[1]) != ("snapshot", "id")
    ]
    raw.close()
    return made


@pytest.mark.parametrize(("table", "column", "kind"), columns())
def test_every_column_counts(
    whole: tuple[Path, str, str], tmp_path: Path, table: str, column: str, kind: str
) -> None:
    """Another value in any column of any table of evidence, in the first, a middle or the last row, is found."""
    source = whole[0]
    raw = outside(source)
    rows = raw.execute(f'SELECT * FROM "{table}"').fetchall()
    names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    keys = [row[1] for row in raw.execute(f"PRAGMA table_info({table})") if row[5]]
    raw.close()
    for row in {rows[0], rows[len(rows) // 2], rows[-1]}:
        path = copied(source, tmp_path)
        where = " AND ".join(f'"{key}" = ?' for key in keys)
        values = (changed(row[names.index(column)], kind), *(row[names.index(key)] for key in keys))
        try:
            assert tampered(path, table, f'UPDATE "{table}" SET "{column}" = ? WHERE {where}', values) == 1
        except sqlite3.IntegrityError:
            continue  # another row has this key already
        with Store.open(path) as store:
            assert store.verify() != [], row


@pytest.mark.parametrize("table", EVIDENCE)
@pytest.mark.parametrize("which", ["min", "max"])
def test_every_row_counts(whole: tuple[Path, str, str], tmp_path: Path, table: str, which: str) -> None:
    """Any row of evidence that is missing is found, the first and the last of a table alike, but for a run's last click."""
    path = copied(whole[0], tmp_path)
    column = {"object": "id", "run": "key", "snapshot": "id", "message": "position"}.get(table, "seq")
    own = "" if table in ("object", "run") else " AND run = 1"
    chosen = f"SELECT {which}({column}) FROM {table} WHERE 1 {own}"
    assert tampered(path, table, f"DELETE FROM {table} WHERE {column} = ({chosen}) {own}") == 1
    with Store.open(path) as store:
        assert store.verify() != []


def test_a_row_too_many_is_found(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """A message, text or decision slipped in with an old click breaks the chain there, or is named as a stray."""
    for table, row in {
        "message": "(1, 900, 3, 1)",
        "extra": "(1, 3, 7, 1)",
        "decision": "(1, 'gate-x', 'approval', 3, 'Approved', 'me', 1)",
    }.items():
        path = copied(whole[0], tmp_path)
        raw = outside(path)
        raw.execute(f"INSERT INTO {table} VALUES {row}")
        raw.close()
        with Store.open(path) as store:
            assert [(one.run, one.seq) for one in store.verify(whole[1])] == [(whole[1], 3)]
    raw = outside(path)
    raw.execute("INSERT INTO decision VALUES (1, 'gate-y', 'approval', 99, 'Approved', 'me', 1)")
    raw.execute("INSERT INTO message VALUES (77, 1, 1, 1)")
    raw.close()
    with Store.open(path) as store:
        found = [one.what for one in store.verify()]
    assert any("click 99" in one for one in found)
    assert any("belong to no run" in one for one in found)


def test_a_whole_file_has_nothing_wrong(whole: tuple[Path, str, str]) -> None:
    """What was only written and read verifies, as a file, run by run, and through a reader."""
    path, run, fork = whole
    for mode in ("read", "write"):
        with Store.open(path, mode=mode) as store:
            assert store.verify() == store.verify(run) == store.verify(fork) == []


def test_one_damage_is_told_once_and_in_its_place(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """A damaged row is named with its run and click, and those after it are not accused."""
    path = copied(whole[0], tmp_path)
    tampered(path, "snapshot", "UPDATE snapshot SET body = '{\"history\":99}' WHERE run = 1 AND seq = 20")
    tampered(
        path,
        "object",
        "UPDATE object SET body = 'forged' WHERE id = (SELECT object FROM message WHERE position = 7)",
    )
    with Store.open(path) as store:
        found = store.verify(whole[1])
        assert [(one.run, one.seq) for one in found] == [(whole[1], 20), (whole[1], 7)]
        assert {(one.run, one.seq) for one in store.verify()} == {(whole[1], 20), (whole[1], 7)}
        assert store.verify(whole[2]) == []


def test_damaged_reasons_are_told_with_their_run(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """Reasons that were changed are found for every click that has them, though many runs share their text."""
    path = copied(whole[0], tmp_path)
    tampered(
        path,
        "object",
        "UPDATE object SET body = 'forged' WHERE id = (SELECT guards FROM snapshot WHERE run = 1 AND seq = 7)",
    )
    with Store.open(path) as store:
        told = {one.seq for one in store.verify(whole[1])}
    assert told == {seq for seq in range(37) if (seq % 5, seq % 2) == (7 % 5, 7 % 2)}


def test_a_damaged_end_is_not_written_on(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """A branch opens only where the rows since the nearest full one are as they were written."""
    for seq, opens in ((36, False), (32, False), (31, True)):
        path = copied(whole[0], tmp_path)
        tampered(path, "snapshot", "UPDATE snapshot SET took = 9 WHERE run = 1 AND seq = ?", (seq,))
        with Store.open(path) as store:
            if opens:
                store.branch(whole[1])
                continue
            with pytest.raises(IntegrityError, match=f"@{seq}|@{seq + 1}"):
                store.branch(whole[1])


def test_a_file_set_back_is_found_by_whoever_remembers(tmp_path: Path) -> None:
    """A copy of an older state verifies by itself, but not against a chain that was seen later."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = grow(begun(store), 3)
    older = copied(path, tmp_path)
    with Store.open(path) as store:
        grow(store.branch(branch.run), 1)
        seen = store.head(branch.run).chain
        assert store.verify(branch.run, expect=seen) == []
    with Store.open(older) as store:
        assert store.verify(branch.run) == []
        (found,) = store.verify(branch.run, expect=seen)
        assert "set back" in found.what


def logical(path: Path) -> Any:
    """All that can be read of a database by our own reading, or the error it meets."""
    try:
        with Store.open(path, mode="read") as store:
            if store.verify():
                return "found"
            return [
                (
                    store.record(one.id),
                    list(store.clicks(one.id)),
                    store.messages(one.id),
                    store.texts(one.id),
                    store.decisions(one.id),
                )
                for one in store.runs()
            ]
    except (StoreError, ConfigError, NotFound):
        return "found"


def test_no_flipped_bit_is_silently_wrong(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """Of many single bits flipped anywhere in the file each is found, or changes nothing that can be read."""
    expected = logical(whole[0])
    content = whole[0].read_bytes()
    chance = random.Random(7)
    used = [place for place, byte in enumerate(content) if byte]
    found = 0
    for _ in range(150):
        flipped = bytearray(content)
        flipped[chance.choice(used)] ^= 1 << chance.randrange(8)
        path = tmp_path / "flipped.db"
        path.write_bytes(flipped)
        seen = logical(path)
        assert seen in (expected, "found")
        found += seen == "found"
        for leftover in ("-wal", "-shm"):
            Path(f"{path}{leftover}").unlink(missing_ok=True)
    assert found > 100


def test_texts_beyond_a_page_are_verified(tmp_path: Path) -> None:
    """Every text of a run is hashed, however many there are."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        write = one_more(branch)
        (extra,) = write.extras
        many = tuple((1, evolve(extra[1])) for _ in range(600))
        branch.commit(Write((click(branch.run, 1),), (), many))
        assert store.verify() == store.verify(branch.run) == []
    tampered(path, "object", "UPDATE object SET body = 'x' WHERE id = (SELECT max(object) FROM extra)")
    with Store.open(path) as store:
        assert len(store.verify()) == len(store.verify(branch.run)) == 1
    assert dumped(path)["extra"]


@pytest.mark.parametrize("entry", [b"sqlite_sequencesqlite_sequence", b"sqlite_autoindex_rule_1rule"])
def test_every_bit_of_an_entry_of_sqlites_own_is_found(
    whole: tuple[Path, str, str], tmp_path: Path, entry: bytes
) -> None:
    """SQLite makes some entries of the schema by itself, and those are held against what it makes."""
    path = copied(whole[0], tmp_path)
    content = path.read_bytes()
    (start,) = [at for at in range(len(content)) if content.startswith(entry, at)]
    for at in range(start, start + len(entry)):
        for bit in range(8):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            try:
                with Store.open(path, mode="read") as store:
                    found = store.verify()
            except (ConfigError, IntegrityError, StoreError):
                continue
            assert found, (at - start, bit)


def test_statistics_of_sqlite_are_no_damage(whole: tuple[Path, str, str], tmp_path: Path) -> None:
    """Whoever has it count its rows changes nothing of what was recorded."""
    path = copied(whole[0], tmp_path)
    raw = sqlite3.connect(path)
    raw.execute("ANALYZE")
    raw.close()
    with Store.open(path, mode="read") as store:
        assert store.verify() == []

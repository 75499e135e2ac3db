"""Damage: bits flipped, pages swapped or emptied, files cut short; each is found, or proven to change nothing.

Found is what an error of opening says, or `verify`.  Whatever neither sees must be harmless, and that is shown by use:
every row of every table is byte for byte what it was, SQLite finds its trees whole, and a run goes on, another is
removed, and all that was there before is still there.

A bit of the log that is lost takes the commits after it along, and SQLite says nothing: the file is as it was earlier.
That is found only by whoever remembers a chain (`verify --expect`), and counted apart.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.states import DetentError, text
from detent.store import Placed, Store, Write
from tests.crash.harness import Figures, Profile
from tests.store.making import NOW, begun, click, grow

__all__ = ["NAME", "PROMISE", "run"]

NAME = "damage"
PROMISE = (
    "Every flipped bit, swapped page and lost end of the file is found, or changes nothing that can be read."
)

PAGE = 4096
HEADER = 100  # bytes of the first page
RUNS = ("a" * 26, "b" * 26, "c" * 26, "d" * 26)
MOST = 20  # violations that are told

Rows = dict[str, list[tuple[Any, ...]]]


@define
class _Whole:
    """A database that is whole, and what it holds."""

    content: bytes
    log: bytes
    rows: Rows
    chain: str
    free: frozenset[int]
    place: Path
    counted: Counter[str] = field(factory=Counter)
    violations: list[str] = field(factory=list)

    def tried(self, content: bytes, kind: str, where: str, log: bytes = b"") -> None:
        """Look at a damaged copy, and count what comes of it."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        path = self.place / "a.db"
        path.write_bytes(content)
        if log:
            Path(f"{path}-wal").write_bytes(log)
        self.counted[kind] += 1
        what = _found(path)
        if what:
            self.counted[f"found_{what}"] += 1
            return
        if log:
            self._set_back(path, where)
            return
        silent = _different(self.rows, _rows(path)) or _goes_on(path, self.rows)
        if silent:
            self.violations.append(f"{kind} {where}: {silent}")
        else:
            self.counted["harmless"] += 1

    def _set_back(self, path: Path, where: str) -> None:
        """A log that lost its end: the state is an earlier one, which `--expect` finds."""
        with Store.open(path, mode="read") as store:
            if store.verify(RUNS[0], expect=self.chain):
                self.counted["found_set_back"] += 1
            elif _different(self.rows, _rows(path)):
                self.violations.append(f"the log {where}: other rows, and nothing found")
            else:
                self.counted["harmless"] += 1


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Damage a database, again and again."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    shared = Path("/dev/shm")  # noqa: S108 - syncs cost nothing there
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else folder) as place:
        whole = _made(Path(place))
        pages = len(whole.content) // PAGE
        used = [at for at, byte in enumerate(whole.content) if byte]
        kinds: dict[str, tuple[int, Callable[[], None]]] = {
            "flips": (profile.of(150, 1000, 100_000), lambda: _flip(whole, chance, used)),
            "cut_short": (profile.of(20, 100, 1000), lambda: _cut(whole, chance)),
            "swapped_pages": (profile.of(20, 100, 1000), lambda: _swap(whole, chance, pages)),
            "emptied_pages": (profile.of(10, 100, 1000), lambda: _empty(whole, chance, pages)),
            "log_flips": (profile.of(20, 100, 1000), lambda: _flip_log(whole, chance)),
        }
        for kind, (times, damage) in kinds.items():
            for _ in range(times):
                damage()
            profile.say(f"damage: {times} {kind}, {len(whole.violations)} silent")
    done = {"bytes": len(whole.content), **whole.counted, "silent": len(whole.violations)}
    return Figures(name=NAME, done=done, violations=tuple(whole.violations[:MOST]), seed=seed)


def _flip(whole: _Whole, chance: random.Random, used: list[int]) -> None:
    """One bit, anywhere in the file; every second time where there is something."""
    at = chance.choice(used) if chance.random() < 0.5 else chance.randrange(len(whole.content))
    changed = bytearray(whole.content)
    changed[at] ^= 1 << chance.randrange(8)
    page = at // PAGE + 1
    where = "header" if at < HEADER else "a free page" if page in whole.free else f"page {page}"
    before = whole.counted["harmless"]
    whole.tried(bytes(changed), "flips", f"at byte {at} ({where})")
    if whole.counted["harmless"] > before:
        whole.counted[
            f"harmless_{'header' if at < HEADER else 'free' if page in whole.free else 'slack'}"
        ] += 1


def _cut(whole: _Whole, chance: random.Random) -> None:
    length = chance.choice((chance.randrange(len(whole.content)), chance.randrange(1, 8) * PAGE, HEADER, 0))
    whole.tried(whole.content[:length], "cut_short", f"after {length} bytes")


def _swap(whole: _Whole, chance: random.Random, pages: int) -> None:
    one, other = chance.sample(range(pages), 2)
    changed = bytearray(whole.content)
    first, second = slice(one * PAGE, (one + 1) * PAGE), slice(other * PAGE, (other + 1) * PAGE)
    changed[first], changed[second] = whole.content[second], whole.content[first]
    whole.tried(bytes(changed), "swapped_pages", f"{one + 1} and {other + 1}")


def _empty(whole: _Whole, chance: random.Random, pages: int) -> None:
    one = chance.randrange(pages)
    changed = bytearray(whole.content)
    changed[one * PAGE : (one + 1) * PAGE] = bytes(PAGE)
    whole.tried(bytes(changed), "emptied_pages", f"{one + 1}")


def _flip_log(whole: _Whole, chance: random.Random) -> None:
    at = chance.randrange(len(whole.log))
    changed = bytearray(whole.log)
    changed[at] ^= 1 << chance.randrange(8)
    whole.tried(whole.content, "log_flips", f"at byte {at}", bytes(changed))


def _made(folder: Path) -> _Whole:
    """A database with something in every table, free pages, and long texts; and its log with the last commits."""
    path = folder / "whole.db"
    with Store.open(path) as store:
        branch = grow(begun(store, RUNS[0], name="first", labels=("kept",)), 40)
        grow(begun(store, RUNS[1], parent=(RUNS[0], 9), name="fork"), 5)
        long = Write((click(branch.run, 41),), (Placed(41, text("result", "long " * 3000)),))
        branch.commit(long)
        grow(begun(store, RUNS[2]), 30)
        store.add_rule(RUNS[0], "write_file(path=notes/*)", NOW)
        store.inbox_put(RUNS[0], "note", {"text": "a note"}, NOW)
        store.inbox_answer(store.inbox_put(RUNS[1], "note", {"text": "another"}, NOW), "too late")
        store.driver_started(RUNS[0], 17, "123", "boot", 41)
        grow(begun(store, RUNS[3]), 30)
        store.prune(RUNS[3])
    content, rows = path.read_bytes(), _rows(path)
    with Store.open(path) as store:
        branch = grow(store.branch(RUNS[0]), 6)
        log = Path(f"{path}-wal").read_bytes()
        chain = store.head(RUNS[0]).chain
    made = _Whole(content, log, rows, chain, _free(content), folder / "damaged")
    untouched = Path(shutil.copy(path, folder / "again.db"))
    untouched.write_bytes(content)
    if not made.free or _found(untouched) or _goes_on(untouched, rows):
        raise AssertionError("The database that is to be damaged is not whole.")
    return made


def _found(path: Path) -> str:
    """How damage is found: by `open` with its exit code, or by `verify`; empty if not at all."""
    try:
        with Store.open(path, mode="read") as store:
            return "verify" if store.verify() else ""
    except DetentError as error:
        return f"open_{error.exit_code}"


def _rows(path: Path) -> Rows:
    """Every row of every table, SQLite's own too, byte for byte."""
    raw = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    raw.text_factory = bytes
    try:
        names = [
            name.decode() for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        told = {name: raw.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608 - ours
        return {
            **told,
            "schema": raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall(),
        }
    finally:
        raw.close()


def _different(was: Rows, now: Rows) -> str:
    """The first table that is another one.

    The counters from which SQLite takes the next number may have gone up: then some numbers are never used.
    """
    for table in {*was, *now}:
        if was.get(table) == now.get(table):
            continue
        if table == "sqlite_sequence":
            before: dict[bytes, int] = dict(was[table])
            after: dict[bytes, int] = dict(now.get(table, ()))
            if before.keys() == after.keys() and all(after[name] >= before[name] for name in before):
                continue
        return f"the table {table} is another one, and nothing is found"
    return ""


def _goes_on(path: Path, was: Rows) -> str:
    """What goes wrong when the database is used; empty if nothing does, and all is there."""
    try:
        with Store.open(path) as store:
            grow(store.branch(RUNS[0]), 20)
            grow(begun(store), 20)
            store.prune(RUNS[2])
            found = store.verify()
    except DetentError as error:
        return f"it cannot be used: {error}"
    if found:
        return f"it is damaged by use: {found[0].what}"
    now = _rows(path)
    kept = {row for row in was["snapshot"] if row[1] != 3}
    return "" if kept <= set(now["snapshot"]) else "rows are gone after use"


def _free(content: bytes) -> frozenset[int]:
    """The free pages, from the list in the file."""
    found: set[int] = set()
    trunk = int.from_bytes(content[32:36], "big")
    while trunk:
        found.add(trunk)
        at = (trunk - 1) * PAGE
        count = int.from_bytes(content[at + 4 : at + 8], "big")
        found |= {
            int.from_bytes(content[at + 8 + 4 * one : at + 12 + 4 * one], "big") for one in range(count)
        }
        trunk = int.from_bytes(content[at : at + 4], "big")
    return frozenset(found)

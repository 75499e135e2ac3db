"""Power loss: images of the disk at random moments of a recorded run of the store, each opened again and held to account.

The store is the product's own; what it wrote and synced was seen by strace.  An image is everything that was synced, and
at random what was not.  Whatever was acknowledged before the cut must be there, and the file must verify.

Rules.  A harness that never fails proves nothing: the same is recorded with `synchronous` at NORMAL, which must lose
what was acknowledged, and at OFF, which must lose or damage; that they do not is a violation as well.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.states import DetentError, NotFound
from detent.store import Store
from tests.crash.checkpoints import raced
from tests.crash.disk import Disk, Op, missing, recorded
from tests.crash.harness import Figures, Profile
from tests.store.making import PYTHON, dumped, form_1

__all__ = ["NAME", "PROMISE", "run"]

NAME = "power"
PROMISE = (
    "After a power loss at any moment the database opens, verifies, and holds all that was acknowledged."
)

STEPS = 60  # of a recording
IMAGES = 100  # of one recording
MOST = 20  # violations that are told
SOAK = 2  # scale of the profile in which checkpoints are raced, too
RACERS, RACES = 8, 1500  # processes, and clicks of each
WEAK = 0.1  # share of images that are made of weakened recordings, each
EVIDENCE = ("object", "run", "snapshot", "message", "extra", "decision")


@define
class _Held:
    """What was acknowledged so far."""

    ends: dict[str, list[tuple[int, str]]] = field(factory=dict)
    notes: list[dict[str, Any]] = field(factory=list)
    gone: set[str] = field(factory=set)
    copies: list[str] = field(factory=list)
    form: int = 0

    def add(self, fact: dict[str, Any]) -> None:
        """One acknowledgement more."""
        if "seq" in fact:
            self.ends.setdefault(fact["run"], []).append((fact["seq"], fact["chain"]))
        elif "pruning" in fact:  # from now on it may be there or not
            self.ends.pop(fact["pruning"], None)
        elif "pruned" in fact:
            self.gone.add(fact["pruned"])
        elif "backup" in fact:
            self.copies.append(fact["backup"])
        elif "form" in fact:
            self.form = fact["form"]
        elif "run" in fact:
            self.notes.append(fact)


@define
class _Recording:
    """A run of the store, as strace saw it."""

    kind: str
    synchronous: str
    seed: int
    before: dict[str, bytes]
    ops: list[Op]


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Cut the power, again and again."""
    lacking = missing()
    if lacking:
        return Figures(name=NAME, missing=lacking, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    images = profile.of(600, 10_000, 100_000)
    counted: Counter[str] = Counter()
    violations: list[str] = []
    shared = Path("/dev/shm")  # noqa: S108 - syncs of images cost nothing there
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else folder) as place:
        for number in range(max(2, images // IMAGES)):
            kind = "migrate" if number % 5 == 1 else "clicks"
            made = _record(folder, kind, "FULL", chance.randrange(1_000_000))
            _count(made, counted)
            for broken in _images(made, Path(place), IMAGES, counted):
                counted["broken"] += 1
                violations.append(f"{made.kind} {made.seed}: {broken}")
            profile.say(f"power: {counted['images']} images, {len(violations)} broken promises")
        for synchronous in ("NORMAL", "OFF"):
            weak: Counter[str] = Counter()
            while weak["images"] < images * WEAK:
                made = _record(folder, "clicks", synchronous, chance.randrange(1_000_000))
                weak["broken"] += sum(1 for _ in _images(made, Path(place), IMAGES // 2, weak))
            counted[f"images_{synchronous}"] = weak["images"]
            counted[f"caught_{synchronous}"] = weak["broken"]
            if not weak["broken"]:
                violations.append(
                    f"With synchronous = {synchronous} nothing was lost: the harness sees nothing."
                )
        if profile.scale == SOAK:
            counted["raced_checkpoints"] = RACERS * RACES
            violations += [f"checkpoints raced: {what}" for what in raced(folder, RACERS, RACES)]
    return Figures(name=NAME, done=dict(counted), violations=tuple(violations[:MOST]), seed=seed)


def _record(folder: Path, kind: str, synchronous: str, seed: int) -> _Recording:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        used = Path(place).resolve() / "base"
        used.mkdir()
        if kind == "migrate":
            form_1(used / "a.db")
        words = ["tests.crash.recorded", kind, str(used), str(seed), str(STEPS), synchronous]
        before, ops = recorded([PYTHON, "-m", *words], used, Path(place) / "log", "acks")
    return _Recording(kind, synchronous, seed, before, ops)


def _count(made: _Recording, counted: Counter[str]) -> None:
    counted["recordings"] += 1
    counted["writes"] += sum(op.kind == "write" for op in made.ops)
    counted["syncs"] += sum(op.kind in ("sync", "names") for op in made.ops)
    counted["acknowledged"] += sum(op.kind == "said" for op in made.ops)


def _images(made: _Recording, place: Path, count: int, counted: Counter[str]) -> Iterator[str]:
    """The promises that images of a recording break, an image once."""
    chance = random.Random(made.seed)
    cuts = sorted(chance.randint(0, len(made.ops)) for _ in range(count))
    if made.kind == "migrate":  # half of them before the database was brought up to date
        begun = next(at for at, op in enumerate(made.ops) if op.kind == "said")
        cuts = sorted([*cuts[: count // 2], *(chance.randint(0, begun) for _ in range(count - count // 2))])
    disk, held, done = Disk.of(made.before), _Held(), 0
    for cut in cuts:
        for op in made.ops[done:cut]:
            disk.do(op)
            if op.kind == "said":
                held.add(json.loads(op.data))
        done = cut
        folder = place / "image"
        folder.mkdir()
        disk.image(folder, chance)
        counted["images"] += 1
        at = made.ops[cut - 1] if cut else None
        counted["in_checkpoints"] += at is not None and at.kind == "write" and at.name == "a.db"
        counted["in_migrations"] += made.kind == "migrate" and not held.form
        broken = _broken(folder, made, held)
        shutil.rmtree(folder)
        if broken:
            yield f"cut {cut} of {len(made.ops)}: {broken}"


def _broken(folder: Path, made: _Recording, held: _Held) -> str:
    """The promise that an image breaks; empty if none."""
    path = folder / "a.db"
    try:
        for copy in folder.glob("*.backup"):
            _check_copy(copy, made.before["a.db"])
        for name in held.copies:
            with Store.open(folder / name, mode="read") as store:
                if store.verify():
                    return f"the backup {name} does not verify"
        with Store.open(path) as store:
            found = store.verify()
            if found:
                return f"it does not verify: {found[0].what}"
            return _lost(store, held) or _unlike(path, made)
    except (DetentError, sqlite3.Error, AssertionError) as error:
        return f"{type(error).__name__}: {error}"


def _check_copy(copy: Path, was: bytes) -> None:
    """A copy that was kept before the form changed is there whole, under its name."""
    raw = sqlite3.connect(copy)
    try:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)], f"{copy.name} is damaged"
        assert raw.execute("PRAGMA user_version").fetchone() == (1,), f"{copy.name} is of another form"
        assert raw.execute("SELECT count(*) FROM snapshot").fetchone()[0] > len(was) // 100_000
    finally:
        raw.close()


def _lost(store: Store, held: _Held) -> str:
    """What was acknowledged and is not there."""
    for run, clicks in held.ends.items():
        try:
            chains = {row.seq: row.chain for row in store.clicks(run)}
        except NotFound:
            return f"run {run} is gone"
        for seq, chain in clicks:
            if chains.get(seq) != chain:
                return f"click {seq} of run {run} is not what was acknowledged"
    for note in held.notes:
        run = note["run"]
        if run in held.gone or run not in held.ends:
            continue
        kind = next(name for name in ("rule", "label", "entry") if name in note)
        if note[kind] not in _noted(store, run, kind):
            return f"the {kind} {note[kind]} of run {run} is gone"
    known = {one.id for one in store.runs(limit=100_000)}
    back = held.gone & known
    return f"run {back.pop()} was pruned and is back" if back else ""


def _noted(store: Store, run: str, kind: str) -> Sequence[Any]:
    """The notes of a kind that a run has."""
    if kind == "rule":
        return store.rules(run)
    return store.record(run).labels if kind == "label" else [one.id for one in store.inbox_take(run)]


def _unlike(path: Path, made: _Recording) -> str:
    """Evidence of a database of form 1 that is not as it was."""
    if made.kind != "migrate":
        return ""
    with tempfile.TemporaryDirectory() as folder:
        was = dumped(form_1(Path(folder) / "a.db"))
    now = dumped(path)
    for table in EVIDENCE:
        if not set(map(repr, was[table])) <= set(map(repr, now[table])):
            return f"rows of {table} are not what they were"
    return ""

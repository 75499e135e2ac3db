"""What is recorded for the power-loss harness: `python -m tests.crash.recorded KIND FOLDER SEED COUNT SYNCHRONOUS`.

KIND is `clicks` (a new database: runs, forks, notes, many at once, prune, backup, closing and opening again) or `migrate`
(a database of form 1 is brought up to date and gone on with).  After everything that returned a line is written to
FOLDER/acks: what is durable from here on.  SYNCHRONOUS is FULL for the product as it is; NORMAL and OFF weaken it, to see
that the harness notices.  The log is written back every few pages, so that many checkpoints are in the record.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from attrs import define, evolve

from detent.states import text
from detent.store import Branch, Placed, Store
from tests.store.making import NOW, begun, one_more

__all__: list[str] = []

PAGES = 25  # of the log, between two checkpoints
BIG = 40_000  # characters of a text that fills pages of its own


@define
class Load:
    """A database that is written to, with a line for all that is durable."""

    folder: Path
    chance: random.Random
    synchronous: str
    acks: int
    store: Store | None = None

    def open(self) -> Store:
        """The store, opened again now and then."""
        if self.store is not None and self.chance.random() < 0.06:
            self.store.close()
            self.store = None
        if self.store is None:
            self.store = Store.open(self.folder / "a.db")
            raw = self.store._connection.raw
            raw.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
            if self.synchronous != "FULL":
                raw.execute(f"PRAGMA synchronous = {self.synchronous}")
        return self.store

    def ack(self, **fact: Any) -> None:
        """Say that something is durable."""
        os.write(self.acks, (json.dumps(fact) + "\n").encode())

    def ack_end(self, branch: Branch) -> None:
        """Say that a run's last click is durable."""
        self.ack(run=branch.run, seq=branch.seq, chain="sha256:" + branch.end.chain.hex())

    def write(self, branch: Branch) -> Any:
        """The next write of a run; every seventh has a text of many pages."""
        made = one_more(branch)
        if self.chance.random() < 0.15:
            body = "".join(self.chance.choice("abcdefgh") for _ in range(2000)) * (BIG // 2000)
            made = evolve(made, messages=(Placed(branch.seq + 1, text("result", body)),))
        return made


def main() -> None:
    """Write, and say what is durable."""
    kind, folder, seed, count, synchronous = sys.argv[1:]
    acks = os.open(Path(folder) / "acks", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    load = Load(Path(folder), random.Random(int(seed)), synchronous, acks)
    if kind == "migrate":
        load.open()
        load.ack(form=2)
    runs: list[str] = []
    for step in range(int(count)):
        _step(load, runs, step)
    if load.store is not None:
        load.store.close()
    load.ack(closed=True)


def _step(load: Load, runs: list[str], step: int) -> None:
    store, one = load.open(), load.chance.random()
    if not runs or one < 0.08:
        _begin(load, store, runs)
    elif one < 0.16:
        _note(load, store, load.chance.choice(runs), step)
    elif one < 0.19 and len(runs) > 3:
        _prune(load, store, runs)
    elif one < 0.21:
        store.backup(load.folder / f"copy-{step}.db")
        load.ack(backup=f"copy-{step}.db")
    elif one < 0.3:
        branches = [store.branch(run) for run in load.chance.sample(runs, min(3, len(runs)))]
        store.commit_many([(branch, load.write(branch)) for branch in branches])
        for branch in branches:
            load.ack_end(branch)
    else:
        branch = store.branch(load.chance.choice(runs))
        for _ in range(load.chance.randrange(1, 4)):
            branch.commit(load.write(branch))
            load.ack_end(branch)


def _begin(load: Load, store: Store, runs: list[str]) -> None:
    run = "".join(load.chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))
    parent = (load.chance.choice(runs), 0) if runs and load.chance.random() < 0.2 else None
    branch = begun(store, run, parent=parent, name=f"run {len(runs)}", labels=("new",))
    load.ack_end(branch)
    runs.append(run)


def _note(load: Load, store: Store, run: str, step: int) -> None:
    kind = load.chance.randrange(3)
    if kind == 0:
        store.add_rule(run, f"write_file(path={step}/*)", NOW)
        load.ack(run=run, rule=f"write_file(path={step}/*)")
    elif kind == 1:
        entry = store.inbox_put(run, "note", {"text": f"note {step}"}, NOW)
        load.ack(run=run, entry=entry)
    else:
        store.label(run, f"label {step}")
        load.ack(run=run, label=f"label {step}")


def _prune(load: Load, store: Store, runs: list[str]) -> None:
    forked = {record.parent[0] for record in map(store.record, runs) if record.parent}
    free = [run for run in runs if run not in forked]
    run = load.chance.choice(free)
    load.ack(pruning=run)
    store.prune(run)
    runs.remove(run)
    load.ack(pruned=run)


if __name__ == "__main__":
    main()

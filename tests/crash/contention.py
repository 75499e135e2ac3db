"""Many processes on one database: no lock error ever, every chain whole, readers never held up.

Writers commit one transition after the other through the journal, on runs of their own and on one that all share;
readers look meanwhile; one process drives many runs at once; and one is frozen in the middle of a transaction.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.states import Busy
from detent.store import Store
from detent.store.locks import WriteLock
from tests.fsm.drivers.making import READ, begun

from .contending import WIDE
from .crew import Crew, Report
from .harness import Figures, Profile

__all__ = ["NAME", "PROMISE", "run"]

NAME = "contention"
PROMISE = "Any number of processes write to one database, and nobody is ever told that it is locked."

SHORT = 0.3  # seconds of patience, where nobody waits for thirty


@define
class Contention:
    """The processes of one harness, and what they found.

    Args:
        crew: them
        folder: where everything lies
        seed: of the harness
    """

    crew: Crew
    folder: Path
    seed: int
    shared: str = ""
    done: Counter[str] = field(factory=Counter)
    waits: list[float] = field(factory=list)
    broken: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        with Store.open(self.database) as store:
            self.shared = begun(store, READ, limits=WIDE).run

    @property
    def database(self) -> Path:
        """The database they contend for."""
        return self.folder / "runs.db"

    def violated(self, what: str) -> None:
        """A promise was broken."""
        self.broken.append(f"{what} (seed {self.seed})")

    def _given(self, **more: Any) -> dict[str, Any]:
        return {"database": str(self.database), "folder": str(self.folder), "shared": self.shared, **more}

    def _gave(self, what: str, report: Report) -> dict[str, Any]:
        """What a process gave, with what went wrong there."""
        made = (
            report.gave if isinstance(report.gave, dict) else {"errors": [f"{report.raised}: {report.said}"]}
        )
        for error in made["errors"]:
            self.done["lock errors"] += "lock" in error.lower() or error.startswith(
                ("Busy", "OperationalError")
            )
            self.violated(f"{what}: {error}")
        return made

    # Writers and readers ----------------------------------------------------------------------------------------

    def write(self, writers: int, transitions: int, readers: int) -> None:
        """So many processes write, while others read."""
        stop = self.folder / "stop"
        stop.unlink(missing_ok=True)
        with Store.open(self.database, mode="read") as store:
            before = store.head(self.shared).seq
        for who in range(writers):
            self.crew.start(who, "tests.crash.contending:write", **self._given(transitions=transitions))
        looking = range(writers, writers + readers)
        for who in looking:
            self.crew.start(who, "tests.crash.contending:read", **self._given(until=str(stop)))
        self.crew.go()
        ended = [self._gave(f"Writer {who}", self.crew.result(who, 600)) for who in range(writers)]
        stop.touch()
        for who in looking:
            self.done["reads meanwhile"] += self._gave(f"Reader {who}", self.crew.result(who))["reads"]
        with Store.open(self.database) as store:
            self._whole(store, [one["run"] for one in ended if "run" in one], transitions)
            won = sum(one.get("won", 0) for one in ended)
            if store.head(self.shared).seq - before != won:
                self.violated(
                    f"{won} transitions of the shared run counts, it has {store.head(self.shared).seq - before}."
                )
        for one in ended:
            self.waits += one.get("waits", [])
            self.done["commits"] += one.get("commits", 0)
            self.done["compare-and-swaps lost"] += one.get("lost", 0)

    def _whole(self, store: Store, runs: list[str], transitions: int) -> None:
        """Everything is there that was said to be, and the file proves itself."""
        for name in runs:
            if store.head(name).seq != transitions:
                self.violated(f"Run {name} has {store.head(name).seq} clicks of {transitions}.")
        self._proven(store)
        self.done["writers"] += len(runs)

    def _proven(self, store: Store) -> None:
        for finding in store.verify():
            self.violated(f"The database is damaged: {finding}")

    # One process, many runs -------------------------------------------------------------------------------------

    def many(self, runs: int, writers: int, transitions: int) -> None:
        """One process drives so many runs at once, while others write."""
        (self.folder / "many.json").write_text(_script(turns=4))
        self.crew.start(0, "tests.crash.contending:many", **self._given(runs=runs))
        for who in range(1, writers + 1):
            self.crew.start(who, "tests.crash.contending:write", **self._given(transitions=transitions))
        self.crew.go()
        made = self._gave("The driver of many", self.crew.result(0, 600))
        for who in range(1, writers + 1):
            one = self._gave(f"Writer {who}", self.crew.result(who, 600))
            self.done["commits"] += one.get("commits", 0)
        if made.get("done") != runs:
            self.violated(f"Of {runs} runs that one process drove {made.get('done')} came to their end.")
        self.done["runs driven at once"] += runs
        self.done["their clicks"] += made.get("clicks", 0)
        with Store.open(self.database) as store:
            self._proven(store)

    # Frozen -----------------------------------------------------------------------------------------------------

    def frozen(self, *, patient: bool) -> None:
        """A process stops in the middle of a transaction: readers go on, writers are told who it is, until it is gone."""
        self.crew.start(0, "tests.crash.contending:hold", **self._given())
        self.crew.go()
        if self.crew.done(0):
            self.violated(f"Nobody holds the lock: {self.crew.result(0)}")
        pid = self.crew.pid(0)
        os.kill(pid, signal.SIGSTOP)
        try:
            self._read_meanwhile()
            self._told_who(pid)
            self.crew.start(
                2, "tests.crash.racing:verb", **self._given(words=["tell", self.shared, "Go on."])
            )
            self.crew.go()
            if patient:
                self._impatient(pid)
                self.crew.start(
                    2, "tests.crash.racing:verb", **self._given(words=["tell", self.shared, "Go on."])
                )
                self.crew.go()
            time.sleep(0.2)  # the writer queues meanwhile
        finally:
            self.crew.kill(0)
        code, _, err = self.crew.result(2).gave
        if code:
            self.violated(f"When the frozen process was gone a writer still left with {code}: {err}")
        with Store.open(self.database) as store:
            if store._connection.all("SELECT 1 FROM object WHERE kind = 'half'"):
                self.violated("Half a transaction of a killed process is there.")
            self._proven(store)
        self.done["frozen in a transaction"] += 1

    def _read_meanwhile(self) -> None:
        for words in (["runs"], ["log", self.shared], ["show", self.shared]):
            self.crew.start(1, "tests.crash.racing:verb", **self._given(words=words))
            self.crew.go()
            report = self.crew.result(1)
            if not report.gave or report.gave[0]:
                self.violated(f"detent {words[0]} beside a frozen writer: {report}")
            self.done["reads beside a frozen writer"] += 1

    def _told_who(self, pid: int) -> None:
        lock = WriteLock(Path(f"{self.database}.lock"), SHORT)
        try:
            lock.acquire()
        except Busy as busy:
            if str(pid) not in busy.message:
                self.violated(f"{busy.message} does not name process {pid}.")
        else:
            self.violated("The lock of a frozen writer could be taken.")
            lock.release()
        lock.close()

    def _impatient(self, pid: int) -> None:
        """The verb that waits leaves with 75 after its thirty seconds, and names whom it waited for."""
        report = self.crew.result(2)
        code, _, err = report.gave or (70, "", str(report))
        if code != 75 or str(pid) not in err:
            self.violated(f"Beside a frozen writer detent tell left with {code}: {err}")
        self.done["writers that lost patience"] += 1


def _script(turns: int) -> str:
    """What a model says that looks twice in every turn, then is done."""
    looks = [
        [{"name": "glance", "arguments": {"number": 2 * turn + one}} for one in range(2)]
        for turn in range(turns)
    ]
    return json.dumps([*looks, "It is done."])


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Contend."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    writers, readers = profile.of(6, 16, 64), profile.of(2, 3, 3)
    with Crew(writers + readers, folder) as crew:
        made = Contention(crew, folder, seed)
        if profile.name == "soak":
            made.write(32, 200, readers)
        made.write(writers, profile.of(40, 200, 200), readers)
        profile.say(f"contention: {dict(made.done)}")
        made.many(
            profile.of(8, 32, 32), profile.of(2, 4, 4), profile.of(20, 100, 1000) + chance.randint(0, 3)
        )
        for turn in range(profile.of(1, 3, 10)):
            made.frozen(patient=turn == 0 and profile.name != "ci")
    waits = sorted(made.waits)
    figures: dict[str, int | float] = {"lock errors": 0, **made.done}
    for name, part in (
        ("p50 ms of a commit", 0.5),
        ("p99 ms of a commit", 0.99),
        ("longest ms of a commit", 1.0),
    ):
        figures[name] = waits[min(len(waits) - 1, int(part * len(waits)))] if waits else 0.0
    return Figures(
        name=NAME,
        done=figures,
        violations=tuple(made.broken),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
    )

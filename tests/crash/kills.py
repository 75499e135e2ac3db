"""`kill -9` of the real command line at random moments of its whole life, from the start of the interpreter to its end.

Most of a short life is the loading of Python, so some of the moments are counted from the first thing a command says.
Two runs go on side by side in one database.  Every command may be killed: those that drive, and those with which the
person answers.  How long commands live is measured first, so that the moments are spread over all of it.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from attrs import define, field

from detent.store import Store
from tests.crash.harness import Figures, Profile
from tests.crash.ledger import Stage, Turn
from tests.crash.person import PATIENCE, Ended, Person, obeyed
from tests.crash.together import together

__all__ = ["NAME", "PROMISE", "run"]

NAME = "kills"
PROMISE = "Killed at any moment, nothing acknowledged is lost and nothing irreversible happens twice."

SIDE_BY_SIDE = 2
SPOKEN = 0.6  # the part of the moments that is counted from the first thing a command says
DRIVEN = 0.5  # the part of a command's life that comes after that
MOST = 12  # kills of one run, after which it is let go on
SCRIPT: list[Turn] = [
    [{"name": "look", "arguments": {"number": 1}}, {"name": "look", "arguments": {"number": 2}}],
    [{"name": "mark", "arguments": {"number": 3}}, {"name": "pay", "arguments": {"number": 4}}],
    {"name": "sign", "arguments": {"number": 5}},
    [{"name": "pay", "arguments": {"number": 10 + number}} for number in range(8)],
    [{"name": "mark", "arguments": {"number": 20 + number}} for number in range(8)],
    "Everything is paid and signed.",
]


@define
class _Work:
    """What all workers share."""

    stage: Stage
    profile: Profile
    goal: int
    seed: int
    life: dict[str, float]
    counted: Counter[str] = field(factory=Counter)
    violations: list[str] = field(factory=list)
    lock: threading.Lock = field(factory=threading.Lock)
    stopped: threading.Event = field(factory=threading.Event)

    def take(self) -> int:
        """The number of the next run; 0 where enough was killed."""
        with self.lock:
            if self.counted["kills"] >= self.goal or self.stopped.is_set():
                return 0
            self.counted["runs"] += 1
            return self.counted["runs"]

    def add(self, counted: Counter[str], violations: Sequence[str], number: int) -> None:
        """What came of a run."""
        with self.lock:
            before = self.counted["kills"]
            self.counted.update(counted)
            self.violations += [f"seed {self.seed}, run {number}: {one}" for one in violations]
            if before // 50 != self.counted["kills"] // 50:
                self.profile.say(f"{NAME}: {self.counted['kills']} of {self.goal} kills")


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Kill until enough were killed, and judge every run."""
    started = time.monotonic()
    stage = Stage.made(folder, SCRIPT)
    life = _lives(stage)
    profile.say(f"{NAME}: a command that nobody kills lives {life['run']:.2f} s")
    work = _Work(stage, profile, profile.of(40, 300, 5000), seed, life)
    together([partial(_work, work)] * SIDE_BY_SIDE, work.stopped)
    with Store.open(stage.database, mode="read") as store:
        work.violations += [f"the whole file: {found.what}" for found in store.verify()]
    done = {
        name: work.counted[name] for name in ("kills", "runs", "commands", "approvals", "doubts", "loops")
    }
    done["executions"] = len(stage.entries())
    return Figures(
        name=NAME,
        done=done,
        violations=tuple(work.violations),
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _lives(stage: Stage) -> dict[str, float]:
    """How long commands live that nobody kills, in seconds."""
    took: dict[str, list[float]] = {}

    def timed(words: Sequence[str]) -> Ended:
        began = time.monotonic()
        ended = obeyed(stage, words)
        took.setdefault(words[0], []).append(time.monotonic() - began)
        return ended

    for number in range(2):
        first = timed(("run", "Pay.", "-a", "agent.py", "--name", f"whole-{number}"))
        person = Person(stage, stage.known(f"whole-{number}"), timed)
        wrong = [*person.noticed(first), *person.finish()]
        if wrong:
            raise AssertionError(f"A run that nobody disturbed went wrong: {wrong}")
    return {verb: statistics.mean(seconds) for verb, seconds in took.items()}


def _work(work: _Work) -> None:
    while number := work.take():
        chance = random.Random(f"{work.seed}/{number}")
        counted: Counter[str] = Counter()
        try:
            violations = _one(work, number, chance, counted)
        except BaseException as error:  # noqa: BLE001 - in a thread: it must not be lost
            violations = [f"the harness failed: {type(error).__name__}: {error}"]
        work.add(counted, violations, number)


def _one(work: _Work, number: int, chance: random.Random, counted: Counter[str]) -> list[str]:
    """One run, killed again and again, to its end."""
    name = f"run-{number}"

    def obey(words: Sequence[str]) -> Ended:
        if counted["kills"] >= MOST or chance.random() < 0.1:
            return obeyed(work.stage, words)
        spoken = chance.random() < SPOKEN
        life = work.life.get(words[0], work.life["run"]) * (DRIVEN if spoken else 1.1)
        began = time.monotonic()
        ended = obeyed(work.stage, words, after=min(PATIENCE, chance.uniform(0.0, life)), spoken=spoken)
        if not ended.killed:  # the machine may be busier, or less, than it was
            work.life[words[0]] = (work.life.get(words[0], life) + time.monotonic() - began) / 2
        return ended

    speech = chance.choice([(), ("-v",), ("--json", "-v"), ("--plain",)])
    first = obey(("run", "Pay.", "-a", "agent.py", "--name", name, *speech))
    known = work.stage.known(name) if work.stage.database.exists() else ""
    if not known:
        counted["kills"] += first.killed
        return [] if first.killed else [f"nothing was begun: {first}"]
    person = Person(work.stage, known, obey, counted)
    return [*person.noticed(first), *person.finish()]

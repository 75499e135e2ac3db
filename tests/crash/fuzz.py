"""The kernel against a second machine: random events, legal and not, and the same verdict and state after each.

Two processes share the work by ranges of seeds.  A disagreement is printed with the shortest history found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TypeVar

from attrs import define, field

from detent.states.events import Event
from detent.states.spec import Spec
from tests.crash.comparing import Different, Forking, Pair
from tests.crash.guesses import changed, guess, some_spec
from tests.crash.harness import Figures, Profile

__all__ = ["NAME", "PROMISE", "Step", "Walked", "disagreement", "fuzz", "run", "shortest"]

NAME = "fuzz"
PROMISE = "The kernel takes what the table lists, as a second machine written apart says, and nothing else."
START = 1_000  # the time a run begins, milliseconds
PROCESSES = 2
RUN = 200  # events of one run at most; most of a finished run's would be refused
AFTER = 4  # events that a run is sent after its end
SEEDS = 10**9  # seeds of one process lie so far from those of the next

Step = Event | Forking
T = TypeVar("T")


@define
class Walked:
    """What was done.

    Args:
        events: sent, legal or not
        legal: taken
        runs: begun
        forks: made
        rows: of the table that were taken
        violations: disagreements, each with its history
    """

    events: int = 0
    legal: int = 0
    runs: int = 0
    forks: int = 0
    rows: set[str] = field(factory=set)
    violations: list[str] = field(factory=list)


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Fuzz as many events as the profile says."""
    started = time.monotonic()
    events = profile.of(60_000, 1_000_000, 50_000_000)
    share = -(-events // PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        seeds = [seed + number * SEEDS for number in range(PROCESSES)]
        walks = list(pool.map(fuzz, seeds, [share] * PROCESSES))
    done = {
        "events": sum(walk.events for walk in walks),
        "taken": sum(walk.legal for walk in walks),
        "refused": sum(walk.events - walk.legal for walk in walks),
        "runs": sum(walk.runs for walk in walks),
        "forks": sum(walk.forks for walk in walks),
        "rows of the table": len(set[str]().union(*(walk.rows for walk in walks))),
    }
    violations = tuple(one for walk in walks for one in walk.violations)
    return Figures(name=NAME, done=done, violations=violations, seed=seed, seconds=time.monotonic() - started)


def fuzz(seed: int, events: int) -> Walked:
    """Run after run until so many events were sent, or a disagreement was found; each run has its own seed."""
    walked = Walked()
    while walked.events < events and not walked.violations:
        _one(seed + walked.runs, walked)
        walked.runs += 1
    return walked


def _one(seed: int, walked: Walked) -> None:
    random = Random(seed)
    spec = some_spec(random)
    steps: list[Step] = []
    taken: list[Event] = []
    try:
        pair = Pair.begun(spec, "r", START)
        left = RUN
        while left > 0:
            left = min(left - 1, AFTER) if not pair.snapshot.state.live else left - 1
            if random.random() < 0.01:
                to = Forking(changed(random, pair.snapshot.spec), f"f{left}", pair.snapshot.at + 1)
                steps.append(to)
                pair.fork(to)
                walked.forks += 1
                continue
            event = guess(random, pair.snapshot, pair.asked, taken)
            steps.append(event)
            walked.events += 1
            if pair.send(event, deep=random.random() < 0.02):
                walked.legal += 1
                taken.append(event)
        walked.rows |= pair.rows
    except Different:
        kept = shortest(steps, lambda tried: disagreement(spec, tried))
        walked.violations.append(_told(seed, spec, kept))


def disagreement(spec: Spec, steps: Sequence[Step]) -> str:
    """Where a history makes the two machines differ; empty where it does not."""
    try:
        pair = Pair.begun(spec, "r", START)
        for step in steps:
            if isinstance(step, Forking):
                pair.fork(step)
            else:
                pair.send(step, deep=True)
    except Different as found:
        return str(found)
    return ""


def shortest(steps: Sequence[T], differs: Callable[[Sequence[T]], object]) -> list[T]:
    """A history that still makes them differ, with no step that can be left out.

    Args:
        steps: a history that does
        differs: whether one does
    """
    kept = list(steps)
    size = len(kept)
    while size:
        size = max(1, size // 2)
        place = 0
        while place < len(kept):
            tried = kept[:place] + kept[place + size :]
            if differs(tried):
                kept = tried
            else:
                place += size
        size = 0 if size == 1 else size
    return kept


def _told(seed: int, spec: Spec, steps: Sequence[Step]) -> str:
    lines = "\n  ".join(repr(step) for step in steps)
    return f"seed {seed}: {disagreement(spec, steps)}\n  {spec}\n  {lines}"

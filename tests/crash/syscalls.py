"""Single system calls that kill, fail, or find the disk full, of a whole run, of going on, and of deciding.

A reference is traced first, then the command is run once for every k: killed at the k-th write, sync, truncation or
removal; its k-th sync fails; the disk is full from the k-th write on; the k-th file or thread is refused.  The file is
opened and verified after each, and the run goes on to its end under the eyes of the ledger.

Rules.  Every try begins from the same files, so k means the same.  A failing disk parks the run with 74.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.crash.benches import SCENES, Bench, Living, Migrating
from tests.crash.copies import Copies
from tests.crash.harness import Figures, Profile
from tests.crash.together import together
from tests.crash.tracing import FAULTS, Fault, missing

__all__ = ["NAME", "PROMISE", "run"]

NAME = "syscalls"
PROMISE = "Killed or failed at any system call, the database is whole, and the run goes on."

SIDE_BY_SIDE = 2


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Do to every system call what the profile says."""
    started = time.monotonic()
    lacking = missing()
    if lacking:
        return Figures(name=NAME, missing=lacking, seed=seed)
    workers = [Copies() for _ in range(SIDE_BY_SIDE)]
    violations: list[str] = []
    totals: Counter[str] = Counter()
    for name, make in _benches().items():
        benches = [make(folder / f"{name}-{index}", copies) for index, copies in enumerate(workers)]
        plan = _plan(profile, benches[0].reference(), f"{seed}/{name}")
        profile.say(f"{NAME}: {name}, {len(plan)} faults; {len(violations)} violations so far")
        _work(name, benches, plan, violations)
        for bench in benches:
            totals.update(bench.counted)
    for copies in workers:
        copies.close()
    done = {name: totals[name] for name in ("tries", "killed", "parked")}
    return Figures(
        name=NAME, done=done, violations=tuple(violations), seed=seed, seconds=time.monotonic() - started
    )


def _benches() -> dict[str, Callable[[Path, Copies], Bench]]:
    """What makes each bench, by name."""
    made: dict[str, Callable[[Path, Copies], Bench]] = {
        scene.name: partial(Living, scene=scene) for scene in SCENES
    }
    return {**made, "migration": Migrating}


def _plan(profile: Profile, ranges: dict[str, range], seed: str) -> list[tuple[Fault, int]]:
    """What is done in one scene: every k in full, a spread of them in ci."""
    chance = random.Random(seed)
    plan = []
    for fault in FAULTS:
        ks = ranges.get(fault.calls[0], range(0))
        if profile.scale:
            plan += [(fault, k) for k in ks[:: max(1, len(ks) // fault.most) if fault.most else 1]]
        elif ks:
            plan.append((fault, chance.choice(ks)))
    return plan


def _work(
    name: str, benches: Sequence[Bench], plan: Sequence[tuple[Fault, int]], violations: list[str]
) -> None:
    """Work through a plan side by side; Ctrl-C ends it soon."""
    left, lock, stopped = iter(plan), threading.Lock(), threading.Event()

    def work(bench: Bench) -> None:
        while not stopped.is_set():
            with lock:
                fault, k = next(left, (None, 0))
            if fault is None:
                return
            try:
                found = bench.suffer(fault, k)
            except Exception as error:  # noqa: BLE001 - in a thread: it must not be lost
                found = [f"the harness failed: {type(error).__name__}: {error}"]
                bench.copies.renew()
            with lock:
                violations.extend(f"{name}, {fault.name} {k}: {one}" for one in found)

    together([partial(work, bench) for bench in benches], stopped)

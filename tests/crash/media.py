"""Trouble with the disk: full, failing, read-only, forbidden, on a network, cut short, replaced; each meets the real verbs.

A table says what each verb leaves with under each fault.  An error is two sentences, and nothing of what was there before
is changed.  When the fault is gone the run goes on to its end, another run can be settled, and everything verifies.

Rules.  Faults are the system's own: mounts in a namespace of their own, file modes, and calls that strace makes fail.
What this machine does not allow is named in `without`, and left out.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from detent.states import DetentError
from detent.store import Store
from tests.crash.harness import Figures, Profile
from tests.crash.troubles import CALLS, DISK, DOES, MOUNTS, RUN, Fault, Scene, without
from tests.store.making import dumped

__all__ = ["NAME", "PROMISE", "run"]

NAME = "media"
PROMISE = "Whatever the disk does, a verb says so with its exit code, changes nothing by halves, and the runs go on."

MOST = 20  # violations that are told
READERS: tuple[tuple[str, ...], ...] = (
    ("runs",),
    ("show", "first"),
    ("log", "first"),
    ("verify",),
)
WRITERS: tuple[tuple[str, ...], ...] = (
    RUN,
    ("approve", "first", "--resume"),
    ("deny", "first"),
    ("resume", "first"),
    ("tell", "first", "look again"),
    ("cancel", "first"),
)


# What is tried -----------------------------------------------------------------------------------------------------


@define
class _Trial:
    """All cases of one worker."""

    scene: Scene
    counted: Counter[str] = field(factory=Counter)
    violations: list[str] = field(factory=list)

    def case(self, fault: Fault, words: tuple[str, ...], *, goes_on: bool) -> None:
        """One verb under one fault, and what comes of it afterwards."""
        self.scene.again()
        before = dumped(self.scene.path)
        may = fault.reads if words in READERS else fault.writes
        name = f"{fault.name}: {' '.join(words[:2])}"
        try:
            with fault.made(self.scene) as prefix:
                leave, out, err = self.scene.started(prefix, words, fault.env)
                wrong = _wrong(leave, may, out, err)
                # Another run is not concerned, whatever came of this one.
                if not wrong and leave in DOES and words in WRITERS and fault.env:
                    wrong = _wrong(*self._other(prefix, fault))
        except (AssertionError, ValueError) as error:
            wrong = str(error)
        self.counted["cases"] += 1
        self.counted["refused"] += leave not in DOES
        if wrong:
            self.violations.append(f"{name}: {wrong}")
        elif fault.mends:
            self._after(name, before, goes_on=goes_on)

    def _other(self, prefix: Sequence[str], fault: Fault) -> tuple[int, tuple[int, ...], str, str]:
        leave, out, err = self.scene.started(prefix, ("deny", "other"), fault.env)
        return leave, DOES, out, err

    def _after(self, name: str, before: Mapping[str, list[Any]], *, goes_on: bool) -> None:
        """When the fault is gone: all there that was there, and the runs go on."""
        try:
            with Store.open(self.scene.path) as store:
                found = [one.what for one in store.verify()]
        except DetentError as error:
            found = [str(error)]
        now = dumped(self.scene.path)
        if any(not set(map(repr, before[table])) <= set(map(repr, now[table])) for table in before):
            found.append("rows are gone")
        if found:
            self.violations.append(f"{name}: afterwards {found[0]}")
        if not goes_on:
            return
        self.counted["gone_on"] += 1
        for run in ("first", "other"):
            done = self.scene.command("approve", run, "--resume")
            if done.exit == 2:  # it was settled under the fault
                done = self.scene.command("resume", run)
            if done.exit not in (0, 5):  # 5: it was cancelled under the fault
                self.violations.append(f"{name}: afterwards {run} leaves with {done.exit}: {done.err}")


def _wrong(leave: int, may: tuple[int, ...], out: str, err: str) -> str:
    """What is wrong with how a verb left; empty if nothing."""
    if leave not in may:
        return f"it leaves with {leave} in place of {' or '.join(map(str, may))}: {(out + err)[-300:]}"
    if leave in DOES:
        return ""
    try:
        told = json.loads(out)
    except ValueError:
        return f"it says no JSON: {(out + err)[-300:]}"
    if "error" in told:
        error = told["error"]
        if not error["message"] or not error["hint"] or told["exit"] != leave:
            return f"its error is not whole: {out}"
    elif told.get("exit", leave) != leave:
        return f"it says {told['exit']} and leaves with {leave}"
    return "" if "Traceback" not in err else f"a traceback: {err[-300:]}"


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Each fault with each verb; in ci with a few."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    lacks = without(folder)
    faults = [*DISK]
    faults += [] if "mounts" in lacks else MOUNTS
    faults += [] if "calls" in lacks else CALLS
    chance = random.Random(seed)
    cases: list[tuple[Fault, tuple[str, ...], bool]] = []
    for fault in faults:
        readers = chance.sample(READERS, 1) if profile.scale == 0 else READERS
        writers = chance.sample(WRITERS, 1) if profile.scale == 0 else WRITERS
        cases += [(fault, words, False) for words in readers]
        cases += [(fault, words, profile.scale > 0 or len(cases) % 3 == 0) for words in writers]
    trials = [_Trial(Scene.made(folder / f"scene-{worker}")) for worker in range(2)]
    threads = [
        threading.Thread(target=_work, args=(trial, cases[worker::2])) for worker, trial in enumerate(trials)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = trials[0].counted + trials[1].counted
    violations = [*trials[0].violations, *trials[1].violations]
    profile.say(f"media: {counted['cases']} cases, {len(violations)} broken promises")
    missing = " ".join(lacks.values()) if len(lacks) == 2 else ""
    done = {"faults": len(faults), **counted, "without": len(lacks)}
    return Figures(name=NAME, done=done, violations=tuple(violations[:MOST]), missing=missing, seed=seed)


def _work(trial: _Trial, cases: Sequence[tuple[Fault, tuple[str, ...], bool]]) -> None:
    for fault, words, goes_on in cases:
        try:
            trial.case(fault, words, goes_on=goes_on)
        except Exception as error:  # noqa: BLE001 - a case that fails keeps no other from being tried
            trial.violations.append(f"{fault.name}: {words[0]}: {type(error).__name__}: {error}")

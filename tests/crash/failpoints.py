"""Death at every named point of a run, of going on with one, and of settling one; for each effect, alone and by eight.

A point is the call of a function of the product, or its return.  A reference run counts how often each is reached; then
the command dies there the first, the last and some other times (`full`: every time), and the run is brought to its end.

Rules.  A point that the reference run does not reach is a violation: a renamed function must not disarm what it names.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from attrs import define, field

from detent.fsm.drivers.views import gate_views, load_head
from detent.store import Store
from tests.crash.copies import Copies
from tests.crash.harness import Figures, Profile
from tests.crash.ledger import Stage
from tests.crash.person import Person
from tests.crash.scenes import LOOP, SCENES, START, Scene
from tests.crash.together import together
from tests.crash.victim import COUNTS, POINT, POINTS

__all__ = ["NAME", "PROMISE", "run"]

NAME = "failpoints"
PROMISE = "Killed at any named point, for every effect and any number of parallel calls, the run comes to its right end."

SIDE_BY_SIDE = 2
A_HANDFUL = 4
TAKE_OVERS, PARKED = 5, 70  # deaths in a row without a new click, and what the next take-over leaves with


@define
class _Cast:
    """One worker: a warm process, and the folders it plays its scenes in.

    Args:
        place: where folders are made
        counted: what was done
        copies: the warm process
    """

    place: Path
    counted: Counter[str] = field(factory=Counter)
    copies: Copies = field(factory=Copies)
    _stages: dict[str, Stage] = field(factory=dict)
    _number: int = 0

    def stage(self, scene: Scene) -> Stage:
        """The folder of a scene."""
        if scene.name not in self._stages:
            self._stages[scene.name] = Stage.made(self.place / f"scene-{len(self._stages)}", scene.script)
        return self._stages[scene.name]

    def prepared(self, scene: Scene, stage: Stage) -> tuple[str, tuple[str, ...]]:
        """A run that is where the scene begins, empty if it has not begun, and the words of what is to die."""
        self._number += 1
        name = f"run-{self._number}"
        start = (*START, name)
        if scene.verb == "run":
            return "", start
        self.copies.obey(stage, start, **({POINT: scene.before} if scene.before else {}))
        run = stage.known(name)
        if scene.verb == "resume":
            if scene.note:
                with Store.open(stage.database) as store:
                    store.inbox_put(run, "note", {"text": "Be quick."}, 1)
            return run, ("resume", run)
        if scene.verb == "resolve":
            self.copies.obey(stage, ("resume", run))
        with Store.open(stage.database, mode="read") as store:
            (gate,) = gate_views(store, load_head(store, run))
        if scene.verb == "approve":
            return run, ("approve", run, gate["gate"])
        ran = [one for one in stage.entries() if one.run == run]
        return run, ("resolve", run, gate["gate"], "--happened", ran[-1].result)

    def counts(self, scene: Scene) -> dict[str, int]:
        """How often each point of a scene is reached when nobody dies."""
        stage = self.stage(scene)
        _, words = self.prepared(scene, stage)
        counts = self.place / "counts.json"
        environment = {POINTS: json.dumps(scene.points), COUNTS: str(counts), POINT: " 0"}
        ended = self.copies.obey(stage, words, **environment)
        if ended.code not in (0, 3, 4):
            raise AssertionError(f"The reference of {scene.name} went wrong: {ended}")
        made: dict[str, int] = json.loads(counts.read_text())
        return made

    def play(self, scene: Scene, point: str, number: int) -> list[str]:
        """Die once, go on to the end; what is wrong."""
        stage = self.stage(scene)
        run, words = self.prepared(scene, stage)
        first = self.copies.obey(stage, words, **{POINT: f"{point} {number}"})
        self.counted["deaths"] += first.killed
        self.counted["escapes"] += not first.killed  # threads may be quicker than in the reference
        run = run or stage.known(words[-1])
        if not run:
            return [] if first.killed else [f"nothing was begun: {first}"]
        person = Person(stage, run, lambda said: self.copies.obey(stage, said))
        wrong = [*person.noticed(first), *person.finish()]
        self.counted.update({name: person.counted[name] for name in ("doubts", "reruns")})
        return wrong

    def loop(self) -> list[str]:
        """Die at the same place again and again: the sixth take-over leaves the run parked, and others go on."""
        stage = self.stage(LOOP)
        self.copies.obey(stage, (*START, "poison"), **{POINT: LOOP.before})
        run = stage.known("poison")
        dead = [self.copies.obey(stage, ("resume", run), **{POINT: LOOP.before}) for _ in range(TAKE_OVERS)]
        parked = self.copies.obey(stage, ("resume", run))
        wrong = [f"it was not killed: {one}" for one in dead if not one.killed]
        if parked.code != PARKED or "--again" not in parked.err:
            wrong.append(f"after {TAKE_OVERS} deaths at one click it was not left parked: {parked}")
        other = self.copies.obey(stage, (*START, "other"))
        if other.code:
            wrong.append(f"another run does not go on: {other}")
        last = self.copies.obey(stage, ("resume", run, "--again"))
        self.counted["loops"] += 1
        person = Person(stage, run, partial(self.copies.obey, stage))
        return [*wrong, *person.noticed(last), *person.finish()]


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Die everywhere that the profile says."""
    started = time.monotonic()
    casts = [_Cast(folder / str(number)) for number in range(SIDE_BY_SIDE)]
    violations: list[str] = []
    for one in casts:
        one.place.mkdir(parents=True)
    plan = _plan(profile, casts[0], seed, violations)
    profile.say(f"{NAME}: {len(plan)} deaths at {len({point for _, point, _ in plan})} points")
    violations += [f"a crash loop: {one}" for one in casts[0].loop()]
    left, lock = iter(enumerate(plan)), threading.Lock()
    stopped = threading.Event()

    def work(cast: _Cast) -> None:
        while not stopped.is_set():
            with lock:
                index, (scene, point, number) = next(left, (-1, plan[0]))
            if index < 0:
                return
            if index and index % 200 == 0:
                profile.say(f"{NAME}: {index} of {len(plan)}; {len(violations)} violations so far")
            found = _played(cast, scene, point, number)
            with lock:
                violations.extend(f"{scene.name}, {point} {number}: {one}" for one in found)

    together([partial(work, one) for one in casts], stopped)
    counted: Counter[str] = sum((one.counted for one in casts), Counter())
    for one in casts:
        one.copies.close()
    done = {
        "scenes": len(SCENES),
        "points": len({(scene.name, point) for scene, point, _ in plan}),
        **{name: counted[name] for name in ("deaths", "doubts", "reruns", "loops", "escapes")},
    }
    return Figures(
        name=NAME, done=done, violations=tuple(violations), seed=seed, seconds=time.monotonic() - started
    )


def _plan(profile: Profile, cast: _Cast, seed: int, violations: list[str]) -> list[tuple[Scene, str, int]]:
    """Every death there will be, in an order that mixes the scenes; points that are not reached are told."""
    chance = random.Random(seed)
    ends: list[tuple[Scene, str, int]] = []
    every: list[tuple[Scene, str, int]] = []
    for scene in SCENES:
        counts = cast.counts(scene)
        for point in scene.points:
            count = counts.get(point, 0)
            if not count:
                violations.append(f"{scene.name}: the point {point} was never reached")
                continue
            ends += [(scene, point, number) for number in sorted({1, (count + 1) // 2, count})]
            every += [(scene, point, number) for number in range(1, count + 1)]
    chance.shuffle(ends)
    chance.shuffle(every)
    return profile.of(0, 1, 3) * every or _few(ends)


def _few(ends: Sequence[tuple[Scene, str, int]]) -> list[tuple[Scene, str, int]]:
    """Each point once in some scene, and each scene with at least a handful of points."""
    plan, points, scenes = [], Counter[str](), Counter[str]()
    for scene, point, number in ends:
        kind = "tool" if point.startswith("agent.py") else point
        if points[kind] < 1 or scenes[scene.name] < A_HANDFUL:
            points[kind] += 1
            scenes[scene.name] += 1
            plan.append((scene, point, number))
    return plan


def _played(cast: _Cast, scene: Scene, point: str, number: int) -> list[str]:
    """What is wrong, also where the harness itself is."""
    try:
        return cast.play(scene, point, number)
    except Exception as error:  # noqa: BLE001 - in a thread: it must not be lost
        cast.copies.renew()
        return [f"the harness failed: {type(error).__name__}: {error}"]

"""What system calls are made to fail in: a folder whose files are the same before every try.

Rules.  Every try begins from the same files, so the k-th call means the same.  What is left afterwards is judged, and
used again.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from attrs import define, evolve, field, frozen

from detent.fsm.drivers.views import gate_views, load_head
from detent.store import Store
from tests.crash.copies import SIGKILLED, Copies
from tests.crash.ledger import Stage, Turn
from tests.crash.person import Ended, Person, obeyed
from tests.crash.tracing import Fault, counted, tracing
from tests.crash.victim import POINT
from tests.store.making import dumped, form_1

__all__ = ["SCENES", "Bench", "Migrating", "Scene"]

SCRIPT: list[Turn] = [
    [{"name": "mark", "arguments": {"number": 3}}, {"name": "pay", "arguments": {"number": 4}}],
    {"name": "sign", "arguments": {"number": 5}},
    "Done.",
]
START = ("run", "Pay.", "-a", "agent.py", "--name", "it")
OLD, NEW = 1, 2  # forms of the database


@frozen
class Scene:
    """What something is done to.

    Args:
        name: of the scene
        words: what is tried, given the id of the run and its first gate
        first: whether a run was begun before
        before: the point at which that was killed, to leave something behind; empty for none
        again: whether it was gone on with, so that it asks about what is in doubt
    """

    name: str
    words: Callable[[str, str], tuple[str, ...]]
    first: bool = True
    before: str = ""
    again: bool = False


SCENES = (
    Scene("run", lambda _run, _gate: START, first=False),
    Scene("resume", lambda run, _gate: ("resume", run), before="agent.py:written:return 1"),
    Scene("approve", lambda run, gate: ("approve", run, gate, "--resume")),
    Scene(
        "resolve",
        lambda run, gate: ("resolve", run, gate, "--did-not-happen"),
        before="agent.py:pay:call 1",
        again=True,
    ),
)


@define
class Bench:
    """A folder, with a copy of what lies there at the beginning.

    Args:
        place: the folder
        copies: warm commands, for before and after

    Attributes:
        right: what the command leaves with where nothing is done to it
    """

    right: ClassVar[tuple[int, ...]] = (0, 3, 4)
    place: Path
    copies: Copies
    stage: Stage = field(init=False)
    words: tuple[str, ...] = field(init=False)
    counted: Counter[str] = field(factory=Counter)

    def __attrs_post_init__(self) -> None:
        self.stage = Stage.made(self.place / "now", SCRIPT)
        self.words = self.prepare()
        shutil.copytree(self.place / "now", self.place / "then")

    def prepare(self) -> tuple[str, ...]:
        """Make what the command finds; its words."""
        raise NotImplementedError

    def judge(self, hurt: Ended, fault: Fault) -> list[str]:
        """What is wrong after a fault, and after going on."""
        raise NotImplementedError

    def restore(self) -> None:
        """Everything as it was at the beginning."""
        shutil.rmtree(self.place / "now")
        shutil.copytree(self.place / "then", self.place / "now")

    def reference(self) -> dict[str, range]:
        """Which k there are, of each call."""
        file = self.place / "trace"
        ended = obeyed(self.stage, self.words, before=tracing(file))
        if ended.code not in self.right:
            raise AssertionError(f"The reference went wrong: {ended}")
        return counted(file, self.stage.database)

    def suffer(self, fault: Fault, k: int) -> list[str]:
        """Do it once, and go on; what is wrong."""
        self.restore()
        ended = obeyed(self.stage, self.words, before=fault.words(k))
        hurt = evolve(ended, killed=ended.killed or ended.code == SIGKILLED)
        self.counted["tries"] += 1
        self.counted["killed"] += hurt.killed
        self.counted["parked"] += hurt.code in fault.codes
        shown = "Traceback" in hurt.err
        wrong = [f"a person was shown what nobody should see: {hurt}"] if shown else []
        return [*wrong, *self.judge(hurt, fault)]


@define
class Living(Bench):
    """A run that is begun, gone on with, or settled, and then brought to its end."""

    scene: Scene = SCENES[0]
    run: str = ""

    def prepare(self) -> tuple[str, ...]:
        """Bring the run to where the scene begins."""
        gate = ""
        if self.scene.first:
            self.copies.obey(self.stage, START, **({POINT: self.scene.before} if self.scene.before else {}))
            self.run = self.stage.known("it")
            if self.scene.again:
                self.copies.obey(self.stage, ("resume", self.run))
            with Store.open(self.stage.database, mode="read") as store:
                gates = gate_views(store, load_head(store, self.run))
            gate = gates[0]["gate"] if gates else ""
        return self.scene.words(self.run, gate)

    def judge(self, hurt: Ended, fault: Fault) -> list[str]:
        """The run comes to its end, or can be begun if nothing was."""
        wrong = []
        run, last = self.run or self.stage.known("it"), hurt
        if not run:
            if not hurt.killed and hurt.code not in fault.codes:
                wrong.append(f"nothing was begun: {hurt}")
            last = self.copies.obey(self.stage, START)
            run = self.stage.known("it")
            if not run:
                return [*wrong, f"afterwards nothing can be begun: {last}"]
        person = Person(self.stage, run, self._obey)
        return [*wrong, *person.noticed(last, also=fault.codes), *person.finish()]

    def _obey(self, words: Sequence[str]) -> Ended:
        return self.copies.obey(self.stage, words)


@define
class Migrating(Bench):
    """A database of an older form, which the command brings up to date; there is nothing more for it to do."""

    right: ClassVar[tuple[int, ...]] = (2,)
    evidence: dict[str, list[Any]] = field(factory=dict)

    def prepare(self) -> tuple[str, ...]:
        """The older form, with its runs."""
        self.stage.database.parent.mkdir()
        form_1(self.stage.database)
        self.evidence = dumped(self.stage.database)
        raw = sqlite3.connect(self.stage.database)
        (over,) = raw.execute("SELECT id FROM run WHERE name = 'denied'").fetchone()
        raw.close()
        return ("tell", over, "It is too late for this.")

    def judge(self, hurt: Ended, fault: Fault) -> list[str]:
        """It has one form or the other, whole; afterwards the new one; and not a row of evidence has changed."""
        wrong = []
        if not hurt.killed and hurt.code not in (*self.right, *fault.codes):
            wrong.append(str(hurt))
        raw = sqlite3.connect(self.stage.database)
        (form,) = raw.execute("PRAGMA user_version").fetchone()
        raw.close()
        if form not in (OLD, NEW) or dumped(self.stage.database) != self.evidence:
            wrong.append(f"it was left half-written, with form {form}: {hurt}")
        again = self.copies.obey(self.stage, self.words)
        if again.code not in self.right:
            wrong.append(f"afterwards it cannot be brought up to date: {again}")
            return wrong
        with Store.open(self.stage.database, mode="read") as store:
            wrong += [found.what for found in store.verify()]
        if dumped(self.stage.database) != self.evidence:
            wrong.append("the evidence is not what it was")
        return wrong

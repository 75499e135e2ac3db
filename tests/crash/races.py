"""Approvals and take-overs raced: many real processes decide one gate, or resume one run, at the same moment.

    PYTHONPATH=. python -m pytest tests/crash/test_races.py

The judges are the ledger that the tool writes, the decision that the database has, and what each process was told.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from detent.fsm.drivers.views import load_head
from detent.store import Settled, Store

from .crew import Crew, Report
from .harness import Figures, Profile
from .payers import Payers

__all__ = ["NAME", "PROMISE", "run"]

NAME = "races"
PROMISE = (
    "One decision, one effect and one driver, however many decide, resume or are killed at the same moment."
)

RECORDED = {"approve": "Approved", "deny": "Denied", "edit": "Edited", "answer": "Answered"}
DRIVER = 0  # the worker that drives a run while the others decide


@frozen
class Racer:
    """One process that decides.

    Args:
        who: its place in the crew
        how: approve, deny, edit or answer
        named: whether it names the gate, or means the only one
        verb: whether it types a verb
    """

    who: int
    how: str
    named: bool = True
    verb: bool = False

    @property
    def name(self) -> str:
        """Whom the record names."""
        return f"w{self.who}"

    @property
    def text(self) -> str:
        """What it says with it, unlike anybody else."""
        edited = json.dumps({"amount": 1000 + self.who, "to": self.name})
        return {"approve": "", "deny": f"not so, says {self.name}", "edit": edited}.get(self.how, self.name)

    def effect(self) -> list[tuple[int, str]]:
        """What is paid if it wins."""
        return {"approve": [(7, "bank")], "edit": [(1000 + self.who, self.name)]}.get(self.how, [])

    def work(self, payers: Payers, run: str, gate: str, at: int = 0) -> tuple[int, str, dict[str, Any]]:
        """Its task."""
        given = {"name": self.name, "database": str(payers.database), "run": run, "at": at}
        if not self.verb:
            return self.who, "tests.crash.racing:decide", {**given, "how": self.how, "text": self.text}
        option = {"deny": ["--reason", self.text], "edit": ["--arguments", self.text]}.get(self.how, [])
        words = [self.how, run, *([gate] if self.named else []), *option]
        return self.who, "tests.crash.racing:verb", {**given, "folder": str(payers.folder), "words": words}

    def told(self, report: Report) -> tuple[bool, int, str]:
        """Whether it was told yes; else its exit code and why."""
        if report.killed:
            return False, -9, ""
        if self.verb and not report.raised:
            code, _, said = report.gave
            return code == 0, code, said
        return report.gave == "ok", report.exit, f"{report.raised}: {report.said}"


@define
class Races:
    """The races of one harness.

    Args:
        crew: who races
        payers: what they race for
        chance: every random choice
        seed: what that began with
    """

    crew: Crew
    payers: Payers
    chance: random.Random
    seed: int
    store: Store = field(init=False)
    done: Counter[str] = field(factory=Counter)
    broken: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.store = Store.open(self.payers.database)

    def violated(self, what: str) -> None:
        """A promise was broken."""
        self.broken.append(f"{what} (seed {self.seed})")

    # One gate ---------------------------------------------------------------------------------------------------

    def racers(self, count: int, hows: Sequence[str] = ("approve", "deny", "edit")) -> list[Racer]:
        """So many who decide, each its own way, some of them at the command line."""
        return [
            Racer(
                who,
                self.chance.choice(hows),
                named=self.chance.random() < 0.5,
                verb=self.chance.random() < 0.25,
            )
            for who in range(1, count + 1)
        ]

    def one_gate(self, count: int, driver: str = "") -> None:
        """So many processes decide one gate; nobody drives the run, or a driver waits with it."""
        run = self.payers.begin(self.store)
        racers = self.racers(count)
        if driver:
            self._waits(driver, run)
        reports = self.crew.at_once(self._work(racers, run))
        name = ""
        if driver:
            name = self._drove(run, self.crew.result(DRIVER))
        self._judged(run, racers, reports, also=name)
        if not driver:
            self.payers.resume(run, self.store)
        self._effect(run, racers, also=name)
        self.done["gates raced"] += 1
        self.done["decisions raced"] += count

    def _work(self, racers: Sequence[Racer], run: str, at: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
        gate = load_head(self.store, run).gates[0].id
        return [one.work(self.payers, run, gate, at) for one in racers]

    def _waits(self, driver: str, run: str) -> None:
        """Somebody has the gate before them: at a prompt, in a program, or about to answer as well."""
        given: dict[str, Any] = {"database": str(self.payers.database), "folder": str(self.payers.folder)}
        if driver == "prompt":
            self.crew.start(DRIVER, "tests.crash.racing:prompt", words=["resume", run], **given)
        else:
            says = {"says": "approve", "after": self.chance.uniform(0, 0.02)} if driver == "answers" else {}
            self.crew.start(DRIVER, "tests.crash.racing:drive", run=run, name=f"w{DRIVER}", **given, **says)

    def _drove(self, run: str, report: Report) -> str:
        """Whether the driver came to the end; who it is, if it decided itself."""
        end = report.gave[0] if report.gave else None
        if end not in ("DONE", 0):
            self.violated(
                f"The driver that waited with run {run} did not go on to the end: {str(report)[-400:]}"
            )
        self.done["drivers that waited"] += 1
        return f"w{DRIVER}"

    def _judged(
        self, run: str, racers: Sequence[Racer], reports: Mapping[int, Report], also: str = ""
    ) -> None:
        """One decision is recorded, its author was told yes, and everybody else no, with the author's name."""
        decisions = self.store.decisions(run)
        if len(decisions) != 1:
            self.violated(f"The gate of run {run} has {len(decisions)} decisions: {decisions}.")
            return
        decision = evolve(decisions[0], by=_who(decisions[0]))
        self._told(run, racers, reports, decision, also)
        if self.store.inbox_take(run):
            self.violated(f"Something lies in the inbox of run {run} after everybody was answered.")

    def _told(
        self,
        run: str,
        racers: Sequence[Racer],
        reports: Mapping[int, Report],
        decision: Settled,
        also: str,
    ) -> None:
        authors = [one for one in racers if one.name == decision.by]
        if not authors and decision.by != also and decision.how != "GateExpired":
            self.violated(f"The gate of run {run} was settled by {decision.by!r}, whom nobody knows.")
        for one in racers:
            yes, code, said = one.told(reports[one.who])
            won = one in authors
            if won and decision.how != RECORDED[one.how]:
                self.violated(f"{one.name} said {one.how} to run {run}, and {decision.how} is recorded.")
            if yes and not won:
                self.violated(f"{one.name} was told that its {one.how} of run {run} counts; {decision} does.")
            if code == -9 or yes:
                continue
            expired = decision.how == "GateExpired"
            named = re.search(rf"\bby {decision.by}\b", said) is not None
            if won or code != 2:
                self.violated(f"{one.name} was told {code} {said!r} of run {run}; {decision} counts.")
            elif not expired and (one.named or not one.verb) and not named:
                self.violated(f"{one.name} was not told that {decision.by} was faster: {said!r}")
            self.done["told who was faster"] += named and not expired

    def _effect(self, run: str, racers: Sequence[Racer], also: str = "") -> None:
        """Exactly what was decided has happened, the run has come to its end, and its rows prove themselves."""
        decisions = [evolve(one, by=_who(one)) for one in self.store.decisions(run)]
        paid = [(amount, to) for _, _, amount, to, _ in self.payers.paid(run)]
        wanted = [one.effect() for one in racers if decisions and one.name == decisions[0].by]
        if decisions and decisions[0].by == also:
            wanted.append([(7, "bank")] if decisions[0].how == "Approved" else [])
        if paid != (wanted[0] if wanted else []):
            self.violated(f"Run {run} paid {paid}, decided was {decisions}.")
        head = load_head(self.store, run)
        if head.state.value != "DONE":
            self.violated(f"Run {run} ended as {head.state.value}, {head.reason}.")
        for finding in self.store.verify(run):
            self.violated(f"Run {run} is damaged: {finding}")
        self.done["payments"] += len(paid)

    # Killed -----------------------------------------------------------------------------------------------------

    def killed(self, count: int) -> None:
        """Processes that decide are killed on the way: all of a decision is recorded, or nothing."""
        run = self.payers.begin(self.store)
        racers = self.racers(count)
        for who, task, given in self._work(racers, run):
            self.crew.start(who, task, **given)
        self.crew.go()
        victims = self.chance.sample(racers, self.chance.randint(1, count))
        time.sleep(self.chance.uniform(0, 0.012))
        reports = {}
        for one in victims:
            reports[one.who] = self.crew.result(one.who) if self.crew.done(one.who) else Report(killed=True)
            if reports[one.who].killed:
                self.crew.kill(one.who)
                self.done["approvers killed"] += 1
        reports |= {one.who: self.crew.result(one.who) for one in racers if one.who not in reports}
        self.payers.resume(run, self.store)  # takes what a killed one left in the inbox
        if load_head(self.store, run).gates:
            if any(one.told(reports[one.who])[0] for one in racers):
                self.violated(f"Somebody was told that a decision on run {run} counts, and its gate is open.")
            last = Racer(1, "deny")
            reports = {**self.crew.at_once(self._work([last], run))}
            racers = [last]
            self.payers.resume(run, self.store)
        self._judged(run, racers, reports)
        self._effect(run, racers)

    # Take-overs -------------------------------------------------------------------------------------------------

    def take_overs(self, count: int) -> None:
        """So many processes go on with one run: one drives it, the others are told to wait, and do nothing."""
        run = self.payers.begin(self.store)
        self.crew.at_once(self._work([Racer(1, "approve")], run))
        hold = self.payers.hold(run)
        hold.touch()
        everyone = range(1, count + 1)
        given = {"database": str(self.payers.database), "folder": str(self.payers.folder)}
        verbs = {who for who in everyone if self.chance.random() < 0.25}
        for who in everyone:
            if who in verbs:
                self.crew.start(who, "tests.crash.racing:verb", words=["resume", run], **given)
            else:
                self.crew.start(who, "tests.crash.racing:resume", run=run, **given)
        self.crew.go()
        patience = time.monotonic() + 60
        while sum(map(self.crew.done, everyone)) < count - 1 and time.monotonic() < patience:
            time.sleep(0.002)
        hold.unlink()
        codes = Counter(self._code(self.crew.result(who), verb=who in verbs) for who in everyone)
        if codes != Counter({75: count - 1, 0: 1}):
            self.violated(f"Of {count} processes that resumed run {run} the exit codes were {dict(codes)}.")
        self._effect(run, [Racer(1, "approve")])
        started = [row.event for row in self.store.timeline(run)].count("CallStarted")
        if started != 1:
            self.violated(f"Run {run} has {started} starts of one call.")
        self.done["runs resumed at once"] += 1
        self.done["resumes raced"] += count

    def _code(self, report: Report, *, verb: bool) -> int:
        if verb and not report.raised:
            return int(report.gave[0])
        return report.exit if report.raised else int(report.gave[1])

    # Deadlines --------------------------------------------------------------------------------------------------

    def deadlines(self, payers: Payers, groups: int) -> None:
        """A yes, a no and the expiry meet at the deadline of a gate: one of them counts, and none against time."""
        store = Store.open(payers.database)
        races = Races(self.crew, payers, self.chance, self.seed, broken=self.broken, done=self.done)
        rounds = []
        work: list[tuple[int, str, dict[str, Any]]] = []
        for group in range(groups):
            run = payers.begin(store)
            (gate,) = load_head(store, run).gates
            first = 1 + 3 * group
            hows = ("approve" if gate.id.startswith("approval") else "answer", "deny")
            racers = [Racer(first + place, how) for place, how in enumerate(hows)]
            work += [one.work(payers, run, gate.id, self._near(gate.expires)) for one in racers]
            given = {"database": str(payers.database), "run": run, "at": self._near(gate.expires)}
            work.append((first + 2, "tests.crash.racing:resume", given))
            rounds.append((run, gate.expires, racers, first + 2))
        reports = self.crew.at_once(work)
        for run, expires, racers, resumer in rounds:
            if self._code(reports[resumer], verb=False) not in (0, 3, 75):
                self.violated(f"Resuming run {run} at its deadline gave {reports[resumer]}.")
            payers.resume(run, store)
            races._judged(run, racers, reports)
            races._effect(run, racers)
            self._in_time(store, run, expires)
            self.done["deadlines raced"] += 1
        races.store.close()
        store.close()

    def _near(self, at: int) -> int:
        return at + self.chance.randint(-12, 12)

    def _in_time(self, store: Store, run: str, expires: int) -> None:
        for decision in store.decisions(run):
            late = decision.at >= expires
            if late != (decision.how == "GateExpired"):
                self.violated(f"Run {run} has {decision}, and its gate expired at {expires}.")
            self.done["gates expired"] += late


def _who(decision: Settled) -> str:
    """Who decided, without the terminal."""
    return decision.by.partition(" ")[0]


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Race."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    most = profile.of(16, 64, 64)
    with Crew(most + 1, folder) as crew:
        races = Races(crew, Payers(folder / "runs"), random.Random(seed), seed)
        for driver in ("", "waits", "prompt", "answers")[: profile.of(1, 4, 4)]:
            for _ in range(profile.of(1, 5, 50)):
                races.one_gate(most, driver)
        profile.say(f"races: {dict(races.done)}")
        for turn in range(profile.of(6, 200, 2000)):
            driver = ("", "waits", "", "answers", "", "prompt" if turn == 5 else "waits")[turn % 6]
            races.one_gate(profile.of(4, 16, 16), driver)
        profile.say(f"races: {dict(races.done)}")
        for _ in range(profile.of(4, 200, 2000)):
            races.killed(profile.of(6, 16, 16))
        profile.say(f"races: {dict(races.done)}")
        for _ in range(profile.of(4, 50, 200)):
            races.take_overs(profile.of(8, 32, 32))
        profile.say(f"races: {dict(races.done)}")
        gates = Payers(folder / "gates", "gate_seconds=1")
        questions = Payers(
            folder / "questions",
            "gate_seconds=1",
            ({"name": "ask_person", "arguments": {"question": "Which?"}}, "It is done."),
        )
        for turn in range(profile.of(2, 40, 400)):
            races.deadlines((gates, questions)[turn % 2], most // 3)
        races.store.close()
    return Figures(
        name=NAME,
        done=dict(races.done),
        violations=tuple(races.broken),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
    )

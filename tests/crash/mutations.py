"""One changed byte after a person's yes: nothing of it runs, unless a person is asked again.

A payment is shown and approved, or edited; then its arguments, its tool, its run, its gate, what was decided, the file
of its agent or the rule that would let it pass is changed by very little, and the run goes on.  The ledger of the tool
is the judge: a mutant must not pay at all, whatever the change is and however it is told.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.decisions import Verdict, decision_fact, digest_of
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.memory import arguments_digest
from detent.fsm.drivers.settle import decide, gates_meant, tell
from detent.fsm.kernel import begin, transition
from detent.states import BadValue, DetentError, IllegalEvent, PlanKind, Snapshot, Spec
from detent.states.calls import Proposal
from detent.states.canonical import canonical, parse
from detent.states.events import Approved, PlanMade
from detent.store import Store, new_run_id
from tests.fsm.drivers.making import NOW, PAY, READ

from .crew import Crew
from .harness import Figures, Profile
from .mutating import arguments, one_byte, reworded
from .payers import AGENT, Payers, pays
from .tampering import Tamperer, unguarded

__all__ = ["NAME", "PROMISE", "run"]

NAME = "mutations"
PROMISE = "A yes is a yes to exactly what was shown: with one byte changed nothing of it runs."

REFUSED = (2, 76, 78)  # exit codes of what is refused; 3: asked again
NAMES = ("bank", "Zoë & Söhne", "notes/offer.md", "caffè Pépé", "ann@example.org")

REDEFINED = (
    ('effect="once"', 'effect="once", version=2'),
    ('effect="once"', 'effect="once", approval="never"'),
    ('effect="once"', 'effect="idempotent"'),
    ('effect="once"', 'effect="read"'),
    ('effect="once"', 'effect="once", timeout=61'),
    ('effect="once"', 'effect="once", attempts=1'),
    ('effect="once"', 'effect="once", parallel=True'),
    ('effect="once"', 'effect="once", output_cap=9'),
    ('effect="once"', 'effect="once", name="pay_all"'),
    ("amount: int", "amount: float"),
    ("amount: int", "amount: str"),
    ("context: Context", "context: Context, cc: str = ''"),
    ("to: str,", "to: list[str],"),
    ("tools=[pay, ", "tools=["),
)


@define
class Mutations:
    """The mutations of one harness.

    Args:
        payers: whose payments are approved
        chance: every random choice
        seed: what that began with
    """

    payers: Payers
    chance: random.Random
    seed: int
    done: Counter[str] = field(factory=Counter)
    broken: list[str] = field(factory=list)
    _redefined: dict[int, Agent] = field(factory=dict)
    said: str = ""

    def violated(self, what: str) -> None:
        """A promise was broken."""
        self.broken.append(f"{what} (seed {self.seed})")

    # What a decision binds --------------------------------------------------------------------------------------

    def bound(self) -> None:
        """A decision about a gate is no decision about one that differs in anything."""
        given = {"amount": self.chance.randint(1, 10**6), "to": self.chance.choice(NAMES)}
        shown = asked(Spec(tools=(PAY, READ)), given)
        gate = shown.gates[0]
        verdict = Verdict(gate=gate.id, how="approve", digest=digest_of(shown, gate))
        decision_fact(shown, verdict, NOW)  # it is one about what was shown
        what, other, said = self._otherwise(shown, verdict, given)
        if other is None:
            self.done["arguments that cannot be"] += 1
            return
        same = other == shown and said == verdict
        self.done["the same bytes" if same else "decisions changed"] += 1
        try:
            decision_fact(other, said, NOW)
        except DetentError as refused:
            if same or refused.exit_code not in REFUSED:
                self.violated(f"{what}: the decision was refused with {refused!r}.")
        else:
            if not same:
                self.violated(f"{what}: the decision about {given} was taken.")
        try:
            approved = Approved(run=other.run, at=NOW, gate=said.gate, digest=said.digest)
            transition(other, approved)
        except IllegalEvent:
            if same:
                self.violated(f"{what}: the kernel refused a decision about what was shown.")
        else:
            if not same:
                self.violated(f"{what}: the kernel took a decision about {given}.")

    def _otherwise(
        self, shown: Snapshot, verdict: Verdict, given: dict[str, Any]
    ) -> tuple[str, Snapshot | None, Verdict]:
        """What is changed, the snapshot it leads to, and the decision."""
        kind = self.chance.choice(("arguments", "arguments", "arguments", "tool", "version", "run", "said"))
        run, (pay, read) = shown.run, shown.spec.tools
        if kind == "arguments":
            written = arguments(self.chance, given)
            try:
                other = asked(shown.spec, parse(written), run)
            except (BadValue, AttributeError):
                return written, None, verdict
            return written, other, verdict
        if kind == "tool":
            name = str(one_byte(self.chance, pay.name))
            return name, asked(Spec(tools=(evolve(pay, name=name), read)), given, run), verdict
        if kind == "version":
            version = pay.version + self.chance.randint(1, 9)
            return (
                f"version {version}",
                asked(Spec(tools=(evolve(pay, version=version), read)), given, run),
                verdict,
            )
        if kind == "run":
            other_run = self.chance.choice([str(one_byte(self.chance, run)), new_run_id()])
            return other_run, asked(shown.spec, given, other_run), verdict
        name = self.chance.choice(("gate", "digest"))
        said = evolve(verdict, **{name: str(one_byte(self.chance, getattr(verdict, name)))})
        return f"{name} {getattr(said, name)}", shown, said

    # What was stored --------------------------------------------------------------------------------------------

    def template(self, name: str) -> tuple[Path, str, tuple[int, str]]:
        """A database with one run whose payment a person has approved, and perhaps edited; what it is to pay."""
        amount, to = self.chance.randint(1, 10**6), self.chance.choice(NAMES)
        self.payers.says(pays(amount, to), "It is done.")
        path = self.payers.folder / f"{name}.db"
        with Store.open(path) as store:
            run = self.payers.begin(store)
            for number in range(self.chance.choice((0, 0, 3, 13, 14, 15, 20))):
                tell(store, run, f"Note {number}.")
            head, (gate,) = gates_meant(store, run, None, every=False)
            if self.chance.random() < 0.3:
                amount += 1
                decide(store, head, gate, "edit", json.dumps({"amount": amount, "to": to}))
            else:
                decide(store, head, gate, "approve")
        return path, run, (amount, to)

    def stored(self, path: Path, run: str, payment: tuple[int, str]) -> None:
        """What was approved is changed where it lies: with a digest that does not fit, or one that does."""
        copy = self._copy(path)
        strict, what = Tamperer(copy, self.chance, {"amount": payment[0], "to": payment[1]}).tamper()
        code, paid = self._goes_on(copy, run)
        if paid and (strict or paid != [payment]):
            self.violated(f"{what}: {paid} was paid, approved was {payment}; exit code {code}.")
        elif not paid and code not in REFUSED:
            self.violated(f"{what}: nothing was paid, and the exit code was {code}.")
        self.done["stored bytes changed"] += 1
        self.done["changed beside what was approved"] += bool(paid)

    def waiting(self, number: int) -> None:
        """A decision that waits for a driver is changed where it lies: it counts as typed, or not at all."""
        self.payers.says(pays(), "It is done.")
        path = self.payers.folder / "waiting.db"
        with Store.open(path) as store:
            run = self.payers.begin(store)
            head, (gate,) = gates_meant(store, run, None, every=False)
            how, text = self.chance.choice((("approve", ""), ("edit", '{"amount": 70000, "to": "me"}')))
            verdict = Verdict(gate=gate.id, how=how, digest=digest_of(head, gate), text=text, by="somebody")
            entry = store.inbox_put(run, "decision", verdict.plain(), head.at)
        with unguarded(path) as raw:
            (body,) = raw.execute("SELECT body FROM inbox WHERE id = ?", (entry,)).fetchone()
            other = one_byte(self.chance, body) if number else body
            raw.execute("UPDATE inbox SET body = ? WHERE id = ?", (other, entry))
        code, paid = self._goes_on(path, run)
        if number and (paid or code not in (3, *REFUSED)):
            self.violated(f"A decision that waited as {other} paid {paid}; exit code {code}.")
        if not number and len(paid) != 1:
            self.violated(f"A decision that waited was not taken: exit code {code}.")
        self.done["waiting decisions changed"] += bool(number)

    # What the agent is now --------------------------------------------------------------------------------------

    def redefined(self, path: Path, run: str) -> None:
        """The agent's file says something else of the tool than what was agreed to when the person said yes."""
        place = self.chance.randrange(len(REDEFINED))
        if place not in self._redefined:
            source = AGENT.replace("LIMITS", "notes=30").replace("HERE = Path(__file__).parent", self._here)
            old, new = REDEFINED[place]
            file = self.payers.folder / f"agent_{place}.py"
            file.write_text(source.replace(old, new, 1))
            found = load_file(str(file), self.payers.folder).definition
            self._redefined[place] = found if isinstance(found, Agent) else Agent()
        code, paid = self._goes_on(self._copy(path), run, self._redefined[place])
        if paid or code != 78:
            self.violated(f"{REDEFINED[place]}: exit code {code}, paid {paid}.")
        self.done["agents changed"] += 1

    @property
    def _here(self) -> str:
        return f"HERE = Path({str(self.payers.folder)!r})"

    # Rules ------------------------------------------------------------------------------------------------------

    def ruled(self) -> None:
        """A rule lets pass what it says, and nothing that only looks like it; widened later it opens no gate."""
        amount, to = self.chance.randint(1, 10**6), self.chance.choice(NAMES)
        other = self.chance.choice(reworded)(self.chance, to)
        rule = self.chance.choice(
            (f"pay(to=={json.dumps(to)})", f"pay(amount=={amount}, to=={json.dumps(to)})")
        )
        exact = other == to
        self.payers.says(pays(amount, other), "It is done.")
        before = len(self.payers.paid())
        path = self.payers.folder / "ruled.db"
        made = run_sync(
            self.payers.agent,
            "Pay.",
            store=path,
            folder=self.payers.folder,
            yes=(rule,),
            script_folder=self.payers.folder,
        )
        if made.exit_code != (0 if exact else 3) or len(self.payers.paid()) - before != exact:
            self.violated(f"{rule} let {other!r} pass, or not: exit code {made.exit_code}.")
        if not exact:
            code, paid = self._goes_on(path, made.id, yes=("pay",))
            if code != 3 or paid:
                self.violated(f"A wider rule opened a gate: exit code {code}, paid {paid}.")
        self.done["rules nearly met"] += not exact

    # What is the same for all -----------------------------------------------------------------------------------

    def _copy(self, path: Path) -> Path:
        copy = self.payers.folder / "mutant.db"
        for end in ("", "-wal", "-shm"):
            Path(f"{copy}{end}").unlink(missing_ok=True)
        shutil.copyfile(path, copy)
        return copy

    def _goes_on(
        self, path: Path, run: str, agent: Agent | None = None, yes: tuple[str, ...] = ()
    ) -> tuple[int, list[tuple[int, str]]]:
        """The exit code of going on with a run, and what it paid."""
        before = len(self.payers.paid())
        try:
            code = resume_sync(
                run, store=path, agent=agent or self.payers.agent, script_folder=self.payers.folder, yes=yes
            ).exit_code
        except DetentError as error:
            code = error.exit_code
        except Exception as error:  # noqa: BLE001 - that is a finding, and the next mutant goes on
            self.violated(f"Going on raised {type(error).__name__}: {error}.")
            code = 2
        return code, [(amount, to) for _, _, amount, to, _ in self.payers.paid()[before:]]

    def control(self, path: Path, run: str, payment: tuple[int, str]) -> None:
        """Without any change the payment is made, once: the harness would see it."""
        code, paid = self._goes_on(self._copy(path), run)
        if code or paid != [payment]:
            self.violated(f"Unchanged, run {run} left with {code} and paid {paid}.")
        self.done["payments unchanged"] += 1

    # The command line -------------------------------------------------------------------------------------------

    def typed(self, crew: Crew) -> None:
        """At the command line: another run, another gate, arguments that cannot be, another agent, another byte."""
        self.payers.says(pays(), "It is done.")
        with Store.open(self.payers.database) as store:
            run = self.payers.begin(store)
            gate = gates_meant(store, run, None, every=False)[1][0].id
        other_run, other_gate = (str(one_byte(self.chance, one)) for one in (run, gate))
        bad = self.chance.choice(
            ('{"amount": 7, "amount": 8, "to": "me"}', '{"amount": NaN, "to": "me"}', "[]")
        )
        near = json.dumps({"amount": self.chance.choice([7.5, "7", None]), "to": "me", "cc": "me"})
        for words in (
            ["approve", other_run],
            ["approve", run, other_gate],
            ["edit", run, gate, "--arguments", bad],
            ["edit", run, gate, "--arguments", near],
        ):
            self._refused(crew, words, 2)
        if self._typed(crew, ["approve", run]) != 0:
            self.violated(f"Run {run} could not be approved.")
        source = self.payers.folder / "agent.py"
        kept = source.read_text()
        source.write_text(kept.replace(*self.chance.choice(REDEFINED[:-1]), 1))
        self._refused(crew, ["resume", run], 78)
        source.write_text(kept)
        with unguarded(self.payers.database) as raw:
            raw.execute(
                "UPDATE object SET body = replace(body, 'bank', 'bang')"
                " WHERE id = (SELECT max(id) FROM object WHERE kind = 'turn')"
            )
        self._refused(crew, ["resume", run], 76)

    def _refused(self, crew: Crew, words: list[str], wanted: int) -> None:
        before = len(self.payers.paid())
        code = self._typed(crew, words)
        if code != wanted or len(self.payers.paid()) != before:
            self.violated(
                f"detent {' '.join(words)} left with {code}, paid {self.payers.paid()[before:]}: {self.said}"
            )
        self.done["commands refused"] += 1

    def _typed(self, crew: Crew, words: list[str]) -> int:
        given = {"database": str(self.payers.database), "folder": str(self.payers.folder), "words": words}
        crew.start(0, "tests.crash.racing:verb", **given)
        crew.go()
        report = crew.result(0)
        self.said = str(report.gave)
        return int(report.gave[0]) if report.gave else 70


def asked(spec: Spec, given: Any, run: str = "a" * 26) -> Snapshot:
    """A run of this spec that asks about its first tool with these arguments."""
    call = Proposal(tool=spec.tools[0].name, arguments=arguments_digest(canonical(given)), asks=True)
    plan = PlanMade(run=run, at=NOW, turn=1, kind=PlanKind.CALLS, calls=(call,))
    return transition(begin(spec, run, NOW), plan).after


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Change one byte, so many times."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    made = Mutations(Payers(folder / "runs", "notes=30"), random.Random(seed), seed)
    for _ in range(profile.of(180, 6000, 60_000)):
        made.bound()
    profile.say(f"mutations: {dict(made.done)}")
    for number in range(profile.of(6, 120, 1200)):
        template = made.template(f"template_{number}")
        made.control(*template)
        for _ in range(profile.of(12, 25, 25)):
            made.stored(*template)
        for _ in range(4):
            made.redefined(template[0], template[1])
        template[0].unlink()
    profile.say(f"mutations: {dict(made.done)}")
    for _ in range(profile.of(12, 400, 4000)):
        made.ruled()
    for number in range(profile.of(8, 200, 2000)):
        made.waiting(number)
    with Crew(1, folder) as crew:
        for _ in range(profile.of(2, 20, 100)):
            made.typed(crew)
    return Figures(
        name=NAME,
        done=dict(made.done),
        violations=tuple(made.broken),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
    )

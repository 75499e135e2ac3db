"""The demo told: give a command, see what became of it, go on from there, and judge at the end.

Nothing is taken for granted: every next command follows from what the database says.  With the scripted model the
story is known, so anything that does not go as told is an error (70).  With a real model the tale adapts, says what it
could not show, and still fails if a payment was made twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

from attrs import asdict, define, field

from ...states.errors import ConfigError, DetentError, InternalError, ModelUnavailable, StoreError, UsageError
from ...store import Store, short
from .choices import ALLOW, HARMLESS, offer, understood
from .demo_stage import Stage, Step, typed
from .demo_story import ALLOWED, GOAL, LEDGER
from .manners import Manners
from .terminal import forget_typed, read_line
from .wording import plural, side_by_side

__all__ = ["Left", "Tale"]

MOST = 40  # commands of one tale; a scripted one needs five
SIMPLER = (ALLOW, "edit")  # what a gate of the tale does not offer
GOES_ON = (0, 1, 3, 4, 5)  # what a driving command may end with
TROUBLE = {
    2: UsageError,
    69: ModelUnavailable,
    74: StoreError,
    78: ConfigError,
}  # that a real model may bring
QUESTIONS = {
    "approval": "It asks first, for the agent file says so above 100.  Nothing of its plan has started.",
    "doubt": "In doubt: was it paid?  detent cannot know, so it asks.  You can look into the ledger.",
}
EVIDENCE = "the bank has the money; see ledger.txt"


class Left(Exception):
    """The person left a question waiting, and the demo with it."""


@define
class Tale:
    """One telling of the demo.

    Args:
        manners: how to speak
        stage: where it happens
        model: the real model's name; empty for the scripted one
        unattended: whether the demo answers its own questions
    """

    manners: Manners
    stage: Stage
    model: str
    unattended: bool
    run: str = ""
    name: str = ""
    kills: int = 0
    asked: Counter[str] = field(factory=Counter)
    answered: Counter[str] = field(factory=Counter)
    began: float = field(factory=time.monotonic)

    # Telling ---------------------------------------------------------------------------------------------------

    def tell(self, *lines: str) -> None:
        """Lines of our own."""
        if not self.manners.quiet and not self.manners.json:
            for line in lines:
                self.manners.print(line)

    def head(self, line: str) -> None:
        """A heading."""
        bold = self.manners.streams.on_terminal()
        self.tell("", self.manners.paint(line, bold=True) if bold else line)

    def give(self, *words: str, kill: bool = False) -> Step:
        """Give a command, and show it with what it writes."""
        self.tell("", f"$ {typed(*words)}")
        return self.stage.give(words, lambda line: self.tell(f"  {line}".rstrip()), kill=kill)

    # The tale --------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Play it from the start to the judgement.

        Raises:
            Left: the person left a question waiting
            InternalError: it did not go as told
            DetentError: the real model could not be used
        """
        self._introduce()
        self._expect(self.give("check", "agent.py"), 0)
        self.head("It begins.  The first command that pays will be killed in the middle of it.")
        self._drive("run", GOAL, "-a", "agent.py", "--yes", ALLOWED)
        for _ in range(MOST):
            view = self.stage.view(self.run)
            if view["state"] in ("DONE", "FAILED"):
                break
            self._next()
        else:
            raise InternalError(f"The demo's run did not end within {MOST} commands.")
        self.head("What was recorded, and what really happened.")
        self._expect(self.give("log", self.name), 0)
        self._show_ledger()
        self._judge()

    def _introduce(self) -> None:
        model = (
            f"The model is {self.model}." if self.model else "No model: its replies are read from turns.json."
        )
        self.tell(
            "A made-up agent pays two bills, and is killed while it does.",
            f"{model}  The files, the database, the processes and kill -9 are real.",
            "A payment is a line in ledger.txt, so anybody can count what really happened.",
            f"It all happens in {self.stage.root}; nothing of yours is touched.",
        )
        self.head("First: the most it can take, whatever the model does.")

    def _drive(self, *words: str) -> Step:
        """Give a command that drives the run; the first one that pays is killed."""
        step = self.give(*words, kill=not self.kills)
        run = self.stage.run()
        if run is None or (step.exit not in GOES_ON and not step.killed):
            raise self._refused(step)
        if not self.run:
            self.run = run
            with Store.open(self.stage.database, mode="read") as store:
                self.name = short(run, store)
        if step.killed:
            self.kills += 1
            self.tell("", "  Killed with kill -9: the ledger has the payment, the bank had not answered yet.")
        return step

    def _next(self) -> None:
        """What a person would do now."""
        gates = self.stage.gates(self.run)
        if not gates:
            self.head("Go on from where it stands.  A yes that was given still holds.")
            self._drive("resume", self.name)
            return
        for gate in gates[:-1]:
            self._expect(self.give(*self._settle(gate, one_of_many=True)), 0)
        words = self._settle(gates[-1], one_of_many=len(gates) > 1)
        self._drive(*words, "--resume")

    def _settle(self, gate: dict[str, Any], *, one_of_many: bool) -> tuple[str, ...]:
        """The command that settles a gate as the person, or the demo in their place, says."""
        kind = gate["kind"]
        self.asked[kind] += 1
        self.head(QUESTIONS.get(kind, "A question for you."))
        if kind == "doubt":
            self._show_ledger()
        how, text = self._answer(gate)
        self.answered[how] += 1
        named = (gate["gate"],) if one_of_many else ()
        match how:
            case "approve":
                return ("approve", self.name, *named)
            case "deny":
                return ("deny", self.name, *named, *(("--reason", text) if text else ()))
            case "answer":
                return ("answer", self.name, text, *(("--gate", *named) if named else ()))
            case "happened":
                return ("resolve", self.name, *named, "--happened", text)
            case "failed":
                return ("resolve", self.name, *named, "--failed", text)
            case _:
                return ("resolve", self.name, *named, "--did-not-happen")

    def _answer(self, gate: dict[str, Any]) -> tuple[str, str]:
        if self.unattended:
            how, text = self._own_answer(gate)
            self.tell(
                f"  unattended, so the demo answers: {how.replace('_', ' ')}{': ' + text if text else ''}"
            )
            return how, text
        while True:
            forget_typed()
            self.manners.say()
            for line in side_by_side(offer(gate, SIMPLER), self.manners.columns()):
                self.manners.say(line)
            self.manners.streams.err(f"  [{HARMLESS[gate['kind']]}] > ")
            typed = asyncio.run(read_line())
            how, text = understood(gate, typed, SIMPLER) if typed is not None else ("leave", "")
            if how == "leave":
                raise Left
            if how in ("view", "again"):
                self.manners.say(
                    "  It is shown above, whole." if how == "view" else "  That is none of them."
                )
                continue
            return how, text

    def _own_answer(self, gate: dict[str, Any]) -> tuple[str, str]:
        """What a careful person would say: yes to what is asked, and of a doubt what the ledger says."""
        if gate["kind"] == "approval":
            return "approve", ""
        if gate["kind"] != "doubt":
            return "deny", ""
        given = gate["arguments"]
        paid = [(one.payee, one.amount) for one in self.stage.ledger()]
        if (str(given.get("payee")), str(given.get("amount"))) in paid:
            return "happened", EVIDENCE
        return "did_not_happen", ""

    def _show_ledger(self) -> None:
        self.tell("", f"{LEDGER}:")
        for one in self.stage.ledger():
            self.tell(f"  {one.amount:>6}  {one.payee}  (key …{one.key})")
        if not self.stage.ledger():
            self.tell("  nothing")

    # The judgement ---------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Whether it went as told.

        Raises:
            InternalError: it did not
        """
        times = Counter(one.key for one in self.stage.ledger())
        again = sum(times.values()) - len(times)
        if again > self.answered["did_not_happen"]:
            raise InternalError(
                f"The ledger has {plural(again, 'payment')} twice, and nobody asked for that."
            )
        missing = self.missing()
        if missing and not self.model:
            raise InternalError(f"The demo did not go as told: {'; '.join(missing)}.")
        twice = "nothing was paid twice" if not again else "paid again because you said it had not happened"
        self.head(
            f"{plural(len(times), 'payment')}, {plural(self.kills, 'kill')}, "
            f"{plural(self.asked['doubt'], 'doubt')} asked: {twice}.  {time.monotonic() - self.began:.1f} s in all."
        )
        for one in missing:
            self.tell(f"  not shown, since the model went its own way: {one}")

    def missing(self) -> list[str]:
        """What the tale should have shown and did not."""
        events, view = self.stage.events(self.run), self.stage.view(self.run)
        denied = self.answered["deny"]
        paid = [(one.payee, one.amount) for one in self.stage.ledger()]
        wanted = [("Waterworks", "38"), *([] if denied else [("Landlord", "950")])]
        again = self.answered["did_not_happen"] + self.answered["failed"]
        shown = {
            "a run that ends with an answer": view["state"] == "DONE" and view["reason"] == "answered",
            "a gate before a payment of more than 100": self.asked["approval"] > 0,
            "a kill in the middle of a payment": self.kills == 1,
            "a call in doubt, put to a person": self.asked["doubt"] == 1 and events["Resolved"] == 1,
            "every bill paid once": paid == wanted or (again > 0 and set(paid) <= set(wanted)),
            "report.md": (self.stage.folder / "report.md").exists() or again > 0,
        }
        return [what for what, seen in shown.items() if not seen]

    def document(self) -> dict[str, Any]:
        """The tale as one JSON value."""
        view = self.stage.view(self.run) if self.run else {}
        events = self.stage.events(self.run) if self.run else Counter()
        return {
            "model": self.model or None,
            "run": self.run or None,
            "state": view.get("state"),
            "answer": view.get("answer"),
            "clicks": max(0, sum(events.values()) - 1),
            "kills": self.kills,
            "asked": dict(self.asked),
            "answered": dict(self.answered),
            "payments": [asdict(one) for one in self.stage.ledger()],
            "not_shown": self.missing() if self.run else [],
            "steps": [asdict(step) for step in self.stage.steps],
            "seconds": round(time.monotonic() - self.began, 3),
            "exit": int(view["exit"]) if view else 70,
        }

    def _expect(self, step: Step, code: int) -> None:
        if step.exit != code:
            raise self._refused(step)

    def _refused(self, step: Step) -> DetentError:
        """A command that did not do as told: with a real model its own trouble, else a bug."""
        said = " ".join(step.said.split())[-400:]
        kind = TROUBLE.get(step.exit, InternalError) if self.model else InternalError
        return kind(f"{step.command} ended with {step.exit}: {said}")

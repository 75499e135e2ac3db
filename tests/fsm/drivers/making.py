"""Stored runs at a chosen click, made by the kernel and the journal alone: no driver, no planner, no tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from detent.fsm.drivers.decisions import Verdict, digest_of
from detent.fsm.drivers.journal import Fact, Journal, first_click
from detent.fsm.drivers.memory import History, arguments_digest
from detent.fsm.history import Message, Turn, TurnCall, turn_text
from detent.fsm.kernel import begin
from detent.states import Approval, Effect, PlanKind, Spec, ToolSpec, text
from detent.states.calls import Proposal
from detent.states.canonical import canonical
from detent.states.codec import spec_text
from detent.states.events import Begun, CallStarted, Observed, PlanMade, ToolFailed, ToolReturned
from detent.states.names import Ran
from detent.store import RunRecord, Store, new_run_id

__all__ = ["NOW", "PAY", "READ", "Making", "begun"]

NOW = 1_700_000_000_000
SCHEMA = canonical(
    {
        "type": "object",
        "properties": {"to": {"type": "string"}, "amount": {"type": "integer", "minimum": 1}},
        "required": ["to", "amount"],
        "additionalProperties": False,
    }
)
PAY = ToolSpec(name="pay", parameters=SCHEMA, effect=Effect.ONCE, attempts=2)
READ = ToolSpec(name="look", effect=Effect.READ, approval=Approval.NEVER, attempts=1)


@frozen
class Making:
    """A stored run that is taken from click to click by hand.

    Args:
        journal: the run
    """

    journal: Journal

    @property
    def run(self) -> str:
        """Its id."""
        return self.journal.head.run

    def take(self, fact: Fact) -> None:
        """One click, durable."""
        self.journal.take(fact)
        self.journal.commit()

    def plan(self, *calls: tuple[str, dict[str, Any]]) -> None:
        """The planner calls tools; those that ask always ask."""
        head = self.journal.head
        made = tuple(TurnCall(tool=name, arguments=canonical(given)) for name, given in calls)
        turn = turn_text(Turn(calls=made))
        proposals = tuple(
            Proposal(
                tool=one.tool,
                arguments=arguments_digest(one.arguments),
                asks=head.spec.by_name[one.tool].approval is Approval.ALWAYS,
            )
            for one in made
        )
        event = PlanMade(
            run=self.run,
            at=head.at,
            turn=head.turn,
            notes=head.told,
            kind=PlanKind.CALLS,
            reply=turn.digest,
            calls=proposals,
        )
        self.take(Fact(event, texts=(turn,)))

    def ask(self, question: str) -> None:
        """The planner asks the person something."""
        head = self.journal.head
        arguments = canonical({"question": question})
        turn = turn_text(Turn(calls=(TurnCall(tool="ask_person", arguments=arguments),)))
        event = PlanMade(
            run=self.run,
            at=head.at,
            turn=head.turn,
            notes=head.told,
            kind=PlanKind.QUESTION,
            reply=turn.digest,
            answer=text("answer", question).digest,
        )
        self.take(Fact(event, texts=(turn,)))

    def start(self, call: str, attempt: int = 1) -> None:
        """A mark."""
        self.take(Fact(CallStarted(run=self.run, at=self.journal.head.at, call=call, attempt=attempt)))

    def gives(self, call: str, body: str, attempt: int = 1) -> None:
        """A result."""
        result = text("result", body)
        event = ToolReturned(
            run=self.run, at=self.journal.head.at, call=call, attempt=attempt, result=result.digest
        )
        self.take(Fact(event, texts=(result,)))

    def is_lost(self, call: str, attempt: int = 1) -> None:
        """A failure of which nobody knows whether it had its effect."""
        message = text("error", canonical({"error": "lost", "message": "Lost."}))
        event = ToolFailed(
            run=self.run,
            at=self.journal.head.at,
            call=call,
            attempt=attempt,
            error="lost",
            message=message.digest,
            ran=Ran.UNKNOWN,
        )
        self.take(Fact(event, texts=(message,)))

    def observe(self) -> None:
        """The turn is over."""
        head = self.journal.head
        self.take(Fact(Observed(run=self.run, at=head.at, turn=head.turn)))

    def verdict(self, how: str, said: str = "", gate: int = 0) -> Verdict:
        """What a person says at an open gate."""
        head = self.journal.head
        one = head.gates[gate]
        return Verdict(gate=one.id, how=how, digest=digest_of(head, one), text=said, by="tester")


def begun(store: Store, *tools: ToolSpec, goal: str = "Do it.", **options: Any) -> Making:
    """A new run in the store, at click 0."""
    spec = Spec(tools=tools, **options)
    run = new_run_id()
    snapshot = begin(spec, run, NOW)
    first: Sequence[Message] = [Message(0, text("goal", goal))]
    record = RunRecord(id=run, spec=spec_text(spec), created=NOW, goal=goal)
    event = Begun(run=run, at=NOW, spec=spec.digest, goal=first[0].text.digest)
    branch = store.begin(record, first_click(snapshot, event, first))
    history = History(store, run, 0, fresh=True)
    history.add(first, snapshot.history)
    return Making(Journal(store, branch, snapshot, history))

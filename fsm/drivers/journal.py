"""The journal: steps events through the kernel and makes them durable.

`take` steps in memory; `commit` writes every click taken since, in one transaction.  Nothing may be performed and
nobody told between the two.  A refused event leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from ...states.canonical import canonical
from ...states.codec import decode_snapshot, decode_spec, encode_event
from ...states.errors import VersionMismatch
from ...states.events import Decision, Edited, Event, PlanMade
from ...states.forms import Form
from ...states.snapshot import Snapshot
from ...states.spec import RULES
from ...states.texts import Text
from ...store import Branch, Click, Placed, Settled, Store, Write
from ..history import Message, written
from ..kernel import Transition, transition
from .memory import History, arguments_of

__all__ = ["Fact", "Journal", "first_click", "load"]


@frozen(slots=False)
class Fact:
    """An event with the texts it speaks of.

    Args:
        event: what happened
        texts: texts that become messages, or that the click keeps beside them
        extras: texts that are no messages and are kept with the click: previews, edited arguments, planner state, lenses
        took: milliseconds it took
        inbox: ids of inbox entries this fact answers
        arguments: of a plan the argument bytes of its calls, in order; those whose digests its event holds
    """

    event: Event
    texts: tuple[Text, ...] = ()
    extras: tuple[Text, ...] = ()
    took: int = 0
    inbox: tuple[int, ...] = ()
    arguments: tuple[str, ...] = ()


@define
class Journal:
    """One run, as its driver steps it.

    Args:
        store: where it lies
        branch: the run's end there
        head: the last snapshot, committed or not
        history: its messages
    """

    store: Store
    branch: Branch
    head: Snapshot
    history: History
    _clicks: list[Click] = field(factory=list)
    _messages: list[Placed] = field(factory=list)
    _extras: list[tuple[int, Text]] = field(factory=list)
    _settled: list[Settled] = field(factory=list)
    _inbox: list[int] = field(factory=list)
    _taken: list[tuple[Transition, int]] = field(factory=list)
    _durable: list[tuple[Transition, int]] = field(factory=list)
    _arguments: dict[tuple[int, str], str] = field(factory=dict)
    _form: Form | None = None

    def take(self, fact: Fact) -> Transition:
        """Step one fact in memory.

        Raises:
            IllegalEvent: no row takes it; nothing was changed
        """
        click = transition(self.head, fact.event)
        extras = fact.extras
        texts = {text.digest: text for text in ((*fact.texts, *extras) if extras else fact.texts)}
        messages = written(click, texts)
        form = (self._form or Form.of(self.head)).after(click.after)
        self._clicks.append(_click(click, form, fact.took))
        self._form, seq = form, click.after.seq
        self._messages += [Placed(message.position, message.text, seq) for message in messages]
        placed = {message.text.digest for message in messages}
        kept = [*extras, *[text for text in fact.texts if text.digest not in placed]]
        if kept:
            self._extras += [(seq, text) for text in kept]
        if click.before.gates:
            self._settled += _gates_settled(click)
        self._inbox += fact.inbox
        self._taken.append((click, fact.took))
        self.history.add(messages, click.after.history)
        self._remember(click, fact)
        self.head = click.after
        return click

    def commit(self) -> tuple[tuple[Transition, int], ...]:
        """Make durable what was taken, and tell which clicks that were, each with the milliseconds it took.

        Raises:
            StoreError: nothing of it was written
        """
        write = self.pending()
        if write is not None:
            self.branch.commit(write)
            self.written(write)
        return self.told()

    def pending(self) -> Write | None:
        """What was taken and is not durable yet; None if all is."""
        if not self._clicks:
            return None
        return Write(
            clicks=tuple(self._clicks),
            messages=tuple(self._messages),
            extras=tuple(self._extras),
            settled=tuple(self._settled),
            inbox=tuple(self._inbox),
        )

    def written(self, write: Write) -> None:
        """Take in that what was pending is durable."""
        count = len(write.clicks)
        self._durable += self._taken[:count]
        del self._taken[:count], self._clicks[:count], self._messages[: len(write.messages)]
        del self._extras[: len(write.extras)], self._settled[: len(write.settled)]
        del self._inbox[: len(write.inbox)]

    def told(self) -> tuple[tuple[Transition, int], ...]:
        """The clicks that have become durable since this was asked, each with the milliseconds it took."""
        told, self._durable = tuple(self._durable), []
        return told

    def arguments(self, index: int) -> str:
        """The exact argument bytes of this turn's call at a place, as text.

        Raises:
            IntegrityError: they are not those that were approved
        """
        call = self.head.calls[index]
        known = (self.head.turn, call.arguments)
        if known not in self._arguments:
            self._arguments[known] = arguments_of(self.history, self.store, self.head, index, call)
        return self._arguments[known]

    def _remember(self, click: Transition, fact: Fact) -> None:
        if click.after.turn != click.before.turn:
            self._arguments.clear()
        if fact.arguments and isinstance(fact.event, PlanMade):
            for planned, proposal in zip(fact.arguments, fact.event.calls, strict=True):
                self._arguments[(click.after.turn, proposal.arguments)] = planned
        for text in fact.extras:
            if text.kind == "planner":
                self.history.remember_planner(text)
        if isinstance(fact.event, Edited):
            edited = next(text for text in fact.extras if text.digest == fact.event.arguments)
            self._arguments[(click.after.turn, edited.digest)] = edited.body


def _click(click: Transition, form: Form, took: int) -> Click:
    after = click.after
    return Click(
        seq=after.seq,
        state=str(after.state),
        event=type(click.event).__name__,
        event_body=encode_event(click.event),
        whole=form.whole,
        patch=form.patch,
        guards=click.reasons,
        at=after.at,
        took=took,
    )


def _gates_settled(click: Transition) -> list[Settled]:
    """One decision row for every gate this click closed."""
    still = {gate.id for gate in click.after.gates}
    by = click.event.by if isinstance(click.event, Decision) else ""
    how = type(click.event).__name__
    return [
        Settled(gate=gate.id, kind=gate.kind.value, seq=click.after.seq, how=how, by=by, at=click.after.at)
        for gate in click.before.gates
        if gate.id not in still
    ]


def first_click(
    snapshot: Snapshot, event: Event, messages: Sequence[Message], extras: Sequence[Text] = ()
) -> Write:
    """The write that begins a run."""
    form = Form.of(snapshot)
    click = Click(
        seq=0,
        state=snapshot.state.value,
        event=type(event).__name__,
        event_body=encode_event(event),
        whole=form.whole,
        patch=form.patch,
        guards=canonical({"taken": "begun", "guards": {}, "lost": {}}),
        at=snapshot.at,
        took=0,
    )
    return Write(
        clicks=(click,),
        messages=tuple(Placed(message.position, message.text) for message in messages),
        extras=tuple((0, text) for text in extras),
    )


def load(store: Store, run: str) -> Journal:
    """The journal of a stored run, at its head.

    Raises:
        VersionMismatch: it follows rules that this version does not know
        IntegrityError: what is stored cannot be read
    """
    branch = store.branch(run)
    spec = decode_spec(store.spec(run))
    if spec.rules > RULES:
        raise VersionMismatch(
            f"Run {run[:6]} follows rules {spec.rules} of the machine; this version knows {RULES}.",
            "Go on with it in the newer version.",
        )
    head = decode_snapshot(store.click(run, branch.seq).body, spec)
    return Journal(store, branch, head, History(store, run, head.history))

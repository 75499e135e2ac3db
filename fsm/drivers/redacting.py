"""Redacting: a copy of a run without its secrets, as sound as the run itself.

A text that holds a secret becomes another text, so every digest that speaks of it changes, and with it every snapshot.
So the run is stepped again: its events, with other digests, through the kernel.  What comes out replays and verifies
like any run, keeps its id (waits between attempts are made of it), and says in its origin what was replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from ...states.canonical import canonical, digest
from ...states.codec import decode_event, decode_snapshot, decode_spec, encode_event
from ...states.errors import BadValue, IllegalEvent, IntegrityError, UsageError
from ...states.events import Decision, Event, Forked
from ...states.forms import Form
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Text, text
from ...store import Click, Placed, RunRecord, Settled, Store, StoredClick, Write
from ..forking import edited, fork
from ..kernel import Transition, begin, transition
from .decisions import digest_of
from .memory import arguments_digest

__all__ = ["Secrets", "redacted", "secrets_of"]

SHORT = 200  # characters of a goal that lists show
SHORTEST = 6  # characters of a value that is taken for a secret: a shorter one would tear words apart
OURS = ("attempt", "lens", "spec")  # of these, numbers are the machine's
JSON = ("turn", "refused", "error", "preview", "attempt", "arguments", "planner", "lens", "spec")


@frozen
class Secrets:
    """What is to be replaced.

    Args:
        values: exact texts, each with the name of what holds it
        patterns: patterns, each with what it is called
    """

    values: tuple[tuple[str, str], ...] = ()
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What is replaced, by name."""
        return tuple(
            dict.fromkeys((*(name for name, _ in self.values), *(name for name, _ in self.patterns)))
        )

    def without(self, said: str) -> str:
        """A text without them; each is replaced by its name in brackets."""
        for name, value in self.values:
            for written in _written(value):
                said = said.replace(written, f"[{name}]")
        for name, pattern in self.patterns:
            said = pattern.sub(f"[{name}]", said)
        return said


def _written(value: str) -> tuple[str, ...]:
    """A value as it stands in a text, and as it stands in JSON within a text."""
    return tuple(
        dict.fromkeys((value, *(json.dumps(value, ensure_ascii=way)[1:-1] for way in (False, True))))
    )


def secrets_of(names: Iterable[str], patterns: Iterable[str], environment: Mapping[str, str]) -> Secrets:
    """The secrets that a person names.

    Args:
        names: environment variables whose values are secrets
        patterns: regular expressions
        environment: where the variables are

    Raises:
        UsageError: a variable that is not set or too short, or a pattern that is none or matches an empty text
    """
    values = []
    for name in names:
        value = environment.get(name, "")
        if len(value) < SHORTEST:
            why = "is not set" if not value else f"has fewer than {SHORTEST} characters"
            raise UsageError(
                f"The environment variable {name} {why}.", "Set it to the secret, or leave it out."
            )
        values.append((name, value))
    made = []
    for number, written in enumerate(patterns, 1):
        try:
            pattern = re.compile(written)
        except re.error as error:
            raise UsageError(f"{written!r} is no pattern: {error}.", "Correct it.") from None
        if pattern.search(""):
            raise UsageError(
                f"The pattern {written!r} matches an empty text too.", "Make it match what is secret."
            )
        made.append((f"pattern {number}", pattern))
    return Secrets(tuple(sorted(values, key=lambda one: -len(one[1]))), tuple(made))


def redacted(store: Store, run: str, seq: int, secrets: Secrets, into: Store) -> str:
    """Write a copy without secrets, with all that it came from; its id.

    Args:
        store: where the run lies
        run: its id
        seq: the last click that is needed
        secrets: what is replaced
        into: where the copy is written

    Raises:
        IntegrityError: what is stored is damaged
        UsageError: a pattern also means words of the machine itself, without which nothing can be read
    """
    try:
        (_, _), *forebears = store.lineage(run)
        known = _Known()
        for one, last in (*reversed(forebears), (run, seq)):
            _copy(store, one, last, _Copy.of(store, one, secrets, known), into)
    except (
        BadValue,
        IllegalEvent,
        IntegrityError,
        LookupError,
        StopIteration,
        TypeError,
        ValueError,
    ) as error:
        if store.verify(run):
            raise
        raise UsageError(
            "What is to be replaced is also part of what the machine itself writes, so the copy could not be read.",
            "Name it more exactly: a pattern that matches nothing but what is secret.",
        ) from error
    return run


def _copy(store: Store, run: str, seq: int, made: _Copy, into: Store) -> None:
    """Write the copy of a run; those of its forebears are there."""
    record, secrets = store.record(run), made.secrets
    spec = decode_spec(made.body("spec", record.spec.body))
    new = RunRecord(
        id=run,
        spec=text("spec", made.body("spec", record.spec.body)),
        created=record.created,
        name=secrets.without(record.name),
        goal=made.goal(record.goal),
        parent=record.parent,
        folder=secrets.without(record.folder),
        origin={**made.leaves(record.origin), "redacted": list(secrets.names)},
        labels=tuple(secrets.without(label) for label in record.labels),
    )
    before: Snapshot | None = None
    branch = None
    for stored in store.clicks(run, 0, seq + 1):
        if before is None:
            before, event = _first(into, new, spec, stored, made)
            branch = into.begin(new, made.write(stored, before, event, None))
            continue
        click = transition(before, made.event(stored, before, new.id))
        if branch is not None:
            branch.commit(made.write(stored, click.after, click.event, click))
        before = click.after


def _first(
    into: Store, record: RunRecord, spec: Spec, stored: StoredClick, made: _Copy
) -> tuple[Snapshot, Event]:
    """Click 0 of the copy."""
    event = decode_event(stored.event, record.id, stored.at, made.mapped(stored.event_body))
    event = evolve(event, spec=spec.digest)  # type: ignore[call-arg]  # both kinds of first event have one
    if record.parent is None:
        first = begin(spec, record.id, stored.at)
        planner = [kept.digest for kept in made.extras.get(0, ()) if kept.kind == "planner"]
        return (evolve(first, planner=planner[-1]) if planner else first), event
    parent, seq = record.parent
    stands = decode_snapshot(into.click(parent, seq).body, decode_spec(into.spec(parent)))
    edits = event.edits if isinstance(event, Forked) else ()
    event = evolve(event, parent=parent)  # type: ignore[call-arg]  # a fork's first event names it
    return edited(fork(stands, spec, record.id, stored.at), edits), event


@define
class _Known:
    """What is known of a family by now: the new digest for every old one, and what was asked for."""

    digests: dict[str, str] = field(factory=dict)
    goals: list[str] = field(factory=list)


@define
class _Copy:
    """What the copy of a run is made of: its new texts, and what is known of its family."""

    secrets: Secrets
    known: _Known
    messages: dict[int, list[Placed]] = field(factory=dict)
    extras: dict[int, list[Text]] = field(factory=dict)
    settled: dict[int, list[Settled]] = field(factory=dict)

    @classmethod
    def of(cls, store: Store, run: str, secrets: Secrets, known: _Known) -> _Copy:
        made = cls(secrets, known)
        placed, kept = store.messages(run, own=True), store.texts(run, start=0)
        known.goals += (one.text.body for one in placed if one.text.kind in ("goal", "note"))
        for one in (*(message.text for message in placed), *(beside for _, beside in kept)):
            made._learn(one)
        for message in placed:
            new = Placed(message.position, made.text(message.text), message.seq)
            made.messages.setdefault(message.seq, []).append(new)
        for seq, beside in kept:
            made.extras.setdefault(seq, []).append(made.text(beside))
        for gate in store.decisions(run):
            made.settled.setdefault(gate.seq, []).append(evolve(gate, by=secrets.without(gate.by)))
        return made

    def _learn(self, old: Text) -> None:
        """Remember the new digests of a text, and of the arguments and the answer that a plan holds."""
        if old.kind == "turn":
            for call in json.loads(old.body).get("calls", ()):
                before, after = (
                    canonical(call["arguments"]),
                    canonical(self.leaves(call["arguments"], numbers=True)),
                )
                self.known.digests[arguments_digest(before)] = arguments_digest(after)
            said = json.loads(old.body).get("content", "")
            self.known.digests[digest("answer", said)] = digest("answer", self.secrets.without(said))
        self.known.digests[old.digest] = self.text(old).digest

    def text(self, old: Text) -> Text:
        """A text of the copy."""
        return text(old.kind, self.body(old.kind, old.body))

    def body(self, kind: str, body: str) -> str:
        """What a text says in the copy."""
        if kind not in JSON:
            return self.secrets.without(body)
        return canonical(self.leaves(json.loads(body), numbers=kind not in OURS))

    def goal(self, shown: str) -> str:
        """A goal as lists show it; where that is only its beginning, no piece of a secret stands at the cut."""
        whole = next((one for one in self.known.goals if len(shown) == SHORT and one[:SHORT] == shown), shown)
        return self.secrets.without(whole)[:SHORT]

    def leaves(self, value: Any, *, numbers: bool = False) -> Any:
        """A plain value with every text in it replaced, also numbers if so asked, and every digest by the new one."""
        if isinstance(value, str):
            return self.known.digests.get(value) or self.secrets.without(value)
        if isinstance(value, list):
            return [self.leaves(one, numbers=numbers) for one in value]
        if isinstance(value, dict):
            return {
                self.secrets.without(name): self.leaves(one, numbers=numbers) for name, one in value.items()
            }
        if numbers and isinstance(value, int | float) and not isinstance(value, bool):
            written = canonical(value)
            said = self.secrets.without(written)
            return value if said == written else said
        return value

    def mapped(self, body: str) -> str:
        """An event's body in the copy."""
        return canonical(self.leaves(json.loads(body)))

    def event(self, stored: StoredClick, head: Snapshot, run: str) -> Event:
        """An event of the copy; a decision quotes what the copy's gate shows."""
        event = decode_event(stored.event, run, stored.at, self.mapped(stored.event_body))
        if isinstance(event, Decision):
            gate = next(one for one in head.gates if one.id == event.gate)
            return evolve(event, digest=digest_of(head, gate))
        return event

    def write(self, stored: StoredClick, after: Snapshot, event: Event, click: Transition | None) -> Write:
        """The rows of one click."""
        form = Form.of(click.before).after(after) if click else Form.of(after)
        made = Click(
            seq=stored.seq,
            state=after.state.value,
            event=stored.event,
            event_body=encode_event(event),
            whole=form.whole,
            patch=form.patch,
            guards=click.reasons if click else stored.guards,
            at=stored.at,
            took=stored.took,
        )
        seq = stored.seq
        return Write(
            clicks=(made,),
            messages=tuple(self.messages.get(seq, ())),
            extras=tuple((seq, one) for one in self.extras.get(seq, ())),
            settled=tuple(self.settled.get(seq, ())),
        )

"""Retelling: the clicks of a run in one line each, without anything that always differs: no time, no id, no digest.

Results that arrive side by side are told in the order of their calls, and a note behind what ran when it came: two
runs that did the same are told with the same lines.  What a line cannot hold is cut, and how much is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from ...states.calls import named
from ...states.canonical import canonical
from ...states.codec import decode_event, decode_snapshot, decode_spec
from ...states.events import (
    CallStarted,
    Decision,
    Edited,
    Event,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from ...states.names import PlanKind
from ...states.snapshot import Snapshot
from ...store import Store
from ..history import read_turn
from .recordings import without_base

__all__ = ["LONG", "Step", "place_of", "retold", "short", "steps", "texts_of"]

LONG = 300  # characters of what is told of one text


@frozen(kw_only=True)
class Step:
    """A click, taken apart.

    Args:
        seq: its number
        before: the snapshot it began with; None for click 0
        event: what happened
        after: the snapshot it led to
    """

    seq: int
    before: Snapshot | None
    event: Event
    after: Snapshot


@frozen(kw_only=True)
class _Line:
    """What is told of a click: in which order among its neighbours, and the words."""

    order: tuple[int, int]
    about: str
    state: str
    opened: str


def steps(store: Store, run: str, last: int | None = None) -> Iterator[Step]:
    """The clicks of a run, one after the other.

    Args:
        store: where it lies
        run: its id
        last: up to this click; None is all
    """
    spec = decode_spec(store.spec(run))
    before: Snapshot | None = None
    for stored in store.clicks(run, 0, None if last is None else last + 1):
        event = decode_event(stored.event, run, stored.at, stored.event_body)
        after = decode_snapshot(stored.body, spec)
        yield Step(seq=stored.seq, before=before, event=event, after=after)
        before = after


def texts_of(store: Store, run: str) -> dict[str, str]:
    """Every text of a run, by its digest."""
    kept = [text for _, text in store.texts(run)] + [one.text for one in store.messages(run)]
    return {text.digest: text.body for text in kept}


def place_of(call: str) -> int:
    """A call's place in its plan."""
    return int(call.split(".")[1])


def retold(store: Store, run: str, last: int | None = None) -> list[str]:
    """The clicks of a run, a line each: number, state, event, and what it was about.

    Args:
        store: where it lies
        run: its id
        last: up to this click; None is all
    """
    texts = texts_of(store, run)
    made: list[str] = []
    together: list[_Line] = []
    for step in steps(store, run, last):
        if not _movable(step.event):
            _settle(made, together)
            together = []
        together.append(_line(step, texts))
    _settle(made, together)
    return made


def _movable(event: Event) -> bool:
    """Whether its place among its neighbours is chance: two runs that did the same may have it elsewhere."""
    return isinstance(event, CallStarted | ToolReturned | ToolFailed | Observed | Told)


def _settle(made: list[str], together: list[_Line]) -> None:
    """Tell neighbours in an order that does not depend on time; the states they led to stay where they are.

    A note leads nowhere, so it has no state.  The first of them may be a click that is not moved.
    """
    states = iter([(line.state, line.opened) for line in together if line.state])
    for line in sorted(together, key=lambda one: one.order):
        state, opened = next(states) if line.state else ("", "")
        words = f"{state} {line.about}{opened}" if state else line.about
        made.append(f"{len(made)} {words}")


def _line(step: Step, texts: Mapping[str, str]) -> _Line:
    event, after = step.event, step.after
    about = f"{type(event).__name__} {_about(step, texts)}".rstrip()
    line = _Line(order=(0, 0), about=about, state=after.state.value, opened=_opened(step))
    if isinstance(event, CallStarted | ToolReturned | ToolFailed):
        return evolve(line, order=(1, place_of(event.call)))
    if isinstance(event, Observed):
        return evolve(line, order=(2, 0))
    return evolve(line, order=(3, 0), state="") if isinstance(event, Told) else line


def _opened(step: Step) -> str:
    """The gates that a click opened, or how the run ended by it."""
    before = {gate.id for gate in step.before.gates} if step.before else set()
    gates = [
        f"{gate.id} ({gate.name})" if gate.name else gate.id
        for gate in step.after.gates
        if gate.id not in before
    ]
    ended = "" if step.after.state.live else f", ended: {step.after.reason}"
    return (f", opened: {', '.join(gates)}" if gates else "") + ended


def _about(step: Step, texts: Mapping[str, str]) -> str:
    event = step.event
    if isinstance(event, PlanMade):
        return _plan(event, texts)
    if isinstance(event, PlanRefused):
        return event.kind
    if isinstance(event, CallStarted | ToolReturned | ToolFailed):
        return _attempt(event, step)
    if isinstance(event, Edited):
        return f"{event.gate}: {short(_shown(texts.get(event.arguments, '{}')))}"
    if isinstance(event, Resolved):
        return f"{event.gate}: {event.how.value}"
    if isinstance(event, Decision | GateExpired):
        return event.gate
    return short(texts.get(event.note, "")) if isinstance(event, Told) else ""


def _plan(event: PlanMade, texts: Mapping[str, str]) -> str:
    """A plan: its calls with their arguments, or what was said."""
    if event.kind is not PlanKind.CALLS:
        said = texts.get(event.answer, "")
        return f"{event.kind.value}: {short(said)}" if said else event.kind.value
    told = []
    for call, proposal in zip(read_turn(texts[event.reply]).calls, event.calls, strict=True):
        asks = " asks" if proposal.asks else f" allowed by {proposal.rule}" if proposal.rule else ""
        told.append(f"{call.tool} {short(_shown(call.arguments))}{asks}")
    return "; ".join(told)


def _attempt(event: CallStarted | ToolReturned | ToolFailed, step: Step) -> str:
    """An attempt: the tool, which attempt, and what it came to."""
    if step.before is None:
        return ""
    tool = named(step.before.spec, step.before.calls[place_of(event.call)]).name
    which = f" attempt {event.attempt}" if event.attempt > 1 else ""
    came = f": {event.error}" if isinstance(event, ToolFailed) else ""
    return f"{tool}{which}{came}"


def _shown(arguments: str) -> str:
    return canonical(without_base(arguments))


def short(said: str) -> str:
    """A text as far as a line holds it."""
    if len(said) <= LONG:
        return said
    return f"{said[:LONG]}… ({len(said):,} characters)"

"""Walking: every snapshot a small machine can reach, and the most that can still follow each.

Time, digests and counters that no guard looks at are taken out of a snapshot before it is remembered, so that a small
machine has a finite, small number of them.  What may still follow is a depth-first search that remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import define, evolve, field, frozen

from detent.fsm.fuel import fuel
from detent.fsm.kernel import Transition, begin, transition
from detent.states.events import CallStarted, Event, PlanMade, PlanRefused, ToolFailed, ToolReturned
from detent.states.gates import Gate
from detent.states.limits import Spent, Usage
from detent.states.names import Phase
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.moves import legal_events, named_call

__all__ = ["NOW", "Longest", "Walk", "normal"]

NOW = 1  # the time of every remembered snapshot, milliseconds


def normal(snapshot: Snapshot) -> Snapshot:
    """The snapshot without what no guard looks at."""
    usage, limits = snapshot.usage, snapshot.spec.limits
    return evolve(
        snapshot,
        seq=0,
        at=NOW,
        usage=Usage(
            model_turns=usage.model_turns,
            tool_calls=usage.tool_calls,
            tokens=min(usage.tokens, limits.cap("tokens", limits.extensions) or 0),
            milliseconds=min(usage.milliseconds, 1000 * (limits.cap("wall_seconds", limits.extensions) or 0)),
        ),
        calls=tuple(evolve(call, not_before=0) for call in snapshot.calls),
        gates=tuple(_asked(snapshot, gate) for gate in snapshot.gates),
        reason="over" if snapshot.reason else "",
        answer="",
        history=0,
        outcomes=0,
    )


def _asked(snapshot: Snapshot, gate: Gate) -> Gate:
    if not gate.opened:
        return gate
    seconds = snapshot.spec.limits.gate_seconds or 0
    return evolve(gate, opened=NOW, expires=NOW + seconds * 1000 if gate.expires else 0)


@frozen
class Longest:
    """The most of each that can still follow a snapshot, each along a path of its own."""

    transitions: int = 0
    model_turns: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    attempts: int = 0

    def before(self, click: Transition) -> Longest:
        """The same one click earlier."""
        before, after = click.before.usage, click.after.usage
        return Longest(
            1 + self.transitions,
            after.model_turns - before.model_turns + self.model_turns,
            isinstance(click.event, PlanMade | PlanRefused) + self.model_calls,
            after.tool_calls - before.tool_calls + self.tool_calls,
            _attempted(click) + self.attempts,
        )

    def or_(self, other: Longest) -> Longest:
        """The greater of each."""
        return Longest(
            max(self.transitions, other.transitions),
            max(self.model_turns, other.model_turns),
            max(self.model_calls, other.model_calls),
            max(self.tool_calls, other.tool_calls),
            max(self.attempts, other.attempts),
        )


def _attempted(click: Transition) -> bool:
    """Whether an attempt was made: a mark for most tools, an outcome for READ, which needs no mark."""
    event = click.event
    if isinstance(event, CallStarted):
        return True
    if not isinstance(event, ToolReturned | ToolFailed):
        return False
    call = named_call(click.before, event.call)
    return call.phase is Phase.READY


@define
class Walk:
    """All of a machine.

    Args:
        spec: the machine
        width: plans of up to so many calls are tried in all their kinds
        results: how many different results a tool may give
        spent: what an event may cost
        look: is shown every click once
    """

    spec: Spec
    width: int = 1
    results: int = 1
    spent: tuple[Spent, ...] = (Spent(),)
    look: Callable[[Transition], None] = lambda _click: None
    found: dict[Snapshot, Longest] = field(factory=dict)

    def longest(self) -> Longest:
        """The most that can follow the first snapshot."""
        return self.after(normal(begin(self.spec, "r", NOW)))

    def after(self, snapshot: Snapshot) -> Longest:
        """The most that can follow a snapshot."""
        known = self.found.get(snapshot)
        if known is None:
            known = Longest()
            for event in self._events(snapshot):
                click = transition(snapshot, event)
                self.look(click)
                known = known.or_(self.after(normal(click.after)).before(click))
            self.found[snapshot] = known
        return known

    def _events(self, snapshot: Snapshot) -> Iterator[Event]:
        return legal_events(snapshot, width=self.width, results=self.results, spent=self.spent)

    def broken(self) -> list[tuple[Snapshot, int, int]]:
        """Where more can follow than fuel says: the snapshot, its fuel, the longest path."""
        return [
            (snapshot, fuel(snapshot), longest.transitions)
            for snapshot, longest in self.found.items()
            if fuel(snapshot) < longest.transitions
        ]

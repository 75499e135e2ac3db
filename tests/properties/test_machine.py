"""The machine, driven by every kind of event: legal, illegal, duplicate, late and foreign."""

from __future__ import annotations

from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from detent.fsm.fuel import fuel
from detent.fsm.kernel import Transition, begin, commands, fork, step, transition
from detent.fsm.table import candidates
from detent.states.canonical import canonical, parse
from detent.states.codec import decode_snapshot, encode_snapshot
from detent.states.commands import AwaitLate, ToolCommand
from detent.states.errors import IllegalEvent
from detent.states.events import Cancelled, Event, Told
from detent.states.names import State
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.moves import answers, illegal_events, legal_answers, legal_events
from tests.strategies import START, changed, runs, small_specs, snapshots


def check_click(click: Transition) -> None:
    """Whatever is promised of every click: one row, less fuel, the next seq, a time that does not run back."""
    before, event, after = click.before, click.event, click.after
    hold = [
        row
        for row in candidates(before.state, type(event).__name__)
        if all(guard(before, event, after) for guard in row.when)
        and not any(guard(before, event, after) for guard in row.unless)
    ]
    assert hold == [click.row]
    assert after.state is click.row.dest
    assert 0 <= fuel(after) < fuel(before)
    assert (after.seq, after.at) == (before.seq + 1, event.at)
    assert isinstance(event, Told | Cancelled) or any(answers(one, event) for one in commands(before))


def check_refused(snapshot: Snapshot, event: Event) -> None:
    """A refused event raises IllegalEvent and nothing else, and leaves the snapshot as it was."""
    was = canonical(encode_snapshot(snapshot))

    with pytest.raises(IllegalEvent, match=type(event).__name__):
        transition(snapshot, event)

    assert canonical(encode_snapshot(snapshot)) == was


class Machine(RuleBasedStateMachine):
    """One run, and whoever sends it events."""

    @initialize(spec=small_specs())
    def begins(self, spec: Spec) -> None:
        """A run of some small machine."""
        self.snapshot = begin(spec, "r", START)
        self.forks = 0
        self.taken: list[Event] = []
        self.missed: list[Event] = []

    @precondition(lambda self: self.snapshot.state.live)
    @rule(data=st.data())
    def takes_a_legal_event(self, data: st.DataObject) -> None:
        """A legal event is one click."""
        listed = list(legal_events(self.snapshot, width=2, results=2))
        event = data.draw(st.sampled_from(listed))
        click = transition(self.snapshot, event)
        check_click(click)
        self.missed = [one for one in listed if type(one) is not type(event)]
        self.snapshot = click.after
        self.taken.append(event)

    @rule(data=st.data())
    def refuses_an_illegal_event(self, data: st.DataObject) -> None:
        """A spoilt or misplaced event is refused."""
        event = data.draw(st.sampled_from(list(illegal_events(self.snapshot))))
        check_refused(self.snapshot, event)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def refuses_a_duplicate(self, data: st.DataObject) -> None:
        """An event that was taken is never taken again."""
        event = data.draw(st.sampled_from(self.taken))
        check_refused(self.snapshot, evolve(event, at=max(event.at, self.snapshot.at)))

    @precondition(lambda self: self.missed)
    @rule(data=st.data())
    def takes_a_late_event_only_if_it_is_still_asked_for(self, data: st.DataObject) -> None:
        """An answer to a command that is gone is refused."""
        late = data.draw(st.sampled_from(self.missed))
        late = evolve(late, at=max(late.at, self.snapshot.at))
        asked = any(answers(command, late) for command in commands(self.snapshot))
        if asked or isinstance(late, Told | Cancelled):
            assume(False)
        check_refused(self.snapshot, late)

    @rule(data=st.data())
    def forks_into_a_run_of_its_own(self, data: st.DataObject) -> None:
        """A fork stands, and takes none of its parent's events."""
        chosen = data.draw(changed(self.snapshot.spec))
        self.forks += 1
        made = fork(self.snapshot, chosen, f"fork{self.forks}", self.snapshot.at)
        assert made.state.live
        check_standing(made)
        for event in self.taken:
            check_refused(made, event)
        self.snapshot = made
        self.taken = []
        self.missed = []

    @invariant()
    def stands(self) -> None:
        """The snapshot keeps every promise a snapshot makes."""
        check_standing(self.snapshot)


def check_standing(snapshot: Snapshot) -> None:
    """Whatever is promised of every snapshot."""
    body = encode_snapshot(snapshot)
    again = decode_snapshot(parse(canonical(body)), snapshot.spec)
    assert again == snapshot
    assert commands(again) == commands(snapshot)
    asked = commands(snapshot)
    if not snapshot.state.live:
        assert not asked
        assert snapshot.reason
        assert fuel(snapshot) == 0
        return
    assert asked
    assert fuel(snapshot) > 0
    assert snapshot.reason == ""
    for command in asked:
        ways = list(legal_answers(snapshot, command))
        assert ways
        for event in ways:
            assert answers(command, event)
            check_click(transition(snapshot, event))
    assert not all(isinstance(command, AwaitLate) for command in asked)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), snapshot=snapshots(), way=st.integers(0, 100))
def test_a_fork_reaches_an_end(data: st.DataObject, snapshot: Snapshot, way: int) -> None:
    """Whatever it was made from, a fork is a run that steps, refuses what is illegal, and stops."""
    made = fork(snapshot, data.draw(changed(snapshot.spec)), "fork", snapshot.at)
    while made.state.live:
        for event in illegal_events(made):
            check_refused(made, event)
        ways = [one for one in legal_events(made) if not isinstance(one, Cancelled)]
        click = transition(made, ways[(way + 7 * made.seq) % len(ways)])
        check_click(click)
        made = click.after


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_parallel_results_give_one_snapshot_in_any_order(data: st.DataObject) -> None:
    """Results of attempts that are out together, at one time, lead to one snapshot in whatever order they arrive."""
    first, took = data.draw(runs())
    at = START + 10**7
    for event in took:
        if out := outstanding(first):
            chosen = [data.draw(st.sampled_from(answers_of)) for answers_of in out[:3]]
            ends = [finish(first, order, at) for order in permutations(chosen)]
            assert all(end == ends[0] for end in ends)
        first = step(first, event)


def outstanding(snapshot: Snapshot) -> list[list[Event]]:
    """What may come of each attempt that is out, if more than one is."""
    asked = [one for one in commands(snapshot) if isinstance(one, ToolCommand)]
    return [list(legal_answers(snapshot, one, results=2)) for one in asked] if len(asked) > 1 else []


def finish(snapshot: Snapshot, order: tuple[Event, ...], at: int) -> Snapshot:
    """The snapshot after these events, all at one time."""
    for event in order:
        snapshot = step(snapshot, evolve(event, at=at))
    return snapshot


@settings(max_examples=40, deadline=None)
@given(snapshot=snapshots())
def test_a_run_that_is_over_takes_nothing(snapshot: Snapshot) -> None:
    """DONE and FAILED absorb: whatever was legal a click before is refused."""
    for event in legal_events(snapshot):
        after = step(snapshot, event)
        if after.state in (State.DONE, State.FAILED):
            for late in legal_events(snapshot):
                check_refused(after, evolve(late, at=max(late.at, after.at)))

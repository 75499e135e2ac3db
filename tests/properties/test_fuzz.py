"""A hundred thousand random clicks against the table, in one plain seeded loop.

`DETENT_FUZZ_EVENTS` says how many, `DETENT_FUZZ_SEED` where to begin.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from attrs import evolve

from detent.fsm.fuel import fuel
from detent.fsm.kernel import Transition, begin, commands, transition
from detent.fsm.table import candidates
from detent.states.errors import IllegalEvent
from detent.states.events import Cancelled, Event, Told
from detent.states.limits import Limits, Spent
from detent.states.names import Approval, AtLimit, Effect
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec
from tests.moves import answers, illegal_events, legal_answers

EVENTS = int(os.environ.get("DETENT_FUZZ_EVENTS", "100000"))
SEED = int(os.environ.get("DETENT_FUZZ_SEED", "1"))
START = 1_000


def test_random_events_find_no_violation() -> None:
    """Every legal event of every run takes exactly one row, costs fuel, and every duplicate is refused."""
    random = Random(SEED)
    clicks = runs = 0
    while clicks < EVENTS:
        clicks += _run(random, begin(_spec(random), "r", START))
        runs += 1
    assert runs > EVENTS / 10_000


def _run(random: Random, snapshot: Snapshot) -> int:
    """One run to its end; how many clicks it took."""
    left = fuel(snapshot)
    taken: list[Event] = []
    while snapshot.state.live:
        event = _event(random, snapshot)
        click = transition(snapshot, event)
        _check(click)
        left -= 1
        assert 0 <= fuel(click.after) <= left
        left = fuel(click.after)
        taken.append(event)
        snapshot = click.after
        if random.random() < 0.05:
            _refused(snapshot, evolve(random.choice(taken), at=snapshot.at))
            _refused(snapshot, random.choice(list(illegal_events(snapshot))))
    return snapshot.seq


def _check(click: Transition) -> None:
    before, event, after = click.before, click.event, click.after
    hold = [
        row
        for row in candidates(before.state, type(event).__name__)
        if all(guard(before, event, after) for guard in row.when)
        and not any(guard(before, event, after) for guard in row.unless)
    ]
    assert hold == [click.row]
    assert isinstance(event, Told | Cancelled) or any(answers(one, event) for one in commands(before))


def _refused(snapshot: Snapshot, event: Event) -> None:
    with pytest.raises(IllegalEvent):
        transition(snapshot, event)


def _event(random: Random, snapshot: Snapshot) -> Event:
    """An answer to one of the commands; now and then a note, seldom a cancel."""
    chance = random.random()
    if chance < 0.05 and not snapshot.cancelling and snapshot.told < snapshot.spec.limits.notes:
        return Told(run="r", at=snapshot.at + 1, number=snapshot.told + 1, note="n")
    if chance > 0.998 and not snapshot.cancelling:
        return Cancelled(run="r", at=snapshot.at + 1)
    listed = list(legal_answers(snapshot, random.choice(commands(snapshot)), results=2))
    event = random.choice(listed)
    return evolve(event, spent=Spent(tokens=random.randrange(50), milliseconds=random.randrange(3000)))


def _spec(random: Random) -> Spec:
    """A spec with the default limits or with tight ones, and tools of every policy."""
    names = ["a", "b", "c", "d"][: random.randrange(5)]
    tools = (
        ToolSpec(
            name=name,
            effect=random.choice(list(Effect)),
            approval=random.choice(list(Approval)),
            attempts=random.randint(1, 3),
            fallback=tuple(random.sample(names, random.choice([0, 0, 1, min(2, len(names))]))),
            parallel=random.random() < 0.5,
            calls=random.choice([0, 0, 0, 2]),
        )
        for name in names
    )
    tight = Limits(
        model_turns=random.randint(1, 8),
        tool_calls=random.randint(0, 9),
        calls_per_turn=random.randint(1, 4),
        extensions=random.randint(0, 2),
        loop_gates=random.randint(0, 2),
        loop_window=2,
        tokens=random.choice([None, 300]),
        gate_seconds=random.choice([None, 1]),
    )
    return Spec(
        planner=random.choice(["model", "model", "workflow"]),
        tools=tuple(tools),
        limits=random.choice([Limits(), tight]),
        at_limit=random.choice(list(AtLimit)),
        ask_person=random.random() < 0.5,
        plans=random.choice([0, 0, 0, 3]),
    )

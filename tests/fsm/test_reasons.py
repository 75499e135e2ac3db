"""Reasons: every guard of every click has its value, and facts behind it."""

from __future__ import annotations

from hypothesis import given, settings

from detent.fsm.reasons import lost, reasons
from detent.fsm.replay import transitions
from detent.fsm.table import asked, candidates
from detent.states.events import Event
from detent.states.limits import Limits
from detent.states.snapshot import Snapshot
from tests.stage import Stage, once, read
from tests.strategies import runs


@settings(max_examples=60)
@given(run=runs())
def test_every_guard_of_every_click_is_told(run: tuple[Snapshot, tuple[Event, ...]]) -> None:
    """Its value is the one that was asked for, its facts are never empty, and asking again gives the same."""
    first, took = run
    for click in transitions(first, took):
        told = reasons(click)

        assert {one.guard: one.value for one in told} == dict(click.guards)
        assert all(one.meaning and one.facts and all(one.facts) for one in told)
        for name, guard in asked(click.before.state, type(click.event).__name__):
            assert guard(click.before, click.event, click.after) == click.guards[name]
        assert reasons(click) == told


@settings(max_examples=60)
@given(run=runs())
def test_every_rival_lost_for_a_guard(run: tuple[Snapshot, tuple[Event, ...]]) -> None:
    """The row taken and those that lost are all candidates there were, and each that lost says why."""
    first, took = run
    for click in transitions(first, took):
        rivals = lost(click)

        assert {click.row, *(one.row for one in rivals)} == set(
            candidates(click.before.state, type(click.event).__name__)
        )
        assert all(one.against for one in rivals)


def test_a_gate_says_why_it_asks() -> None:
    """The tool, its effect and its rule of asking are named."""
    stage = Stage.of(once("pay"), read()).plans("pay", asks=("pay",))
    assert stage.click is not None

    (gate,) = next(one.facts for one in reasons(stage.click) if one.guard == "a_gate_is_open")
    assert "pay is once" in gate
    assert "no rule of the run lets it pass" in gate


def test_an_observation_says_what_is_used_up() -> None:
    """Every cap there is stands with what was used of it."""
    stage = Stage.of(read(), limits=Limits(model_turns=3, tokens=100)).plans("read").returns().observes()
    assert stage.click is not None

    facts = reasons(stage.click)[0].facts
    assert "1 of 3 model_turns" in facts
    assert "0 of 100 tokens" in facts

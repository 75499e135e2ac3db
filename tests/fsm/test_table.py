"""The table: data, and the engine that picks from it."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import product

import pytest

from detent.fsm import guards
from detent.fsm.table import TABLE, asked, candidates, pick
from detent.states.events import EVENTS
from detent.states.names import State

NAMES = [event.__name__ for event in EVENTS]


def test_every_row_has_a_name_of_its_own() -> None:
    """It is stored with every click."""
    assert [name for name, times in Counter(row.name for row in TABLE).items() if times > 1] == []


def test_every_row_is_about_a_state_and_an_event() -> None:
    """And says why it is taken; an event that no run can take has no row."""
    for row in TABLE:
        assert row.source.live
        assert row.event in NAMES
        assert row.why
        assert all(getattr(guards, one.__name__) is one for one in (*row.when, *row.unless))


@pytest.mark.parametrize(("state", "event"), list(product(State, NAMES)))
def test_every_pair_has_its_rows_or_none(state: State, event: str) -> None:
    """DONE and FAILED absorb, a note and a cancel are taken by all others."""
    rows = candidates(state, event)

    assert all(row.source is state and row.event == event for row in rows)
    if not state.live:
        assert rows == ()
    if state.live and event in ("Told", "Cancelled"):
        assert rows


@pytest.mark.parametrize(("state", "event"), list(product(State, NAMES)))
def test_the_engine_picks_a_row_that_holds(state: State, event: str) -> None:
    """For every combination of guard values it takes the first row that holds, and none where none does."""
    names = [name for name, _ in asked(state, event)]
    for bits in product((False, True), repeat=len(names)):
        values = dict(zip(names, bits, strict=True))
        hold = [row for row in candidates(state, event) if not row.lost(values)]
        assert pick(state, event, bits) is (hold[0] if hold else None)


def test_each_guard_is_asked_once() -> None:
    """However many rows look at it."""
    names = [name for name, _ in asked(State.PLANNING, "PlanMade")]

    assert len(names) == len(set(names)) == 8
    assert dict(asked(State.PLANNING, "PlanMade"))["plan_has_calls"] is guards.plan_has_calls


def test_a_row_says_what_speaks_against_it() -> None:
    """The guards that should hold and do not, and those that should not and do."""
    row = next(row for row in TABLE if row.name == "calls_ask")
    values = dict.fromkeys((name for name, _ in asked(State.PLANNING, "PlanMade")), False)

    assert row.lost(values) == ("plan_has_calls", "a_gate_is_open")
    held = {**values, "plan_has_calls": True, "a_gate_is_open": True}
    assert row.lost(held) == ()
    assert row.lost({**held, "plan_ends_the_run": True}) == ("plan_ends_the_run",)


def test_the_engine_is_quiet() -> None:
    """It would log every move."""
    pick(State.OBSERVING, "Observed", (False,))

    assert logging.getLogger("transitions").level == logging.WARNING

"""The kernel: five pure functions."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings

from detent.fsm import kernel
from detent.fsm.fuel import fuel
from detent.fsm.kernel import begin, commands, step, transition
from detent.states.errors import IllegalEvent, InternalError
from detent.states.events import Approved, Observed
from detent.states.limits import Limits, Usage
from detent.states.names import PlanKind, State
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.stage import NOW, Stage, once, read
from tests.strategies import small_specs, snapshots


def test_a_run_begins_at_planning() -> None:
    """With its first turn ordered and its goal in the history."""
    first = begin(Spec(), "r", NOW)

    assert (first.state, first.seq, first.turn, first.at, first.history) == (State.PLANNING, 0, 1, NOW, 1)
    assert first.usage == Usage(model_turns=1)
    assert first.last == ""


@pytest.mark.parametrize("cap", ["model_turns", "tool_calls"])
def test_a_run_may_begin_with_its_last_answer(cap: str) -> None:
    """Where a cap is already reached there is no gate, and the first plan is answer-only."""
    limits = Limits(model_turns=1) if cap == "model_turns" else Limits(tool_calls=0)

    assert begin(Spec(limits=limits), "r", NOW).last == f"limit.{cap}"


@given(spec=small_specs())
def test_every_beginning_can_go_on(spec: Spec) -> None:
    """Whatever was agreed to, it asks for a plan and its fuel is known."""
    first = begin(spec, "r", NOW)

    assert len(commands(first)) == 1
    assert fuel(first) > 0


def test_a_step_is_one_row() -> None:
    """`transition` is a step that also says why."""
    stage = Stage.of(read()).plans("read")
    click = stage.click

    assert click is not None
    assert (click.row.name, click.after.seq, click.before.seq) == ("calls", 1, 0)
    assert step(click.before, click.event) == click.after
    assert click.after.fuel == fuel(click.after)


def test_a_click_gives_its_reasons() -> None:
    """The row, the guards' values, and what spoke against each other candidate."""
    click = Stage.of(read()).plans("read").click
    assert click is not None
    reasons = json.loads(click.reasons)

    assert reasons["taken"] == "calls"
    assert reasons["guards"] == click.guards
    lost = reasons["lost"]
    assert isinstance(lost, dict)
    assert lost["calls_ask"] == ["a_gate_is_open"]
    assert "calls" not in lost
    assert all(lost.values())


@pytest.mark.parametrize(
    ("change", "why"), [({"run": "s"}, "belongs to run s"), ({"at": NOW - 1}, "time lies before")]
)
def test_an_event_is_of_this_run_and_not_of_the_past(change: dict[str, Any], why: str) -> None:
    """A foreign event, and one from before the head, are refused."""
    with pytest.raises(IllegalEvent, match=why):
        Stage.of(read()).answers(**change)


def test_time_may_stand_still() -> None:
    """Several events may have one time."""
    assert Stage.of(read()).plans("read").now.at == NOW


@settings(max_examples=30)
@given(snapshot=snapshots(most=8))
def test_a_refused_event_changes_nothing(snapshot: Snapshot) -> None:
    """It raises, and the snapshot is what it was."""
    before = evolve(snapshot)
    with pytest.raises(IllegalEvent):
        step(snapshot, Observed(run="r", at=snapshot.at, turn=snapshot.turn + 1))

    assert snapshot == before


def test_fuel_that_does_not_fall_is_a_bug() -> None:
    """It is asserted at every click; whoever says that less is left than is finds out."""
    stage = Stage.of(read())
    wrong = evolve(stage.now)
    object.__setattr__(wrong, "fuel", 1)
    event = stage.planned(PlanKind.QUESTION)

    with pytest.raises(InternalError, match="Fuel did not fall on PlanMade"):
        transition(wrong, event)


def test_an_event_that_no_row_takes_is_a_bug() -> None:
    """A snapshot that no run reaches leads to an error, not to a guess."""
    stage = Stage.of(once()).plans("once", "once", asks=("once",))
    lost = Stage(evolve(stage.now, gates=stage.now.gates[1:]))

    with pytest.raises(InternalError, match="No row takes Approved from AWAITING_APPROVAL"):
        lost.decides(Approved)


def test_its_names_are_public() -> None:
    """Five functions and the click."""
    assert set(kernel.__all__) == {"Transition", "begin", "commands", "fork", "fuel", "step", "transition"}


def test_it_is_pure_and_light() -> None:
    """Importing it brings no clock, no chance, no input or output, and not yet the engine of the table."""
    banned = "asyncio socket sqlite3 subprocess random uuid time datetime click sqlite_utils ollama cattrs transitions"
    program = f"import sys; before = set(sys.modules); import detent.fsm.kernel; new = set(sys.modules) - before; print(*sorted(new & set({banned.split()!r})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []

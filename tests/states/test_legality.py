"""Refusals: loud, and naming what would have been legal."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from detent.states.calls import call_id
from detent.states.errors import IllegalEvent
from detent.states.events import Approved, GateExpired, ToolReturned
from detent.states.legality import check, find_call, find_gate, refuse
from detent.states.limits import Limits
from tests.stage import NOW, Stage, once, read


def test_a_refusal_names_event_click_and_state() -> None:
    """And why."""
    stage = Stage.of(read())
    event = stage.event(ToolReturned, call="1.0.0", attempt=1, result="r")

    with pytest.raises(IllegalEvent, match=r"ToolReturned is illegal at r@0 in PLANNING: no\."):
        refuse(stage.now, event, "no")
    with pytest.raises(IllegalEvent):
        check(stage.now, event, holds=False, why="no")
    check(stage.now, event, holds=True, why="no")


def test_a_call_is_found_by_its_name_and_attempt() -> None:
    """A name of another turn finds none."""
    stage = Stage.of(read()).plans("read", "read")
    event = stage.attempt(ToolReturned, 1, result="r")

    assert find_call(stage.now, event, call_id(1, 1, 0), 1) == (1, stage.call(1))
    with pytest.raises(IllegalEvent, match="at attempt 1"):
        find_call(stage.now, event, "1.1.0", 2)
    with pytest.raises(IllegalEvent, match=r"turn 1 has no call 2\.1\.0"):
        find_call(stage.now, event, "2.1.0", 1)
    with pytest.raises(IllegalEvent, match="has its outcome"):
        find_call(stage.returns(1).now, event, "1.1.0", 1)


def test_a_gate_is_found_by_its_name_and_digest() -> None:
    """A decision about something else than was shown is refused."""
    stage = Stage.of(once()).plans("once", asks=("once",))
    decision = stage.decision(Approved)
    assert isinstance(decision, Approved)
    assert find_gate(stage.now, decision) == stage.now.gates[0]

    wrongs: tuple[dict[str, Any], ...] = ({"gate": "approval-1.1.0-1"}, {"digest": "sha256:other"})
    for wrong in wrongs:
        with pytest.raises(IllegalEvent, match=r"not open|shows something else"):
            stage.take(evolve(decision, **wrong))
    assert stage.now.at == NOW


def test_an_expiry_needs_no_digest_but_its_time() -> None:
    """Nobody has seen anything."""
    stage = Stage.of(once(), limits=Limits(gate_seconds=1)).plans("once", asks=("once",))
    gate = stage.now.gates[0]
    over = GateExpired(run="r", at=gate.expires, gate=gate.id)

    assert find_gate(stage.now, over) is gate
    with pytest.raises(IllegalEvent, match="has not expired"):
        find_gate(stage.now, evolve(over, at=gate.expires - 1))

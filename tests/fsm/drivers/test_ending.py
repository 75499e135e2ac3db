"""How a driven run ended: one exit code, whatever came together."""

from __future__ import annotations

import pytest
from attrs import evolve

from detent.fsm.drivers.ending import Ending
from detent.fsm.exits import EXIT_CODES, exit_code
from detent.fsm.kernel import begin
from detent.states import Gate, GateKind, Snapshot, Spec, State
from detent.states.errors import ConfigError, ModelUnavailable


def at(state: State, reason: str = "", *kinds: GateKind) -> Snapshot:
    """A snapshot in this state."""
    gates = tuple(Gate(id=kind.value, kind=kind) for kind in kinds)
    return evolve(begin(Spec(), "run", 0), state=state, reason=reason, gates=gates)


@pytest.mark.parametrize(
    ("snapshot", "code"),
    [
        (at(State.DONE, "answered"), 0),
        (at(State.FAILED, "refused.empty_reply"), 1),
        (at(State.FAILED, "gave_up"), 1),
        (at(State.DONE, "limit.tokens"), 5),
        (at(State.FAILED, "limit.model_turns"), 5),
        (at(State.FAILED, "cancelled"), 5),
        (at(State.AWAITING_APPROVAL, "", GateKind.APPROVAL), 3),
        (at(State.AWAITING_APPROVAL, "", GateKind.QUESTION), 3),
        (at(State.AWAITING_APPROVAL, "", GateKind.APPROVAL, GateKind.DOUBT), 4),
        (at(State.PLANNING), None),
    ],
)
def test_a_snapshot_has_one_code(snapshot: Snapshot, code: int | None) -> None:
    """What a run ends or waits with says its code; one that goes on has none."""
    assert exit_code(snapshot) == code
    assert code is None or code in EXIT_CODES
    assert Ending(snapshot).exit_code == (70 if code is None else code)


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_counts_unless_the_run_is_over(number: int) -> None:
    """A parked run leaves with the signal's code, a finished one with its own."""
    assert Ending(at(State.PLANNING), signal=number).exit_code == 128 + number
    assert Ending(at(State.AWAITING_APPROVAL, "", GateKind.APPROVAL), signal=number).exit_code == 128 + number
    assert Ending(at(State.DONE, "answered"), signal=number).exit_code == 0


@pytest.mark.parametrize(("trouble", "code"), [(ModelUnavailable("x"), 69), (ConfigError("x"), 78)])
def test_trouble_counts_more_than_all(trouble: ModelUnavailable | ConfigError, code: int) -> None:
    """Trouble that parked a run is what it leaves with."""
    assert Ending(at(State.PLANNING), signal=2, trouble=trouble).exit_code == code

"""Changed copies of frozen values."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.states.commands import Observe
from detent.states.events import Told
from detent.states.limits import Spent, Usage
from detent.states.replacing import replace
from detent.states.snapshot import Snapshot
from tests.strategies import snapshots


@given(snapshot=snapshots(most=5), seq=st.integers(0, 9))
def test_it_does_what_evolve_does(snapshot: Snapshot, seq: int) -> None:
    """The copy is another value, equal but for its changes; the first one stays."""
    before = evolve(snapshot)
    changed = replace(snapshot, seq=seq, reason="why")

    assert changed == evolve(snapshot, seq=seq, reason="why")
    assert snapshot == before


def test_a_field_that_is_not_there_is_refused() -> None:
    """A slip of the pen is no new field."""
    with pytest.raises(TypeError, match="Usage has not got all of: turns"):
        replace(Usage(), turns=1)  # type: ignore[call-arg]


def test_a_value_is_shown_as_it_is_made() -> None:
    """Events and commands share one way to say what they are."""
    assert repr(Observe(turn=2)) == "Observe(turn=2)"
    event = Told(run="r", at=1, number=2, note="n")
    assert eval(repr(event), {"Told": Told, "Spent": Spent}) == event  # noqa: S307 - our own words

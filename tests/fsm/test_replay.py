"""Replay: events folded again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from detent.fsm.kernel import begin
from detent.fsm.replay import fold, transitions
from detent.states.canonical import canonical
from detent.states.codec import decode_event, encode_event, encode_snapshot
from detent.states.errors import IllegalEvent
from detent.states.events import Event, Observed
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec
from tests.stage import NOW
from tests.strategies import runs


@settings(max_examples=40)
@given(run=runs())
def test_a_run_folds_to_the_same_bytes(run: tuple[Snapshot, tuple[Event, ...]]) -> None:
    """Also after its events were written and read."""
    first, took = run
    stored = [decode_event(type(one).__name__, one.run, one.at, encode_event(one)) for one in took]
    clicks = list(transitions(first, stored))

    assert [click.event for click in clicks] == list(took)
    assert canonical(encode_snapshot(fold(first, took))) == canonical(
        encode_snapshot(clicks[-1].after if clicks else first)
    )


def test_events_of_another_run_do_not_fold() -> None:
    """The first that no row takes says so."""
    with pytest.raises(IllegalEvent):
        fold(begin(Spec(), "r", NOW), [Observed(run="r", at=NOW, turn=1)])


def test_nothing_folds_to_the_beginning() -> None:
    """No events, no clicks."""
    first = begin(Spec(), "r", NOW)

    assert fold(first, ()) is first
    assert list(transitions(first, ())) == []

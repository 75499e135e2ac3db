"""Frozen histories: what earlier versions wrote is stepped again, and comes out byte for byte the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from detent.fsm.drivers.explaining import explain
from detent.fsm.drivers.replaying import replay
from detent.states.names import State
from detent.store import Store

HISTORIES = Path(__file__).resolve().parents[2] / "histories"
# The histories, and of each the runs that were made by hand and never stepped.
KNOWN = {"form-1.sql": ("plain", "fork"), "runs-2.sql": ()}


def opened(name: str, folder: Path) -> Path:
    """A history as a database."""
    path = folder / "old.db"
    raw = sqlite3.connect(path)
    raw.executescript((HISTORIES / name).read_text(encoding="utf-8"))
    raw.close()
    return path


def test_every_history_is_replayed() -> None:
    """A frozen form that no test replays would guard nothing."""
    assert {one.name for one in HISTORIES.glob("*.sql")} == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_a_frozen_history_replays(name: str, tmp_path: Path) -> None:
    """A change of kernel, codec or table that alters an old run fails here, and so does one of its reasons."""
    with Store.open(opened(name, tmp_path)) as store:
        stepped = [one for one in store.runs() if one.name not in KNOWN[name]]
        assert stepped
        assert store.verify() == []
        for one in stepped:
            done = replay(store, one.id)
            assert done.divergence is None
            assert done.clicks == one.seq + 1
            for seq in range(1, one.seq + 1):
                assert explain(store, one.id, seq)["seq"] == seq


def test_the_histories_hold_every_event_and_every_state(tmp_path: Path) -> None:
    """What is frozen is wide enough to notice: all states, and all events but the rarest."""
    with Store.open(opened("runs-2.sql", tmp_path)) as store:
        rows = [row for one in store.runs() for row in store.timeline(one.id)]
    assert {row.state for row in rows} == {state.value for state in State}
    assert {row.event for row in rows} >= {
        "Approved",
        "Answered",
        "Begun",
        "CallStarted",
        "Cancelled",
        "Denied",
        "Edited",
        "Extended",
        "Forked",
        "GateExpired",
        "Observed",
        "PlanMade",
        "PlanRefused",
        "Resolved",
        "Told",
        "ToolFailed",
        "ToolReturned",
    }

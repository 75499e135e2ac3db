"""A run as it stands: read from its database when it is asked, by whoever made it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import detent
from detent.fsm.drivers.standing import home, opened
from detent.states.errors import GateSettled, NotFound, UsageError
from detent.store import Store
from detent.tools import tool

from .rig import call, rig


@tool
def act(number: int = 1) -> str:
    """Act."""
    return str(number)


def test_a_run_is_read_where_it_lies(tmp_path: Path) -> None:
    """After the database has gone nothing is made up."""
    run = rig(tmp_path, ["Hello."]).run()
    assert isinstance(run.store, Path)
    assert run.answer == "Hello."
    run.store.unlink()
    with pytest.raises(NotFound):
        _ = run.answer
    assert (run.state, run.usage["model_turns"]) == ("DONE", 1)


def test_a_gate_is_decided_once_with_what_fits(tmp_path: Path) -> None:
    """Each verdict of a gate can be given from Python, and none twice."""
    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run()
    with pytest.raises(UsageError, match="cannot be settled with answer"):
        run.decide("answer", "yes")
    run.decide("edit", '{"number": "7"}')
    with pytest.raises(GateSettled):
        run.decide("approve", gate=run.gates[0]["gate"])
    after = made.resume(run)
    assert made.said(after, "result") == ["7"]


def test_a_store_is_opened_and_closed_unless_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path is opened and closed again, a Store is left to its owner, and nothing is the usual database."""
    path = tmp_path / "runs.db"
    with opened(path) as made:
        assert made.path == path
    with opened(str(path), "read") as made:
        assert home(str(path), made) == path
    with Store.open(path) as own, opened(own) as made:
        assert made is own is home(own, made)
    monkeypatch.setenv("DETENT_DB", str(tmp_path / "usual.db"))
    with opened(None) as made:
        assert made.path == tmp_path / "usual.db"


def test_time_travel_from_python(tmp_path: Path) -> None:
    """Any click can be shown, explained, replayed, compared and gone on from, by the run itself."""
    made = rig(tmp_path, ["First.", "Second."])
    run = made.run()

    assert run.at()["state"] == "DONE"
    assert run.at(0)["event"]["name"] == "Begun"
    assert run.why()["row"] == "answered"
    assert run.replay().divergence is None
    again = asyncio.run(run.fork(0))
    assert again.answer == "First."
    assert detent.diff(run, again)["rows"] == []
    assert detent.diff((run, 0), run)["ancestor"] == {"run": run.id, "seq": 0}
    more = asyncio.run(run.fork(wish=detent.Wish(note="And then?", recordings="live")))
    assert more.answer == "Second."

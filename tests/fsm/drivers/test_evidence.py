"""Evidence of an attempt in doubt: also for a fork, and for an attempt of which nothing was noted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.evidence import doubt_view
from detent.fsm.drivers.settle import cancel
from detent.states import Approval, Effect, ToolSpec
from detent.states.calls import key
from detent.store import Store

from .dying import alive, died, payer, survivor
from .making import NOW, SCHEMA, Making, begun

PAY = ToolSpec(name="pay", parameters=SCHEMA, effect=Effect.ONCE, approval=Approval.NEVER, attempts=2)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run whose call was lost, and of whose attempt nothing was noted, as by an older version."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, PAY)
        run.plan(("pay", {"to": "somebody", "amount": 1}))
        run.start("1.0.0")
        run.is_lost("1.0.0")
        yield run


def test_what_was_not_noted_is_not_known(made: Making) -> None:
    """An attempt without a note has no process, and everything else that the clicks tell."""
    head = made.journal.head
    assert doubt_view(made.journal.store, head, head.gates[0]) == {
        "started": NOW,
        "process": None,
        "process_alive": None,
        "still_running": False,
        "survivors": [],
        "why": "lost",
        "evidence": "Lost.",
        "late": [],
        "key": key(head.run, "1.0.0"),
        "rerun": True,
    }


def test_a_fork_of_a_doubt_shows_what_its_parent_knew(tmp_path: Path) -> None:
    """The evidence of an attempt is its forks' too, which ask again, with a key of their own."""
    rigged = payer(tmp_path)
    died(tmp_path, "once")
    run = rigged.resume("last")
    with Store.open(rigged.store) as store:
        wish = Wish(recordings="live")
        forked = asyncio.run(fork(run.id, wish, agent=rigged.agent, store=store, folder=tmp_path, park=True))
        (mine,), (theirs,) = run.gates, forked.gates
    for same in ("started", "process", "process_alive", "why", "evidence", "rerun"):
        assert mine[same] == theirs[same]
    assert mine["key"] != theirs["key"]


def test_a_cancel_ends_what_a_dead_driver_left(tmp_path: Path) -> None:
    """Ending a run whose driver died in a call ends what that call had started too."""
    rigged = payer(tmp_path)
    died(tmp_path, "once")
    run = rigged.head().run
    with survivor(tmp_path, run) as pid, Store.open(rigged.store) as store:
        assert cancel(store, run).state == "FAILED"
        assert not alive(pid)

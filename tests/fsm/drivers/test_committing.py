"""Commits that runs share."""

from __future__ import annotations

import asyncio
from pathlib import Path

from detent.fsm.drivers.committing import Committer
from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.journal import Journal, load
from detent.states import Busy
from detent.store import Store

from .making import NOW, begun


def told(journal: Journal, note: str) -> None:
    """A note is taken, in memory."""
    journal.take(note_fact(journal.head, note, NOW + 1))


def test_a_run_that_loses_is_not_told_that_it_won(tmp_path: Path) -> None:
    """In a commit of several runs the one that another process was faster with keeps what it took, and the others go on."""
    path = tmp_path / "runs.db"
    with Store.open(path) as store, Store.open(path) as other:
        journals = [begun(store).journal for _ in range(3)]
        theirs = load(other, journals[1].head.run)
        told(theirs, "theirs")
        theirs.commit()
        for journal in journals:
            told(journal, "ours")
        committer = Committer.of(store)

        async def together() -> list[BaseException | None]:
            with committer.driving(), committer.driving(), committer.driving():
                commits = [committer.commit(journal, print) for journal in journals]
                return await asyncio.gather(*commits, return_exceptions=True)

        first, second, third = asyncio.run(together())
        assert (first, third) == (None, None)
        assert isinstance(second, Busy)
        assert [len(journal.told()) for journal in journals] == [1, 0, 1]
        assert [journal.pending() is None for journal in journals] == [True, False, True]
        stored = [store.messages(journal.head.run)[-1].text.body for journal in journals]
        assert stored == ["ours", "theirs", "ours"]
        assert store.verify() == []

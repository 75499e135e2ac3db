"""Shared commits on a disk that is full, or has failed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from detent.fsm.drivers.committing import PAUSES, Committer
from detent.states import StoreError
from detent.store import Store

from .rig import ROOT
from .sharing import begun, noted, unheard


def test_a_disk_that_is_full_for_a_moment_stops_nobody(tmp_path: Path) -> None:
    """The commit is tried again, the person is told once, and all is durable when there is room."""

    async def look(store: Store) -> None:
        committer, journals = Committer.of(store), [begun(store, number) for number in (1, 2)]
        raw = store._connection.raw
        told: list[str] = []
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages}")
        with committer.driving(), committer.driving():
            for journal in journals:
                noted(journal, "x" * 20_000)
            asyncio.get_running_loop().call_later(
                sum(PAUSES[:2]) / 2, raw.execute, "PRAGMA max_page_count = 1073741823"
            )
            await asyncio.gather(*(committer.commit(journal, told.append) for journal in journals))
        assert [journal.branch.seq for journal in journals] == [1, 1]
        assert len(told) == 2
        assert all("disk is full" in said and "tried again" in said for said in told)

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))
        assert store.verify() == []


def test_a_disk_that_stays_full_parks_whom_it_has_no_room_for(tmp_path: Path) -> None:
    """What fits is written all the same; what does not is refused after a few tries, and kept to be written later."""

    async def look(store: Store) -> None:
        committer, small, large = Committer.of(store), begun(store, 1), begun(store, 2)
        raw = store._connection.raw
        told: list[str] = []
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages + 2}")
        with committer.driving(), committer.driving():
            noted(small, "Small.")
            noted(large, "x" * 100_000)
            ended = await asyncio.gather(
                *(committer.commit(journal, told.append) for journal in (small, large)),
                return_exceptions=True,
            )
            assert ended[0] is None
            assert isinstance(ended[1], StoreError)
            assert (small.branch.seq, large.branch.seq, len(told)) == (1, 0, 1)
            raw.execute("PRAGMA max_page_count = 1073741823")
            await committer.commit(large, unheard)
            assert large.branch.seq == 1

    with Store.open(tmp_path / "a.db") as store:
        asyncio.run(look(store))
        assert store.verify() == []


FAILED = """
import asyncio, resource, signal, sys
from detent.fsm.drivers.committing import Committer
from detent.states.errors import StoreError
from detent.store import Store
from tests.fsm.drivers.sharing import begun, noted, unheard
from pathlib import Path
async def look(store):
    committer, journals = Committer.of(store), [begun(store, number) for number in range(3)]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with committer.driving(), committer.driving(), committer.driving():
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
        for journal in journals:
            noted(journal, "x" * 200_000)
        first = await asyncio.gather(*(committer.commit(one, unheard) for one in journals), return_exceptions=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = await asyncio.gather(*(committer.commit(one, unheard) for one in journals), return_exceptions=True)
    print([error.exit_code for error in (*first, *again)], [one.branch.seq for one in journals])
store = Store.open(Path(sys.argv[1]))
asyncio.run(look(store))
store.close()
"""


def test_a_disk_that_failed_is_not_tried_again(tmp_path: Path) -> None:
    """After an I/O error each run of the store leaves with 74 at once, though the disk would take it now."""
    path = tmp_path / "a.db"
    done = subprocess.run(
        [sys.executable, "-c", FAILED, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stdout.strip() == f"{[74] * 6} [0, 0, 0]", done.stderr
    with Store.open(path) as store:
        assert store.verify() == []

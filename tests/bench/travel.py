"""`python -m tests.bench.travel`: what looking back costs, each figure beside its goal and a floor of the same run.

Everything is read from a run of the workload, warm, on a memory file system: listing a run's snapshots, opening one of
many, opening it with its whole history, forking from the middle, and replaying with every digest compared.  A floor is
raw sqlite3 reading the very rows that detent reads, from the same file.  Medians.  Two promises are counted beside it,
see `proofs`.  Nothing here fails a build.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from detent.fsm.drivers.forking import Wanted, fork_run
from detent.fsm.drivers.recordings import Mode
from detent.fsm.drivers.replaying import replay
from detent.states.codec import decode_snapshot, decode_spec
from detent.store import Store
from tests.crash.report import machine

from .proofs import bisections, counterfactual

__all__ = ["Figure", "figures", "measure", "show"]

ROOT = Path(__file__).resolve().parents[2]
CLICKS = 3  # of an iteration
MANY = 10_000  # clicks of the long run
FORKS = 50
FULL = 16  # clicks between two that are stored whole: one before such a click is the dearest to open
BODIES = "SELECT seq, body FROM snapshot WHERE run = 1 AND seq BETWEEN ? AND ? ORDER BY seq"
SAID = (
    "SELECT m.position, m.seq, o.kind, o.body, o.digest FROM message m JOIN object o ON o.id = m.object"
    " WHERE m.run = 1 AND m.seq <= ? ORDER BY m.position"
)


@frozen
class Figure:
    """One figure.

    Args:
        name: what it is kept under
        what: what was measured
        value: what it took
        unit: of the value, the goal and the floor
        goal: the most it should be
        floor: what raw sqlite3 took for the same rows; None where there is none
    """

    name: str
    what: str
    value: float
    unit: str
    goal: float
    floor: float | None = None

    def line(self) -> tuple[str, str, str, str, str]:
        """As the table shows it."""
        floor = "" if self.floor is None else f"{self.floor:,.2f}"
        ratio = "" if not self.floor else f"{self.value / self.floor:.1f} x"
        return self.what, f"{self.value:,.2f} {self.unit}", floor, ratio, f"<= {self.goal:,g} {self.unit}"


def took(work: Callable[[], Any], times: int) -> float:
    """The median time of a piece of work in milliseconds, after one time that warms it."""
    work()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def made(folder: Path, count: int) -> Path:
    """A database with a run of so many iterations, made in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.cases", "async", "--n", str(count), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    return folder / "detent.db"


def figures(folder: Path, count: int, many: int, times: int) -> list[Figure]:
    """All figures.

    Args:
        folder: an empty folder
        count: iterations of the run that is listed and replayed
        many: clicks of the run of which one is opened and forked
        times: how often each is measured
    """
    short, long = (made(folder / name, size) for name, size in (("a", count), ("b", many // CLICKS)))
    with Store.open(short) as store:
        found = [listed(store, times), replayed(store, times)]
    with Store.open(long) as store:
        found[1:1] = [*opened(store, times), *forked(store)]
    return found


def _raw(store: Store) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)


def listed(store: Store, times: int) -> Figure:
    """Every snapshot of a run in a list."""
    run = store.find("last")
    raw = _raw(store)
    rows = "SELECT seq, state, event, event_body, digest, at, took FROM snapshot WHERE run = 1 ORDER BY seq"
    floor = took(lambda: raw.execute(rows).fetchall(), times)
    raw.close()
    clicks = store.last(run) + 1
    return Figure(
        "list", f"list {clicks:,} snapshots", took(lambda: store.timeline(run), times), "ms", 8, floor
    )


def opened(store: Store, times: int) -> list[Figure]:
    """One snapshot of a long run, alone and with everything that was said until then."""
    run = store.find("last")
    last = store.last(run)
    seq, end = last // 2 // FULL * FULL + FULL - 1, last // FULL * FULL - 1
    spec = decode_spec(store.spec(run))
    raw = _raw(store)

    def alone() -> None:
        decode_snapshot(store.click(run, seq).body, spec)

    def whole() -> None:
        decode_snapshot(store.click(run, end).body, spec)
        store.messages(run, seq=end)

    one = took(lambda: raw.execute(BODIES, (seq - FULL + 1, seq)).fetchall(), times)
    all_of_it = took(lambda: raw.execute(SAID, (end,)).fetchall(), times)
    raw.close()
    return [
        Figure("open", f"open one of {last + 1:,} snapshots", took(alone, times), "ms", 1, one),
        Figure("whole", "open it with its whole history", took(whole, times), "ms", 50, all_of_it),
    ]


def forked(store: Store) -> list[Figure]:
    """Forks from the middle of a long run: what one takes, and what it adds to the file."""
    run = store.find("last")
    middle = store.last(run) // 2
    wanted = Wanted(spec=decode_spec(store.spec(run)), mode=Mode.RECORDED)
    before = store.measures()
    one = took(lambda: fork_run(store, run, middle, wanted), FORKS - 1)
    after = store.measures()
    added = (after.pages - after.free - before.pages + before.free) * after.page / FORKS
    return [
        Figure("fork", "fork from the middle", one, "ms", 1),
        Figure("adds", "a fork adds", added, "B", 1024),
    ]


def replayed(store: Store, times: int) -> Figure:
    """Every click stepped again and compared."""
    run = store.find("last")
    clicks = store.last(run) + 1
    done = replay(store, run)
    if (done.clicks, done.divergence) != (clicks, None):
        raise SystemExit(f"the run does not replay: {done.divergence}")
    each = took(lambda: replay(store, run), max(1, times // 3)) / clicks * 1000
    return Figure("replay", "replay a click, digests compared", each, "us", 30)


def measure(
    times: int, *, count: int = 1000, many: int = MANY, forks: int = 1000, runs: int = 200
) -> dict[str, Any]:
    """All figures and the counted promises, with what they were measured on, as they are kept.

    Args:
        times: how often each figure is measured
        count: iterations of the run that is listed and replayed
        many: clicks of the run of which one is opened and forked
        forks: counterfactual forks
        runs: runs with one bad click
    """
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        top = Path(folder)
        for name in ("figures", "forks", "runs"):
            (top / name).mkdir()
        found = figures(top / "figures", count, many, times)
        forked_, bisected = counterfactual(top / "forks", forks), bisections(top / "runs", runs)
    return {
        "machine": machine(),
        "load": load,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "times": times,
        "figures": {one.name: asdict(one) for one in found},
        "forks": asdict(forked_),
        "bisections": asdict(bisected),
    }


def show(kept: Mapping[str, Any]) -> None:
    """Print what was measured.

    Args:
        kept: what `measure` gave
    """
    lines = (Figure(**one).line() for one in kept["figures"].values())
    table = [("looking back", "detent", "floor", "ratio", "goal"), *lines]
    wide = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip())
    forks, found = kept["forks"], kept["bisections"]
    print(f"{forks['forks']:,} counterfactual forks: {forks['touched']} files touched, {forks['seconds']} s")
    print(
        f"{found['runs']} runs with one bad click: {found['exact']} found, {found['within']} in ceil(log2 n) + 1 looks"
    )


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    made = argparse.ArgumentParser(description="what looking back costs")
    made.add_argument("--times", type=int, default=9, help="how often each figure is measured")
    made.add_argument("--n", type=int, default=1000, help="iterations of the run that is listed")
    made.add_argument("--many", type=int, default=MANY, help="clicks of the run of which one is opened")
    made.add_argument("--forks", type=int, default=1000, help="counterfactual forks")
    made.add_argument("--runs", type=int, default=200, help="runs with one bad click")
    return made


def main() -> None:
    """Measure and print."""
    given = parser().parse_args()
    show(measure(given.times, count=given.n, many=given.many, forks=given.forks, runs=given.runs))


if __name__ == "__main__":
    main()

"""`python -m tests.bench`: every figure, beside its goal, its floor of the same run, and what peers need.

Medians of several processes a case.  CPU is measured on a memory file system, where no fsync costs; wall time on the
disk that holds the temporary folder.  Nothing here fails a build: figures are read by people.
"""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PEERS = """
Peers, N = 1,000, medians of five on a quiet two-core machine, versions of summer 2026:

                                 LangGraph 1.2.22   Burr 0.43   DBOS 3.4
  CPU an iteration, tmpfs, ms                 8.3        15.0       1.42
  wall an iteration, disk, FULL, ms          11.8        18.1       1.72
  database an iteration, bytes          1,027,000     730,000      1,716
  peak memory, MB                              83          36         71
  resume in a fresh process, ms               383          58      1,648
"""


def case(name: str, count: int, place: Path, times: int) -> dict[str, float]:
    """Medians of a case."""
    runs = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(dir=place) as folder:
            command = [sys.executable, "-m", "tests.bench.cases", name, "--n", str(count), "--folder", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr or done.stdout)
            runs.append(json.loads(done.stdout))
    return {key: statistics.median(one[key] for one in runs) for key in runs[0]}


def line(what: str, value: str, goal: str, beside: str = "") -> None:
    """One figure."""
    print(f"  {what:<44} {value:>14}   {goal:<28} {beside}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="detent's benchmarks")
    parser.add_argument("--times", type=int, default=5, help="processes a case")
    parser.add_argument("--long", action="store_true", help="also N = 10,000")
    given = parser.parse_args()
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
    disk = Path(tempfile.gettempdir())
    print(
        f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, N = 1,000\n"
    )
    base = case("floor3", 1000, memory, given.times)
    plain, unthreaded = (case(name, 1000, memory, given.times) for name in ("plain", "async"))
    floor_cpu = base["cpu"] / 1000
    for name, figures, goal in (
        ("plain function", plain, "<= 0.30"),
        ("async function", unthreaded, "<= 0.20"),
    ):
        cpu = figures["cpu"] / 1000
        line(
            f"CPU an iteration, tmpfs, {name}",
            f"{cpu:.3f} ms",
            f"{goal}, <= 8 x floor",
            f"{cpu / floor_cpu:.1f} x floor {floor_cpu:.3f}",
        )
    small = case("async", 100, memory, given.times)
    slope = (unthreaded["bytes"] - small["bytes"]) / 900
    line(
        "database an iteration (100 to 1,000)",
        f"{slope:,.0f} B",
        "<= 2,300",
        f"floor {base['bytes'] / 1000:,.0f}",
    )
    line("peak memory of the whole run", f"{plain['memory']:.1f} MB", "<= 45", f"floor {base['memory']:.1f}")
    three, one = case("floor3", 1000, disk, given.times), case("floor2", 1000, disk, given.times)
    wall = case("async", 1000, disk, given.times)["wall"] / 1000
    beside = f"{wall / (three['wall'] / 1000):.2f} x floor {three['wall'] / 1000:.2f} (two commits: {one['wall'] / 1000:.2f})"
    line("wall an iteration, disk, FULL", f"{wall:.3f} ms", "<= 1.4 x three-commit floor", beside)
    if given.long:
        long = case("async", 10_000, memory, 1)["cpu"] / 10_000
        line("CPU at N = 10,000 over N = 1,000", f"{long / (unthreaded['cpu'] / 1000):.2f}", "<= 1.1")
    print(PEERS)


if __name__ == "__main__":
    main()

"""`python -m tests.bench`: every figure, beside its goal, its floor of the same run, and what peers need.

Medians of several processes a case, the cases in turn, so that a busy minute hits none alone.  CPU is measured on a
memory file system, where no fsync costs; wall time on the disk that holds the temporary folder.  Nothing here fails a
build: figures are read by people.

It measures going on and looking back; `--travel` only looking back, `--long` only whether a long run costs more a click
than a short one.  `--write` keeps what was measured in `figures.json` and makes the page in the docs of all that is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.crash.report import machine

from . import travel
from .page import LONG_HEADS, lines, long_lines, page

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "tests" / "bench" / "figures.json"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
COUNT, SHORT, EACH, COMMITS = 1000, 100, 100, 200
LONG = (1000, 10_000)  # iterations
CASES = {
    "memory floor3": ("floor3", COUNT),
    "memory async": ("async", COUNT),
    "memory plain": ("plain", COUNT),
    "memory async short": ("async", SHORT),
    "disk floor3": ("floor3", COUNT),
    "disk floor2": ("floor2", COUNT),
    "disk async": ("async", COUNT),
    "disk many-rows": ("many-rows", EACH),
    "disk many-group": ("many-group", EACH),
    "disk many-async": ("many-async", EACH),
    "disk many-plain": ("many-plain", EACH),
    "disk racers": ("racers", COMMITS),
    "disk racers-raw": ("racers-raw", COMMITS),
}


def once(name: str, count: int, place: Path) -> dict[str, float]:
    """One process of a case."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        command = [sys.executable, "-m", "tests.bench.cases", name, "--n", str(count), "--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    made: dict[str, float] = json.loads(done.stdout)
    return made


def measure(times: int) -> dict[str, Any]:
    """Medians of every case, with what they were measured on."""
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
    load = round(os.getloadavg()[0], 1)
    places = {"memory": memory, "disk": Path(tempfile.gettempdir())}
    found: dict[str, list[dict[str, float]]] = {case: [] for case in CASES}
    for _ in range(times):
        for case, (name, count) in CASES.items():
            found[case].append(once(name, count, places[case.split()[0]]))
    cases = {
        case: {key: round(statistics.median(one[key] for one in runs), 3) for key in runs[0]}
        for case, runs in found.items()
    }
    return {
        "machine": machine(),
        "load": load,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "times": times,
        "iterations": COUNT,
        "short": SHORT,
        "cases": cases,
    }


def measure_long(times: int, counts: Sequence[int] = LONG) -> dict[str, Any]:
    """What an iteration costs in a short and in a long run, detent's and the floor's, with what it was measured on."""
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
    load, found = round(os.getloadavg()[0], 1), dict[str, Any]()
    for count in counts:
        runs = {name: [once(name, count, memory) for _ in range(times)] for name in ("async", "floor3")}
        found[str(count)] = {
            name: {
                key: round(statistics.median(one[key] for one in made) / count, 6) for key in ("cpu", "bytes")
            }
            for name, made in runs.items()
        }
    return {
        "machine": machine(),
        "load": load,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "times": times,
        "counts": found,
    }


def show(table: Sequence[Sequence[str]]) -> None:
    """Print a table, its heads first."""
    wide = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip())
    print()


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    made = argparse.ArgumentParser(description="detent's benchmarks")
    made.add_argument("--times", type=int, default=5, help="processes a case")
    made.add_argument("--write", action="store_true", help="keep the figures, and make the page of them")
    made.add_argument("--travel", action="store_true", help="measure only what looking back costs")
    made.add_argument("--long", action="store_true", help="measure only a long run beside a short one")
    made.add_argument(
        "--page", action="store_true", help="measure nothing; make the page of the figures that are kept"
    )
    return made


def main() -> None:
    """Measure, print, and keep it if that is asked for."""
    given = parser().parse_args()
    kept: dict[str, Any] = json.loads(FIGURES.read_text())
    if not given.page:
        kept = {**kept, **_measured(given)}
        print(", ".join(f"{name} {value}" for name, value in machine().items() if value))
    if given.write:
        FIGURES.write_text(json.dumps(kept, indent=2) + "\n")
    if given.write or given.page:
        PAGE.write_text(page(kept))


def _measured(given: argparse.Namespace) -> dict[str, Any]:
    """What is asked for, measured and printed."""
    made: dict[str, Any] = {}
    if not (given.travel or given.long):
        made = measure(given.times)
        show([("", "detent", "floor", "ratio", "goal"), *lines(made)])
    if given.travel or not given.long:
        made["travel"] = travel.measure(given.times)
        travel.show(made["travel"])
    if given.long:
        made["long"] = measure_long(given.times)
        show([LONG_HEADS, *long_lines(made["long"])])
    return made


if __name__ == "__main__":
    main()

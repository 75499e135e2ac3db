"""How long the command line takes to start: cold processes, one after the other, medians.

    python -m tests.bench.cold_start [REPEATS]

`detent --help` is measured against `python -c "import click"`, below which it cannot go; `detent resume` goes on with
a parked run of a scripted model, from the first line of Python to the durable end.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["cold_start", "main"]

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 15
FOREIGN = (
    "DETENT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
)  # variables that would change what is measured
HELP, RESUME = 2.0, 160.0  # times `import click`; milliseconds


def cold_start(repeats: int = REPEATS) -> dict[str, float]:
    """Medians in milliseconds, by name.

    Args:
        repeats: how often each is measured
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        environment |= {"PYTHONPATH": str(ROOT), "DETENT_DB": str(folder / "runs.db")}
        turns = [{"name": "write_file", "arguments": {"path": "a.txt", "content": "a"}}, "Written."]
        (folder / "model.json").write_text(json.dumps(turns), encoding="utf-8")

        def run(*words: str) -> float:
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, *words], cwd=folder, env=environment, check=False, capture_output=True
            )
            return (time.perf_counter() - began) * 1000

        def parked() -> None:
            run("-m", "detent", "run", "Write.", "-m", "script:model.json", "-t", "files")
            run("-m", "detent", "approve", "last")

        cases: dict[str, tuple[Sequence[str], Callable[[], None] | None]] = {
            "python": (("-c", "pass"), None),
            "import click": (("-c", "import click"), None),
            "import detent": (("-c", "import detent"), None),
            "detent --help": (("-m", "detent", "--help"), None),
            "detent run --help": (("-m", "detent", "run", "--help"), None),
            "detent runs": (("-m", "detent", "runs"), None),
            "detent resume": (("-m", "detent", "resume", "last"), parked),
        }
        return {name: _median(run, words, before, repeats) for name, (words, before) in cases.items()}


def _median(
    run: Callable[..., float], words: Sequence[str], before: Callable[[], None] | None, repeats: int
) -> float:
    run(*words)  # once for the disk
    taken = []
    for _ in range(repeats):
        if before is not None:
            before()
        taken.append(run(*words))
    return statistics.median(taken)


def main(words: Sequence[str]) -> int:
    """Measure, print, and say whether the bars hold."""
    figures = cold_start(int(words[0]) if words else REPEATS)
    for name, milliseconds in figures.items():
        print(f"{name:<18} {milliseconds:7.1f} ms")
    ratio = figures["detent --help"] / figures["import click"]
    print(
        f"\ndetent --help is {ratio:.2f} times import click (bar {HELP:g}); detent resume bar {RESUME:g} ms"
    )
    return int(ratio > HELP or figures["detent resume"] > RESUME)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

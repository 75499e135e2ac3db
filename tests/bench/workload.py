"""The workload every benchmark runs: N iterations of "the model asks one tool, the tool gives 500 bytes".

The same for the floor and for detent; texts are made by arithmetic, so every run sees the same bytes.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["GOAL", "measured", "script", "size_of", "tool_text", "turns"]

GOAL = "Look up every item and then summarise what you found."
_WORDS = [
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "knoll",
    "ledge",
    "marsh",
    "north",
    "ocean",
    "plain",
]


def tool_text(item: int) -> str:
    """500 bytes of ASCII that differ for every item."""
    state, words, length = item * 7919 + 12345, [], 0
    while length < 500:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        words.append(f"{_WORDS[(state >> 8) % len(_WORDS)]}{state % 97}")
        length += len(words[-1]) + 1
    return f"item {item:06d}: {' '.join(words)}"[:500]


def turns(count: int) -> Iterator[Any]:
    """The model's side: one call a turn, then an answer."""
    for item in range(count):
        call = {"name": "lookup", "arguments": {"item": item}}
        yield {"content": f"I need item {item} next.", "tool_calls": [call]}
    yield f"Done: looked up {count} items."


def script(folder: Path, count: int) -> Path:
    """The turns as a file for a scripted model."""
    path = folder / f"turns-{count}.json"
    path.write_text(json.dumps(list(turns(count))))
    return path


def size_of(folder: Path, stem: str) -> int:
    """Bytes of a database with its write-ahead log."""
    return sum(
        path.stat().st_size for path in folder.glob(f"{stem}*") if path.is_file() and "lock" not in path.name
    )


@contextmanager
def measured(into: dict[str, float]) -> Iterator[None]:
    """Wall, CPU (milliseconds) and peak memory (megabytes) of a block."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    yield
    after = resource.getrusage(resource.RUSAGE_SELF)
    into["wall"] = (time.perf_counter() - started) * 1000
    into["cpu"] = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    into["memory"] = _peak()


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000

"""What the harnesses found, for people: a table, a file of figures, and the page that is made of it.

Rules.  `figures.json` holds what was measured, with machine, versions, date and commit; `docs/explanation/reliability.md`
is made of that file alone, so anyone can compare the two.  Figures of another machine are not kept beside new ones.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.crash.harness import Figures, Profile
from tests.crash.page import page
from tests.crash.sabotages import SABOTAGES
from tests.crash.table import NAMES, harness

__all__ = ["FIGURES", "PAGE", "amounts", "machine", "plain", "stored", "table", "write"]

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "tests" / "crash" / "figures.json"
PAGE = ROOT / "docs" / "explanation" / "reliability.md"
MOUNTS = Path("/proc/self/mounts")


def amounts(figures: Figures) -> str:
    """What was done, on one line: `40 kills, 24 runs`."""
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in figures.done.items())


def table(figures: Sequence[Figures]) -> str:
    """One line a harness: its name, what it did, violations, seconds."""
    rows = [
        (one.name, amounts(one) or one.missing, str(len(one.violations)), f"{one.seconds:.1f} s")
        for one in figures
    ]
    heads = ("harness", "done", "violations", "time")
    wide = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = [
        f"{row[0]:<{wide[0]}}  {row[1]:<{wide[1]}}  {row[2]:>{wide[2]}}  {row[3]:>{wide[3]}}"
        for row in (heads, *rows)
    ]
    return "\n".join(lines)


def plain(figures: Sequence[Figures]) -> list[dict[str, Any]]:
    """The figures as JSON."""
    return [
        {
            "harness": one.name,
            "done": dict(one.done),
            "violations": list(one.violations),
            "missing": one.missing,
            "seed": one.seed,
            "seconds": one.seconds,
        }
        for one in figures
    ]


def machine() -> dict[str, str]:
    """What they were measured on."""
    return {
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "file system": _file_system(Path(tempfile.gettempdir())),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }


def _file_system(path: Path) -> str:
    """The kind of file system a folder lies on; empty where the system does not tell."""
    try:
        lines = MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    kinds = {fields[1]: fields[2] for fields in map(str.split, lines)}
    over = [str(one) for one in (path.resolve(), *path.resolve().parents) if str(one) in kinds]
    return kinds[over[0]] if over else ""


def stored() -> dict[str, Any]:
    """The figures that were written last; empty where none were."""
    if not FIGURES.exists():
        return {}
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    return found


def write(profile: Profile, figures: Sequence[Figures]) -> None:
    """Keep the figures, with those of the other harnesses where they are of the same machine, and make the page."""
    here, known = machine(), stored()
    kept = {one["harness"]: one for one in known.get("figures", ())} if known.get("machine") == here else {}
    about = {"profile": profile.name, "date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": _commit()}
    for one in plain(figures):
        kept[one["harness"]] = {**one, **about, "promise": harness(one["harness"]).PROMISE}
    made = {
        "machine": here,
        "figures": [kept[name] for name in NAMES if name in kept],
        "planted": [{"bug": one.name, "breaks": one.breaks, "catcher": one.catcher} for one in SABOTAGES],
    }
    FIGURES.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(page(made))


def _commit() -> str:
    """The commit that is checked out; empty where that cannot be told."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short=9", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.strip()

"""Planted bugs: one line of the product is sabotaged in a copy, and the test that should notice it must do so.

What makes the other figures credible: a harness that finds nothing is shown to find something.  Each catcher is also
run on the copy as it is, and must pass there.

Rules.  The checkout itself is never touched.  A sabotage whose old text is not there exactly once is a violation, so
that no change of the product disarms it.  A catcher must fail by what it asserts or reports: one that cannot even be
run has caught nothing.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import define, frozen

from tests.crash.harness import Figures, Profile
from tests.crash.sabotages import SABOTAGES, Sabotage
from tests.project.tree import ROOT

__all__ = ["NAME", "PROMISE", "Copy", "Tried", "judged", "misfits", "planted", "reported", "run", "sample"]

NAME = "planted"
PROMISE = "Every planted bug is caught by the test or harness that should."
SIDE_BY_SIDE = 2
PATIENCE = 300.0  # seconds a catcher may take
SOME = 3  # sabotages of the ci profile
LAST = 800  # characters of what a catcher said that are told
NO_REASON = (
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "SyntaxError",
    "UnboundLocalError",
    "fixture",
)
_HARNESS = """
import json, pathlib, sys, tempfile
from tests.crash.harness import PROFILES
from tests.crash.table import harness
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
    made = harness(sys.argv[1]).run(PROFILES["ci"], pathlib.Path(place) / "x", 1)
print(json.dumps({"violations": made.violations, "missing": made.missing}))
"""
_FAILED = re.compile(r"^FAILED (?P<test>.+?)(?: - (?P<why>.*))?$", re.MULTILINE)
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "venv", "htmlcov")


@frozen
class Tried:
    """What came of one catcher.

    Args:
        caught: whether it failed for a reason that counts
        passed: whether it passed
        said: why it failed, or the end of what it said
        seconds: how long it took
    """

    caught: bool
    passed: bool
    said: str
    seconds: float


@define
class Copy:
    """A copy of the checkout, to be sabotaged and mended again.

    Args:
        folder: where it lies
    """

    folder: Path
    _changes: int = 0

    @classmethod
    def made(cls, folder: Path) -> Copy:
        """Copy all that git knows, or would."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if listed.returncode:  # an unpacked archive: everything in it is of the project
            shutil.copytree(ROOT, folder, symlinks=True, ignore=_LEFT_OUT)
            return cls(folder)
        for name in listed.stdout.decode().split("\0"):
            source, target = ROOT / name, folder / name
            if name and (source.is_symlink() or source.is_file()):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        return cls(folder)

    def write(self, file: str, text: str) -> None:
        """Change a file of the product; its time moves, so that no compiled form of the text before is taken."""
        target = self.folder / "detent" / file
        target.write_text(text)
        self._changes += 1
        later = time.time() + 10 * self._changes
        os.utime(target, (later, later))

    def imported(self) -> Path:
        """Where a program that is started here finds the product."""
        found = self._started([sys.executable, "-c", "import detent.fsm.kernel as k; print(k.__file__)"])
        return Path(found[1].strip())

    def attempt(self, catcher: str) -> Tried:
        """Run a catcher here: a test by its id, or a harness by its name."""
        started = time.monotonic()
        if catcher.startswith("tests/"):
            tried = judged(
                *self._started([sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-rf", catcher])
            )
        else:
            tried = reported(*self._started([sys.executable, "-c", _HARNESS, catcher]))
        return Tried(tried.caught, tried.passed, tried.said, time.monotonic() - started)

    def _started(self, words: Sequence[str]) -> tuple[int, str, str]:
        """Run a program in the copy; its exit code (-1: it took too long), what it said, and what it complained of."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DETENT", "PYTEST"))
        }
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        with subprocess.Popen(
            words,
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(self.folder), "COLUMNS": "300"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as program:
            try:
                out, err = program.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                out, err = program.communicate()
                return -1, out, err
        return program.returncode, out, err


def judged(code: int, out: str, err: str) -> Tried:
    """What a test session says: it must have failed, and by what a test asserts."""
    failed = [(found["test"], found["why"] or "") for found in _FAILED.finditer(out)]
    counts = code == 1 and bool(failed) and not any(why.startswith(NO_REASON) for _, why in failed)
    return Tried(counts, code == 0, ": ".join(failed[0]) if failed else _end(out + err), 0.0)


def reported(code: int, out: str, err: str) -> Tried:
    """What a harness says: it must have found a promise broken, or asserted what does not hold."""
    try:
        figures = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        asserted = code == 1 and "\nAssertionError" in err
        return Tried(asserted, False, _end(out + err), 0.0)
    broken = figures["violations"]
    passed = code == 0 and not broken and not figures["missing"]
    return Tried(code == 0 and bool(broken), passed, (broken or [figures["missing"] or _end(err)])[0], 0.0)


def _end(said: str) -> str:
    """The end of what a program said, without the lines that are drawn."""
    return "\n".join(line for line in said.splitlines() if line.strip(" !=-_"))[-LAST:]


def misfits(sabotages: Sequence[Sabotage] = SABOTAGES, root: Path = ROOT) -> list[str]:
    """The sabotages that cannot be applied as they are written."""
    found = []
    for one in sabotages:
        file = root / "detent" / one.file
        count = file.read_text().count(one.old) if file.is_file() else 0
        if count != 1:
            found.append(f"{one.name}: its text is there {count} times in {one.file}")
    return found


def sample(seed: int) -> tuple[Sabotage, ...]:
    """A few quick ones, far from each other in the list; others with another seed."""
    quick = [one for one in SABOTAGES if one.quick]
    return tuple(quick[(seed + place * len(quick) // SOME) % len(quick)] for place in range(SOME))


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Plant them, and see who notices."""
    started = time.monotonic()
    violations = misfits()
    chosen = sample(seed) if profile.name == "ci" else SABOTAGES
    chosen = tuple(
        one for one in chosen if not any(misfit.startswith(f"{one.name}:") for misfit in violations)
    )
    copies: queue.Queue[Copy] = queue.Queue()
    for number in range(SIDE_BY_SIDE):
        copy = Copy.made(folder / str(number))
        if not copy.imported().is_relative_to(copy.folder):
            violations.append(f"The copy is not what is imported, but {copy.imported()}.")
            return Figures(name=NAME, violations=tuple(violations), seed=seed)
        copies.put(copy)

    def passes(catcher: str) -> list[str]:
        copy = copies.get()
        tried = copy.attempt(catcher)
        copies.put(copy)
        return [] if tried.passed else [f"{catcher} fails on the copy as it is: {tried.said}"]

    def plant(one: Sabotage, catcher: str) -> str:
        copy = copies.get()
        tried = planted(copy, one, catcher)
        copies.put(copy)
        said = f"caught, {tried.seconds:.1f} s" if tried.caught else "NOT CAUGHT"
        profile.say(f"{NAME}: {one.name} | {one.breaks} | {catcher} | {said}")
        return "" if tried.caught else f"{one.name}: {catcher} did not notice ({tried.said})"

    pairs = [(one, one.catcher) for one in chosen]
    if profile.name != "ci":
        pairs += [(one, one.also) for one in chosen if one.also]
    catchers = sorted({catcher for _, catcher in pairs})
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for found in pool.map(passes, catchers):
            violations += found
        unnoticed = [said for said in pool.map(lambda pair: plant(*pair), pairs) if said]
    violations += unnoticed
    done = {
        "sabotages": len(SABOTAGES),
        "planted": len(chosen),
        "to be caught": len(pairs),
        "caught": len(pairs) - len(unnoticed),
        "catchers": len(catchers),
    }
    return Figures(
        name=NAME, done=done, violations=tuple(violations), seed=seed, seconds=time.monotonic() - started
    )


def planted(copy: Copy, one: Sabotage, catcher: str) -> Tried:
    """Sabotage a copy, run a catcher, and mend the copy again."""
    text = (copy.folder / "detent" / one.file).read_text()
    copy.write(one.file, text.replace(one.old, one.new))
    try:
        return copy.attempt(catcher)
    finally:
        copy.write(one.file, text)

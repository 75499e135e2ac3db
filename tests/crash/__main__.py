"""`python -m tests.crash [NAMES...]`: runs the crash harnesses one after the other and prints one table of figures.

It leaves with 1 if a promise was broken, or a part could not be run where everything must be (in CI).  Ctrl-C stops it,
and prints what was done.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from attrs import evolve

from detent.states import UsageError
from tests.crash.harness import PROFILES, Figures, Profile
from tests.crash.report import amounts, plain, table, write
from tests.crash.table import chosen, harness

__all__ = ["main"]

BROKEN, USAGE, STOPPED = 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    made = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.partition("\n")[0])
    made.add_argument("names", nargs="*", metavar="NAME", help="which harnesses; all if none is named")
    made.add_argument("--profile", choices=list(PROFILES), default="ci", help="how much (ci)")
    made.add_argument("--seed", type=int, help="what random choices begin with; printed")
    made.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    made.add_argument("--write", action="store_true", help="store the figures, and make the page of them")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; the exit code."""
    given = parser().parse_args(arguments)
    seed = random.randrange(1_000_000) if given.seed is None else given.seed
    try:
        names = chosen(given.names)
    except UsageError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return USAGE
    profile = PROFILES[given.profile]
    profile.say(f"profile {profile.name}, seed {seed}: {', '.join(names)}")
    done, whole = _run(names, profile, seed)
    print(json.dumps(plain(done), indent=2) if given.json else table(done))
    for one in done:
        for broken in one.violations:
            sys.stderr.write(f"{one.name}: {broken}\n")
    if given.write and whole:
        write(profile, done)
    if not whole:
        return STOPPED
    lacking = [one.name for one in done if one.missing and os.environ.get("CI")]
    return BROKEN if lacking or any(one.violations for one in done) else 0


def _run(names: tuple[str, ...], profile: Profile, seed: int) -> tuple[list[Figures], bool]:
    """The figures of each, and whether all were run to their end."""
    done: list[Figures] = []
    for name in names:
        started = time.monotonic()
        profile.say(f"{name} ...")
        with tempfile.TemporaryDirectory(prefix="detent-crash-", ignore_cleanup_errors=True) as place:
            try:
                made = harness(name).run(profile, Path(place) / name, seed)
            except KeyboardInterrupt:
                profile.say(f"stopped in {name}")
                return done, False
            except Exception as error:  # noqa: BLE001 - one that fails keeps no other from running
                made = Figures(
                    name=name, violations=(f"the harness failed: {type(error).__name__}: {error}",)
                )
        made = evolve(made, seed=seed, seconds=round(time.monotonic() - started, 1))
        broken = len(made.violations)
        profile.say(f"{name}: {amounts(made) or made.missing}, {broken} violations, {made.seconds:.1f} s")
        done.append(made)
    return done, True


if __name__ == "__main__":
    sys.exit(main())

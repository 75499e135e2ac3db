"""The wall clock jumps while a run waits, expires, times out, backs off or lies parked.

A small library, preloaded, moves the wall clock of one process and leaves elapsed time alone; without a C compiler there
is none, and nothing is tried.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

from attrs import frozen

from .crew import Crew
from .harness import Figures, Profile
from .jumping import CASES, OFFSET

__all__ = ["NAME", "PROMISE", "missing", "run"]

NAME = "clocks"
PROMISE = "However the wall clock jumps, time goes on in every run, limits last as long as they say, and no gate reopens."

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long offset(void) {
  const char *name = getenv("RT_OFFSET_FILE");
  long found = 0;
  FILE *file = name ? fopen(name, "re") : NULL;
  if (file) {
    if (fscanf(file, "%ld", &found) != 1) found = 0;
    fclose(file);
  }
  return found;
}
int clock_gettime(clockid_t clock, struct timespec *told) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(clock, told);
  if (!code && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) told->tv_sec += offset();
  return code;
}
time_t time(time_t *told) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (told) *told = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(struct timeval *told, void *zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  told->tv_sec = now.tv_sec;
  told->tv_usec = now.tv_nsec / 1000;
  return 0;
}
"""
HOUR, DAY = 3600, 86_400
SOME = (
    "waits",
    "expires_before_a_person",
    "expires_parked",
    "times_out",
    "backs_off",
    "parked",
    "begins",
    "is_shown",
)
SHORT = (-HOUR, HOUR)


@frozen
class _Case:
    """One case.

    Args:
        name: of its function
        jump: seconds the clock is put forward, or back
    """

    name: str
    jump: int


def missing() -> str:
    """What this machine lacks for the harness, in a sentence; empty if nothing."""
    return "" if shutil.which("cc") else "There is no C compiler (cc) to build the clock shim with."


def _shim(folder: Path) -> Path:
    source, made = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True, capture_output=True
    )
    return made


def _cases(profile: Profile, chance: random.Random) -> list[_Case]:
    """Which cases with which jumps."""
    now = int(time.time())
    years = (2**31 - now - 1, 4_323_456_000 - now)  # over the end of 2038's seconds, and in 2107
    jumps = (*SHORT, 30 * DAY, *years, -30 * DAY, chance.randint(-DAY, -1), chance.randint(1800, 400 * DAY))
    if profile.name == "ci":
        made = [_Case(name, SHORT[place % 2]) for place, name in enumerate(SOME)]
        made += [
            _Case("expires_parked", HOUR),
            _Case("is_shown", years[1]),
            _Case("stopped_over_a_deadline", -HOUR),
        ]
        return [*made, _Case("expires_before_a_person", -HOUR), _Case("at_a_prompt", 30 * DAY)]
    return [_Case(name, jump) for name in CASES for jump in jumps for _ in range(profile.of(1, 2, 10))]


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Let the clock jump."""
    if missing():
        return Figures(name=NAME, missing=missing(), seed=seed)
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    done: Counter[str] = Counter()
    broken: list[str] = []
    left = list(enumerate(_cases(profile, random.Random(seed))))
    shim = _shim(folder)
    (folder / "offset").write_text("0\n")
    with Crew(7, folder, {"LD_PRELOAD": str(shim), OFFSET: str(folder / "offset")}) as crew:
        while left:
            batch = {who: left.pop(0) for who in range(min(crew.count, len(left)))}
            work = [
                (who, "tests.crash.jumping:case", _given(folder, number, one))
                for who, (number, one) in batch.items()
            ]
            reports = crew.at_once(work)
            for who, (_, one) in batch.items():
                report = reports[who]
                found = report.gave if isinstance(report.gave, list) else [f"{report.raised} {report.said}"]
                broken += [f"{one.name}, {one.jump} s: {what} (seed {seed})" for what in found]
                done[one.name.replace("_", " ")] += 1
                done["clock jumps"] += 1
            profile.say(f"clocks: {done['clock jumps']} done, {len(left)} left")
    return Figures(
        name=NAME,
        done=dict(done),
        violations=tuple(broken),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
    )


def _given(folder: Path, number: int, one: _Case) -> dict[str, str | int]:
    return {"folder": str(folder / f"case-{number}"), "case": one.name, "jump": one.jump}

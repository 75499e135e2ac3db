"""`bisect`: the first click at which something is wrong; with --cause the click that made it go wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import UsageError
from .manners import Manners
from .verb import run_argument, verb
from .wording import plural

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.bisecting import Cause, Chance

__all__ = ["bisect"]

SKIPPED = 125  # what a predicate leaves with that cannot say; not taken here
NAMES = (
    "seq",
    "state",
    "event",
    "usage",
    "calls",
    "gates",
    "messages",
    "guards",
    "snapshot",
    "answer",
    "reason",
)

Predicate = Callable[[dict[str, Any]], bool]


@verb(
    "bisect",
    examples=(
        (
            "detent bisect k7f3 --where 'usage[\"tool_calls\"] > 3'",
            "the first click with more than three calls",
        ),
        ("detent bisect k7f3 --good 4 --bad 40 -- ./check.sh", "a program says: 0 is good, 1 is bad"),
        (
            "detent bisect k7f3 --cause --times 10 --where 'state == \"FAILED\"'",
            "where success became unlikely",
        ),
    ),
    help="Find the first bad click of RUN.  A click is bad where the Python expression of --where is true, or where "
    "PREDICATE, a program given the click as JSON on its standard input and its address as $DETENT_ADDRESS, leaves "
    "with 1 to 124.  No model and no tool is called, but with --cause, which goes on from earlier clicks with "
    "recorded tools and looks at where those forks end.",
)
@run_argument
@click.argument("predicate", nargs=-1, type=click.UNPROCESSED, metavar="[-- PREDICATE...]")
@click.option("--good", type=int, default=0, metavar="SEQ", help="a click that is good; the first one")
@click.option("--bad", type=int, metavar="SEQ", help="a later one that is bad; the last one")
@click.option("--where", metavar="EXPRESSION", help=f"true where a click is bad; of {', '.join(NAMES)}")
@click.option(
    "--cause", "causing", is_flag=True, help="go on from earlier clicks, and find where it went wrong"
)
@click.option(
    "--times",
    type=click.IntRange(1),
    default=8,
    metavar="N",
    help="the most forks of one click, with --cause",
)
@click.pass_obj
def bisect(
    manners: Manners,
    /,
    run: str,
    predicate: tuple[str, ...],
    *,
    good: int,
    bad: int | None,
    where: str | None,
    causing: bool,
    times: int,
) -> int:
    """Find the first bad click."""
    from .opening import found, opened  # noqa: PLC0415 - help needs no database

    is_bad = _predicate(where, predicate, failed=causing)
    with opened(manners, "write" if causing else "read") as store:
        name = found(store, run)
        if causing:
            return _cause(manners, store, name, times, is_bad)
        last = store.last(name)
        end = last if bad is None else bad
        if not (0 <= good <= last and 0 <= end <= last):
            raise UsageError(f"Run {run} has no such click.", f"Its clicks are 0 to {last}.")
        return _bisected(manners, store, name, is_bad, (good, end))


def _bisected(manners: Manners, store: Store, run: str, is_bad: Predicate, between: tuple[int, int]) -> int:
    from ..drivers.bisecting import bisect as bisected  # noqa: PLC0415
    from .opening import short  # noqa: PLC0415

    name = short(store, run)
    good, bad = between
    made = bisected(
        store,
        run,
        is_bad,
        good=good,
        bad=bad,
        told=lambda seq, wrong: manners.tell(f"  {name}@{seq}  {'bad' if wrong else 'good'}"),
    )
    if manners.json:
        tried = [{"seq": seq, "bad": wrong} for seq, wrong in made.tried]
        manners.document({"run": run, "first": made.first, "good": made.good, "tried": tried})
        return 0
    row = store.timeline(run, made.first, made.first + 1)[0]
    manners.print(
        f"{name}@{made.first}  {row.event} → {row.state}  is the first bad click, after {plural(len(made.tried), 'look')}"
    )
    manners.tell(
        f"{manners.command('why', f'{name}@{made.first}')} · {manners.command('diff', f'{name}@{made.good}', f'{name}@{made.first}')}"
    )
    return 0


def _predicate(where: str | None, program: Sequence[str], *, failed: bool) -> Predicate:
    """What says whether a click is bad.

    Raises:
        UsageError: none was named, or two, or the expression is none
    """
    if where is not None and program:
        raise UsageError("Both --where and a program say what is bad.", "Leave out one of them.")
    if where is not None:
        return _expression(where)
    if program:
        return lambda view: _asked(program, view)
    if failed:
        return lambda view: bool(view["state"] != "DONE")
    raise UsageError("Nothing says what is bad.", "Use  --where EXPRESSION, or  -- PROGRAM.")


def _expression(where: str) -> Predicate:
    try:
        code = compile(where, "--where", "eval")
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"--where {where!r} is no Python expression: {error}.", "Correct it.") from None

    def is_bad(view: dict[str, Any]) -> bool:
        try:
            return bool(eval(code, {name: view[name] for name in NAMES}))  # noqa: S307 - the person's own, on their own machine
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise UsageError(
                f"--where fails at click {view['seq']}: {said}.", f"It may use {', '.join(NAMES)}."
            ) from error

    return is_bad


def _asked(program: Sequence[str], view: dict[str, Any]) -> bool:
    address = f"{view['run']}@{view['seq']}"
    try:
        done = subprocess.run(  # noqa: S603 - the person's own program
            list(program),
            input=json.dumps(view, ensure_ascii=False).encode("utf-8", "backslashreplace"),
            env={**os.environ, "DETENT_ADDRESS": address},
            stdout=2,  # what it prints is no part of the answer
            check=False,
        )
    except OSError as error:
        raise UsageError(
            f"{program[0]} cannot be started: {error.strerror}.", "Name a program that is there."
        ) from error
    if done.returncode < 0 or done.returncode >= SKIPPED:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit {done.returncode}"
        raise UsageError(
            f"{program[0]} crashed at {address} ({how}).",
            "It has to leave with 0 for good and 1 to 124 for bad.",
        )
    return done.returncode != 0


def _cause(manners: Manners, store: Store, run: str, times: int, is_bad: Predicate) -> int:
    from ..drivers.bisecting import cause  # noqa: PLC0415
    from ..drivers.branching import fork  # noqa: PLC0415
    from ..drivers.views import click_view  # noqa: PLC0415
    from .opening import short  # noqa: PLC0415
    from .running import enter  # noqa: PLC0415

    manners.streams.part()
    enter(store.record(run).folder)
    name = short(store, run)

    async def succeeds(seq: int) -> bool:
        made = await fork(f"{run}@{seq}", store=store, folder=Path.cwd())
        return not is_bad(click_view(store, made.id, made.snapshot.seq))

    made = asyncio.run(
        cause(store, run, times, succeeds, lambda one: manners.tell(f"  {name}{_chance(one)}"))
    )
    if manners.json:
        manners.document(_view(made))
        return 0
    for line in _words(name, made):
        manners.print(line)
    return 0


def _chance(one: Chance) -> str:
    low, high = one.interval
    return f"@{one.seq}  {one.good} of {one.times} good  ({low:.0%} to {high:.0%})"


def _words(name: str, made: Cause) -> list[str]:
    if made.before is None and made.after is not None:
        return [f"From its first click on {name} never succeeds:  {_chance(made.after)[1:]}"]
    if made.after is None and made.before is not None:
        return [f"{name} still succeeds from its last turn:  {_chance(made.before)[1:]}"]
    if made.before is None or made.after is None:
        return []
    return [
        f"Between {name}@{made.before.seq} and {name}@{made.after.seq} success becomes unlikely:",
        f"  from {name}{_chance(made.before)}",
        f"  from {name}{_chance(made.after)}",
    ]


def _view(made: Cause) -> dict[str, Any]:
    def one(chance: Chance | None) -> dict[str, Any] | None:
        if chance is None:
            return None
        low, high = chance.interval
        return {"seq": chance.seq, "good": chance.good, "times": chance.times, "low": low, "high": high}

    return {
        "run": made.run,
        "before": one(made.before),
        "after": one(made.after),
        "chances": [one(chance) for chance in made.chances],
    }

"""`backup` and `verify`: a copy of everything that is durable, and the proof that what lies there is what was written."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import IntegrityError, UsageError
from . import escape
from .manners import Manners
from .verb import run_if_any, verb
from .wording import count, duration, plural, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...store import Counts, Finding

__all__ = ["backup", "verify"]

OFTEN = 1.0  # seconds between two lines of progress
_CHAIN = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


@verb(
    "backup",
    examples=(
        ("detent backup runs-2026-11-20.db", "a copy of the whole database, while runs go on"),
        ("detent verify --db runs-2026-11-20.db", "the proof that the copy is whole"),
    ),
    help="Copy everything that is durable into a new FILE, while runs go on.  It never overwrites.",
)
@click.argument("file", metavar="FILE")
@click.pass_obj
def backup(manners: Manners, file: str) -> int:
    """Copy the database."""
    from .opening import opened  # noqa: PLC0415 - help needs no database

    if not file:
        raise UsageError("An empty word names no file.", "Name the copy:  detent backup FILE.")
    target = Path(file).expanduser()
    with opened(manners, "read") as store:
        store.backup(target)
    with opened(_of(manners, target), "read") as copy:
        counts = copy.counts()
    taken = target.stat().st_size
    if manners.json:
        manners.document({"file": str(target.absolute()), "bytes": taken, **_counted(counts)})
        return 0
    manners.print(f"{escape.line(str(target))}  {size(taken)}, {_amount(counts)}")
    manners.tell(f"Prove it with  {escape.line(_of(manners, target).command('verify'))}")
    return 0


def _of(manners: Manners, file: Path) -> Manners:
    """The same manners about another database."""
    other = Manners(manners.streams)
    other.db, other.quiet, other.json = str(file), manners.quiet, manners.json
    return other


@verb(
    "verify",
    examples=(
        ("detent verify", "every run, every click, every text of the database"),
        ("detent verify k7f3 --expect sha256:…", "a run, and that it still has a click you once noted"),
    ),
    help="Prove that what lies there is what was written: all of it, or RUN.  Leaves with 76 where it is not.",
)
@run_if_any
@click.option(
    "--expect",
    metavar="CHAIN",
    help="the chain of a click of RUN, as `--json` printed it once: finds a file that was set back",
)
@click.pass_obj
def verify(manners: Manners, run: str | None, expect: str | None) -> int:
    """Prove the database."""
    from .opening import found, opened  # noqa: PLC0415

    if expect is not None:
        _check_chain(run, expect)
    started = time.monotonic()
    with opened(manners, "read") as store:
        meant = None if run is None else found(store, run)
        counts = store.counts(meant)
        findings = store.verify(meant, expect=_whole(expect), tell=_progress(manners))
    leave = IntegrityError.exit_code if findings else 0
    if manners.json:
        listed = [
            {"run": one.run or None, "seq": one.seq if one.seq >= 0 else None, "what": one.what}
            for one in findings
        ]
        manners.document({**_counted(counts), "findings": listed, "exit": leave})
        return leave
    for one in findings:
        manners.print(f"{_place(one):<10}  {escape.line(one.what)}")
    took = duration(round((time.monotonic() - started) * 1000))
    if findings:
        wrong = plural(len(findings), "thing is", "things are")
        manners.say(f"{wrong} not as written, in {_amount(counts)}.")
        manners.say("What is not named can still be used; put a backup in its place to get the rest back.")
    else:
        manners.print(f"{_amount(counts)}: all as written.")
        manners.tell(f"It took {took}.")
    return leave


def _check_chain(run: str | None, expect: str) -> None:
    if run is None:
        raise UsageError("A chain belongs to a run.", "Name it:  detent verify RUN --expect CHAIN.")
    if not _CHAIN.fullmatch(expect):
        raise UsageError(
            f"{expect!r} is no chain.", 'It is the "chain" that  detent show RUN --json  prints: sha256:…'
        )


def _whole(expect: str | None) -> str:
    return f"sha256:{expect.removeprefix('sha256:')}" if expect else ""


def _progress(manners: Manners) -> Callable[[int, int], None]:
    """A line now and then, where it takes long."""
    last = time.monotonic()

    def tell(done: int, every: int) -> None:
        nonlocal last
        if time.monotonic() - last >= OFTEN and done < every:
            last = time.monotonic()
            manners.tell(f"{count(done)} of {plural(every, 'run')}")

    return tell


def _place(one: Finding) -> str:
    """Where something is wrong."""
    if not one.run:
        return "the file"
    return one.run[:8] + (f"@{one.seq}" if one.seq >= 0 else "")


def _amount(counts: Counts) -> str:
    return f"{plural(counts.runs, 'run')}, {plural(counts.clicks, 'click')}, {plural(counts.texts, 'text')}"


def _counted(counts: Counts) -> dict[str, Any]:
    return {"runs": counts.runs, "clicks": counts.clicks, "texts": counts.texts}

"""The store: one SQLite file of runs.

A store is used from one thread; two processes at once are normal.  What writing, reading and finding mean is in the
files beside this one; here is the face they share.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from ..states.errors import DetentError, StoreError
from ..states.texts import Text
from .beside import Beside
from .branch import Branch, Writer
from .chain import as_bytes
from .connection import Connection
from .listing import Lister
from .locks import WriteLock
from .notes import Notes
from .opening import Mode, connect
from .reading import Reader
from .rows import End
from .upkeep import Upkeep
from .values import (
    Counts,
    Finding,
    Placed,
    Related,
    RunRecord,
    RunSummary,
    Settled,
    StoredClick,
    TimelineRow,
    Write,
    Written,
)
from .verify import Verifier
from .weighing import Weighing, Weight

__all__ = ["Store"]

T = TypeVar("T")


class Store(Beside, Weighing):
    """An open database.  Make one with `Store.open`, and close it, or use it with `with`.

    Args:
        connection: to its file
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = Reader(connection)
        self._lister = Lister(connection)
        self._notes = Notes(connection, self._reader)
        self._writer = Writer(connection)
        self._verifier = Verifier(connection, self._reader)
        self._upkeep = Upkeep(connection, self._reader)
        self._shared: dict[type[Any], Any] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, mode: Mode = "write") -> Store:
        """Open a database; for writing it is made where there is none, and brought up to date.

        Args:
            path: the file
            mode: `write`, or `read` for a look that changes nothing

        Raises:
            NotFound, StoreError, Busy: it is not there to be read, cannot be written durably, or is kept locked
            ConfigError, VersionMismatch, IntegrityError: it is another program's, newer, or damaged; not changed
        """
        return cls(connect(Path(path), mode))

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of how it was opened: a copy that was kept, and where."""
        return self._connection.notices

    def close(self) -> None:
        """Close; a second time changes nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Writing

    def begin(self, record: RunRecord, first: Write) -> Branch:
        """Write a new run with its click 0, in one commit.

        Raises:
            StoreError: the disk is full, or failed; nothing of it was written
        """
        return self._writer.begin(record, first)

    def branch(self, run: str) -> Branch:
        """The end of a run, to go on writing there; its last rows are verified.

        Raises:
            NotFound: there is no such run
            IntegrityError: its end is damaged
        """
        head = self.head(run)
        self._verifier.end(run, head.seq)
        return Branch(self._writer, self._reader.key(run), run, End(head.seq, as_bytes(head.chain)))

    def commit_many(
        self, writes: Sequence[tuple[Branch, Write]], *, wait: bool = True
    ) -> list[DetentError | None]:
        """Commit the writes of many runs at once; what was wrong with each, or None.

        Args:
            writes: what is added, each to its run
            wait: whether to wait while somebody else writes

        Raises:
            Occupied: somebody else writes just now, and it was not to be waited for
            Busy: another process keeps the file locked
            StoreError: the disk is full, or failed; nothing of any was written
        """
        return self._writer.commit_many(writes, wait=wait)

    # What its users share

    def shared(self, kind: type[T], make: Callable[[], T]) -> T:
        """The one value of this kind that all who use this open database share; made when it is first asked for."""
        found = self._shared.get(kind)
        if found is None:
            found = self._shared[kind] = make()
        return cast("T", found)

    def again(self) -> Store:
        """Another connection to the same file, for another thread.

        Raises:
            StoreError: another file lies in its place by now
        """
        trouble = StoreError(
            f"{self.path} was deleted or replaced while it was open.",
            "Nothing more is written by this process; put the file back, or start again.",
        )
        if not self.path.exists():  # opening it would make another file in its place
            raise trouble
        other = Store.open(self.path)
        if not self._connection.same_file(other._connection):  # noqa: SLF001 - the same class
            other.close()
            raise trouble
        return other

    @property
    def lock(self) -> WriteLock:
        """The lock that writers hold around every write; who holds it may write, and lets it go by writing.

        Raises:
            StoreError: the database was opened for reading
        """
        if self._connection.lock is None:
            raise StoreError(f"{self.path} is not open for writing.", "Open it for writing.")
        return self._connection.lock

    @property
    def trouble(self) -> DetentError | None:
        """Why nothing can be asked of it any more: closed, or the disk has failed it; None while something can."""
        return self._connection.trouble

    def give_up(self, trouble: DetentError) -> None:
        """Ask nothing more of it: whoever does gets this error."""
        self._connection.poison(trouble)

    # Reading

    def head(self, run: str) -> StoredClick:
        """The last click of a run, whole."""
        return self.click(run, self._reader.last(run))

    def last(self, run: str) -> int:
        """The number of the last click of a run."""
        return self._reader.last(run)

    def click(self, run: str, seq: int) -> StoredClick:
        """One click, whole.

        Raises:
            NotFound: there is none of that number
            IntegrityError: it is not what was written
        """
        return self._reader.click(run, seq)

    def suspect(self, run: str, seq: int) -> tuple[dict[str, Any], str]:
        """The body and the guards of a click as they lie there, proven by nothing: to say what was changed in it.

        Raises:
            IntegrityError: it cannot even be read
        """
        return self._reader.suspect(run, seq)

    def clicks(self, run: str, start: int = 0, stop: int | None = None) -> Iterator[StoredClick]:
        """Clicks from `start` up to, but without, `stop`, whole."""
        return self._reader.clicks(run, start, stop)

    def written(self, run: str, start: int = 0, stop: int | None = None) -> Iterator[Written]:
        """Clicks from `start` up to, but without, `stop`, as their rows have them; nothing is checked."""
        return self._reader.written(run, start, stop)

    def timeline(self, run: str, start: int = 0, stop: int | None = None) -> list[TimelineRow]:
        """Clicks from `start` up to, but without, `stop`, without their bodies."""
        return self._reader.timeline(run, start, stop)

    def messages(
        self, run: str, start: int = 0, stop: int | None = None, *, seq: int | None = None, own: bool = False
    ) -> list[Placed]:
        """The history from place `start` up to, but without, `stop`.

        Args:
            run: the run; of a fork, its parent's messages below it are read too
            start: the first place
            stop: the place after the last; None for all
            seq: only what was written up to this click
            own: only what the run itself wrote
        """
        return self._reader.messages(run, start, stop, seq=seq, own=own)

    def texts(
        self, run: str, seq: int | None = None, kind: str | None = None, *, start: int | None = None
    ) -> list[tuple[int, Text]]:
        """Texts that are no messages, oldest first, each with its click (-1: inherited from the parent).

        Args:
            run: the run
            seq: only of this click of the run itself
            kind: only of this kind
            start: only from this click of the run itself on
        """
        return self._reader.texts(run, seq, kind, start=start)

    def spec(self, run: str) -> str:
        """What a run agreed to, canonical JSON."""
        return self.record(run).spec.body

    def record(self, run: str) -> RunRecord:
        """What a run is."""
        return self._reader.record(run)

    def lineage(self, run: str) -> list[tuple[str, int]]:
        """A run and its forebears, the run first, each with the last click of it that counts."""
        return self._reader.lineage(run)

    def decisions(self, run: str) -> list[Settled]:
        """Every gate that was settled, in order."""
        return self._reader.decisions(run)

    def runs(
        self, limit: int = 100, folder: str | None = None, state: str | None = None, label: str | None = None
    ) -> list[RunSummary]:
        """The newest runs first.

        Args:
            limit: the most there may be
            folder: only those started there
            state: only those that are in this state
            label: only those marked so
        """
        return self._lister.runs(limit, folder, state, label)

    def find(self, address: str, folder: str | None = None) -> str:
        """The run an address means: an id, a name (the newest has it), `last` of a folder, or a unique prefix.

        Raises:
            NotFound: it means none, or several; what is close to it is named
        """
        return self._lister.find(address, folder)

    def related(self, run: str) -> list[Related]:
        """All runs above and below a run, forks and child runs, this one too, oldest first."""
        return self._lister.related(run)

    def neighbours(self, run: str) -> tuple[str, ...]:
        """The ids just before and just after this one, in order."""
        return self._lister.neighbours(run)

    # Upkeep and working notes

    def verify(
        self,
        run: str | None = None,
        *,
        expect: str = "",
        bodies: bool = True,
        tell: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> list[Finding]:
        """Derive again everything that was stored, and tell what does not fit; nothing is changed.

        Args:
            run: only this run with all it refers to; None for the whole file
            expect: the chain of a click that was once seen, to find a file that was set back to an older state
            bodies: of one run, whether its snapshots are held against their digests too; who replays it does so anyway
            tell: is told how many runs of the file were looked at, of how many
        """
        found = self._verifier.file(tell) if run is None else self._verifier.run(run, bodies=bodies)
        if run is not None and expect and not self._reader.has_chain(run, expect):
            what = f"Run {run} has no click with the chain {expect}: the file was set back."
            found.append(Finding(run, -1, what))
        return found

    def counts(self, run: str | None = None) -> Counts:
        """How much there is of one run, or of the whole file."""
        return self._lister.counts(None if run is None else self._reader.key(run))

    def backup(self, target: str | os.PathLike[str]) -> None:
        """Copy all that is durable into a new file.

        Raises:
            UsageError: the file is there already
            StoreError: it cannot be made
        """
        self._upkeep.backup(Path(target))

    def prune(self, run: str) -> None:
        """Remove a whole run for good.

        Raises:
            Busy: a driver holds it
            UsageError: another run was forked from it
        """
        with self.own(run):
            self._upkeep.prune(run)

    def sweep(self) -> list[Weight]:
        """Remove every text that no row refers to any more, for good; what went, by kind.

        Raises:
            Busy: another process keeps the file locked
        """
        self._writer.forget()
        return self._upkeep.sweep()

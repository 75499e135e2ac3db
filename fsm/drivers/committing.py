"""Committing: runs that share an open store share its commits.

Rules.  Nobody is told before COMMIT has returned.  A run that is alone commits directly; where several are driven, what
queues during one turn of the loop goes into one transaction, in which what is wrong with one leaves the others alone.
While another process writes, a thread with a connection of its own waits for the file, and the loop goes on.  A full
disk is tried again for a few seconds, with everything kept in memory; a disk that failed never is.

Whoever is cancelled while its commit is under way learns of that after it knows what became of the commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue

from attrs import define, field

from ...states.errors import DetentError, InternalError, StoreError
from ...store import PATIENCE, Branch, Occupied, Store, Write, may_pass
from .journal import Journal

__all__ = ["PAUSES", "Committer"]

PAUSES = (0.1, 0.5, 2.0)  # seconds before a commit is tried again while the disk is full
_PATIENCE = 1.0  # seconds that a thread which is not needed any more has to close its connection

_Writes = Sequence[tuple[Branch, Write]]
_Outcomes = list[DetentError | None]
_Tell = Callable[[_Outcomes], object]


@define(eq=False)
class _Waiting:
    """A run whose commit is under way.

    Args:
        journal: the run
        write: what is written
        wake: whom to wake when it is over
        over: whether it is
        error: why nothing of it was written; None if it is durable
    """

    journal: Journal
    write: Write
    wake: asyncio.Future[None]
    over: bool = False
    error: DetentError | None = None


@define(eq=False)
class Committer:
    """What commits for all runs that are driven on one loop and share one open store.

    Args:
        store: the store
    """

    _store: Store
    _driven: int = 0
    _queue: list[_Waiting] = field(factory=list)
    _asked: bool = False
    _scribe: _Scribe | None = None
    _writing: bool = False

    @classmethod
    def of(cls, store: Store) -> Committer:
        """The committer of an open store."""
        return store.shared(cls, lambda: cls(store))

    @contextmanager
    def driving(self) -> Iterator[None]:
        """Count as one of the runs that are driven."""
        self._driven += 1
        try:
            yield
        finally:
            self._driven -= 1
            if not self._driven:
                self._rest()

    def _rest(self) -> None:
        """Nobody is driven: whoever comes next may do so on another loop, whatever this one left undone."""
        scribe, self._scribe = self._scribe, None
        self._queue, self._asked, self._writing = [], False, False
        if scribe is not None:
            scribe.end()

    async def commit(self, journal: Journal, notice: Callable[[str], None]) -> None:
        """Make durable what a run has taken; it is when this returns.

        Args:
            journal: the run; it is told before anyone else
            notice: is told once that the disk is full

        Raises:
            Busy: another process went on with the run, or keeps the file locked
            GateSettled: a gate was settled before
            StoreError: the disk is full and stays so, or failed; nothing was written, everything is kept
            asyncio.CancelledError: as ever, but only when it is known what became of the commit
        """
        tries = 0
        while (write := journal.pending()) is not None:
            try:
                return await self._commit(journal, write)
            except StoreError as error:
                if tries == len(PAUSES) or not may_pass(error):
                    raise
                if not tries:
                    notice(f"{error.message} Nothing is lost yet: it is tried again for some seconds.")
            await asyncio.sleep(PAUSES[tries])
            tries += 1
        return None

    async def _commit(self, journal: Journal, write: Write) -> None:
        if self._driven < 2 and not self._queue and not self._writing:  # noqa: PLR2004 - it is alone
            with contextlib.suppress(Occupied):  # then it queues
                journal.branch.commit(write, wait=False)
                journal.written(write)
                return
        await self._queued(journal, write)

    async def _queued(self, journal: Journal, write: Write) -> None:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(journal, write, loop.create_future())
        self._queue.append(waiting)
        self._ask(loop)
        cancelled: asyncio.CancelledError | None = None
        while not waiting.over:
            try:
                await waiting.wake
            except asyncio.CancelledError as error:  # the commit goes on all the same
                cancelled, waiting.wake = error, loop.create_future()
        if cancelled is not None:
            raise cancelled
        if waiting.error is not None:
            raise waiting.error

    def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have what queued committed at the end of this turn of the loop, or after the commit that is under way."""
        if self._queue and not self._asked and not self._writing:
            self._asked = True
            loop.call_soon(self._flush, loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit all that queued."""
        self._asked = False
        batch, self._queue = self._queue, []
        writes = [(one.journal.branch, one.write) for one in batch]
        try:
            outcomes = _written(self._store, writes, wait=False)
        except Occupied:
            self._hand_on(loop, batch, writes)
        else:
            self._tell(batch, outcomes)

    def _hand_on(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting], writes: _Writes) -> None:
        """Have the thread write it when it has its turn; whoever waits too long is told so, and it is not written."""
        self._writing = True
        scribe = self._scribe = self._scribe or _Scribe(self._store)
        job = _Job(writes, lambda made: loop.call_soon_threadsafe(written, made))
        timer = loop.call_later(PATIENCE, lambda: impatient())  # noqa: PLW0108 - it is defined below

        def written(outcomes: _Outcomes) -> None:
            timer.cancel()
            if scribe.trouble is not None:
                self._store.give_up(scribe.trouble)  # the disk failed one connection, so none is trusted
            self._over(loop, batch, outcomes)

        def impatient() -> None:
            if job.call_off():
                scribe.leave()
                self._scribe = None
                self._over(loop, batch, [self._store.lock.busy()] * len(batch))

        scribe.give(job)

    def _over(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting], outcomes: _Outcomes) -> None:
        """Tell what became of a batch that was handed on, and go on with what queued meanwhile."""
        self._writing = False
        self._tell(batch, outcomes)
        self._ask(loop)

    def _tell(self, batch: list[_Waiting], outcomes: _Outcomes) -> None:
        for waiting, error in zip(batch, outcomes, strict=True):
            waiting.over, waiting.error = True, error
            if error is None:
                waiting.journal.written(waiting.write)
            if not waiting.wake.done():
                waiting.wake.set_result(None)


def _written(store: Store, writes: _Writes, *, wait: bool) -> _Outcomes:
    """Commit the writes together, or where the disk has no room for all of them each alone; what was wrong with each.

    Raises:
        Occupied: somebody else writes, and it is not to be waited for
    """
    try:
        return store.commit_many(writes, wait=wait)
    except Occupied:
        raise
    except DetentError as error:
        if len(writes) > 1 and may_pass(error):
            return [one for each in writes for one in _written(store, [each], wait=wait)]
        return [error] * len(writes)
    except Exception as error:  # noqa: BLE001 - somebody waits for each of them
        return [_bug(error)] * len(writes)


def _bug(error: Exception) -> InternalError:
    """Something that nobody meant to raise."""
    made = InternalError(f"A commit failed: {type(error).__name__}: {error}.", "Please report it.")
    made.__cause__ = error
    return made


class _Job:
    """What a thread is to write, unless it is called off before its turn comes.

    Args:
        writes: the writes
        tell: is told in the thread what was wrong with each
    """

    def __init__(self, writes: _Writes, tell: _Tell) -> None:
        self.writes = writes
        self.tell = tell
        self._first = threading.Lock()

    def begin(self) -> bool:
        """Whether it is still to be done; from here on it cannot be called off."""
        return self._first.acquire(blocking=False)

    def call_off(self) -> bool:
        """Whether it is not done, and never will be."""
        return self._first.acquire(blocking=False)


class _Scribe:
    """A thread with a connection of its own, for as long as other processes write too.

    It queues for the file itself: whoever waited for it in another thread would keep it for a switch of threads more.

    Args:
        store: the store whose file it writes
    """

    def __init__(self, store: Store) -> None:
        self.trouble: DetentError | None = None
        self._store = store
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="detent-scribe", daemon=True)
        self._thread.start()

    def give(self, job: _Job) -> None:
        """Have this written."""
        self._jobs.put(job)

    def leave(self) -> None:
        """Let the thread go when it is done."""
        self._jobs.put(None)

    def end(self) -> None:
        """Let the thread go, and wait a little until it has closed its connection."""
        self.leave()
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        own: Store | None = None
        while (job := self._jobs.get()) is not None:
            try:
                own = own or self._store.again()
                outcomes = self._write(own, job)
                self.trouble = own.trouble
            except DetentError as error:
                outcomes = [error] * len(job.writes) if job.begin() else None
            if outcomes is None:
                break
            try:
                job.tell(outcomes)
            except RuntimeError:
                break  # the loop is closed: nobody waits any more
        if own is not None:
            own.close()

    def _write(self, own: Store, job: _Job) -> _Outcomes | None:
        """What was wrong with each write; None if it was called off meanwhile."""
        own.lock.queue()
        try:
            return _written(own, job.writes, wait=True) if job.begin() else None
        finally:
            own.lock.release()

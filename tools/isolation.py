"""Isolation: one attempt of a tool in a process of its own, which always ends.

The process is a session and a group of its own, dies with its driver, and has a PID namespace where the machine allows
one.  Whatever ends the attempt (its result, its time, a person, the driver's end) ends everything it has started: it
is asked to (TERM), has two seconds, and is killed: the group, and then whatever else carries the mark of the call.

Rules.  The process is started on the loop's thread, for it dies with the thread that started it.  What it says is
read with caps.  Before it has said that the function is about to be called nothing has run.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Any

from attrs import asdict, define, field

from ..states.names import Effect, Ran
from . import frames, namespace
from .address import address_of
from .outcomes import Failure, Returned, error_word, refused
from .workers import Worker

if TYPE_CHECKING:
    from .context import Context
    from .hands import Hands
    from .value import Tool

__all__ = ["isolated"]

GRACE = 2.0  # seconds from TERM to KILL when its time is up
SHORT_GRACE = 1.5  # the same when it is stopped: whoever stops it waits two seconds
LEAVING = 1.0  # seconds that a process has to leave after it has said what came of it
POLL = 0.02  # seconds between two looks, where the system does not tell
_READ = 1 << 16
_LACKING = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


async def isolated(tool: Tool, text: str, context: Context, hands: Hands) -> Returned | Failure:
    """Run a tool once, in a process of its own.

    Args:
        tool: the tool
        text: canonical argument text
        context: what of it can be told to another process is
        hands: end the process if nobody else does

    Raises:
        asyncio.CancelledError: the task that runs this was cancelled; the process has been ended
    """
    with hands.flight(alone=False):
        try:
            asked = _request(tool, text, context, apart=not await hands.run(namespace.possible, {}))
            worker = Worker.start(f"{context.run}/{context.call}/{context.attempt}")
        except OSError as error:
            lacking = error.errno in _LACKING
            said = f"Its process could not be started: {error.strerror or error}."
            return Failure(error=error_word(type(error)), message=said, ran=Ran.NO, transient=lacking)
        except Exception as error:  # noqa: BLE001 - nothing has run
            return refused(error)
        with hands.working(worker):
            return await _Attempt(worker, context, tool.effect).run(asked)


def _request(tool: Tool, text: str, context: Context, *, apart: bool) -> bytes:
    left = context.deadline - time.monotonic()
    return frames.written(
        frames.REQUEST,
        {
            "namespace": apart,
            "address": asdict(address_of(tool.function)),
            "version": tool.version,
            "effect": tool.effect.value,
            "parameters": tool.parameters,
            "text": text,
            "context": {
                "run": context.run,
                "call": context.call,
                "key": context.key,
                "attempt": context.attempt,
                "left": left if left < float("inf") else None,
                "folder": str(context.folder),
                "base": context.base,
                "resources": bool(context.resources),
            },
        },
    )


@define(eq=False)
class _Attempt:
    """The conversation with one worker.

    Args:
        worker: it
        context: of the call
        effect: of the tool
    """

    worker: Worker
    context: Context
    effect: Effect
    _frames: frames.Frames = field(factory=frames.Frames)
    _answers: set[asyncio.Task[None]] = field(factory=set)
    _news: asyncio.Event = field(factory=asyncio.Event)
    _started: bool = False
    _closed: bool = False
    _gone: bool = False
    _status: int | None = None

    async def run(self, asked: bytes) -> Returned | Failure:
        """Ask, listen, and end the process, whatever comes."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.worker.line, self._readable)
        looking = self._watch(loop)
        try:
            outcome = await self._heard(asked)
            if outcome is None:
                return await self._stopped(GRACE) or self._late()
            await self._until_gone()
        except asyncio.CancelledError:
            outcome = await self._stopped(SHORT_GRACE)
            if outcome is None:
                raise
            return outcome  # it was told to stop, and had ended first
        else:
            return outcome
        finally:
            if not loop.is_closed():
                loop.remove_reader(self.worker.line)
                if looking is not None:
                    looking.cancel()
                else:
                    loop.remove_reader(self.worker.ended)
            self.worker.end()
            self.worker.close()

    async def _heard(self, asked: bytes) -> Returned | Failure | None:
        """What came of it; None if its time is up."""
        left = self.context.deadline - time.monotonic()
        try:
            async with asyncio.timeout(left if left < float("inf") else None):
                await _sent(self.worker.line, asked)
                return await self._listen()
        except TimeoutError:
            return None

    async def _stopped(self, grace: float) -> Returned | None:
        """Ask it to end, and take what it says until it has."""
        self.worker.ask()
        try:
            async with asyncio.timeout(grace):
                outcome = await self._listen()
        except TimeoutError:
            return None
        return outcome if isinstance(outcome, Returned) else None

    def _late(self) -> Failure:
        if not self._started:
            said = "Its process did not come to call it in time."
            return Failure(error="timeout", message=said, ran=Ran.NO, transient=True)
        said = "Its time was up, and its process was ended."
        return Failure(error="timeout", message=said, ran=Ran.UNKNOWN, transient=True)

    async def _until_gone(self) -> None:
        """Give it a moment to leave by itself."""
        try:
            async with asyncio.timeout(LEAVING):
                while not self._gone:
                    await self._more()
        except TimeoutError:
            return  # something in it goes on; it is ended

    async def _listen(self) -> Returned | Failure:
        """Take what the process says, until it has said what came of it or has ended."""
        while True:
            over = self._closed or self._gone  # asked first: what it has said before is there by then
            if over:
                self._readable()
            try:
                while (frame := self._frames.next()) is not None:
                    outcome = self._take(frame)
                    if outcome is not None:
                        return outcome
            except (frames.BadFrame, ValueError, KeyError, TypeError) as error:
                return self._died(f"said what cannot be understood ({error})")
            if over:
                await self._until_gone()
                return self._died(self._how())
            await self._more()

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _readable(self) -> None:
        """On the loop: the process has said something, or closed its line."""
        try:
            piece = self.worker.line.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._closed = True
            asyncio.get_running_loop().remove_reader(self.worker.line)
        self._frames.feed(piece)
        self._news.set()

    def _take(self, frame: frames.Frame) -> Returned | Failure | None:
        match frame.kind:
            case frames.STARTED:
                self._started = True
            case frames.PROGRESS:
                self.context.progress(frame.words())
            case frames.ASK:
                self._answer(frame.words())
            case frames.RETURNED:
                return Returned(frame.body.decode())
            case frames.FAILED:
                said: dict[str, Any] = frame.plain()
                made = {
                    **said,
                    "ran": Ran(said["ran"]) if self._started else Ran.NO,
                    "alternatives": tuple(said["alternatives"]),
                }
                return Failure(**made)
            case frames.DIED:
                self._status = int(frame.plain()["status"])
        return None

    def _answer(self, handle: str) -> None:
        """Give it an earlier result."""
        try:
            text: str | None = self.context.read_output(handle)
        except Exception:  # noqa: BLE001 - there is none, or it cannot be read
            text = None
        said = frames.written(frames.ANSWER, {"text": text})
        sending = asyncio.get_running_loop().create_task(_sent(self.worker.line, said))
        self._answers.add(sending)
        sending.add_done_callback(self._answers.discard)

    def _how(self) -> str:
        """How the process ended, in words."""
        if not self._gone:
            return "closed its line"
        code = self.worker.code()
        if self._status is not None:
            code = os.waitstatus_to_exitcode(self._status)
        if code is None or code >= 0:
            return f"left with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        more = " (the system does that where memory runs out)" if name == "SIGKILL" else ""
        return f"was ended by {name}{more}"

    def _died(self, how: str) -> Failure:
        if not self._started:
            said = f"Its process {how} before the tool was called."
            return Failure(error="died", message=said, ran=Ran.NO)
        return Failure(
            error="died",
            message=f"Its process {how} before it gave a result.",
            ran=Ran.UNKNOWN,
            transient=self.effect is not Effect.ONCE,
        )

    def _watch(self, loop: asyncio.AbstractEventLoop) -> asyncio.Task[None] | None:
        """See to it that its end is noticed."""
        if self.worker.ended < 0:
            return loop.create_task(self._look())
        loop.add_reader(self.worker.ended, self._went)
        return None

    async def _look(self) -> None:
        while self.worker.process.poll() is None:  # noqa: ASYNC110 - the system has no event for it
            await asyncio.sleep(POLL)
        self._went()

    def _went(self) -> None:
        self._gone = True
        self._news.set()
        if self.worker.ended >= 0:
            asyncio.get_running_loop().remove_reader(self.worker.ended)


async def _sent(line: socket.socket, said: bytes) -> None:
    try:
        await asyncio.get_running_loop().sock_sendall(line, said)
    except OSError:
        return  # it has gone, and hears nothing any more

"""The worker: the process that one attempt of an isolated tool runs in, from its first line to its last.

It is started anew for every attempt, imports the tool's file, calls the function and says what came of it.  It dies
with its driver.  Its standard streams are nobody's: what it has to say it says over its socket.

Rules.  Everything that goes wrong before the function is called says that nothing ran.  Nothing is kept for a second
attempt.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import asdict

from ..states.errors import ConfigError, UsageError
from . import frames, namespace
from .address import Address, found
from .context import Context
from .declare import tool
from .guard import guard
from .marking import IMPORTING
from .outcomes import Failure, Returned, failed, refused, returned
from .value import Tool

__all__ = ["COMMAND", "main"]

COMMAND = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from detent.tools.worker import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
_BURST, _RATE = 100, 50.0  # pieces of progress that are said at once, and a second; more are dropped
_READ = 1 << 16


class _Nothing(Mapping[str, Any]):
    """The resources of an agent, which are not here."""

    def __getitem__(self, name: str) -> Any:
        raise UsageError(
            f"Resource {name} is in the driver's process, and this tool runs in one of its own.",
            "Leave out isolation, or make what it needs inside the tool.",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Line:
    """The socket to the driver; used from any thread.

    Args:
        number: its file descriptor
    """

    def __init__(self, number: int) -> None:
        os.set_inheritable(number, False)
        self._socket = socket.socket(fileno=number)
        self._frames = frames.Frames(any_length=True)
        self._turn = threading.Lock()
        self._left, self._at = float(_BURST), time.monotonic()

    def say(self, kind: bytes, body: bytes | str | Any = b"") -> None:
        with self._turn:
            self._send(kind, body)

    def hear(self) -> frames.Frame:
        """The next frame.

        Raises:
            ConnectionError: the driver has gone
        """
        while (heard := self._frames.next()) is None:
            piece = self._socket.recv(_READ)
            if not piece:
                raise ConnectionError("the driver has gone")
            self._frames.feed(piece)
        return heard

    def progress(self, text: str) -> None:
        """Tell the person how far it is, if that was not said too often by now."""
        with self._turn:
            now = time.monotonic()
            self._left = min(_BURST, self._left + (now - self._at) * _RATE)
            self._at = now
            if self._left >= 1:
                self._left -= 1
                self._send(frames.PROGRESS, str(text)[:_READ])

    def read_output(self, handle: str) -> str:
        """The whole text of an earlier result, from the driver.

        Raises:
            KeyError: there is none
        """
        with self._turn:
            self._send(frames.ASK, str(handle))
            said: dict[str, str | None] = self.hear().plain()
        text = said["text"]
        if text is None:
            raise KeyError(handle)
        return text

    def _send(self, kind: bytes, body: bytes | str | Any) -> None:
        self._socket.sendall(frames.written(kind, body))


def main(number: int, parent: int) -> None:
    """Live the life of a worker.

    Args:
        number: the file descriptor of its socket
        parent: the pid of the driver
    """
    namespace.die_with(parent)
    line = _Line(number)
    asked = line.hear().plain()
    if asked["namespace"]:
        namespace.enter(lambda status: line.say(frames.DIED, {"status": status}))
    guard().pass_on()
    outcome = _outcome(line, asked)
    if isinstance(outcome, Returned):
        line.say(frames.RETURNED, outcome.text)
    else:
        line.say(frames.FAILED, asdict(outcome))


def _outcome(line: _Line, asked: Mapping[str, Any]) -> Returned | Failure:
    try:
        made = _tool(asked)
        arguments = made.arguments(asked["text"])
        if made.context_name:
            arguments[made.context_name] = made.bound(asked["text"], _context(line, asked["context"]))
    except BaseException as error:  # noqa: BLE001 - nothing has run, and nothing gets out
        return refused(error)
    line.say(frames.STARTED)
    try:
        value = made.function(**arguments)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        return returned(value)
    except BaseException as error:  # noqa: BLE001 - the failure of a tool is a value
        return failed(error, made.effect)


async def _awaited(value: Any) -> Any:
    return await value


def _tool(asked: Mapping[str, Any]) -> Tool:
    """The tool, as it stands in its file now.

    Raises:
        ConfigError: it is not the one that the driver has
    """
    address = Address(**asked["address"])
    os.environ[IMPORTING] = address.name
    try:
        there = found(address)
    finally:
        os.environ.pop(IMPORTING, None)
    made: Tool = there if isinstance(there, Tool) else tool(there, effect=asked["effect"])
    known = isinstance(there, Tool) and (made.version, made.effect.value) != (
        asked["version"],
        asked["effect"],
    )
    if known or json.loads(made.parameters) != json.loads(asked["parameters"]):
        raise ConfigError(
            f"Tool {made.name} has changed since the driver loaded it.",
            "Park the run, and go on with the file that it began with.",
        )
    return made


def _context(line: _Line, given: Mapping[str, Any]) -> Context:
    return Context(
        run=given["run"],
        call=given["call"],
        key=given["key"],
        attempt=given["attempt"],
        deadline=float("inf") if given["left"] is None else time.monotonic() + given["left"],
        folder=Path(given["folder"]),
        base=given["base"],
        resources=_Nothing() if given["resources"] else {},
        progress=line.progress,
        read_output=line.read_output,
    )

"""Servers for tests of doors: one that plays given bytes, and one that stands between and writes down what passes.

Both are plain asyncio TCP servers of the loopback address: what a door sends and gets is read as bytes, below every
library.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Play: TypeAlias = Callable[[Writer], Awaitable[None]]

CLOSE = b"connection: close\r\n"


def plain(status: int, body: bytes | str, *, reason: str = "Said") -> Play:
    """An answer with a length, then the end of the connection."""
    sent = body.encode() if isinstance(body, str) else body

    async def play(writer: Writer) -> None:
        writer.write(
            f"HTTP/1.1 {status} {reason}\r\ncontent-length: {len(sent)}\r\n".encode() + CLOSE + b"\r\n" + sent
        )

    return play


def chunks(*lines: bytes | dict[str, Any], pause: float = 0.0, end: bool = True, hang: float = 0.0) -> Play:
    """A chunked stream of JSON lines.

    Args:
        lines: objects, or bytes as they are
        pause: seconds between two
        end: whether the stream ends as HTTP says, or the connection breaks
        hang: seconds of silence after the last line
    """

    async def play(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" + CLOSE + b"\r\n")
        for line in lines:
            data = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
            await asyncio.sleep(pause)
        await asyncio.sleep(hang)
        if end:
            writer.write(b"0\r\n\r\n")

    return play


async def cut(writer: Writer) -> None:
    """No answer: the connection breaks."""
    writer.transport.abort()


class Played:
    """A server that answers each request with the next play, the last one again and again."""

    def __init__(self, plays: Sequence[Play]) -> None:
        self._plays = list(plays)
        self.requests: list[tuple[str, bytes]] = []
        self.host = ""

    async def answer(self, reader: Reader, writer: Writer) -> None:
        """Take one request and play."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            body = await reader.readexactly(length)
            self.requests.append((head.split(b" ")[1].decode(), body))
            play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
            await play(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the door hung up, which is its right
        finally:
            writer.close()


@asynccontextmanager
async def played(*plays: Play) -> AsyncIterator[Played]:
    """A server that plays these answers."""
    made = Played(plays)
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


class Recording:
    """What passed between a door and a server."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.got = bytearray()
        self.host = ""
        self.closed = asyncio.Event()

    def bodies(self) -> list[dict[str, Any]]:
        """The JSON bodies of the requests that were sent."""
        found, rest = [], bytes(self.sent)
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            length = int(
                next(
                    line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                ).split(b":")[1]
            )
            found.append(json.loads(rest[:length]))
            rest = rest[length:]
        return found


@asynccontextmanager
async def recorded(host: str) -> AsyncIterator[Recording]:
    """A proxy in front of a server, which writes down every byte."""
    made = Recording()
    address, port = host.removeprefix("http://").split(":")

    async def pump(reader: Reader, writer: Writer, kept: bytearray) -> None:
        try:
            while data := await reader.read(65_536):
                kept += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    async def between(reader: Reader, writer: Writer) -> None:
        there_reader, there_writer = await asyncio.open_connection(address, int(port))
        await asyncio.gather(pump(reader, there_writer, made.sent), pump(there_reader, writer, made.got))
        made.closed.set()

    server = await asyncio.start_server(between, "127.0.0.1", 0)
    made.host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()

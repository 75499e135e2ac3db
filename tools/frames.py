"""Frames: what a driver and the process of an isolated tool say to each other, over one socket.

A frame is a letter, a length and so many bytes.  What the child says is believed as far as it goes and no further: a
letter that is not known, or a length beyond its cap, ends the conversation.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from attrs import define, field, frozen

from .outcomes import MAX_RESULT

__all__ = [
    "ANSWER",
    "ASK",
    "DIED",
    "FAILED",
    "PROGRESS",
    "REQUEST",
    "RETURNED",
    "STARTED",
    "BadFrame",
    "Frame",
    "Frames",
    "written",
]

REQUEST = b"Q"  # to the child: what to call, with what
ANSWER = b"A"  # to the child: an earlier result
STARTED = b"S"  # from the child: the function is about to be called
PROGRESS = b"P"  # from the child: how far it is
ASK = b"H"  # from the child: the handle of an earlier result
RETURNED = b"R"  # from the child: the result
FAILED = b"F"  # from the child: the failure
DIED = b"D"  # from whoever watches the child in its namespace: how it ended

SHORT = 256 * 1024  # bytes
_CAPS = {
    ANSWER: 2 * MAX_RESULT,
    STARTED: 0,
    PROGRESS: SHORT,
    ASK: SHORT,
    RETURNED: MAX_RESULT,
    FAILED: SHORT,
    DIED: SHORT,
}
_HEAD = struct.Struct(">cI")


class BadFrame(Exception):
    """What was said is no frame."""


@frozen
class Frame:
    """One thing that was said.

    Args:
        kind: its letter
        body: its bytes
    """

    kind: bytes
    body: bytes

    def plain(self) -> Any:
        """Its JSON.

        Raises:
            ValueError: it is none
        """
        return json.loads(self.body)

    def words(self) -> str:
        """Its text, whatever it is."""
        return self.body.decode("utf-8", "backslashreplace")


def written(kind: bytes, body: bytes | str | Any = b"") -> bytes:
    """A frame as bytes.

    Args:
        kind: its letter
        body: bytes, a text, or a value that becomes JSON
    """
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "backslashreplace")
    return _HEAD.pack(kind, len(body)) + body


@define
class Frames:
    """Takes bytes as they come, and gives the frames in them.

    Args:
        any_length: there is no cap: whoever speaks is trusted
    """

    any_length: bool = False
    _held: bytearray = field(factory=bytearray)

    def feed(self, piece: bytes) -> None:
        """More bytes have come."""
        self._held += piece

    def next(self) -> Frame | None:
        """The next whole frame; None until more bytes have come.

        Raises:
            BadFrame: what came is none
        """
        if len(self._held) < _HEAD.size:
            return None
        kind, size = _HEAD.unpack_from(self._held)
        if not self.any_length and size > _CAPS.get(kind, -1):
            raise BadFrame(f"{kind!r} with {size:,} bytes")
        end = _HEAD.size + size
        if len(self._held) < end:
            return None
        body = bytes(self._held[_HEAD.size : end])
        del self._held[:end]
        return Frame(kind, body)

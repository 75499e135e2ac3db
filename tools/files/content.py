"""What a file holds: read once, whole, from a descriptor that was checked after it was opened.

`Seen` is what every tool and every preview of this set looks at, and its digest is what a yes binds.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from attrs import field, frozen

from ..errors import ToolError
from .confine import FILE, Spot, missing, spot, status, translated

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ABSENT", "LARGEST", "Seen", "current", "look", "sure", "text_of", "unchanged"]

LARGEST = 16 * 1024 * 1024  # bytes of a file that is read
ABSENT = "absent"  # the digest of no file


@frozen
class Seen:
    """A file as it was at one moment.

    Args:
        shown: its path relative to the run's folder
        status: its status; None if there is no file
        data: its bytes; None if there is no file, or it is larger than LARGEST
        digest: `sha256:<hex>` of its bytes; `stat:...` of a file that is too large; "absent"
    """

    shown: str
    status: os.stat_result | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    digest: str = ABSENT

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.status.st_size if self.status else 0


def look(at: Spot) -> Seen:
    """What stands at a spot, which may be nothing.

    Raises:
        ToolError: something that is no regular file does, or it cannot be read
    """
    before = status(at)
    if before is None:
        return Seen(at.shown)
    if stat.S_ISDIR(before.st_mode):
        raise ToolError(f"{at.shown} is a folder, not a file.", error="is_a_folder")
    with translated(at.shown):
        fd = os.open(at.name, FILE, dir_fd=at.fd)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):  # pragma: no cover - exchanged since the first look
                raise ToolError(f"{at.shown} is not a regular file.", error="not_a_file")
            data = _read(fd)
        finally:
            os.close(fd)
    if len(data) > LARGEST:
        return Seen(at.shown, found, None, f"stat:{found.st_size}:{found.st_mtime_ns}:{found.st_ino}")
    return Seen(at.shown, found, data, f"sha256:{hashlib.sha256(data).hexdigest()}")


def sure(at: Spot) -> Seen:
    """The file at a spot.

    Raises:
        ToolError: as `look`; or there is none, with similar names as alternatives
    """
    seen = look(at)
    if seen.status is None:
        raise missing(at)
    return seen


def current(folder: Path, path: str) -> Seen:
    """The file a path names, or its absence, also where a folder on the way is missing.

    Raises:
        ToolError: as `spot` and `look`
    """
    try:
        with spot(folder, path) as at:
            return look(at)
    except ToolError as error:
        if error.error == "file_not_found":
            return Seen(path)
        raise


def unchanged(at: Spot, seen: Seen) -> None:
    """The last look before something is changed.

    Raises:
        ToolError: what stands there is not what was seen
    """
    now, before = status(at), seen.status
    if now is None or before is None:
        same = now is before
    else:
        same = (now.st_ino, now.st_size, now.st_mtime_ns) == (
            before.st_ino,
            before.st_size,
            before.st_mtime_ns,
        )
    if not same:
        raise ToolError(
            f"{at.shown} was changed by something else at this moment.", error="changed", transient=True
        )


def text_of(seen: Seen) -> str:
    """The text of a file that is there.

    Raises:
        ToolError: it is too large, binary, or not UTF-8
    """
    if seen.data is None:
        raise ToolError(f"{seen.shown} has {seen.size:,} bytes; {LARGEST:,} can be read.", error="too_large")
    try:
        text = seen.data.decode()
    except UnicodeDecodeError as error:
        raise ToolError(
            f"{seen.shown} is not text: byte {error.start:,} of {seen.size:,} is not UTF-8.", error="not_text"
        ) from None
    if "\0" in text:
        raise ToolError(
            f"{seen.shown} is not text: it holds NUL bytes ({seen.size:,} bytes).", error="not_text"
        )
    return text


def _read(fd: int) -> bytes:
    """Up to one byte more than is allowed."""
    pieces: list[bytes] = []
    left = LARGEST + 1
    while left and (piece := os.read(fd, min(left, 1024 * 1024))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)

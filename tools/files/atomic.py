"""Changes that happen whole or not at all.

A file is replaced by writing another one beside it, bringing that to the disk, and renaming it over the first; then
the folder is brought to the disk.  A crash leaves the old content or the new one, never a part, and at worst a
`.detent-*.tmp` beside it.  Permission bits are kept, owners where the system allows it.

What fails before the rename has not run; what fails after it may have.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from ..errors import ToolError
from .confine import Spot, status, translated
from .content import Seen, unchanged

__all__ = ["move", "remove", "replace"]

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace(at: Spot, data: bytes, seen: Seen) -> None:
    """Put these bytes where `seen` was seen.

    Raises:
        ToolError: the spot has changed since, the file is read-only, or the disk refuses
    """
    if seen.status and not seen.status.st_mode & 0o222:
        raise ToolError(f"{at.shown} is read-only.", error="read_only")
    beside = f".detent-{os.urandom(8).hex()}.tmp"
    with translated(at.shown):
        fd = os.open(beside, _NEW, 0o666, dir_fd=at.fd)
    try:
        with translated(at.shown):
            try:
                _keep_mode(fd, seen)
                _write(fd, data)
                _sync(fd)
            finally:
                os.close(fd)
            unchanged(at, seen)
            os.rename(beside, at.name, src_dir_fd=at.fd, dst_dir_fd=at.fd)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=at.fd)
        raise
    _settle(at)


def move(source: Spot, target: Spot, seen: Seen) -> None:
    """Give a file another name; never over a file that is there.

    Raises:
        ToolError: the file has changed since, the target exists, or the disk refuses
    """
    unchanged(source, seen)
    with translated(target.shown):
        try:
            _link(source, target)
        except FileExistsError:
            raise occupied(target) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename(source, target)
        else:
            _unlink_moved(source, target)
    _settle(target)
    _settle(source)


def remove(at: Spot, seen: Seen) -> None:
    """Delete a file.

    Raises:
        ToolError: the file has changed since, or the disk refuses
    """
    unchanged(at, seen)
    with translated(at.shown):
        os.unlink(at.name, dir_fd=at.fd)
    _settle(at)


def occupied(target: Spot) -> ToolError:
    """The error for a target that exists."""
    return ToolError(
        f"{target.shown} exists already. Choose another name, or delete it first.", error="file_exists"
    )


def _link(source: Spot, target: Spot) -> None:
    """The one call of the system that makes a name only where there is none."""
    os.link(source.name, target.name, src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)


def _rename(source: Spot, target: Spot) -> None:
    """The way without a second name; between the look and the renaming lies a moment."""
    if status(target) is not None:
        raise occupied(target)
    os.rename(source.name, target.name, src_dir_fd=source.fd, dst_dir_fd=target.fd)


def _unlink_moved(source: Spot, target: Spot) -> None:
    try:
        os.unlink(source.name, dir_fd=source.fd)
    except OSError as error:
        os.unlink(target.name, dir_fd=target.fd)
        raise error from None


def _keep_mode(fd: int, seen: Seen) -> None:
    """The owner, where we may, and the permission bits of the file that is replaced."""
    if seen.status is None:
        return
    mine = os.fstat(fd)
    if (mine.st_uid, mine.st_gid) != (seen.status.st_uid, seen.status.st_gid):
        with suppress(PermissionError):
            os.fchown(fd, seen.status.st_uid, seen.status.st_gid)
    os.fchmod(fd, seen.status.st_mode & 0o777)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _sync(fd: int) -> None:
    """Bring a file to the disk; on macOS also through the disk's own cache."""
    import fcntl  # noqa: PLC0415 - writers only

    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:  # pragma: no cover - macOS only
        fcntl.fcntl(fd, full)
    else:
        os.fsync(fd)


def _settle(at: Spot) -> None:
    """Bring the folder of a change to the disk; the change itself has happened."""
    try:
        os.fsync(at.fd)
    except OSError as error:
        raise ToolError(
            f"{at.shown} was changed, but the disk did not confirm it: {error.strerror}.",
            ran="unknown",
            error="not_synced",
        ) from None

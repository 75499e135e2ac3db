"""Confinement: a path from a model, opened inside the run's folder or not at all.

A path is taken apart as text and then opened one component at a time, each relative to the folder opened before it
and never through a symbolic link.  Nothing is resolved first and opened later, so there is no moment in which a
folder could be exchanged for a link to somewhere else.  Hard links cannot be told from files and are files.

Every refusal is a ToolError for the model with `ran` no.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from ..errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "FILE",
    "FOLDER",
    "Spot",
    "inside",
    "open_folder",
    "parts_of",
    "printable",
    "spot",
    "status",
    "translated",
]

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_LONGEST_NAME = 255  # bytes, of one component
_LONGEST_PATH = 4096  # bytes
_LISTED = 10_000  # names looked through for a similar one
_OFFERED = 8
_TOLD = {  # what an error of the system means to a model: word, sentence
    errno.ENOENT: ("file_not_found", "does not exist"),
    errno.ELOOP: ("symbolic_link", "is a symbolic link, which is never followed"),
    errno.ENOTDIR: ("not_a_folder", "is not a folder"),
    errno.EISDIR: ("is_a_folder", "is a folder"),
    errno.EACCES: ("permission", "may not be opened: permission denied"),
    errno.EPERM: ("permission", "may not be changed: permission denied"),
    errno.EROFS: ("read_only", "is on a read-only disk"),
    errno.ENOSPC: ("disk_full", "cannot be written: the disk is full"),
    errno.EDQUOT: ("disk_full", "cannot be written: the quota is used up"),
    errno.EXDEV: ("other_disk", "is on another disk"),
    errno.ENXIO: ("not_a_file", "is not a regular file"),
}
_PASSING = (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EINTR)


@frozen
class Spot:
    """A place in the run's folder that a name stands or may stand at.

    Args:
        fd: the folder that holds it, open while the spot is used
        name: its name there
        shown: its path relative to the run's folder
    """

    fd: int
    name: str
    shown: str


def parts_of(path: str, folder: Path) -> tuple[str, ...]:
    """The components of a path below the folder, without `.` and `..`; empty is the folder itself.

    Args:
        path: relative, or absolute and lexically inside the folder
        folder: the run's folder, absolute

    Raises:
        ToolError: it leaves the folder, or no file can have this name
    """
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise ToolError("The path is not Unicode text.", error="bad_path") from None
    if "\0" in path or size > _LONGEST_PATH:
        raise ToolError("The path has a NUL character or is too long.", error="bad_path")
    names = _flat(path, path)
    if path.startswith("/"):
        home = _flat(str(folder), path)
        if names[: len(home)] != home:
            raise _outside(path)
        names = names[len(home) :]
    if names[:1] == ["~"]:
        raise _outside(path)
    if any(len(name.encode()) > _LONGEST_NAME for name in names):
        raise ToolError(f"A name in {path[:100]!r}... has more than {_LONGEST_NAME} bytes.", error="bad_path")
    return tuple(names)


@contextmanager
def inside(folder: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below the run's folder.

    Args:
        folder: the run's folder
        parts: components from `parts_of`
        make: create the folders that are missing

    Raises:
        ToolError: one of them is missing, is no folder, or is a symbolic link
    """
    with translated("the run's folder"):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for at, part in enumerate(parts):
            below = open_folder(fd, part, "/".join(parts[: at + 1]), make=make)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


@contextmanager
def spot(folder: Path, path: str, *, make: bool = False) -> Iterator[Spot]:
    """The spot that a path names; what stands there is not looked at.

    Args:
        folder: the run's folder
        path: from the model
        make: create the folders that are missing on the way

    Raises:
        ToolError: as for `parts_of` and `inside`; or it is the run's folder itself
    """
    parts = parts_of(path, folder)
    if not parts:
        raise ToolError("The path is the run's folder itself; name a file in it.", error="is_a_folder")
    with inside(folder, parts[:-1], make=make) as fd:
        yield Spot(fd, parts[-1], "/".join(parts))


def open_folder(fd: int, name: str, shown: str, *, make: bool = False) -> int:
    """A new descriptor of one folder in another, not through a link."""
    try:
        return os.open(name, FOLDER, dir_fd=fd)
    except FileNotFoundError:
        if not make:
            raise missing(Spot(fd, name, shown)) from None
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):  # which of the two a link gives depends on the system
            status(Spot(fd, name, shown))
        raise refusal(error, shown) from None
    with translated(shown):
        try:
            os.mkdir(name, dir_fd=fd)
            os.fsync(fd)
        except FileExistsError:
            return open_folder(fd, name, shown)  # somebody else was faster; it may be a link
        return os.open(name, FOLDER, dir_fd=fd)


def status(at: Spot) -> os.stat_result | None:
    """What stands at a spot: the status of a regular file or a folder; None if nothing does.

    Raises:
        ToolError: it is a link, a device, a pipe or a socket
    """
    try:
        with translated(at.shown):
            found = os.stat(at.name, dir_fd=at.fd, follow_symlinks=False)
    except ToolError as error:
        if error.error == "file_not_found":
            return None
        raise
    if stat.S_ISLNK(found.st_mode):
        raise refusal(OSError(errno.ELOOP, ""), at.shown)
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise refusal(OSError(errno.ENXIO, ""), at.shown)
    return found


def missing(at: Spot) -> ToolError:
    """The error for a name that is not there, with the names that are and look like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    names = []
    with os.scandir(at.fd) as entries:
        for entry, _ in zip(entries, range(_LISTED), strict=False):
            names.append(entry.name + "/" * entry.is_dir(follow_symlinks=False))
    alike = get_close_matches(at.name, names, n=_OFFERED, cutoff=0.5) or sorted(names)[:_OFFERED]
    above = at.shown[: len(at.shown) - len(at.name)]
    return ToolError(
        f"{at.shown} does not exist.",
        error="file_not_found",
        alternatives=[above + printable(each) for each in alike],
    )


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Errors of the system become ToolErrors about this path."""
    try:
        yield
    except OSError as error:
        raise refusal(error, shown) from None


def refusal(error: OSError, shown: str) -> ToolError:
    """An error of the system in words for the model."""
    word, sentence = _TOLD.get(error.errno or 0, ("os_error", f"cannot be used: {error.strerror}"))
    return ToolError(f"{shown} {sentence}.", error=word, transient=error.errno in _PASSING)


def printable(name: str) -> str:
    """A file name on one line, in characters that can be printed and kept."""
    if name.isprintable():
        return name
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)


def _flat(path: str, told: str) -> list[str]:
    """The components with `.` and `..` worked out on paper, which is right where no link is followed."""
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and not names:
            raise _outside(told)
        if name == "..":
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return names


def _outside(path: str) -> ToolError:
    return ToolError(
        f"{path[:200]} is outside the run's folder. Use a path relative to that folder.",
        error="outside_folder",
    )

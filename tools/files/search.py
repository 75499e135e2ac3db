"""Plain text search below a folder, bounded in every direction.

No regular expressions: one of a model's could hold up the whole process.  A hunt stops after so many matches,
files, seconds and levels, and says so; it skips links, special files, version control, what is large and what is
no text, and counts what it skipped.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import ToolError
from .confine import FILE, FOLDER, Spot, missing, printable, status, translated

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Hunt"]

_SECONDS = 10.0
_MATCHES = 200
_FILES = 50_000
_DEEP = 64
_LARGEST = 2 * 1024 * 1024  # bytes of a file that is searched
_WIDE = 200  # characters of a line that are shown
_BEFORE = 60  # of them before the match
_LONGEST = 1_000  # characters of a pattern
_SKIPPED = (".git", ".hg", ".svn")


class _Enough(Exception):
    """A bound was reached; the text says which."""


class Hunt:
    """One search.

    Args:
        pattern: the text to find
        glob: only files whose name or path matches; None is all
        ignore_case: whether letters match in either case

    Raises:
        ToolError: a pattern that is too long
    """

    def __init__(self, pattern: str, glob: str | None, *, ignore_case: bool) -> None:
        if len(pattern) > _LONGEST or len(glob or "") > _LONGEST:
            raise ToolError(f"The pattern has more than {_LONGEST:,} characters.", error="bad_pattern")
        self._pattern = pattern.casefold() if ignore_case else pattern
        self._told = pattern
        self._glob = glob
        self._fold = ignore_case
        self._end = time.monotonic() + _SECONDS
        self._lines: list[str] = []
        self._searched = 0
        self._skipped = 0
        self._matched = 0
        self._stopped = ""

    def start(self, fd: int, parts: tuple[str, ...]) -> None:
        """Search what stands at a path.

        Args:
            fd: the folder that holds its last component; the run's folder for the run's folder itself
            parts: its components
        """
        try:
            if not parts:
                self._folder(os.dup(fd), "", 0)
                return
            at = Spot(fd, parts[-1], "/".join(parts))
            found = status(at)
            if found is None:
                raise missing(at)
            if stat.S_ISREG(found.st_mode):
                self._file(at)
            else:
                with translated(at.shown):
                    below = os.open(at.name, FOLDER, dir_fd=fd)
                self._folder(below, at.shown + "/", 0)
        except _Enough as enough:
            self._stopped = str(enough)

    def report(self) -> str:
        """The matches, and in a last line how far the search went."""
        found = f"{len(self._lines)} matches" if len(self._lines) != 1 else "1 match"
        told = [f"{found} in {self._matched} of {self._searched} files"]
        if self._skipped:
            told.append(f"{self._skipped} skipped (not text, or over {_LARGEST // 2**20} MB)")
        if self._stopped:
            told.append(f"stopped after {self._stopped}: search for less, or in a smaller folder")
        return "\n".join([*self._lines, f"[{'; '.join(told)}]"])

    def _folder(self, fd: int, above: str, deep: int) -> None:
        """Search a folder and all below it; closes the descriptor."""
        try:
            with os.scandir(fd) as entries:
                names = sorted(
                    (entry.name, entry.is_dir(follow_symlinks=False)) for entry in islice(entries, _FILES)
                )
            for name, is_folder in names:
                self._budget()
                at = Spot(fd, name, above + printable(name))
                if not is_folder:
                    self._file(at)
                elif name not in _SKIPPED and deep < _DEEP:
                    self._below(at, deep)
                else:
                    self._skipped += deep >= _DEEP
        finally:
            os.close(fd)

    def _below(self, at: Spot, deep: int) -> None:
        try:
            below = os.open(at.name, FOLDER, dir_fd=at.fd)
        except OSError:
            self._skipped += 1  # gone, exchanged for a link, or not ours to read
            return
        self._folder(below, at.shown + "/", deep + 1)

    def _file(self, at: Spot) -> None:
        if self._glob is not None and not self._wanted(at):
            return
        data = self._bytes(at)
        if data is None:
            return
        self._searched += 1
        if not self._fold and self._pattern.encode() not in data:
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._skipped += 1
            return
        before = len(self._lines)
        for number, line, place in self._matches(text):
            self._lines.append(f"{at.shown}:{number}: {_part(line, place)}")
            if len(self._lines) >= _MATCHES:
                self._matched += 1
                raise _Enough(f"{_MATCHES} matches")
        self._matched += len(self._lines) > before

    def _wanted(self, at: Spot) -> bool:
        names = (at.name, at.shown, f"./{at.shown}")
        return any(fnmatchcase(name, self._glob or "*") for name in names)

    def _matches(self, text: str) -> Iterator[tuple[int, str, int]]:
        for number, line in enumerate(text.split("\n"), 1):
            place = (line.casefold() if self._fold else line).find(self._pattern)
            if place >= 0:
                yield number, line, place

    def _bytes(self, at: Spot) -> bytes | None:
        """A file that can be searched; None, and counted, if it cannot."""
        try:
            fd = os.open(at.name, FILE, dir_fd=at.fd)
        except OSError as error:
            self._skipped += error.errno not in (errno.ELOOP, errno.ENOENT, errno.ENXIO)
            return None
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                return None
            data = os.read(fd, _LARGEST + 1)
        except OSError:
            data = b"\0"
        finally:
            os.close(fd)
        if len(data) > _LARGEST or b"\0" in data[:8192]:
            self._skipped += 1
            return None
        return data

    def _budget(self) -> None:
        if self._searched + self._skipped >= _FILES:
            raise _Enough(f"{_FILES:,} files")
        if time.monotonic() > self._end:
            raise _Enough(f"{_SECONDS:g} seconds")


def _part(line: str, place: int) -> str:
    """The part of a line around a match."""
    start = max(0, place - _BEFORE) if len(line) > _WIDE else 0
    part = line[start : start + _WIDE].strip("\r")
    return ("..." if start else "") + part + ("..." if start + _WIDE < len(line) else "")

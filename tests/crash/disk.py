"""A folder as the system's calls left it, and as a power loss at any moment could.

A recording is what `strace` saw a process do to the files of one folder: nothing of the product is changed for it.  An
image is made of what was synced, in full, and of the rest at random: each 512-byte sector of a write, and each change of
a length, by itself; of the names that came and went since the folder was synced, some first few.

Limits.  A synced sector is never torn, and the disk does not lie about a sync.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from attrs import define, field, frozen

__all__ = ["Disk", "Op", "missing", "recorded"]

ROOT = Path(__file__).resolve().parents[2]
SECTOR = 512
CALLS = "openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename,link"
_LINE = re.compile(rb"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')

Kind = Literal["create", "write", "length", "sync", "names", "link", "rename", "unlink", "said"]


@frozen
class Op:
    """One thing that was done to the folder.

    Args:
        kind: what
        name: the file's name; of `said` empty
        file: the number of the file itself, whatever it is called
        place: where it was written, or its new length
        data: what was written, or said; the new name of a link or rename
    """

    kind: Kind
    name: str = ""
    file: int = 0
    place: int = 0
    data: bytes = b""


def missing() -> str:
    """What this machine lacks for a recording; empty if nothing."""
    if shutil.which("strace") is None:
        return "There is no strace."
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "strace may not trace here."


def recorded(command: Sequence[str], folder: Path, log: Path, said: str) -> tuple[dict[str, bytes], list[Op]]:
    """Run a command, and what it did to the files of a folder; with what was there before.

    Args:
        command: the command, which does all of it from one thread
        folder: the folder
        log: where strace may write, elsewhere
        said: the name of a file there whose lines are no data but marks of the command
    """
    before = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
    traced = ["strace", "-f", "--seccomp-bpf", "-qq", "-xx", "-s", "10000000", "-e", f"trace={CALLS}"]
    done = subprocess.run(
        [*traced, "-o", str(log), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=ROOT,
    )
    if done.returncode:
        raise RuntimeError(f"The recorded command failed: {done.stderr[-2000:]}")
    ops = _Reading(str(folder), said, list(before)).read(log)
    log.unlink()
    return before, ops


@define
class _Reading:
    """Makes operations of strace's lines."""

    folder: str
    said: str
    before: list[str]
    _open: dict[int, tuple[str, int]] = field(factory=dict)  # by descriptor: name and number of the file
    _names: dict[str, int] = field(factory=dict)
    _files: int = 0
    _ops: list[Op] = field(factory=list)

    def read(self, log: Path) -> list[Op]:
        for name in self.before:
            self._new(name)
        with log.open("rb") as lines:
            for line in lines:
                found = _LINE.match(line)
                if found is not None and int(found[3]) >= 0:
                    self._line(found[1].decode(), found[2], int(found[3]))
        return self._ops

    def _new(self, name: str) -> int:
        self._files += 1
        self._names[name] = self._files
        return self._files

    def _inside(self, path: bytes) -> str:
        """The name of a file of the folder; empty for any other."""
        folder, _, name = path.decode(errors="surrogateescape").rpartition("/")
        return name if folder == self.folder else ""

    def _line(self, call: str, arguments: bytes, result: int) -> None:
        texts = [bytes.fromhex(one.replace(b"\\x", b"").decode()) for one in _TEXT.findall(arguments)]
        if call == "openat":
            self._opened(texts[0], arguments, result)
            return
        if call in ("unlink", "rename", "link"):
            self._named(call, texts)
            return
        descriptor = int(re.match(rb"\d+", arguments)[0])  # type: ignore[index]
        if call == "close":
            self._open.pop(descriptor, None)
        elif descriptor in self._open:
            self._changed(call, descriptor, arguments, texts)

    def _opened(self, path: bytes, arguments: bytes, result: int) -> None:
        if path.decode(errors="surrogateescape") == self.folder:
            self._open[result] = ("", 0)
            return
        name = self._inside(path)
        if not name:
            return
        if name not in self._names:
            if b"O_CREAT" not in arguments:
                return
            self._ops.append(Op("create", name, self._new(name)))
        file = self._names[name]
        if b"O_TRUNC" in arguments:
            self._ops.append(Op("length", name, file, 0))
        self._open[result] = (name, file)

    def _named(self, call: str, texts: list[bytes]) -> None:
        name = self._inside(texts[0])
        if not name or name not in self._names:
            return
        if call == "unlink":
            self._ops.append(Op("unlink", name, self._names.pop(name)))
            return
        new = self._inside(texts[1])
        self._names[new] = self._names[name]
        self._ops.append(Op("link" if call == "link" else "rename", name, self._names[name], 0, new.encode()))
        if call == "rename":
            del self._names[name]

    def _changed(self, call: str, descriptor: int, arguments: bytes, texts: list[bytes]) -> None:
        name, file = self._open[descriptor]
        numbers = [int(one) for one in re.findall(rb"(?<=, )-?\d+", arguments)]
        if name == self.said and call == "write":
            self._ops.append(Op("said", data=texts[0]))
        elif call == "pwrite64":
            self._ops.append(Op("write", name, file, numbers[-1], texts[0]))
        elif call == "ftruncate":
            self._ops.append(Op("length", name, file, numbers[-1]))
        elif call in ("fsync", "fdatasync"):
            self._ops.append(Op("sync", name, file) if file else Op("names"))


@define
class Disk:
    """A folder while its operations are done one after the other.

    Args:
        before: the files that were there, which are durable
    """

    _names: dict[str, int] = field(factory=dict)  # durable
    _files: dict[int, bytearray] = field(factory=dict)  # durable
    _late_names: list[Op] = field(factory=list)
    _late: dict[int, list[Op]] = field(factory=dict)

    @classmethod
    def of(cls, before: dict[str, bytes]) -> Disk:
        """A folder with files that are durable."""
        made = cls()
        for number, (name, content) in enumerate(before.items(), 1):
            made._names[name] = number
            made._files[number] = bytearray(content)
        return made

    def do(self, op: Op) -> None:
        """One operation more."""
        if op.kind == "names":
            for one in self._late_names:
                _rename(self._names, one)
            self._late_names.clear()
        elif op.kind == "sync":
            content = self._files.setdefault(op.file, bytearray())
            for one in self._late.pop(op.file, []):
                _apply(content, one, None)
        elif op.kind in ("write", "length"):
            self._late.setdefault(op.file, []).append(op)
        elif op.kind != "said":
            self._late_names.append(op)

    def image(self, folder: Path, chance: random.Random) -> None:
        """What may be there after the power went now.

        Args:
            folder: an empty folder
            chance: what decides which of the unsynced reached the disk
        """
        names = dict(self._names)
        for one in self._late_names[: chance.randint(0, len(self._late_names))]:
            _rename(names, one)
        share = chance.choice((0.0, 0.1, 0.5, 0.5, 0.5, 0.9, 1.0))
        for name, file in names.items():
            content = bytearray(self._files.get(file, b""))
            for one in self._late.get(file, ()):
                _apply(content, one, (chance, share))
            (folder / name).write_bytes(content)


def _rename(names: dict[str, int], op: Op) -> None:
    if op.kind == "create":
        names[op.name] = op.file
    elif op.kind == "unlink":
        names.pop(op.name, None)
    else:
        names[op.data.decode()] = op.file
        if op.kind == "rename":
            names.pop(op.name, None)


def _apply(content: bytearray, op: Op, luck: tuple[random.Random, float] | None) -> None:
    """Change a file; with luck only those sectors that have it."""
    if op.kind == "length":
        if luck is None or luck[0].random() < luck[1]:
            _stretch(content, op.place)
            del content[op.place :]
        return
    at, end = op.place, op.place + len(op.data)
    while at < end:
        until = min(end, at - at % SECTOR + SECTOR)
        if luck is None or luck[0].random() < luck[1]:
            _stretch(content, until)
            content[at:until] = op.data[at - op.place : until - op.place]
        at = until


def _stretch(content: bytearray, length: int) -> None:
    if len(content) < length:
        content.extend(bytes(length - len(content)))

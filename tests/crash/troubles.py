"""Faults of a disk, and the scene they are made in: a folder with a database in which two runs wait for a person.

A fault is a context that gives what has to stand before a command, and is over when it is left.  Mounts live in a
namespace of their own, which goes with the process that keeps it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tests.crash.disk import missing
from tests.end_to_end.command import Command

__all__ = ["CALLS", "DISK", "DOES", "MOUNTS", "RUN", "Fault", "Scene", "without"]

SCRIPT: list[Any] = [
    {"name": "list_dir", "arguments": {"path": "."}},
    {"name": "write_file", "arguments": {"path": "list.md", "content": "Nothing.\n"}},
    "There is nothing here.",
]
RUN = ("run", "What is here?", "-m", "script:script.json", "-t", "files")
Prefix = tuple[str, ...]


@define
class Scene:
    """A folder with a database in which two runs wait at a gate, made anew for each case at the same place."""

    place: Path
    kept: Path

    @property
    def command(self) -> Command:
        """The command line in its folder."""
        return Command(self.place / "folder")

    @property
    def runs(self) -> Path:
        """The folder of the database."""
        return self.place / "runs"

    @property
    def path(self) -> Path:
        """The database."""
        return self.command.database

    @classmethod
    def made(cls, place: Path) -> Scene:
        """Two runs that wait."""
        scene = cls(place, place.with_name(f"{place.name}-kept"))
        (place / "folder").mkdir(parents=True)
        (place / "folder" / "script.json").write_text(json.dumps(SCRIPT))
        for name in ("other", "first"):
            done = scene.command(*RUN, "--name", name)
            if done.exit != 3:  # it waits for a person
                raise AssertionError(f"A run that should wait leaves with {done.exit}: {done.err}")
        shutil.copytree(place, scene.kept)
        return scene

    def again(self) -> None:
        """As it was."""
        shutil.rmtree(self.place)
        shutil.copytree(self.kept, self.place)

    def started(
        self, prefix: Sequence[str], words: Sequence[str], env: Mapping[str, str]
    ) -> tuple[int, str, str]:
        """A verb under a fault: its exit code and what it said; killed if it takes too long."""
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "detent", *words, "--json"],
            cwd=self.command.folder,
            env={**self.command.environment(), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        return process.returncode, out, err


@frozen
class Fault:
    """Something that is wrong with the disk.

    Args:
        name: for people
        reads: what readers may leave with
        writes: what writers may leave with
        made: makes it, and gives what has to stand before a command
        env: what is set in the environment besides
        mends: whether the runs can go on afterwards as if nothing had been
    """

    name: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    made: Callable[[Scene], Any]
    env: Mapping[str, str] = field(factory=dict)
    mends: bool = True


# How faults are made -----------------------------------------------------------------------------------------------


@contextmanager
def _mounted(scene: Scene, script: str) -> Iterator[Prefix]:
    """A namespace in which mounts are others, for as long as it is used."""
    own = () if os.geteuid() == 0 else ("-r",)
    keeper = subprocess.Popen(
        ["unshare", "-m", *own, "sh", "-ec", f"{script}\necho ready\nexec cat", "sh", str(scene.runs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if keeper.stdout is None or keeper.stdout.readline() != "ready\n":
            raise AssertionError("A mount that was tried before is refused.")
        user = () if os.geteuid() == 0 else ("-U", "--preserve-credentials")
        yield ("nsenter", "-t", str(keeper.pid), "-m", *user, "--wd=" + str(scene.command.folder))
        if "tmpfs" in script:  # what lies there goes with the namespace
            subprocess.run(
                [
                    "nsenter",
                    "-t",
                    str(keeper.pid),
                    "-m",
                    *user,
                    "cp",
                    "-a",
                    f"{scene.runs}/.",
                    f"{scene.place}/out",
                ],
                check=True,
            )
            shutil.rmtree(scene.runs)
            (scene.place / "out").rename(scene.runs)
    finally:
        keeper.communicate("")


def _full(free: int) -> Callable[[Scene], Any]:
    """A disk with so many kilobytes left."""
    script = (
        'cp -a "$1" "$1.kept"; size=$(du -sk "$1" | cut -f1)\n'
        f'mount -t tmpfs -o size=$((size + {free}))k,mode=700 tmpfs "$1"; cp -a "$1.kept/." "$1"'
    )
    return lambda scene: _mounted(scene, script)


def _read_only(scene: Scene) -> Any:
    return _mounted(scene, 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"')


def _network(scene: Scene) -> Any:
    """The table of mounts says that a network begins at the folder.  It is shown to the one process that is started."""
    table = scene.place / "mounts"
    table.write_text(
        f"1 0 0:1 / / rw - ext4 /dev/disk rw\n2 1 0:2 / {scene.runs} rw - nfs4 server:/export rw\n"
    )
    script = 'mount --bind "$0" /proc/$$/mountinfo; exec "$@"'
    own = () if os.geteuid() == 0 else ("-r",)
    return _always(("unshare", "-m", *own, "sh", "-ec", script, str(table)))


@contextmanager
def _always(prefix: Prefix) -> Iterator[Prefix]:
    yield prefix


def _failing(calls: str, error: str, since: int) -> Callable[[Scene], Any]:
    inject = ("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={since}+")
    return lambda _: _always(("strace", "-f", "--seccomp-bpf", *inject, "-o", "/dev/null"))


@contextmanager
def _modes(scene: Scene, folder: int, file: int) -> Iterator[Prefix]:
    """Other modes, and nobody who may pass them over."""
    files = [one for one in scene.runs.rglob("*") if one.is_file()]
    for one in files:
        one.chmod(file)
    scene.runs.chmod(folder)
    try:
        yield ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    finally:
        scene.runs.chmod(0o700)
        for one in files:
            one.chmod(0o600)


@contextmanager
def _changed(scene: Scene, change: Callable[[Path], None]) -> Iterator[Prefix]:
    """Another file in the database's place; the verbs must leave it as it is."""
    change(scene.path)
    was = _digest(scene.path)
    yield ()
    if _digest(scene.path) != was:
        raise AssertionError("the file was changed")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _foreign(path: Path) -> None:
    path.unlink()
    _execute(path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")


def _newer(path: Path) -> None:
    _execute(path, "CREATE TABLE invented_later (x); PRAGMA user_version = 99")


def _execute(path: Path, script: str) -> None:
    raw = sqlite3.connect(path)
    raw.executescript(script)
    raw.close()


ALLOWED = {"DETENT_ALLOW_NETWORK_FS": "1"}
DOES = (0, 3, 5)  # what a writer leaves with where nothing is wrong

DISK: tuple[Fault, ...] = (
    Fault("a folder and file that cannot be written", (0,), (74,), lambda scene: _modes(scene, 0o555, 0o444)),
    Fault("a folder that may not be entered", (74,), (74,), lambda scene: _modes(scene, 0, 0o600)),
    Fault("a file that may not be read", (74,), (74,), lambda scene: _modes(scene, 0o700, 0)),
    Fault("half a file", (0, 76), (76,), lambda scene: _changed(scene, _half), mends=False),
    Fault("another program's file", (78,), (78,), lambda scene: _changed(scene, _foreign), mends=False),
    Fault("a file of a newer form", (78,), (78,), lambda scene: _changed(scene, _newer), mends=False),
)
MOUNTS: tuple[Fault, ...] = (
    Fault("a read-only file system", (0,), (74,), _read_only),
    Fault("a network file system", (0,), (74,), _network),
    Fault("a network file system that is allowed", (0,), DOES, _network, ALLOWED),
    *(
        Fault(f"a disk with {free} KB left", (0, 74), (74, *DOES), _full(free))
        for free in (0, 8, 40, 64, 120)
    ),
)
CALLS: tuple[Fault, ...] = (
    *(
        Fault(f"syncs fail from {k} on", (0,), (74, *DOES), _failing("fdatasync", "EIO", k))
        for k in (1, 2, 4)
    ),
    *(
        Fault(f"writes fail from {k} on", (0,), (74, *DOES), _failing("pwrite64", "EIO", k))
        for k in (1, 5, 20)
    ),
    Fault("no room from the third write on", (0,), (74, *DOES), _failing("pwrite64", "ENOSPC", 3)),
    Fault("reads fail from the third on", (74,), (74,), _failing("pread64", "EIO", 3)),
)


def without(place: Path) -> dict[str, str]:
    """What this machine does not allow, by kind."""
    lacks = {"calls": missing()} if missing() else {}
    own = () if os.geteuid() == 0 else ("-r",)
    tried = subprocess.run(
        ["unshare", "-m", *own, "mount", "-t", "tmpfs", "tmpfs", str(place)], capture_output=True, check=False
    )
    if tried.returncode or shutil.which("nsenter") is None:
        lacks["mounts"] = "No mounts are allowed here."
    return lacks

"""Trouble with the disk: full, failing, read-only, forbidden, on a network, cut short, replaced; each meets the real verbs.

A table says what each verb leaves with under each fault.  An error is two sentences, and nothing of what was there before
is changed.  When the fault is gone the run goes on to its end, another run can be settled, and everything verifies.

Rules.  Faults are the system's own: mounts in a namespace of their own, file modes, and calls that strace makes fail.
What this machine does not allow is named in `without`, and left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from detent.states import DetentError
from detent.store import Store
from tests.crash.disk import missing as no_strace
from tests.crash.harness import Figures, Profile
from tests.end_to_end.command import Command
from tests.store.making import dumped

__all__ = ["NAME", "PROMISE", "run"]

NAME = "media"
PROMISE = "Whatever the disk does, a verb says so with its exit code, changes nothing by halves, and the runs go on."

MOST = 20  # violations that are told
SCRIPT: list[Any] = [
    {"name": "list_dir", "arguments": {"path": "."}},
    {"name": "write_file", "arguments": {"path": "list.md", "content": "Nothing.\n"}},
    "There is nothing here.",
]
RUN = ("run", "What is here?", "-m", "script:script.json", "-t", "files")
READERS: tuple[tuple[str, ...], ...] = (
    ("runs",),
    ("show", "first"),
    ("log", "first"),
    ("verify",),
)
WRITERS: tuple[tuple[str, ...], ...] = (
    RUN,
    ("approve", "first", "--resume"),
    ("deny", "first"),
    ("resume", "first"),
    ("tell", "first", "look again"),
    ("cancel", "first"),
)
Prefix = tuple[str, ...]


@define
class _Scene:
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
    def made(cls, place: Path) -> _Scene:
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

    def started(self, prefix: Prefix, words: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
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
class _Fault:
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
    made: Callable[[_Scene], Any]
    env: Mapping[str, str] = field(factory=dict)
    mends: bool = True


# How faults are made -----------------------------------------------------------------------------------------------


@contextmanager
def _mounted(scene: _Scene, script: str) -> Iterator[Prefix]:
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


def _full(free: int) -> Callable[[_Scene], Any]:
    """A disk with so many kilobytes left."""
    script = (
        'cp -a "$1" "$1.kept"; size=$(du -sk "$1" | cut -f1)\n'
        f'mount -t tmpfs -o size=$((size + {free}))k,mode=700 tmpfs "$1"; cp -a "$1.kept/." "$1"'
    )
    return lambda scene: _mounted(scene, script)


def _read_only(scene: _Scene) -> Any:
    return _mounted(scene, 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"')


def _network(scene: _Scene) -> Any:
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


def _failing(calls: str, error: str, since: int) -> Callable[[_Scene], Any]:
    inject = ("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={since}+")
    return lambda _: _always(("strace", "-f", "--seccomp-bpf", *inject, "-o", "/dev/null"))


@contextmanager
def _modes(scene: _Scene, folder: int, file: int) -> Iterator[Prefix]:
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
def _changed(scene: _Scene, change: Callable[[Path], None]) -> Iterator[Prefix]:
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
FINE = (0, 3)  # done, or waits for a person
DOES = (0, 3, 5)  # what a writer leaves with where nothing is wrong

_DISK: tuple[_Fault, ...] = (
    _Fault(
        "a folder and file that cannot be written", (0,), (74,), lambda scene: _modes(scene, 0o555, 0o444)
    ),
    _Fault("a folder that may not be entered", (74,), (74,), lambda scene: _modes(scene, 0, 0o600)),
    _Fault("a file that may not be read", (74,), (74,), lambda scene: _modes(scene, 0o700, 0)),
    _Fault("half a file", (0, 76), (76,), lambda scene: _changed(scene, _half), mends=False),
    _Fault("another program's file", (78,), (78,), lambda scene: _changed(scene, _foreign), mends=False),
    _Fault("a file of a newer form", (78,), (78,), lambda scene: _changed(scene, _newer), mends=False),
)
_MOUNTS: tuple[_Fault, ...] = (
    _Fault("a read-only file system", (0,), (74,), _read_only),
    _Fault("a network file system", (0,), (74,), _network),
    _Fault("a network file system that is allowed", (0,), DOES, _network, ALLOWED),
    *(
        _Fault(f"a disk with {free} KB left", (0, 74), (74, *DOES), _full(free))
        for free in (0, 8, 40, 64, 120)
    ),
)
_CALLS: tuple[_Fault, ...] = (
    *(
        _Fault(f"syncs fail from {k} on", (0,), (74, *DOES), _failing("fdatasync", "EIO", k))
        for k in (1, 2, 4)
    ),
    *(
        _Fault(f"writes fail from {k} on", (0,), (74, *DOES), _failing("pwrite64", "EIO", k))
        for k in (1, 5, 20)
    ),
    _Fault("no room from the third write on", (0,), (74, *DOES), _failing("pwrite64", "ENOSPC", 3)),
    _Fault("reads fail from the third on", (74,), (74,), _failing("pread64", "EIO", 3)),
)


# What is tried -----------------------------------------------------------------------------------------------------


@define
class _Trial:
    """All cases of one worker."""

    scene: _Scene
    counted: Counter[str] = field(factory=Counter)
    violations: list[str] = field(factory=list)

    def case(self, fault: _Fault, words: tuple[str, ...], *, goes_on: bool) -> None:
        """One verb under one fault, and what comes of it afterwards."""
        self.scene.again()
        before = dumped(self.scene.path)
        may = fault.reads if words in READERS else fault.writes
        name = f"{fault.name}: {' '.join(words[:2])}"
        try:
            with fault.made(self.scene) as prefix:
                leave, out, err = self.scene.started(prefix, words, fault.env)
                wrong = _wrong(leave, may, out, err)
                # Another run is not concerned, whatever came of this one.
                if not wrong and leave in FINE and words in WRITERS and fault.env:
                    wrong = _wrong(*self._other(prefix, fault))
        except (AssertionError, ValueError) as error:
            wrong = str(error)
        self.counted["cases"] += 1
        self.counted["refused"] += leave not in DOES
        if wrong:
            self.violations.append(f"{name}: {wrong}")
        elif fault.mends:
            self._after(name, before, goes_on=goes_on)

    def _other(self, prefix: Prefix, fault: _Fault) -> tuple[int, tuple[int, ...], str, str]:
        leave, out, err = self.scene.started(prefix, ("deny", "other"), fault.env)
        return leave, DOES, out, err

    def _after(self, name: str, before: Mapping[str, list[Any]], *, goes_on: bool) -> None:
        """When the fault is gone: all there that was there, and the runs go on."""
        try:
            with Store.open(self.scene.path) as store:
                found = [one.what for one in store.verify()]
        except DetentError as error:
            found = [str(error)]
        now = dumped(self.scene.path)
        if any(not set(map(repr, before[table])) <= set(map(repr, now[table])) for table in before):
            found.append("rows are gone")
        if found:
            self.violations.append(f"{name}: afterwards {found[0]}")
        if not goes_on:
            return
        self.counted["gone_on"] += 1
        for run in ("first", "other"):
            done = self.scene.command("approve", run, "--resume")
            if done.exit == 2:  # it was settled under the fault
                done = self.scene.command("resume", run)
            if done.exit not in (0, 5):  # 5: it was cancelled under the fault
                self.violations.append(f"{name}: afterwards {run} leaves with {done.exit}: {done.err}")


def _wrong(leave: int, may: tuple[int, ...], out: str, err: str) -> str:
    """What is wrong with how a verb left; empty if nothing."""
    if leave not in may:
        return f"it leaves with {leave} in place of {' or '.join(map(str, may))}: {(out + err)[-300:]}"
    if leave in DOES:
        return ""
    try:
        told = json.loads(out)
    except ValueError:
        return f"it says no JSON: {(out + err)[-300:]}"
    if "error" in told:
        error = told["error"]
        if not error["message"] or not error["hint"] or told["exit"] != leave:
            return f"its error is not whole: {out}"
    elif told.get("exit", leave) != leave:
        return f"it says {told['exit']} and leaves with {leave}"
    return "" if "Traceback" not in err else f"a traceback: {err[-300:]}"


def _without(place: Path) -> dict[str, str]:
    """What this machine does not allow, by kind."""
    lacks = {"calls": no_strace()} if no_strace() else {}
    own = () if os.geteuid() == 0 else ("-r",)
    tried = subprocess.run(
        ["unshare", "-m", *own, "mount", "-t", "tmpfs", "tmpfs", str(place)], capture_output=True, check=False
    )
    if tried.returncode or shutil.which("nsenter") is None:
        lacks["mounts"] = "No mounts are allowed here."
    return lacks


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Each fault with each verb; in ci with a few."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    without = _without(folder)
    faults = [*_DISK]
    faults += [] if "mounts" in without else _MOUNTS
    faults += [] if "calls" in without else _CALLS
    chance = random.Random(seed)
    cases: list[tuple[_Fault, tuple[str, ...], bool]] = []
    for fault in faults:
        readers = chance.sample(READERS, 1) if profile.scale == 0 else READERS
        writers = chance.sample(WRITERS, 1) if profile.scale == 0 else WRITERS
        cases += [(fault, words, False) for words in readers]
        cases += [(fault, words, profile.scale > 0 or len(cases) % 3 == 0) for words in writers]
    trials = [_Trial(_Scene.made(folder / f"scene-{worker}")) for worker in range(2)]
    threads = [
        threading.Thread(target=_work, args=(trial, cases[worker::2])) for worker, trial in enumerate(trials)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = trials[0].counted + trials[1].counted
    violations = [*trials[0].violations, *trials[1].violations]
    profile.say(f"media: {counted['cases']} cases, {len(violations)} broken promises")
    missing = " ".join(without.values()) if len(without) == 2 else ""
    done = {"faults": len(faults), **counted, "without": len(without)}
    return Figures(name=NAME, done=done, violations=tuple(violations[:MOST]), missing=missing, seed=seed)


def _work(trial: _Trial, cases: Sequence[tuple[_Fault, tuple[str, ...], bool]]) -> None:
    for fault, words, goes_on in cases:
        try:
            trial.case(fault, words, goes_on=goes_on)
        except Exception as error:  # noqa: BLE001 - a case that fails keeps no other from being tried
            trial.violations.append(f"{fault.name}: {words[0]}: {type(error).__name__}: {error}")

"""Orphans: drivers are ended while their tools run programs, and nothing of it may go on.

Real commands, with tools that start programs in many ways.  What is left is not looked for by the marks that the
product uses, but by the folder that everything of a scene works in; and the ledger that late programs write must stay
empty.  What an earlier call left running on purpose must go on running.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import evolve, field, frozen

from detent.tools.marking import survivors, watchable
from tests.crash.harness import Figures, Profile
from tests.end_to_end.command import Command

__all__ = ["NAME", "PROMISE", "Scene", "played", "run", "working_in"]

NAME = "orphans"
PROMISE = "when a driver ends, by whatever signal, nothing that its calls have started goes on"

AGENT = Path(__file__).with_name("orphan_agent.py")
WAYS = ("plain", "session", "bare", "adopted", "forked")
LOOPED = ("plain", "session", "stubborn", "pooled", "adopted")
ENDINGS = ("killed", "frozen", "twice", "cancelled")
SLOW = (
    "patient",
    "taken",
)  # the call has the ten seconds that a first Ctrl-C gives it, and its program takes longer
LATE = "20"
GENTLE = ("cancelled", "late")  # what cannot be cancelled has two seconds to end by itself
CODES = {"killed": -9, "frozen": -9, "twice": 130, "cancelled": 5, "patient": 130, "taken": 75, "late": 4}
PATIENCE = 60.0  # seconds anything is waited for
PAUSE = 0.01
WRAPPED = 0.1  # seconds after which a second Ctrl-C is another one
SIDE_BY_SIDE = 3
LEFT = "servers let alone"
SAID = "said.txt"


@frozen
class Scene:
    """One driver and its end.

    Args:
        tool: here (a thread), looped (the loop), hasty (the same, with a second to end), apart (a process of its own)
        way: how the tool starts its program
        ending: how the driver ends
        narrow: the machine allows no namespaces
    """

    tool: str
    way: str
    ending: str
    narrow: bool = False

    def __str__(self) -> str:
        return f"{self.tool}/{self.way}/{self.ending}{'/narrow' if self.narrow else ''}"


@frozen
class Played:
    """What became of a scene.

    Args:
        violations: what went wrong
        seconds: how long anything of it lived after the driver
        folder: where it was played
    """

    violations: tuple[str, ...] = ()
    seconds: float = 0.0
    folder: Path = field(default=Path())


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Play the scenes, a few side by side."""
    if not watchable():
        return Figures(name=NAME, missing="this system does not tell when a process ends", seed=seed)
    started = time.monotonic()
    scenes = list(_scenes(profile))
    random.Random(seed).shuffle(scenes)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        places = [folder / f"{index}" for index in range(len(scenes))]
        done = list(pool.map(played, scenes, places))
        left = list(pool.map(_left_on_purpose, [folder / f"server{n}" for n in range(profile.of(1, 5, 20))]))
    broken = [broken for one in done for broken in one.violations]
    broken += [
        f"{scene}: its program went on to its end, {one.seconds:.1f} s after its driver"
        for scene, one in zip(scenes, done, strict=True)
        if _ledger(one.folder) and scene.ending not in GENTLE
    ]
    return Figures(
        name=NAME,
        done={
            "drivers ended": len(done) + len(left),
            "in a process of its own": sum(scene.tool == "apart" for scene in scenes),
            "on the loop": sum(scene.tool in ("looped", "hasty") for scene in scenes),
            "without namespaces": sum(scene.narrow for scene in scenes),
            "slowest ms": round(max(one.seconds for one in done) * 1000),
            LEFT: sum(not one for one in left),
        },
        violations=tuple(broken) + tuple(one for one in left if one),
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _scenes(profile: Profile) -> Iterable[Scene]:
    for _ in range(profile.of(1, 3, 20)):
        for ending in ENDINGS:
            every = ending == "killed" or profile.scale > 0
            for way in WAYS if every else ("session",):
                yield Scene("here", way, ending)
                yield Scene("apart", way, ending)
                if _narrowed([]) is not None and (every or ending == "frozen"):
                    yield Scene("apart", way, ending, narrow=True)
            for way in LOOPED if every or ending == "twice" else ("plain",):
                yield Scene("looped", way, ending)
        for way in LOOPED if profile.scale > 0 else ("plain",):
            yield Scene("hasty", way, "late")
        for ending in SLOW if profile.scale > 0 else ():
            yield from (Scene("looped", way, ending) for way in LOOPED)
            yield Scene("here", "session", ending)
            yield Scene("apart", "session", ending)


def played(scene: Scene, folder: Path) -> Played:
    """Begin a run, end its driver while its tool's program runs, and wait until nothing is left."""
    command = _command(folder, [{"name": scene.tool, "arguments": {"way": scene.way}}, "Done."])
    if scene.ending in SLOW:
        command = evolve(command, env={"LATE": LATE})
    driver = _started(command, narrow=scene.narrow)
    try:
        marker = _awaited(command.folder / "began", driver).read_text(encoding="utf-8")
        code = _ended(scene.ending, driver, command)
        since = time.monotonic()
        wrong = _wrong(scene.ending, code)
        while left := working_in(command.folder):
            if time.monotonic() - since > PATIENCE:
                return Played((f"{scene}: {_words(left)} still run",), PATIENCE, command.folder)
            time.sleep(PAUSE)
        seconds = time.monotonic() - since
        marked = survivors(marker) if marker else ()
        broken = [f"{scene}: {text}" for text in wrong]
        broken += [f"{scene}: {marked} carry its mark"] if marked else []
        broken += [] if marker else [f"{scene}: its program carries no mark"]
        return Played(tuple(broken), seconds, command.folder)
    except _TooLate:
        return Played((), 0.0, command.folder)
    except AssertionError as error:
        return Played((f"{scene}: {error}",), 0.0, command.folder)
    finally:
        _cleared(driver, command.folder)


def working_in(folder: Path) -> tuple[int, ...]:
    """The living processes whose working directory is this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                there = (entry / "cwd").readlink()
                state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            except OSError:
                continue
            if there == folder and state not in "ZX":
                found.append(int(entry.name))
    return tuple(found)


def _left_on_purpose(folder: Path) -> str:
    """What is wrong with a server that an earlier call left running; empty if nothing is."""
    turns = [{"name": "serve", "arguments": {}}, {"name": "here", "arguments": {"way": "session"}}, "Done."]
    command = _command(folder, turns)
    driver = _started(command)
    server = 0
    try:
        _awaited(command.folder / "began", driver)
        server = int((command.folder / "server").read_text(encoding="utf-8"))
        _ended("killed", driver, command)
        deadline = time.monotonic() + PATIENCE
        while working_in(command.folder):
            if time.monotonic() > deadline:
                return f"{folder.name}: the call in flight goes on"
            time.sleep(PAUSE)
        return "" if _runs(server) else f"{folder.name}: the server of an earlier call was killed"
    except AssertionError as error:
        return f"{folder.name}: {error}"
    finally:
        _cleared(driver, command.folder)
        if server and _runs(server):
            os.kill(server, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().startswith(b"sleep\x00600")
    except OSError:
        return False


def _command(folder: Path, turns: Sequence[object]) -> Command:
    place = folder / "work"
    place.mkdir(parents=True)
    shutil.copy(AGENT, place / "agent.py")
    (place / "turns.json").write_text(json.dumps(turns), encoding="utf-8")
    return Command(place)


def _started(command: Command, *, narrow: bool = False) -> subprocess.Popen[bytes]:
    """The driver; what it says goes to a file, for what it leaves behind would hold a pipe open."""
    words = [sys.executable, "-m", "detent", "run", "Go.", "-a", "agent.py", "--name", "it"]
    with (command.folder.parent / SAID).open("wb") as said:
        return subprocess.Popen(
            (_narrowed(words) or words) if narrow else words,
            cwd=command.folder,
            env=command.environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _narrowed(words: list[str]) -> list[str] | None:
    """A command that may make no namespaces; None where that cannot be had."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return None
    return ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", *words]


def _awaited(path: Path, driver: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if driver.poll() is not None:
            said = (path.parent.parent / SAID).read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"the driver left with {driver.returncode}: {said}")
        if time.monotonic() > deadline:
            raise AssertionError(f"no {path.name} came")
        time.sleep(PAUSE)
    return path


def _ended(ending: str, driver: subprocess.Popen[bytes], command: Command) -> int:
    """End the driver, and give what it left with."""
    acts: dict[str, Callable[[], None]] = {
        "killed": driver.kill,
        "frozen": lambda: _frozen(driver),
        "twice": lambda: _twice(driver),
        "cancelled": lambda: _cancelled(command),
        "patient": lambda: driver.send_signal(signal.SIGINT),
        "taken": lambda: _taken(command),
        "late": lambda: None,  # its call has a second
    }
    acts[ending]()
    return driver.wait(PATIENCE)


def _frozen(driver: subprocess.Popen[bytes]) -> None:
    driver.send_signal(signal.SIGSTOP)
    time.sleep(WRAPPED)
    driver.kill()


def _twice(driver: subprocess.Popen[bytes]) -> None:
    driver.send_signal(signal.SIGINT)
    time.sleep(WRAPPED)
    driver.send_signal(signal.SIGINT)


class _TooLate(Exception):
    """The run was over before it could be cancelled: a busy machine was slower than its tool."""


def _cancelled(command: Command) -> None:
    done = command("cancel", "it")
    if done.exit == 2 and "is over" in done.err:
        raise _TooLate
    assert done.exit == 0, f"cancel left with {done.exit}: {done.err}"


def _taken(command: Command) -> None:
    done = command("resume", "it", "--take-over", timeout=PATIENCE)
    assert done.exit == 4, f"resume left with {done.exit}: {done.err}"


def _wrong(ending: str, code: int) -> list[str]:
    """What is wrong with a driver's exit code."""
    meant = CODES[ending]
    return [] if code == meant else [f"the driver left with {code}, not {meant}"]


def _ledger(folder: Path) -> str:
    path = folder / "ledger.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _words(pids: tuple[int, ...]) -> str:
    shown = []
    for pid in pids:
        try:
            line = (
                (Path("/proc") / str(pid) / "cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
        except OSError:
            line = ""
        shown.append(f"{pid} ({line[:60].strip()})")
    return ", ".join(shown)


def _cleared(driver: subprocess.Popen[bytes], folder: Path) -> None:
    """Leave nothing behind, whatever came of it."""
    if driver.poll() is None:
        driver.kill()
        driver.wait()
    for pid in working_in(folder):
        os.kill(pid, signal.SIGKILL)

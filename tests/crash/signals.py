"""Signals at random moments of the real command line, and standard streams that are gone: parked, and nothing lost.

SIGINT, SIGTERM and SIGHUP, to the process or to its whole group; once, twice within 50 ms (which counts once), twice
(the second stops the tools), three times (the third leaves).  And readers that went away, disks that are full, and a
terminal that is closed.  After each the run is where the store says, the exit code is right, and a person brings it to
its end by what the ledger says.
"""

from __future__ import annotations

import contextlib
import os
import pty
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import define, field

from detent.store import Store
from tests.crash.harness import Figures, Profile
from tests.crash.ledger import Stage, Turn
from tests.crash.person import PATIENCE, Ended, Person, obeyed

__all__ = ["NAME", "PROMISE", "run"]

NAME = "signals"
PROMISE = "Signals park a run and lose nothing, whenever they come, also where nobody reads what is said."

SIDE_BY_SIDE = 2
MOST = 8  # signals for one run, after which it is let go on
TWICE = 0.02  # seconds between two that count once
ANYWHERE = 0.15  # how many signals may come while the interpreter only starts
APART = 0.12  # seconds between two that count twice
KINDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CODES: dict[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
SCRIPT: list[Turn] = [
    [{"name": "look", "arguments": {"number": 1}}, {"name": "look", "arguments": {"number": 2}}],
    [{"name": "mark", "arguments": {"number": 30}}, {"name": "pay", "arguments": {"number": 40}}],
    {"name": "sign", "arguments": {"number": 50}},
    [{"name": "pay", "arguments": {"number": 60 + number}} for number in range(4)],
    "Everything is paid and signed.",
]


@define
class _Work:
    """What all workers share."""

    stage: Stage
    profile: Profile
    goal: int
    seed: int
    start: float
    life: float
    counted: Counter[str] = field(factory=Counter)
    violations: list[str] = field(factory=list)
    lock: threading.Lock = field(factory=threading.Lock)

    def take(self) -> int:
        """The number of the next run; 0 where there were signals enough."""
        with self.lock:
            if self.counted["signals"] >= self.goal:
                return 0
            self.counted["runs"] += 1
            return self.counted["runs"]

    def add(self, counted: Counter[str], violations: Sequence[str], what: str) -> None:
        """What came of a run."""
        with self.lock:
            self.counted.update(counted)
            self.violations += [f"seed {self.seed}, {what}: {one}" for one in violations]


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Signal until it is enough, then take the streams away, and judge every run."""
    ignored = (
        signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    )  # as under nohup, and commands would inherit it
    if ignored:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return _run(profile, folder, seed)
    finally:
        if ignored:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _run(profile: Profile, folder: Path, seed: int) -> Figures:
    started = time.monotonic()
    stage = Stage.made(folder, SCRIPT)
    work = _Work(stage, profile, profile.of(60, 1000, 10_000), seed, *_life(stage))
    workers = [threading.Thread(target=_signals, args=(work,)) for _ in range(SIDE_BY_SIDE)]
    workers.append(threading.Thread(target=_streams, args=(work, profile.of(1, 5, 25))))
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    with Store.open(stage.database, mode="read") as store:
        work.violations += [f"the whole file: {found.what}" for found in store.verify()]
    names = ("signals", "runs", "parked", "early", "commands", "doubts", "streams")
    done = {name: work.counted[name] for name in names}
    return Figures(
        name=NAME,
        done=done,
        violations=tuple(work.violations),
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _life(stage: Stage) -> tuple[float, float]:
    """How long a driving command takes to begin, and lives from there when nobody disturbs it, in seconds."""
    starts, lives = [], []
    for number in range(2):
        began = time.monotonic()
        words = ("run", "Pay.", "-a", "agent.py", "--name", f"whole-{number}")
        process = _started(stage, words, subprocess.PIPE, subprocess.PIPE)
        said = _heard(process)
        starts.append(time.monotonic() - began)
        ended = _waited(process, words, said)
        lives.append(time.monotonic() - began - starts[-1])
        person = Person(stage, stage.known(f"whole-{number}"), lambda words: obeyed(stage, words))
        wrong = [*person.noticed(ended), *person.finish()]
        if wrong:
            raise AssertionError(f"A run that nobody disturbed went wrong: {wrong}")
    return statistics.mean(starts), statistics.mean(lives)


def _heard(process: subprocess.Popen[bytes]) -> bytes:
    """Wait until a driving command says which run it has; all that it said until then."""
    said = b""
    while process.stderr is not None and b"\nrun " not in b"\n" + said:
        more = os.read(process.stderr.fileno(), 4096)
        if not more:
            break
        said += more
    return said


def _signals(work: _Work) -> None:
    while number := work.take():
        chance = random.Random(f"{work.seed}/{number}")
        counted: Counter[str] = Counter()
        try:
            violations = _signalled(work, number, chance, counted)
        except Exception as error:  # noqa: BLE001 - in a thread: it must not be lost
            violations = [f"the harness failed: {type(error).__name__}: {error}"]
        work.add(counted, violations, f"run {number}")
        work.profile.say(f"{NAME}: {work.counted['signals']} of {work.goal}") if not number % 25 else None


def _signalled(work: _Work, number: int, chance: random.Random, counted: Counter[str]) -> list[str]:
    """One run, signalled again and again, to its end."""
    name = f"run-{number}"
    violations: list[str] = []

    def obey(words: Sequence[str]) -> Ended:
        driving = words[0] in ("run", "resume") or "--resume" in words
        if not driving or counted["signals"] >= MOST or chance.random() < 0.1:
            return obeyed(work.stage, words)
        ended, wrong = _sent(work, words, chance, counted)
        violations.extend(wrong)
        return ended

    first = obey(("run", "Pay.", "-a", "agent.py", "--name", name))
    known = work.stage.known(name)
    if not known:
        return violations
    person = Person(work.stage, known, obey, counted)
    return [*person.noticed(first, also=(130, 143)), *violations, *_finished(person)]


def _finished(person: Person) -> Iterator[str]:
    """What is wrong with a run to its end; that a signal parked it is not."""
    for one in person.finish():
        if not one.startswith(("`detent", "a person")) or not any(
            f"left with {code}" in one for code in (130, 143)
        ):
            yield one


def _sent(
    work: _Work, words: Sequence[str], chance: random.Random, counted: Counter[str]
) -> tuple[Ended, list[str]]:
    """Run a command, and send it signals at a random moment; how it ended, and what is wrong with that."""
    kind, times, apart = (
        chance.choice(KINDS),
        chance.choice((1, 1, 1, 2, 2, 3)),
        chance.choice((TWICE, APART)),
    )
    group = chance.random() < 0.3
    process = _started(work.stage, words, subprocess.PIPE, subprocess.PIPE)
    said = b""
    if chance.random() < ANYWHERE:
        time.sleep(chance.uniform(0.01, work.start))
    else:
        said = _heard(process)
        time.sleep(chance.uniform(0.0, work.life * 1.1))
    sent = 0
    for _ in range(times):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(process.pid, kind)
                sent += 1
        time.sleep(apart)
    ended = _waited(process, words, said)
    counted["signals"] += sent
    if not sent:
        return ended, []
    once = sent == 1 or (sent == 2 and apart == TWICE)
    told = f"{signal.Signals(kind).name} x {sent}, {apart} s apart: {ended}"
    return _judged(ended, kind, once=once, told=told, counted=counted)


def _judged(
    ended: Ended, kind: int, *, once: bool, told: str, counted: Counter[str]
) -> tuple[Ended, list[str]]:
    """What is wrong with how a command ended that was signalled."""
    parked = ended.code == CODES[kind] and "is parked at click" in ended.err
    counted["parked"] += parked
    begun = "\nrun " in f"\n{ended.err}"  # before that the signal may find an interpreter that only starts
    early = not begun and ended.code in (-kind, 1, CODES[kind], 128 + kind)
    counted["early"] += early
    over = any(one in ended.err for one in ("is done", "waits for you"))  # all was said, and it was leaving
    if early or (ended.code == -kind and over):
        return Ended(ended.words, CODES[kind], ended.out, "" if early else ended.err, killed=True), []
    wrong = []
    if ended.code not in (CODES[kind], 0, 3, 4):
        wrong.append(f"the wrong exit code after {told}")
    if ended.code == CODES[kind] and once and not over and "detent resume" not in ended.err:
        wrong.append(f"nothing was said of how to go on after {told}")
    if "Traceback" in ended.err:
        wrong.append(f"a traceback after {told}")
    if ended.code == CODES[kind]:
        ended = Ended(ended.words, ended.code, ended.out, ended.err, killed=True)  # we did that
    return ended, wrong


def _started(stage: Stage, words: Sequence[str], out: int, err: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "detent", *words],
        cwd=stage.folder,
        env=stage.command.environment(),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def _waited(process: subprocess.Popen[bytes], words: Sequence[str], said: bytes = b"") -> Ended:
    """How a command ends by itself; one that hangs is killed, and is wrong."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    told = (said + (err or b"")).decode(errors="replace")
    return Ended(tuple(words), process.returncode, (out or b"").decode(errors="replace"), told)


# Streams ---------------------------------------------------------------------------------------------------------------

Gone = Callable[[Stage, Sequence[str]], Ended]


def _unread(*which: int) -> Gone:
    """The reader of a stream goes away at once."""

    def begun(stage: Stage, words: Sequence[str]) -> Ended:
        process = _started(stage, words, subprocess.PIPE, subprocess.PIPE)
        streams = {1: process.stdout, 2: process.stderr}
        for one in which:
            stream = streams[one]
            if stream is not None:
                stream.close()
        if 1 in which:
            process.stdout = None
        if 2 in which:
            process.stderr = None
        return _waited(process, words)

    return begun


def _full(*which: int) -> Gone:
    """What is written to a stream finds no room."""

    def begun(stage: Stage, words: Sequence[str]) -> Ended:
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            out = full.fileno() if 1 in which else subprocess.PIPE
            err = full.fileno() if 2 in which else subprocess.PIPE
            process = _started(stage, words, out, err)
        return _waited(process, words)

    return begun


def _hung_up(stage: Stage, words: Sequence[str]) -> Ended:
    """It runs on a terminal, which is closed while it works."""
    pid, terminal = pty.fork()
    if not pid:  # the child: a process with a controlling terminal
        os.chdir(stage.folder)
        os.execve(sys.executable, [sys.executable, "-m", "detent", *words], stage.command.environment())  # noqa: S606
    said = b""
    with contextlib.suppress(OSError):
        while b"EXECUTING" not in said:
            said += os.read(terminal, 4096)
    os.close(terminal)
    deadline = time.monotonic() + PATIENCE
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return Ended(tuple(words), os.waitstatus_to_exitcode(status), "", "")


GONE: dict[str, tuple[Gone, tuple[int, ...]]] = {
    "nobody reads the answer": (_unread(1), (3,)),
    "nobody reads what is said": (_unread(2), (3,)),
    "nobody reads anything": (_unread(1, 2), (3,)),
    "no room for the answer": (_full(1), (3,)),
    "no room for what is said": (_full(2), (3,)),
    "no room for anything": (_full(1, 2), (3,)),
    "the terminal is closed": (_hung_up, (143, -signal.SIGHUP)),
}
ENDS: dict[str, tuple[int, ...]] = {"no room for the answer": (74,), "no room for anything": (74,)}


def _streams(work: _Work, times: int) -> None:
    for number in range(times):
        for what, (gone, codes) in GONE.items():
            counted: Counter[str] = Counter()
            try:
                violations = list(_gone(work, f"{what} {number}", gone, codes, counted))
            except Exception as error:  # noqa: BLE001 - in a thread: it must not be lost
                violations = [f"the harness failed: {type(error).__name__}: {error}"]
            work.add(counted, violations, what)


def _gone(work: _Work, what: str, gone: Gone, codes: Sequence[int], counted: Counter[str]) -> Iterator[str]:
    """One run whose streams are gone, in its first command and in its last."""
    stage, name = work.stage, what.replace(" ", "-")
    first = gone(stage, ("run", "Pay.", "-a", "agent.py", "--name", name))
    counted["streams"] += 1
    if first.code not in codes:
        yield f"left with {first.code}: {first}"
    known = stage.known(name)
    if not known:
        yield f"nothing was begun: {first}"
        return
    last: list[Ended] = []

    def obey(words: Sequence[str]) -> Ended:
        if words[0] == "approve" and gone is not _hung_up:
            counted["streams"] += 1
            last.append(gone(stage, words))
            return Ended(last[0].words, 0, "", "", killed=True)
        return obeyed(stage, words)

    yield from Person(stage, known, obey, counted).finish()
    for one in last:
        if one.code not in ENDS.get(what.rpartition(" ")[0], (0,)):
            yield f"left with {one.code} at its end: {one}"

"""What the processes of a race do: decide, resume, type a verb, or wait at a prompt.  Tasks of a `Crew`.

Rules.  Everything goes the way of the command line: `settle.decide`, the face's `resume`, or `main` with the words of a
verb in a copy of the worker.  What must be there before the start stands before `ready()`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from detent.fsm.cli.main import main
from detent.fsm.drivers.decisions import Verdict, decision_fact
from detent.fsm.drivers.face import resume as resumed
from detent.fsm.drivers.face import resume_sync
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import decide as settled
from detent.fsm.drivers.settle import gates_meant
from detent.states.commands import AskPerson
from detent.store import Store
from tests.fsm.cli.kit import Terminal

from .crew import Ready

__all__ = ["decide", "drive", "prompt", "resume", "verb"]

Given = Mapping[str, Any]

_STORES: dict[str, Store] = {}


def _store(path: str) -> Store:
    """The database, opened once for all rounds of this worker."""
    return _STORES.get(path) or _STORES.setdefault(path, Store.open(path))


def _until(at: int) -> None:
    """Wait for a time of the wall clock, milliseconds; 0 is now."""
    while (left := at - time.time_ns() // 1_000_000) > 0 and at:
        time.sleep(min(left, 1000) / 1000 if left > 2 else 0.0002)


def decide(given: Given, ready: Ready) -> str:
    """Decide one gate that was shown before the start; "ok" if that was recorded."""
    os.environ["LOGNAME"] = given["name"]  # who is at the keyboard
    store = _store(given["database"])
    head, (gate,) = gates_meant(store, given["run"], None, every=False)
    ready()
    _until(given.get("at", 0))
    settled(store, head, gate, given["how"], given.get("text", ""))
    return "ok"


def resume(given: Given, ready: Ready) -> list[Any]:
    """Go on with a run; the state it is in afterwards, and the exit code."""
    store = _store(given["database"])
    ready()
    _until(given.get("at", 0))
    made = resume_sync(given["run"], store=store)
    return [made.state, made.exit_code]


def drive(given: Given, ready: Ready) -> list[Any]:
    """Drive a run with a person who has the gate before them, and says what is given after so many seconds."""
    asked: list[str] = []
    drivers: list[Driver] = []

    async def ask(command: AskPerson) -> Fact | None:
        asked.append(command.gate)
        if len(asked) == 1:
            await asyncio.to_thread(ready)
        said = given.get("says")
        await asyncio.sleep(given.get("after", 0.0) if said else 3600.0)
        if not said:
            return None
        verdict = Verdict(gate=command.gate, how=said, digest=command.digest, by=given["name"])
        return decision_fact(drivers[0].journal.head, verdict, drivers[0].clock.now())

    store = _store(given["database"])
    watcher = Watcher(ask=ask)
    made = asyncio.run(resumed(given["run"], store=store, watcher=watcher, on_driver=drivers.append))
    return [made.state, made.exit_code, len(asked)]


def verb(given: Given, ready: Ready) -> list[Any]:
    """A verb of the command line in a copy of this process: exit code, standard output, standard error."""
    words: Sequence[str] = given["words"]
    with TemporaryFile() as out, TemporaryFile() as err:
        ready()
        _until(given.get("at", 0))
        child = os.fork()
        if child == 0:
            with Path(os.devnull).open("rb") as nothing:
                for place, file in enumerate((nothing, out, err)):
                    os.dup2(file.fileno(), place)
            os.chdir(given["folder"])
            os.environ.update({"DETENT_DB": given["database"], "LOGNAME": given.get("name", "me")})
            sys.argv = ["detent", *words]
            code = main(list(words))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return [os.waitstatus_to_exitcode(status), *said]


def prompt(given: Given, ready: Ready) -> list[Any]:
    """`detent resume` on a terminal, with the gate before a person who says nothing; exit code and the screen."""
    environment = dict(os.environ) | {"DETENT_DB": given["database"], "LOGNAME": "nobody", "TERM": "xterm"}
    command = [sys.executable, "-W", "ignore", "-m", "detent", *given["words"]]
    terminal = Terminal.start(command, Path(given["folder"]), environment, (40, 100))
    terminal.expect("[n] > ")
    ready()
    return [terminal.end(), terminal.seen]

"""The scripted person: brings a run to its end, whatever happens to the commands, and answers doubt from the ledger.

Rules.  A person looks at what really happened and says that; gives every approval that is asked for; goes on where a
run is parked; and notices what a command said before it died.  How commands are run, and killed, is not their business.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import define, field, frozen

from detent.fsm.drivers.views import gate_views, load_head
from detent.states.names import State
from detent.store import Store
from tests.crash.ledger import Stage, judged, unkept

__all__ = ["Ended", "Obey", "Person", "obeyed"]

PATIENCE = 60.0  # seconds after which a command hangs
STEPS = 80  # commands after which a run that has not ended never will
SHOWN, SAID = 60, 600  # characters of a word and of an answer that a violation quotes
PARKED = {"DONE": (0,), "FAILED": (1,), "AWAITING_APPROVAL": (3, 4)}


@frozen
class Ended:
    """How a command ended.

    Args:
        words: what it was told
        code: its exit code; negative where a signal ended it
        out: its standard output
        err: its standard error
        killed: whether it was killed, or something was done to it, by us
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    killed: bool = False

    def __str__(self) -> str:
        told = " ".join(word[:SHOWN] for word in self.words)
        return f"`detent {told}` left with {self.code}: {(self.err + self.out).strip()[-SAID:]}"


Obey = Callable[[Sequence[str]], Ended]


def obeyed(
    stage: Stage,
    words: Sequence[str],
    *,
    before: Sequence[str] = (),
    after: float = PATIENCE,
    spoken: bool = False,
) -> Ended:
    """Run the real command line, and kill it with everything it started when its time is up.

    Args:
        stage: where
        words: after `detent`
        before: what starts it, in place of the interpreter alone
        after: seconds it may live
        spoken: whether they are counted from the first thing it says, and not from its start
    """
    command = stage.command
    process = subprocess.Popen(
        [*(before or (sys.executable, "-m", "detent")), *words],
        cwd=stage.folder,
        env=command.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    killed = False
    if spoken and process.stderr is not None:
        select.select([process.stderr], [], [], PATIENCE)
    try:
        out, err = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        killed = True
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    return Ended(
        tuple(words), process.returncode, out.decode(errors="replace"), err.decode(errors="replace"), killed
    )


@define
class Person:
    """Brings one run to its end.

    Args:
        stage: where it is
        run: its id
        obey: runs a command
        counted: commands, kills, doubts, approvals, loops, and the like
    """

    stage: Stage
    run: str
    obey: Obey
    counted: Counter[str] = field(factory=Counter)
    _again: bool = False
    _cut: bool = False  # whether the command before was killed

    def finish(self) -> Iterator[str]:
        """Go on until the run has ended; what is wrong on the way and in the end."""
        for _ in range(STEPS):
            with Store.open(self.stage.database, mode="read") as store:
                head = load_head(store, self.run)
                gates = gate_views(store, head)
            if not head.state.live:
                break
            ended = self.obey(self._next(gates if head.state is State.AWAITING_APPROVAL else ()))
            yield from self.noticed(ended)
        else:
            yield f"after {STEPS} commands the run is still {head.state.value} at click {head.seq}"
        with Store.open(self.stage.database, mode="read") as store:
            yield from judged(store, self.stage.entries(), self.run)
            if store.head(self.run).state != "DONE":
                yield f"the run ended {store.head(self.run).state}"

    def noticed(self, ended: Ended, *, also: Sequence[int] = ()) -> Iterator[str]:
        """What is wrong with how a command ended, and with what it had said.

        Args:
            ended: how it ended
            also: exit codes that are right because of what was done to it
        """
        self.counted["commands"] += 1
        self.counted["kills"] += ended.killed
        with Store.open(self.stage.database, mode="read") as store:
            for lost in unkept(store, self.run, ended.err, ended.out):
                yield f"{lost}, by {ended}"
            state = store.head(self.run).state
        if "Traceback" in ended.err or "is locked" in ended.err:
            yield f"a person was shown what nobody should see: {ended}"
        late, self._cut = self._cut and "was settled before: " in ended.err, ended.killed
        if ended.killed or late:  # what was committed as its command was killed may show only to the next one
            return
        self._again = ended.code == 70 and "--again" in ended.err
        self.counted["loops"] += self._again
        driving = ended.words[0] in ("run", "resume") or "--resume" in ended.words
        allowed = (*also, *(PARKED.get(state, ()) if driving else (0,)))
        if ended.code not in allowed and not self._again:
            yield f"{ended}; the run is {state}"

    def _next(self, gates: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """The next command."""
        if not gates:
            return ("resume", self.run, *(("--again",) if self._again else ()))
        gate, last = gates[0], ("--resume",) if len(gates) == 1 else ()
        if gate["kind"] == "approval":
            self.counted["approvals"] += 1
            return ("approve", self.run, gate["gate"], *last)
        self.counted["doubts"] += 1
        return ("resolve", self.run, gate["gate"], *self._truth(gate), *last)

    def _truth(self, gate: dict[str, Any]) -> tuple[str, ...]:
        """What became of a call, as the ledger says."""
        ran = [one for one in self.stage.entries() if (one.run, one.call) == (self.run, gate["call"])]
        if ran:
            return ("--happened", ran[-1].result)
        if gate.get("rerun", gate["attempt"] < gate["attempts"]):
            self.counted["reruns"] += 1
            return ("--did-not-happen",)
        return ("--failed", "it was tried as often as it may be")

"""`kill -9` of the command line at random moments of a whole run, with a tool that must not run twice.

The judge is a ledger that the tool itself writes, appended and synced before it returns.  A scripted person answers
doubt from that ledger, as a person would who looks at what really happened.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from detent.fsm.drivers.views import gate_views, load_head
from detent.states import NotFound
from detent.store import Store
from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

from .command import Command, Done

KILLS = int(os.environ.get("DETENT_KILLS", "50"))
SEED = 20261120

AGENT = '''
import os
import time

from detent import Agent, Context, tool


@tool(effect="once", approval="never")
def pay(bill: int, context: Context) -> str:
    """Pay a bill.

    Args:
        bill: its number
    """
    line = f"{context.run} {context.call} {context.key}\\n".encode()
    ledger = os.open("ledger.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(ledger, line)
    os.fsync(ledger)
    os.close(ledger)
    time.sleep(0.05)
    return f"bill {bill} is paid"


agent = Agent(model="MODEL", tools=["files", pay])
'''

SCRIPT: list[Turn] = [
    {"name": "list_dir", "arguments": {"path": "."}},
    {"name": "pay", "arguments": {"bill": 7}},
    [{"name": "pay", "arguments": {"bill": 8}}, {"name": "pay", "arguments": {"bill": 9}}],
    "Three bills are paid.",
]


def test_fifty_kills_pay_nothing_twice_and_ask_about_every_doubt(
    ollama_server: OllamaServer, tmp_path: Path
) -> None:
    """Killed at any moment, no bill is paid twice, every doubt is asked, and every run comes to its end."""
    folder = tmp_path / "folder"
    folder.mkdir()
    model, _ = both_paths(ollama_server, tmp_path, SCRIPT, "payer")
    (folder / "agent.py").write_text(AGENT.replace("MODEL", f"ollama:{model}"))
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})
    chance = random.Random(SEED)
    reruns: Counter[str] = Counter()
    kills = doubts = runs = 0
    life = _life(command)

    while kills < KILLS:
        runs += 1
        before = _known(command)
        kills += _killed(command, chance.uniform(0.2, 1) * life, "run", "Pay the bills.", "-a", "agent.py")
        if len(_known(command)) == len(before):
            continue
        run = (_known(command) - before).pop()
        for _ in range(100):
            done = _head(command, run)
            if done in ("DONE", "FAILED"):
                break
            if done == "AWAITING_APPROVAL":
                doubts += _settle(command, run, reruns)
            # Killed again and again at one click, a run is left parked, and a person has to say: once more.
            kills += _killed(command, chance.uniform(0.2, 1) * life, "resume", run, "--again")
        assert _head(command, run) == "DONE"

    lines = [line.split() for line in (folder / "ledger.txt").read_text().splitlines()]
    paid = Counter(f"{run} {call}" for run, call, _ in lines)
    twice = {call: count for call, count in paid.items() if count > 1 + reruns[call]}
    assert twice == {}
    assert doubts > 0, "the kills never met a payment: the harness does not test what it should"
    print(f"{kills} kills, {runs} runs, {doubts} doubts asked, {sum(paid.values())} payments, 0 twice")


def _known(command: Command) -> set[str]:
    try:
        with Store.open(command.database, mode="read") as store:
            return {one.id for one in store.runs(limit=1000)}
    except NotFound:
        return set()


def _head(command: Command, run: str) -> str:
    with Store.open(command.database, mode="read") as store:
        return store.head(run).state


def _life(command: Command) -> float:
    """Seconds that a whole run takes here and now, when nobody kills it."""
    began = time.monotonic()
    done = command("run", "Pay the bills.", "-a", "agent.py")
    assert done.exit == 0, done.err
    (command.folder / "ledger.txt").unlink()
    return time.monotonic() - began


def _killed(command: Command, after: float, *words: str) -> int:
    """Start it, and kill it after so many seconds; 1 if it was killed, 0 if it was faster."""
    process = command.start(*words)
    try:
        out, err = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return 1
    # 69: a server that a busy machine starves is late; the run is parked, and the next command goes on with it.
    assert process.returncode in (0, 4, 69), Done(process.returncode, out, err)
    return 0


def _settle(command: Command, run: str, reruns: Counter[str]) -> int:
    """Answer every doubt from the ledger; how many there were."""
    with Store.open(command.database, mode="read") as store:
        gates = gate_views(store, load_head(store, run))
    path = command.folder / "ledger.txt"
    ledger = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    for gate in gates:
        assert gate["kind"] == "doubt", json.dumps(gate)
        happened = any(line[0] == run and line[1] == gate["call"] for line in ledger)
        said = ("--happened", "it is paid") if happened else ("--did-not-happen",)
        done = command("resolve", run, gate["gate"], *said)
        assert done.exit == 0, done.err
        if not happened:
            reruns[f"{run} {gate['call']}"] += 1
    return len(gates)

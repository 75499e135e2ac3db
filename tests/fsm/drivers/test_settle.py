"""Settling from any terminal: at once, exactly once, by whoever may, and with a plain word to whoever may not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from detent.fsm.drivers.decisions import Verdict, decision_fact, digest_of, gate_of, person
from detent.fsm.drivers.journal import load
from detent.fsm.drivers.settle import cancel, decide, gates_meant, tell
from detent.fsm.drivers.standing import Run
from detent.states import Limits
from detent.states.errors import BadValue, GateSettled, NotFound, UsageError
from detent.store import Store
from detent.tools import tool

from .rig import Person, Rig, call, in_thread, python, rig, until

RACER = """
import sys
from detent.fsm.drivers.settle import decide, gates_meant
from detent.states.errors import GateSettled
from detent.store import Store

path, run, how = sys.argv[1:]
with Store.open(path) as store:
    head, (gate,) = gates_meant(store, run, None, every=False)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        decide(store, head, gate, how)
        print("won")
    except GateSettled as error:
        print("lost", error)
"""


@tool
def act() -> str:
    """Act."""
    return "acted"


def waiting(folder: Path) -> tuple[Rig, Run]:
    """A run that waits at an approval gate, parked."""
    made = rig(folder, [call("act"), "Done."], act)
    return made, made.run()


def test_the_second_to_settle_a_gate_is_told_who_was_first(tmp_path: Path) -> None:
    """A gate is settled once; whoever comes after is told how and by whom, and nothing is changed."""
    made, run = waiting(tmp_path)
    with Store.open(made.store) as store:
        head, (gate,) = gates_meant(store, run.id, None, every=False)
        decide(store, head, gate, "approve")
        for how in ("approve", "deny"):
            with pytest.raises(GateSettled, match=f"settled before: approved by {person()} at "):
                decide(store, head, gate, how)
        with pytest.raises(GateSettled, match="approved"):
            gates_meant(store, run.id, gate.id, every=False)

    assert made.events(run)[2:] == ["Approved"]


def test_racing_terminals_settle_a_gate_once(tmp_path: Path) -> None:
    """Of several processes that answer one gate at the same moment one wins, and the others are told at once."""
    made, run = waiting(tmp_path)
    began = time.monotonic()
    processes = [
        python(tmp_path, RACER, str(made.store), run.id, how)
        for how in ("approve", "deny", "approve", "deny")
    ]
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    said = [one.communicate("\n", timeout=20)[0] for one in processes]

    assert sorted(line.split()[0] for line in said) == ["lost", "lost", "lost", "won"]
    assert time.monotonic() - began < 15
    assert [event for event in made.events(run) if event in ("Approved", "Denied")] == [made.events(run)[2]]


def test_a_settlement_waits_for_a_verb_that_holds_the_run(tmp_path: Path) -> None:
    """While another verb holds the run for a moment, a decision is neither lost nor refused."""
    made, run = waiting(tmp_path)
    with Store.open(made.store) as holder:
        lock = holder.own(run.id)
        with in_thread(lambda: made.decide(run, "approve")) as ended:
            time.sleep(0.2)
            assert ended == []
            lock.release()

    assert ended == [None]
    assert made.events(run)[2:] == ["Approved"]
    with Store.open(made.store) as store:
        assert store.inbox_take(run.id) == []


def test_a_decision_that_a_driver_did_not_live_to_take_is_taken_back(tmp_path: Path) -> None:
    """What is refused is refused for good: nothing of it lies in the inbox for the next driver."""
    made, run = waiting(tmp_path)
    with Store.open(made.store) as holder:
        lock = holder.own(run.id)
        with in_thread(lambda: made.decide(run, "approve")) as ended:
            until(lambda: holder.inbox_take(run.id))
            denied(holder, run)
            lock.release()
        assert isinstance(ended[0], GateSettled)
        assert holder.inbox_take(run.id) == []


def denied(store: Store, run: Run) -> None:
    """Deny the open gate, as whoever holds the run does."""
    journal = load(store, run.id)
    gate = gate_of(journal.head, None)
    verdict = Verdict(gate=gate.id, how="deny", digest=digest_of(journal.head, gate), by="somebody")
    journal.take(decision_fact(journal.head, verdict, journal.head.at))
    journal.commit()


def test_a_driver_that_waits_takes_a_decision_at_once(tmp_path: Path) -> None:
    """A gate that a person has before them is settled from another terminal, and the run goes on."""
    made = rig(tmp_path, [call("act"), "Done."], act)
    somebody = Person()
    with in_thread(lambda: somebody.run(made)) as ended:
        until(lambda: somebody.asked)
        with Store.open(made.store) as store:
            run = store.find("last", str(tmp_path))
            head, (gate,) = gates_meant(store, run, None, every=False)
            with pytest.raises(BadValue, match="do not fit"):
                decide(store, head, gate, "edit", '{"none": "such"}')
            assert decide(store, head, gate, "approve").seq > head.seq

    assert ended[0].state == "DONE"


def test_a_driver_answers_what_it_cannot_take(tmp_path: Path) -> None:
    """A note too many is refused by the driver in words, while it goes on with the run."""

    @tool(effect="read")
    def look() -> str:
        """Look for a while."""
        (tmp_path / "started").touch()
        until((tmp_path / "told").exists)
        return "seen"

    made = rig(tmp_path, [call("look"), "Done."], look, limits=Limits(notes=1))
    with in_thread(made.run) as ended:
        until((tmp_path / "started").exists)
        with Store.open(made.store) as store:
            run = store.find("last", str(tmp_path))
            tell(store, run, "One.")
            with pytest.raises(UsageError, match="takes no more"):
                tell(store, run, "Two.")
        (tmp_path / "told").touch()

    assert ended[0].state == "DONE"


def test_a_cancel_drives_a_parked_run_to_its_end(tmp_path: Path) -> None:
    """Cancelling a run whose driver died in the middle of a call ends it, and says what stayed in doubt."""
    (tmp_path / "dying.py").write_text(
        "import os\n"
        "from detent import Agent, run_sync, tool\n"
        "@tool(effect='once', approval='never')\n"
        "def die() -> str:\n"
        "    'Die.'\n"
        "    os._exit(9)\n"
        "run_sync(Agent(model='script:turns.json', tools=[die]), 'Die.', store='runs.db')\n"
    )
    made = rig(tmp_path, [call("die"), "Done."])
    process = python(tmp_path, "import runpy; runpy.run_path('dying.py')")
    assert process.wait(20) == 9
    process.communicate()

    with Store.open(made.store) as store:
        run = store.find("last", str(tmp_path))
        after = cancel(store, run)
        assert (after.state, after.reason) == ("FAILED", "cancelled")
        assert [one.phase for one in after.calls] == ["doubt"]
        with pytest.raises(UsageError, match="is over"):
            cancel(store, run)
        with pytest.raises(UsageError, match="is over"):
            tell(store, run, "Hello?")


def test_a_yes_that_comes_too_late_is_refused_with_no_driver_alive(tmp_path: Path) -> None:
    """After a gate has expired its decision is refused, and going on counts as no answer."""
    made = rig(tmp_path, [call("act"), "Nobody answered."], act, limits=Limits(gate_seconds=1))
    run = made.run()
    assert run.gates[0]["expires"] is not None
    time.sleep(1.05)

    with pytest.raises(GateSettled, match=r"expired at .* before this came"):
        made.decide(run, "approve")
    assert made.events(run)[2] == "GateExpired"  # it is settled now, whatever the clock says next
    after = made.resume(run)

    assert (after.answer, made.events(run)[2]) == ("Nobody answered.", "GateExpired")


def test_all_gates_or_the_one_that_is_named_are_meant(tmp_path: Path) -> None:
    """One open gate needs no name, several need one or all, and a beginning that fits one is a name."""

    @tool(effect="idempotent", parallel=True)
    def put(number: int) -> str:
        """Put."""
        return str(number)

    made = rig(tmp_path, [[call("put", number=1), call("put", number=2)], "Done."], put)
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        assert len(gates_meant(store, run.id, None, every=True)[1]) == 2
        assert gates_meant(store, run.id, "approval-1.1", every=False)[1][0].call == 1
        with pytest.raises(UsageError, match="2 open gates"):
            gates_meant(store, run.id, None, every=False)
        with pytest.raises(NotFound, match="no open gate"):
            gates_meant(store, run.id, "approval-9", every=False)

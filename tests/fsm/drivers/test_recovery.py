"""Recovery: an attempt that another life started is looked into, and never repeated while it may yet happen."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.attempts import attempt_of
from detent.fsm.drivers.standing import Run
from detent.states.calls import key
from detent.states.errors import GateSettled, UsageError
from detent.store import Store
from detent.tools import Context, ToolError, tool

from .dying import DYING, ELSEWHERE, alive, died, ledger, payer, survivor
from .rig import Person, Rig, call, python, rig, until


def test_a_lost_call_is_a_question_with_what_is_known(tmp_path: Path) -> None:
    """After kill -9 in the middle of a ONCE call the next driver asks, and shows since when, where and why."""
    made = payer(tmp_path)
    died(tmp_path, "once")
    run = made.resume("last")
    assert run.exit_code == 4
    (gate,) = run.gates
    with Store.open(made.store, mode="read") as store:
        noted = attempt_of(store, run.id, "1.0.0", 1)
    assert noted is not None
    assert (gate["tool"], gate["arguments"], gate["why"]) == ("pay", {"bill": 7}, "lost")
    assert (gate["process"], gate["process_alive"]) == (noted.process.pid, False)
    assert (gate["still_running"], gate["survivors"], gate["rerun"]) == (False, [], True)
    assert gate["started"] <= time.time() * 1000
    assert gate["key"] == key(run.id, "1.0.0")
    assert "nobody knows whether it happened" in gate["evidence"]
    assert made.resume(run).exit_code == 4
    assert ledger(tmp_path) == ["7"]


def test_what_happened_by_the_probes_word_is_its_result(tmp_path: Path) -> None:
    """A probe that finds the effect answers the doubt, with the result it gives, and nobody is asked."""
    seen: list[Context] = []

    def look(context: Context, bill: int) -> str | None:
        seen.append(context)
        return "paid before" if str(bill) in ledger(tmp_path) else None

    made = payer(tmp_path, probe=look)
    died(tmp_path, "once")
    run = made.resume("last")
    assert (run.state, made.said(run, "result")) == ("DONE", ["paid before"])
    assert (seen[0].call, seen[0].key) == ("1.0.0", key(run.id, "1.0.0"))
    assert ledger(tmp_path) == ["7"]


def test_what_did_not_happen_by_the_probes_word_goes_again(tmp_path: Path) -> None:
    """A probe that says no is its author's yes to the attempt that is left, and to no more than that."""
    made = payer(tmp_path, probe=lambda _context: False)
    died(tmp_path, "once")
    (tmp_path / "ledger.txt").unlink()  # so it did not happen
    run = made.resume("last")
    assert run.state == "DONE"
    assert made.events(run)[2:6] == ["CallStarted", "ToolFailed", "CallStarted", "ToolReturned"]
    assert ledger(tmp_path) == ["7"]


def test_without_an_attempt_left_a_no_of_the_probe_is_a_failure(tmp_path: Path) -> None:
    """Where no attempt is left the model is told that it did not happen; nothing is run, and nobody is asked."""
    (tmp_path / "turns.json").write_text("[]")
    made = payer(tmp_path, attempts=1, probe=lambda _context: False)
    code = DYING.replace('name="pay")', 'name="pay", attempts=1)')
    process = python(tmp_path, code, "once")
    process.communicate(timeout=30)
    run = made.resume("last")
    assert run.state == "DONE"
    assert ledger(tmp_path) == ["7"]
    assert "did not happen, says its probe" in made.said(run, "error")[0]


def cannot(_context: Context) -> None:
    """A probe that fails."""
    raise OSError("the bank does not answer")


@pytest.mark.parametrize(
    ("probe", "said"),
    [(lambda _context: None, "The probe cannot tell."), (cannot, "OSError: the bank does not answer")],
)
def test_a_probe_that_cannot_tell_leaves_the_question(
    tmp_path: Path, probe: Callable[..., Any], said: str
) -> None:
    """Where the probe does not know, a person is asked, and shown what it said."""
    made = payer(tmp_path, probe=probe)
    died(tmp_path, "once")
    run = made.resume("last")
    assert run.exit_code == 4
    assert said in run.gates[0]["evidence"]
    assert ledger(tmp_path) == ["7"]


@pytest.mark.parametrize("probed", [True, None])
def test_a_failure_that_leaves_a_doubt_is_looked_into_as_well(tmp_path: Path, probed: bool | None) -> None:
    """A tool that fails and does not know whether it happened has ended, so its probe is asked at once."""

    @tool(effect="once", approval="never", probe=lambda _context: probed)
    def pay() -> str:
        """Pay."""
        raise ToolError("the line broke", ran="unknown")

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    run = made.run()
    if probed:
        assert (run.state, made.said(run, "result")) == ("DONE", ["done"])
        return
    assert run.exit_code == 4
    assert run.gates[0]["evidence"] == "the line broke The probe cannot tell."


def test_a_probe_may_outlast_the_time_of_its_tool(tmp_path: Path) -> None:
    """While a probe is asked the tool has ended already, so its own time does not cut the answer off."""

    def look(_context: Context) -> bool:
        time.sleep(0.4)
        return True

    @tool(effect="once", approval="never", timeout=0.15, probe=look)
    def pay() -> str:
        """Pay."""
        raise ToolError("the line broke", ran="unknown")

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    assert made.run().state == "DONE"


def test_a_timeout_is_no_end_so_no_probe_is_asked(tmp_path: Path) -> None:
    """While an attempt may still run nobody asks its probe; the call is in doubt, and its late result settles it."""
    over, asked = threading.Event(), []

    @tool(effect="once", approval="never", timeout=0.05, probe=lambda _context: asked.append(1))
    def pay() -> str:
        """Pay, slowly."""
        over.wait()
        return "paid late"

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    somebody = Person()
    timer = threading.Timer(0.5, over.set)
    timer.start()
    run = somebody.run(made)
    timer.join()
    assert (run.state, made.said(run, "result"), asked) == ("DONE", ["paid late"], [])


@contextmanager
def hanging(made: Callable[[threading.Event], Rig]) -> Iterator[tuple[Rig, Run, threading.Event]]:
    """A run that is parked with a call in doubt, which still runs in a thread of this process."""
    over = threading.Event()
    rigged = made(over)
    try:
        yield rigged, rigged.run(), over
    finally:
        over.set()


def test_what_still_runs_here_cannot_be_said_not_to_have_happened(tmp_path: Path) -> None:
    """A rerun is refused, with the process named, as long as a thread of that attempt runs, and taken afterwards."""
    count: list[int] = []

    def making(over: threading.Event) -> Rig:
        @tool(effect="once", approval="never", timeout=0.05)
        def pay() -> str:
            """Pay, slowly the first time."""
            count.append(1)
            if len(count) == 1:
                over.wait()
            return "paid"

        return rig(tmp_path, [call("pay"), "Done."], pay)

    with hanging(making) as (made, run, over):
        assert run.exit_code == 4
        (gate,) = run.gates
        assert (gate["still_running"], gate["process_alive"], gate["why"]) == (True, True, "timeout")
        with pytest.raises(UsageError, match=f"still running in process {os.getpid()}"):
            made.decide(run, "did_not_happen")
        looking = python(tmp_path, ELSEWHERE, run.id)
        out, _ = looking.communicate(timeout=30)
        assert f"still running in process {os.getpid()}" in out
        assert made.events(run)[-1] == "ToolFailed"
        over.set()
        until(lambda: not made.resume(run).gates[0]["still_running"])
        made.decide(run, "did_not_happen")
        assert made.resume(run).state == "DONE"
    assert len(count) == 2


def test_the_driver_that_waits_refuses_a_rerun_of_what_runs_there(tmp_path: Path) -> None:
    """A decision that comes through the inbox meets the same rule in the process that still runs the attempt."""
    over = threading.Event()

    @tool(effect="once", approval="never", timeout=0.05)
    def pay() -> str:
        """Pay, slowly."""
        over.wait()
        return "paid late"

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    somebody = Person(("did_not_happen", ""))
    thread = threading.Timer(1.0, over.set)
    thread.start()
    run = somebody.run(made)
    thread.join()
    assert f"still running in process {os.getpid()}" in somebody.notices[0]
    assert (run.state, made.said(run, "result")) == ("DONE", ["paid late"])


def test_what_a_dead_driver_left_behind_is_ended_first(tmp_path: Path) -> None:
    """Programs that a lost call has started are found by their mark and killed before anybody is asked."""
    made = payer(tmp_path)
    died(tmp_path, "once", "child")
    left = int((tmp_path / "child.txt").read_text())
    run = made.resume("last")
    assert run.exit_code == 4
    assert not alive(left)
    assert run.gates[0]["survivors"] == []


def test_a_rerun_ends_what_is_left_of_the_attempt_before_it(tmp_path: Path) -> None:
    """When a person says that it did not happen, nothing that could still make it happen is left alive."""
    made = payer(tmp_path)
    died(tmp_path, "once")
    run = made.resume("last")
    with survivor(tmp_path, run.id) as pid:
        (gate,) = run.gates
        assert (gate["still_running"], gate["survivors"]) == (True, [pid])
        made.decide(run, "did_not_happen")
        assert not alive(pid)
    assert made.resume(run).state == "DONE"
    assert ledger(tmp_path) == ["7", "7"]


def test_an_idempotent_call_goes_again_when_nothing_of_it_is_left(tmp_path: Path) -> None:
    """After kill -9 an IDEMPOTENT call is run once more by itself, with what it had started ended first."""
    made = payer(tmp_path, "idempotent")
    died(tmp_path, "idempotent", "child")
    left = int((tmp_path / "child.txt").read_text())
    run = made.resume("last")
    assert (run.state, alive(left)) == ("DONE", False)
    assert made.events(run).count("CallStarted") == 1
    assert ledger(tmp_path) == ["7", "7"]


def test_a_rerun_spends_the_attempt_and_then_there_is_none(tmp_path: Path) -> None:
    """With no attempt left a rerun is neither offered nor taken, and what can be said instead is."""

    @tool(effect="once", approval="never", attempts=1)
    def pay() -> str:
        """Pay."""
        raise ToolError("the line broke", ran="unknown")

    made = rig(tmp_path, [call("pay"), "Done."], pay)
    run = made.run()
    assert run.gates[0]["rerun"] is False
    with pytest.raises(UsageError, match="no attempt left") as caught:
        made.decide(run, "did_not_happen")
    assert "--happened RESULT or --failed REASON" in caught.value.hint
    made.decide(run, "failed", "it bounced")
    with pytest.raises(GateSettled, match="resolved by"):
        made.decide(run, "happened", "after all", gate="doubt-1.0.0-1")
    assert made.resume(run).state == "DONE"

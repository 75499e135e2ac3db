"""A yes means exactly what was shown: whatever came meanwhile, a stale decision is refused and changes nothing.

One table of stale decisions.  Each is prepared on a real run, told from another terminal, refused in words with exit 2,
and leaves every row of the database as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from detent.fsm.drivers.clock import wall
from detent.fsm.drivers.decisions import Verdict, decision_fact, digest_of, person
from detent.fsm.drivers.ending import Ending
from detent.fsm.drivers.journal import load
from detent.fsm.drivers.settle import cancel, decide, gates_meant
from detent.fsm.drivers.standing import Run
from detent.fsm.drivers.views import load_head
from detent.states import Limits, Snapshot
from detent.states.errors import BadValue, DetentError, GateSettled
from detent.states.gates import Gate
from detent.store import Store
from detent.tools import ToolError, tool

from .rig import Person, Rig, call, in_thread, rig, until


@tool
def act(number: int) -> str:
    """Act."""
    return f"acted {number}"


@tool(approval="never", attempts=1)
def doubt() -> str:
    """Fail, and do not know whether it happened."""
    raise ToolError("the line broke", ran="unknown")


@frozen
class Shown:
    """What a person saw, and goes by.

    Args:
        made: the agent
        store: where the run lies
        run: the run
        head: its head then
        gate: the gate then
    """

    made: Rig
    store: Store
    run: Run
    head: Snapshot
    gate: Gate

    def says(self, how: str, text: str = "") -> None:
        """Decide by what was shown."""
        decide(self.store, self.head, self.gate, how, text)

    def rows(self) -> list[Any]:
        """Everything that a decision could change."""
        return [self.store.timeline(self.run.id), self.store.decisions(self.run.id)]


def settled(how: str, text: str = "") -> Callable[[Shown], object]:
    """Somebody else was faster."""
    return lambda shown: decide(shown.store, shown.head, shown.gate, how, text)


def another_turn(shown: Shown) -> None:
    """The gate was settled, the run went on, and asks something else."""
    shown.says("deny")
    assert shown.made.resume(shown.run).exit_code == 3


def over(shown: Shown) -> None:
    """The run went on to its end."""
    shown.says("deny")
    another = shown.made.resume(shown.run)
    shown.made.decide(another, "deny")
    assert shown.made.resume(shown.run).state == "DONE"


Stale = tuple[str, str, Callable[[Shown], object], str]

APPROVAL: list[Stale] = [
    ("approve", "", settled("approve"), "settled before: approved by"),
    ("deny", "", settled("approve"), "settled before: approved by"),
    ("approve", "", settled("deny", "no"), "settled before: denied by"),
    ("edit", '{"number": 2}', settled("approve"), "settled before: approved by"),
    ("approve", "", settled("edit", '{"number": 2}'), "settled before: approved with other arguments by"),
    (
        "approve",
        "",
        lambda shown: cancel(shown.store, shown.run.id),
        "closed with its run, which was cancelled",
    ),
    ("approve", "", another_turn, "settled before: denied by"),
    ("approve", "", over, "settled before: denied by"),
    ("answer", "yes", lambda _: None, "cannot be settled with answer"),
    ("did_not_happen", "", lambda _: None, "cannot be settled with did_not_happen"),
    ("edit", '{"number": "two"}', lambda _: None, "do not fit"),
    ("edit", "{", lambda _: None, "JSON"),
]


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    """A run that waits at an approval gate, and would at another after it."""
    made = rig(tmp_path, [call("act", number=1), call("act", number=3), "Done."], act)
    run = made.run()
    with Store.open(made.store) as store:
        head, (gate,) = gates_meant(store, run.id, None, every=False)
        yield Shown(made, store, run, head, gate)


def refused(shown: Shown, decide: Callable[[], object], said: str) -> None:
    """It is refused in words, with exit 2, and nothing was changed."""
    before = shown.rows()
    with pytest.raises((GateSettled, DetentError)) as caught:
        decide()
    assert caught.value.exit_code == 2
    assert said in str(caught.value)
    assert shown.rows() == before
    assert shown.store.inbox_take(shown.run.id) == []


@pytest.mark.parametrize(("how", "text", "meanwhile", "said"), APPROVAL)
def test_a_stale_decision_changes_nothing(
    shown: Shown, how: str, text: str, meanwhile: Callable[[Shown], object], said: str
) -> None:
    """Whatever came before it, a decision by what is not so any more is refused, and says what is."""
    meanwhile(shown)
    refused(shown, lambda: shown.says(how, text), said)


def verdict(shown: Shown, **changes: Any) -> Callable[[], object]:
    """A decision with something about it that was not shown."""
    told = Verdict(gate=shown.gate.id, how="approve", digest=digest_of(shown.head, shown.gate), by="me")
    head = load_head(shown.store, shown.run.id)
    return lambda: decision_fact(head, evolve(told, **changes), wall())


def test_a_digest_of_anything_else_is_no_yes(shown: Shown, tmp_path: Path) -> None:
    """A yes to other arguments, another gate, another run or another byte is not a yes to this."""
    other = rig(tmp_path, [call("act", number=1), "Done."], act).run()
    elsewhere = load_head(shown.store, other.id)
    changed = evolve(shown.head.calls[0], arguments="sha256:" + "0" * 64)
    digests = [
        digest_of(elsewhere, elsewhere.gates[0]),
        digest_of(evolve(shown.head, calls=(changed,)), shown.gate),
        digest_of(shown.head, evolve(shown.gate, id="approval-1.0.0-2")),
        digest_of(evolve(shown.head, run="another"), shown.gate),  # a fork is a run of its own
        digest_of(shown.head, shown.gate)[:-1] + "x",
        "",
    ]
    for one in digests:
        refused(shown, verdict(shown, digest=one), "shows something else by now")
    refused(shown, verdict(shown, gate="approval-9.0.0-1"), "has no open gate")


def test_who_settled_it_when_and_where_is_said(shown: Shown) -> None:
    """Whoever comes second is told who was first, how, and at what time."""
    shown.says("approve")
    at = shown.store.decisions(shown.run.id)[0].at
    when = time.strftime("%H:%M:%S on %Y-%m-%d", time.localtime(at / 1000))
    said = f"Gate {shown.gate.id} was settled before: approved by {person()} at {when}."
    refused(shown, lambda: shown.says("deny"), said)


def test_a_decision_for_no_such_gate_or_run_is_refused(shown: Shown) -> None:
    """A gate that never was is not found, and of a run that is over no gate is."""
    refused(shown, lambda: gates_meant(shown.store, shown.run.id, "approval-7", every=False), "no open gate")
    cancel(shown.store, shown.run.id)
    refused(shown, lambda: gates_meant(shown.store, shown.run.id, None, every=False), "is over (cancelled)")
    refused(shown, lambda: gates_meant(shown.store, shown.run.id, "approval-7", every=False), "is over")


def test_a_doubt_that_is_settled_or_has_no_attempt_left_takes_no_rerun(tmp_path: Path) -> None:
    """What became of a call is said once, and a rerun only where an attempt is left."""
    made = rig(tmp_path, [call("doubt"), "Done."], doubt)
    run = made.run()
    with Store.open(made.store) as store:
        head, (gate,) = gates_meant(store, run.id, None, every=False)
        shown = Shown(made, store, run, head, gate)
        refused(shown, lambda: shown.says("did_not_happen"), "no attempt left")
        refused(shown, lambda: shown.says("approve"), "cannot be settled with approve")
        shown.says("happened", "it arrived")
        for how in ("happened", "failed", "did_not_happen"):
            refused(shown, partial(shown.says, how, "x"), "settled before: resolved by")


def test_a_late_result_settles_a_doubt_before_the_person(tmp_path: Path) -> None:
    """When the result comes after all, whoever says what happened is told that it has."""
    go = tmp_path / "go"

    @tool(effect="once", approval="never", timeout=0.05)
    def slow() -> str:
        """Act slowly."""
        until(go.exists)
        return "acted late"

    made = rig(tmp_path, [call("slow"), call("act", number=1), "Done."], slow, act)
    with in_thread(lambda: _person(made)) as ended, Store.open(made.store) as store:
        until(lambda: store.runs() and load_head(store, store.runs()[0].id).gates)
        run = standing(made, load_head(store, store.runs()[0].id))
        shown = Shown(made, store, run, run.snapshot, run.snapshot.gates[0])
        go.touch()
        until(lambda: load_head(store, run.id).gates and load_head(store, run.id).turn == 2)
        refused(shown, lambda: shown.says("failed", "x"), "settled by the late result of its call")
        cancel(store, run.id)
    assert ended[0].state == "FAILED"


def standing(made: Rig, head: Snapshot) -> Run:
    """A run as it stands."""
    return Run(made.store, head, Ending(head))


def _person(made: Rig) -> Run:
    """A run with somebody at the keyboard who says nothing."""
    return Person().run(made)


@pytest.mark.parametrize("how", ["approve", "deny", "edit"])
def test_an_expired_gate_is_settled_before_a_late_decision_is_refused(tmp_path: Path, how: str) -> None:
    """Whoever meets a gate whose time is up settles it first, so a clock that jumps back never opens it again."""
    made = rig(tmp_path, [call("act", number=1), "Nobody answered."], act, limits=Limits(gate_seconds=1))
    run = made.run()
    with Store.open(made.store) as store:
        head, (gate,) = gates_meant(store, run.id, None, every=False)
        assert gate.expires
        time.sleep(max(0.0, gate.expires / 1000 - time.time()) + 0.05)
        with pytest.raises(GateSettled, match=r"expired at .*, before this came") as caught:
            decide(store, head, gate, how, '{"number": 2}' if how == "edit" else "")
        assert caught.value.exit_code == 2
        journal = load(store, run.id)
        assert journal.head.gates == ()
        assert made.events(run)[-1] == "GateExpired"
        early = Verdict(gate=gate.id, how="approve", digest=digest_of(head, gate))
        with pytest.raises(DetentError) as jumped:  # the wall clock says that there is time
            decision_fact(journal.head, early, gate.expires - 500)
        assert jumped.value.exit_code == 2
        shown = Shown(made, store, run, head, gate)
        refused(shown, lambda: shown.says("approve"), "expired at")
    after = made.resume(run)
    assert after.answer == "Nobody answered."


def test_a_driver_that_waits_settles_an_expired_gate_first(tmp_path: Path) -> None:
    """A late yes that lies in the inbox of a driver finds the gate expired, durably, and is refused."""
    made = rig(tmp_path, [call("act", number=1), "Nobody answered."], act, limits=Limits(gate_seconds=1))
    with in_thread(lambda: _person(made)) as ended, Store.open(made.store) as store:
        until(lambda: store.runs() and load_head(store, store.runs()[0].id).gates)
        run = store.runs()[0].id
        head, (gate,) = gates_meant(store, run, None, every=False)
        time.sleep(max(0.0, gate.expires / 1000 - time.time()) + 0.01)
        with pytest.raises(DetentError) as caught:
            decide(store, head, gate, "approve")
        assert caught.value.exit_code == 2
        assert "approved" not in str(caught.value)
    assert ended[0].answer == "Nobody answered."
    assert "Approved" not in made.events(ended[0])


def test_bad_values_are_refused_before_anybody_is_asked(shown: Shown) -> None:
    """Text that cannot be kept is a bad value, whoever drives the run."""
    with pytest.raises(BadValue):
        shown.says("deny", "x" * 300_000)
    assert len(shown.rows()[0]) == 2

"""The local driver and people: gates, notes, cancels, and what comes too late."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from attrs import evolve

from detent.fsm.drivers.decisions import Verdict, digest_of
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Watcher
from detent.fsm.drivers.settle import cancel, tell
from detent.fsm.kernel import Transition
from detent.states import Limits
from detent.states.commands import AskPerson
from detent.store import Store
from detent.tools import Context, tool

from .rig import Person, call, in_thread, rig, until


def test_a_once_call_whose_time_is_up_is_a_question(tmp_path: Path) -> None:
    """A timeout of ONCE is doubt, exit 4; a person's word that it happened goes on with that result."""

    @tool(effect="once", approval="never", timeout=0.1)
    def slow() -> str:
        """Take too long."""
        time.sleep(1)
        return "late"

    made = rig(tmp_path, [call("slow"), "Done."], slow)
    run = made.run()

    assert (run.state, run.exit_code) == ("AWAITING_APPROVAL", 4)
    made.decide(run, "happened", "it is there")
    after = made.resume(run)
    assert (after.state, after.answer) == ("DONE", "Done.")


def test_the_same_call_with_the_same_result_three_times_opens_a_loop_gate(tmp_path: Path) -> None:
    """Three equal turns are a question to the person, who may give a hint."""

    @tool(effect="read")
    def look() -> str:
        """Look."""
        return "nothing"

    made = rig(tmp_path, [call("look"), call("look"), call("look"), "I see."], look)
    run = made.run()

    assert [gate["kind"] for gate in run.gates] == ["loop"]
    made.decide(run, "answer", "stop looking")
    assert made.resume(run).answer == "I see."


def test_a_denial_tells_the_model_why_and_runs_nothing(tmp_path: Path) -> None:
    """A denied call never runs, and its reason is in the history the model gets."""
    ran: list[str] = []

    @tool
    def act() -> str:
        """Act."""
        ran.append("act")
        return "acted"

    made = rig(tmp_path, [call("act"), "Then not."], act)
    run = made.run()
    assert run.exit_code == 3
    made.decide(run, "deny", "not today")
    after = made.resume(run)

    assert (after.answer, ran) == ("Then not.", [])
    with Store.open(made.store, mode="read") as store:
        assert any("not today" in placed.text.body for placed in store.messages(run.id))


def test_a_rule_lets_pass_exactly_what_it_says(tmp_path: Path) -> None:
    """With --yes a matching call runs unasked, another one of the same tool still asks."""

    @tool(effect="idempotent")
    def put(path: str) -> str:
        """Put."""
        return path

    made = rig(tmp_path, [call("put", path="notes/a"), call("put", path="notes/deep/b")], put)
    run = made.run(yes=["put(path=notes/*)"])

    assert made.events(run).count("CallStarted") == 1
    assert [gate["arguments"]["path"] for gate in run.gates] == ["notes/deep/b"]


def test_a_note_that_comes_while_a_plan_is_made_loses_nothing(tmp_path: Path) -> None:
    """A plan that was in the making when a note came is taken, its model asked once, and the note is read next."""
    told: list[str] = []

    def draw(context: Context) -> str:
        """Tell the run something before the plan is whole, from another connection."""
        if not told:
            told.append(context.run)
            with Store.open(tmp_path / "runs.db") as store:
                tell(store, context.run, "Hurry.")
        return "drawn"

    @tool(effect="idempotent", preview=draw)
    def put() -> str:
        """Put."""
        return "put"

    made = rig(tmp_path, [call("put"), "Done."], put)
    run = made.run(yes=["put"])

    assert (run.state, run.usage["model_calls"]) == ("DONE", 2)
    assert made.events(run)[1:3] == ["Told", "PlanMade"]
    assert made.said(run, "note") == ["Hurry."]


def test_an_answer_that_has_not_seen_a_note_is_not_the_last_word(tmp_path: Path) -> None:
    """A note that lies in the inbox when a driver comes is read before anything is planned."""
    made = rig(tmp_path, ["Done."])
    run = made.run(on_driver=lambda driver: driver.park(2))
    assert run.exit_code == 130
    with Store.open(made.store) as store:
        store.inbox_put(run.id, "note", {"text": "Look again."}, 0)
        store.inbox_put(run.id, "note", {"nothing": "of use"}, 0)

    after = made.resume(run)

    assert (after.state, made.events(run)) == ("DONE", ["Begun", "Told", "PlanMade"])


def test_gates_of_one_plan_are_put_one_after_the_other(tmp_path: Path) -> None:
    """A person says yes to one call and no to the other; the first runs, the other's reason is told."""
    ran: list[int] = []

    @tool(effect="idempotent", parallel=True)
    def act(number: int) -> str:
        """Act."""
        ran.append(number)
        return "acted"

    person = Person(("approve", ""), ("deny", "not this one"))
    made = rig(tmp_path, [[call("act", number=1), call("act", number=2)], "Done."], act)
    run = person.run(made)

    assert (run.state, ran) == ("DONE", [1])
    assert [gate.split("-")[1] for gate in person.asked] == ["1.0.0", "1.1.0"]
    assert "not this one" in made.said(run, "error")[0]


def test_gates_that_are_left_park_the_run(tmp_path: Path) -> None:
    """What a person leaves waiting is not asked again, the others are, and the run is parked with exit 3."""

    @tool(effect="idempotent", parallel=True)
    def act(number: int) -> str:
        """Act."""
        return f"acted {number}"

    person = Person(None, ("approve", ""))
    made = rig(tmp_path, [[call("act", number=1), call("act", number=2)], "Done."], act)
    run = person.run(made)

    assert (run.exit_code, len(person.asked)) == (3, 2)
    assert [gate["arguments"] for gate in run.gates] == [{"number": 1}]
    run.decide("approve")
    assert made.resume(run).state == "DONE"


def test_an_extension_is_one_more_helping(tmp_path: Path) -> None:
    """At a limit that asks, a yes goes on with a third more of every cap."""

    @tool(effect="read")
    def look(number: int) -> str:
        """Look."""
        return str(number)

    turns = [*(call("look", number=number) for number in range(3)), "Done."]
    made = rig(tmp_path, turns, look, limits=Limits(model_turns=3, extensions=1))
    run = made.run(at_limit="ask")

    assert [(gate["kind"], gate["limit"]) for gate in run.gates] == [("limit", "model_turns")]
    run.decide("approve")
    after = made.resume(run)
    assert (after.usage["extensions"], after.reason) == (1, "limit.model_turns")


def test_a_gate_expires_while_a_person_thinks(tmp_path: Path) -> None:
    """A gate nobody answers in time counts as denied, the question is withdrawn, and the model is told."""

    @tool
    def act() -> str:
        """Act."""
        return "acted"

    person = Person()
    made = rig(tmp_path, [call("act"), "Nobody answered."], act, limits=Limits(gate_seconds=1))
    run = person.run(made)

    assert (run.answer, made.events(run)[2]) == ("Nobody answered.", "GateExpired")
    assert run.usage["wall_seconds"] == 0  # waiting for a person is not active time


def test_a_decision_that_was_made_before_something_else_came_in_counts(tmp_path: Path) -> None:
    """A person's answer that carries an earlier time than the run has by now is taken as made after what came in."""

    @tool
    def act() -> str:
        """Act."""
        return "acted"

    person = Person(("approve", ""), None)

    async def ask(command: AskPerson) -> Fact | None:
        fact = await person(command)
        return fact and evolve(fact, event=evolve(fact.event, at=fact.event.at - 60_000))

    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run(watcher=Watcher(ask=ask), on_driver=person.drivers.append)

    assert (run.state, made.events(run)[2:3]) == ("DONE", ["Approved"])


def test_a_late_result_settles_its_doubt(tmp_path: Path) -> None:
    """While a person is asked whether a call happened, its own result is the better answer."""

    @tool(effect="once", approval="never", timeout=0.1)
    def slow() -> str:
        """Take longer than allowed."""
        time.sleep(0.5)
        return "it did"

    person = Person()
    made = rig(tmp_path, [call("slow"), "Done."], slow)
    run = person.run(made)

    assert (run.state, person.asked) == ("DONE", ["doubt-1.0.0-1"])
    assert made.said(run, "result") == ["it did"]
    assert made.events(run)[2:5] == ["CallStarted", "ToolFailed", "ToolReturned"]


def test_nobody_can_say_that_it_did_not_happen_while_it_runs(tmp_path: Path) -> None:
    """A rerun is refused while the attempt still runs here, so that it never happens twice."""
    ran: list[str] = []

    @tool(effect="once", approval="never", timeout=0.1, attempts=3)
    def slow() -> str:
        """Take longer than allowed."""
        ran.append("slow")
        time.sleep(0.6)
        return "it did"

    person = Person(("did_not_happen", ""))
    made = rig(tmp_path, [call("slow"), "Done."], slow)
    run = person.run(made)

    assert (run.state, ran) == ("DONE", ["slow"])
    assert ["still running" in notice for notice in person.notices] == [True]


def test_a_cancel_waits_for_what_a_thread_will_tell(tmp_path: Path) -> None:
    """A plain function cannot be stopped, so its result is awaited for a moment, and there is no doubt."""

    @tool(effect="once", approval="never", timeout=30)
    def act() -> str:
        """Act for a while."""
        (tmp_path / "started").touch()
        time.sleep(0.6)
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)
    with in_thread(made.run) as ended:
        until((tmp_path / "started").exists)
        with Store.open(made.store) as store:
            cancel(store, store.find("last", str(tmp_path)))

    run = ended[0]
    assert (run.state, run.reason, run.exit_code) == ("FAILED", "cancelled", 5)
    assert made.said(run, "result") == ["acted"]


def test_a_cancel_stops_what_runs_on_the_loop(tmp_path: Path) -> None:
    """An async tool is cancelled at once; what it leaves unknown stays in the snapshot as doubt."""
    stopped: list[bool] = []

    @tool(effect="once", approval="never", timeout=30)
    async def act() -> str:
        """Act for long."""
        (tmp_path / "started").touch()
        try:
            await asyncio.sleep(30)
        finally:
            stopped.append(True)
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)
    with in_thread(made.run) as ended:
        until((tmp_path / "started").exists)
        with Store.open(made.store) as store:
            cancel(store, store.find("last", str(tmp_path)))

    assert (ended[0].reason, stopped) == ("cancelled", [True])
    assert [one.phase for one in ended[0].snapshot.calls] == ["doubt"]


def test_what_comes_while_a_driver_leaves_is_taken_once(tmp_path: Path) -> None:
    """A note and a yes that reach a driver as it is about to park at a gate are taken before it goes, each once."""

    @tool
    def act() -> str:
        """Act."""
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)

    def answer(click: Transition, _took: int) -> None:
        if not click.after.gates or click.row.event == "Told":
            return
        gate = click.after.gates[0]
        verdict = Verdict(gate=gate.id, how="approve", digest=digest_of(click.after, gate))
        with Store.open(made.store) as store:
            store.inbox_put(click.after.run, "note", {"text": "Go on."}, 0)
            store.inbox_put(click.after.run, "decision", verdict.plain(), 0)

    run = made.run(watcher=Watcher(click=answer))

    assert run.state == "DONE"
    assert made.events(run)[:4] == ["Begun", "PlanMade", "Told", "Approved"]
    assert made.said(run, "note") == ["Go on."]

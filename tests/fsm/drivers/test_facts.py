"""Performing a command: whatever planners, tools and hooks do, what comes of it is one fact."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from detent.fsm.drivers.local import Watcher
from detent.states import Limits
from detent.tools import Context, ToolError, tool

from .rig import call, rig

ERRORS = [
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    asyncio.CancelledError,
    StopIteration,
    RecursionError,
    MemoryError,
    BaseExceptionGroup,
]


def raised(error: type[BaseException]) -> BaseException:
    """One of this kind."""
    return BaseExceptionGroup("many", [SystemExit()]) if error is BaseExceptionGroup else error("broken")


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_a_tool_raises_is_an_outcome(tmp_path: Path, error: type[BaseException]) -> None:
    """Nothing a tool raises ends the driver, in a thread or on the loop: the model is told, and the run goes on."""

    @tool(effect="read", attempts=1)
    def plain() -> str:
        """Fail in a thread."""
        raise raised(error)

    @tool(effect="read", attempts=1)
    async def waiting() -> str:
        """Fail on the loop."""
        await asyncio.sleep(0)
        raise raised(error)

    made = rig(tmp_path, [[call("plain"), call("waiting")], "Both failed."], plain, waiting)
    run = made.run()

    assert run.answer == "Both failed."
    assert len(made.said(run, "error")) == 2


@pytest.mark.parametrize("error", [LookupError, SystemExit])
def test_a_predicate_that_fails_asks(tmp_path: Path, error: type[BaseException]) -> None:
    """A rule of approval that raises is no yes."""

    def rule(number: int) -> bool:
        raise error(number)

    @tool(approval=rule)
    def act(number: int) -> str:
        """Act."""
        return str(number)

    run = rig(tmp_path, [call("act", number=1), "Done."], act).run()
    assert run.exit_code == 3


def test_a_predicate_decides_by_the_arguments_once(tmp_path: Path) -> None:
    """Each proposed call is judged once, and its judgement stays with it."""
    judged: list[int] = []

    def rule(amount: int) -> bool:
        judged.append(amount)
        return amount > 100

    @tool(approval=rule)
    def pay(amount: int) -> str:
        """Pay."""
        return str(amount)

    made = rig(tmp_path, [[call("pay", amount=5), call("pay", amount=500)], "Done."], pay)
    run = made.run()
    assert [gate["arguments"]["amount"] for gate in run.gates] == [500]
    run.decide("approve")
    assert made.resume(run).state == "DONE"
    assert judged == [5, 500]


def test_a_fallback_has_a_gate_of_its_own(tmp_path: Path) -> None:
    """A yes to a call is none to its fallback: that one asks when the first has failed."""

    @tool
    def second(number: int) -> str:
        """Answer."""
        return f"second {number}"

    @tool(fallback=second)
    def first(number: int) -> str:
        """Fail before anything has happened."""
        raise ToolError("closed", ran="no")

    made = rig(tmp_path, [call("first", number=7), "Done."], first, second)
    run = made.run()
    run.decide("approve")
    again = made.resume(run)
    assert [(gate["tool"], gate["arguments"]) for gate in again.gates] == [("second", {"number": 7})]
    again.decide("approve")
    assert made.said(made.resume(run), "result") == ["second 7"]


def test_a_tool_reads_on_in_an_earlier_result_after_a_resume(tmp_path: Path) -> None:
    """Another process, which must read it from the database first, gives it to a tool in a thread."""

    @tool(effect="read")
    def long() -> str:
        """Give a long text."""
        return "0123456789" * 3000

    @tool
    def act() -> str:
        """Act."""
        return "acted"

    turns = [
        call("long"),
        call("act"),
        call("read_output", handle="2", offset=29_990),
        call("read_output", handle="1"),
        call("read_output", handle="²"),
        "Read.",
    ]
    made = rig(tmp_path, turns, long, act)
    run = made.run()
    run.decide("approve")
    after = made.resume(run)

    assert after.answer == "Read."
    assert made.said(after, "result")[-1].endswith("this is the end]\n0123456789")
    assert [json.loads(one)["error"] for one in made.said(after, "error")] == ["no_such_output"] * 2


def test_progress_is_told_on_the_loop_whatever_it_does(tmp_path: Path) -> None:
    """A tool tells from its thread, whoever listens hears it in the driver's, and a listener's bug is not the tool's."""
    heard: list[tuple[str, str, bool]] = []
    here = threading.get_ident()

    def listen(call_id: str, said: str) -> None:
        heard.append((call_id, said, threading.get_ident() == here))

    @tool(effect="read")
    def work(context: Context) -> str:
        """Work and tell."""
        context.progress("half")
        return "whole"

    made = rig(tmp_path, [call("work"), "Done."], work)
    assert made.run(watcher=Watcher(progress=listen)).state == "DONE"
    assert heard == [("1.0.0", "half", True)]


def test_a_call_knows_its_run(tmp_path: Path) -> None:
    """The context names run, call, attempt, folder, key and deadline; the key is the same at every attempt."""
    seen: list[Context] = []

    @tool(effect="idempotent", approval="never", attempts=2)
    def act(context: Context) -> str:
        """Act at the second attempt."""
        seen.append(context)
        if len(seen) == 1:
            raise ToolError("not yet", transient=True)
        return "acted"

    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run()
    assert [(one.run, one.call, one.attempt, one.folder) for one in seen] == [
        (run.id, "1.0.0", attempt, tmp_path) for attempt in (1, 2)
    ]
    assert len({one.key for one in seen}) == 1


@pytest.mark.parametrize(
    "turn", [call("nothing_of_the_kind"), call("look", number="many"), {"raw": ""}, {"loop": "again "}]
)
def test_a_reply_that_cannot_be_used_is_told_and_tried_again(tmp_path: Path, turn: object) -> None:
    """A refused reply is an event with its kind, the model is corrected, and the next reply counts."""

    @tool(effect="read")
    def look(number: int) -> str:
        """Look."""
        return str(number)

    made = rig(tmp_path, [turn, "Done."], look)
    run = made.run()
    assert (run.answer, made.events(run)) == ("Done.", ["Begun", "PlanRefused", "PlanMade"])
    assert made.said(run, "correction")


def test_an_answer_before_an_ignored_call_is_found_again(tmp_path: Path) -> None:
    """A last answer that is only a part of what the model said is given whole, and nothing more."""

    @tool(effect="read")
    def look() -> str:
        """Look."""
        return "nothing"

    last = 'As far as I came: nothing.\n<tool_call>{"name": "look", "arguments": {}}</tool_call>'
    made = rig(tmp_path, [call("look"), last], look, limits=Limits(model_turns=2))
    assert made.run().answer == "As far as I came: nothing."


def test_time_to_draw_previews_is_part_of_planning(tmp_path: Path) -> None:
    """A slow preview holds up neither the loop nor the inbox, and costs active time."""
    beats: list[int] = []

    def slow(_context: Context) -> str:
        threading.Event().wait(0.3)
        return "drawn"

    @tool(preview=slow)
    def act() -> str:
        """Act."""
        return "acted"

    def beat() -> None:
        beats.append(1)
        asyncio.get_running_loop().call_later(0.02, beat)

    made = rig(tmp_path, [call("act"), "Done."], act)
    run = made.run(on_driver=lambda _driver: beat())
    assert len(beats) >= 8
    assert run.snapshot.usage.milliseconds >= 290


def test_closures_and_bound_methods_are_tools(tmp_path: Path) -> None:
    """A tool may be any function, with whatever it holds."""

    class Counter:
        """Counts."""

        def __init__(self) -> None:
            self.count = 0

        def up(self) -> int:
            """Count up."""
            self.count += 1
            return self.count

    counter = Counter()
    functions: list[Callable[..., object]] = [counter.up]
    made = rig(tmp_path, [call("up"), "Done."], *(tool(one, effect="read") for one in functions))
    assert made.run().state == "DONE"
    assert counter.count == 1

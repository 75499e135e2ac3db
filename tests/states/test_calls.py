"""Calls: order inside a plan, and what a call may still cost."""

from __future__ import annotations

from typing import Any

import pytest

from detent.states.calls import (
    Call,
    Outcome,
    attempts_of,
    call_id,
    can_run,
    chain,
    event_cost,
    fresh_cost,
    held,
    holds_back,
    key,
    named,
    settle,
)
from detent.states.names import Approval, Phase, Status
from tests.stage import once, put, read, spec_of

SPEC = spec_of(
    read(),
    read("risky", fallback=("once",)),
    put(),
    once(),
    once("side", parallel=True),
    once("chain", fallback=("put", "read")),
)
FAILED = Outcome(status=Status.FAILED)
OK = Outcome(status=Status.OK)


def call(tool: str, phase: Phase = Phase.READY, **more: int | bool) -> Call:
    """A call of a tool, with all its attempts."""
    made: dict[str, Any] = {"tool": tool, "arguments": "x", "attempts": 3, "phase": phase, **more}
    return Call(**made)


def test_an_id_never_repeats() -> None:
    """Turn, place and fallback are in it, and the key has the run as well."""
    assert call_id(3, 1, 2) == "3.1.2"
    assert key("r", "3.1.2") != key("s", "3.1.2")
    assert key("r", "3.1.2")[:15] == "sha256:c5105f36"  # frozen: a service may remember it


def test_a_call_names_the_tool_of_its_chain() -> None:
    """The fallbacks' own fallbacks do not count."""
    one = call("chain")
    assert [tool.name for tool in chain(SPEC, one)] == ["chain", "put", "read"]
    assert named(SPEC, call("chain", fallback=2)).name == "read"


@pytest.mark.parametrize(
    ("tool", "alone"),
    [("read", False), ("side", False), ("put", True), ("once", True), ("risky", True), ("gone", True)],
)
def test_a_call_runs_alone_if_any_tool_of_its_chain_has_to(tool: str, *, alone: bool) -> None:
    """READ and parallel tools stand beside others; what a spec does not know is taken for the worst."""
    assert holds_back(SPEC, call(tool)) is alone


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ((call("read"), call("side"), call("read")), [0, 1, 2]),
        ((call("read"), call("put"), call("read")), [0]),
        ((call("put"), call("read")), [0]),
        ((settle(call("read"), OK), call("put"), call("read")), [1]),
        ((call("read", Phase.PROPOSED), call("read")), [1]),
        ((call("put", Phase.STARTED), call("read")), []),
        ((call("side", Phase.DOUBT), call("read"), call("once")), [1]),
        ((), []),
    ],
)
def test_order_inside_a_plan(calls: tuple[Call, ...], expected: list[int]) -> None:
    """READ runs side by side; any other waits for all before it and holds back all after it."""
    assert list(can_run(SPEC, calls)) == expected


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ((settle(call("put"), FAILED), call("read"), call("once", Phase.PROPOSED)), {1, 2}),
        ((settle(call("read"), FAILED), call("once")), set()),
        ((settle(call("put"), OK), call("once")), set()),
        ((settle(call("put"), FAILED), settle(call("read"), OK)), set()),
    ],
)
def test_a_failed_call_drops_what_it_held_back(calls: tuple[Call, ...], expected: set[int]) -> None:
    """What waited for a call that did not succeed must not run."""
    assert held(SPEC, calls) == expected


def test_a_settled_call_waits_for_nothing() -> None:
    """Its phase and outcome go together."""
    one = settle(call("put", not_before=9), OK)

    assert (one.settled, one.outcome, one.not_before) == (True, OK, 0)


def test_a_single_call_has_one_attempt() -> None:
    """Where a cap is reached when its plan is accepted."""
    assert (
        attempts_of(SPEC.by_name["put"], single=True),
        attempts_of(SPEC.by_name["put"], single=False),
    ) == (1, 3)


@pytest.mark.parametrize(
    ("one", "cost"),
    [
        (call("read"), 3),
        (call("read", attempt=3), 1),
        (call("put"), 6),
        (call("put", Phase.PROPOSED), 7),
        (call("put", Phase.STARTED), 5),
        (call("once"), 9),
        (call("once", Phase.DOUBT), 7),
        (call("once", Phase.DOUBT, attempt=3), 1),
        (settle(call("once"), OK), 0),
        (call("chain"), 8 + 7 + 3),
        (call("chain", fallback=1), 6 + 3),
        (call("chain", attempts=1, single=True), 2 + 3 + 1),
    ],
)
def test_what_a_call_may_still_cost(one: Call, cost: int) -> None:
    """One event an attempt for READ, two for IDEMPOTENT, three for ONCE, and its fallbacks after it."""
    assert event_cost(SPEC, one) == cost


@pytest.mark.parametrize(
    ("tool", "cost"), [("read", 3), ("put", 7), ("once", 10), ("chain", 1 + 8 + 7 + 3), ("risky", 3 + 10)]
)
def test_what_a_call_will_cost(tool: str, cost: int) -> None:
    """A call that is not yet accepted costs its gate as well, if its tool can ask."""
    assert SPEC.by_name["read"].approval is Approval.NEVER
    assert fresh_cost(SPEC, SPEC.by_name[tool]) == cost

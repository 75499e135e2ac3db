"""Small machines walked to the end: every snapshot, every event.

`DETENT_WALK=full` walks the wide ones too (some minutes).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from attrs import evolve, field, frozen

from detent.fsm.certificate import Certificate, certificate
from detent.fsm.fuel import fuel
from detent.fsm.kernel import Transition, begin, step
from detent.fsm.table import TABLE, Row, candidates
from detent.states.calls import Proposal
from detent.states.events import (
    Cancelled,
    Event,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolReturned,
)
from detent.states.limits import NOTHING, Limits, Spent
from detent.states.names import Approval, AtLimit, Effect, PlanKind, State
from detent.states.snapshot import Snapshot
from detent.states.spec import Spec, ToolSpec
from tests.moves import legal_events, proposals
from tests.walking import NOW, Longest, Walk

FULL = os.environ.get("DETENT_WALK") == "full"


def tool(name: str, effect: Effect, **more: Any) -> ToolSpec:
    """A tool of one attempt that never asks if it is READ, and may ask otherwise."""
    usual = Approval.NEVER if effect is Effect.READ else Approval.PREDICATE
    return ToolSpec(**{"name": name, "effect": effect, "approval": usual, "attempts": 1, **more})


READ, IDEMPOTENT, ONCE = Effect.READ, Effect.IDEMPOTENT, Effect.ONCE
TOOLS: dict[str, tuple[ToolSpec, ...]] = {
    "none": (),
    "read": (tool("a", READ, attempts=2),),
    "read that asks": (tool("a", READ, approval=Approval.PREDICATE),),
    "idempotent": (tool("a", IDEMPOTENT, attempts=2),),
    "once": (tool("a", ONCE, attempts=2),),
    "once that asks": (tool("a", ONCE, approval=Approval.ALWAYS),),
    "parallel": (tool("a", ONCE, parallel=True), tool("b", READ)),
    "once, then read": (tool("a", ONCE, attempts=2, fallback=("b",)), tool("b", READ)),
    "once, then idempotent": (tool("a", ONCE, fallback=("b",)), tool("b", IDEMPOTENT)),
    "read, then once": (
        tool("a", READ, fallback=("b",)),
        tool("b", ONCE, approval=Approval.ALWAYS, parallel=True),
    ),
    "capped": (tool("a", ONCE, calls=1), tool("b", READ)),
    "all capped": (tool("a", READ, attempts=2, calls=1), tool("b", READ, calls=1)),
}
SMALLEST = {
    "model_turns": 2,
    "tool_calls": 1,
    "calls_per_turn": 1,
    "repairs": 0,
    "notes": 0,
    "loop_gates": 0,
    "extensions": 0,
    "loop_window": 9,
}
LOOPS = {"loop_window": 2, "loop_gates": 1}
LIMITS: tuple[dict[str, int], ...] = (
    {"model_turns": 1},
    {"tool_calls": 0},
    {"repairs": 1, "notes": 1},
    {"model_turns": 3, "tool_calls": 2},
    {"extensions": 1, "wall_seconds": 1},
    {"tool_calls": 2, "calls_per_turn": 2},
    {"model_turns": 4, "tool_calls": 3, **LOOPS},
)
FEW = ("none", "read", "once that asks", "all capped")  # tools that are walked more widely
MORE: tuple[dict[str, int], ...] = (
    {"model_turns": 3, "tool_calls": 2, "repairs": 1},
    {"model_turns": 3, "notes": 2},
    {"model_turns": 3, "extensions": 1, "tokens": 1},
    {"gate_seconds": 60, "extensions": 1, "notes": 1},
    {"model_turns": 3, "tool_calls": 3, **LOOPS},
    {"model_turns": 4, "tool_calls": 2, "extensions": 1, **LOOPS},
    {"model_turns": 3, "tool_calls": 1, "notes": 1, **LOOPS},
)
WIDE: tuple[dict[str, int], ...] = (
    {"model_turns": 4, "tool_calls": 3, "notes": 2, "extensions": 1},
    {"model_turns": 3, "tool_calls": 3, "calls_per_turn": 2},
    {"model_turns": 6, "tool_calls": 6, "loop_window": 2, "loop_gates": 2},
    {"model_turns": 3, "tool_calls": 2, "extensions": 2, "tokens": 1},
)


@frozen
class Walked:
    """What a walk has shown.

    Args:
        spec: the machine
        longest: the most that follows its first snapshot
        proven: its certificate
        snapshots: how many there were
        broken: snapshots that more can follow than their fuel says
        stuck: live snapshots from which only a note or a cancel leads on
        rows: the rows that were taken
        many: clicks for which not exactly the row that was taken holds
    """

    spec: Spec
    longest: Longest
    proven: Certificate
    snapshots: int
    broken: list[tuple[Snapshot, int, int]]
    stuck: list[Snapshot]
    rows: set[str] = field(factory=set)
    many: list[Transition] = field(factory=list)

    @property
    def exact(self) -> bool:
        """Whether the certificate has to be reached.

        Not where tools have caps of their own and loops are counted (turns of different tools are no loop), and not
        for a bound number of plans, which is how a workflow is certified.  Nor where only time can meet a cap, and
        the walk spends none.
        """
        spec, limits = self.spec, self.spec.limits
        mixed = limits.loop_gates and all(one.calls for one in spec.tools)
        untimed = spec.extensions and not spec.tools and limits.wall_seconds > 1 and limits.model_turns > 2
        return not mixed and not spec.plans and not untimed


def machines() -> Iterator[tuple[Spec, dict[str, Any]]]:
    """Every machine, with how widely it is walked."""
    yield machine(TOOLS["parallel"], {"tool_calls": 2, "calls_per_turn": 2, "gate_seconds": 60})
    for (name, tools), asks in product(TOOLS.items(), (False, True)):
        few = FULL or name in FEW
        limits = (*LIMITS, *(MORE if few else ()), *(WIDE if FULL else ()))
        yield from (machine(tools, caps, ask_person=asks) for caps in limits if few or not asks)
        if few:
            flow = machine(tools, {"notes": 1, "extensions": 1}, ask_person=asks, planner="workflow", plans=1)
            yield flow[0], {"spent": (NOTHING, Spent(milliseconds=10**6))}
            noted = {"model_turns": 4, "tool_calls": 2, "notes": 2}
            yield from (machine(tools, noted, ask_person=asks, plans=plans) for plans in (2, 3))


def machine(tools: tuple[ToolSpec, ...], caps: dict[str, int], **more: Any) -> tuple[Spec, dict[str, Any]]:
    """One machine, with what it needs to show everything: a second result to keep out of a loop, costs to meet a cap."""
    limits = Limits(**{**SMALLEST, **caps})
    spent: tuple[Spent, ...] = (NOTHING, Spent(milliseconds=1000)) if limits.wall_seconds == 1 else (NOTHING,)
    spent += (Spent(tokens=1),) if limits.tokens else ()
    how = {"width": limits.calls_per_turn, "results": 2 if limits.loop_gates else 1, "spent": spent}
    return Spec(tools=tools, limits=limits, **more), how


def walk(spec: Spec, how: dict[str, Any]) -> Walked:
    """Walk one machine."""
    rows: set[str] = set()
    many: list[Transition] = []

    def look(click: Transition) -> None:
        rows.add(click.row.name)
        if [row for row in _rivals(click) if _holds(row, click)] != [click.row]:
            many.append(click)

    walked = Walk(spec, look=look, **how)
    longest = walked.longest()
    stuck = [
        one
        for one in walked.found
        if one.state.live and all(isinstance(event, Told | Cancelled) for event in legal_events(one))
    ]
    return Walked(spec, longest, certificate(spec), len(walked.found), walked.broken(), stuck, rows, many)


def _rivals(click: Transition) -> tuple[Row, ...]:
    return candidates(click.before.state, type(click.event).__name__)


def _holds(row: Row, click: Transition) -> bool:
    parts = (click.before, click.event, click.after)
    return all(guard(*parts) for guard in row.when) and not any(guard(*parts) for guard in row.unless)


@pytest.fixture(scope="module")
def walks() -> list[Walked]:
    """All machines, walked once."""
    return [walk(spec, how) for spec, how in machines()]


def test_no_more_can_follow_than_fuel_says(walks: list[Walked]) -> None:
    """Fuel bounds the longest path from every snapshot of every small machine."""
    assert [walked.broken[0] for walked in walks if walked.broken] == []


def test_the_certificate_bounds_everything(walks: list[Walked]) -> None:
    """No run of a small machine exceeds its certificate in clicks, turns, replies, calls or attempts."""
    for walked in walks:
        most, proven = walked.longest, walked.proven
        assert most.transitions <= proven.transitions
        assert 1 + most.model_turns <= proven.model_turns
        assert most.model_calls <= proven.model_calls
        assert most.tool_calls <= proven.tool_calls
        assert most.attempts <= proven.attempts


def test_the_certificate_of_an_agent_is_reached(walks: list[Walked]) -> None:
    """Some run of an agent takes exactly as much as its certificate says, of each."""
    assert sum(walked.exact for walked in walks) > len(walks) / 2
    for walked in walks:
        if walked.exact:
            most, proven = walked.longest, walked.proven
            expected = (
                proven.transitions,
                proven.model_turns,
                proven.model_calls,
                proven.tool_calls,
                proven.attempts,
            )
            assert expected == (
                most.transitions,
                1 + most.model_turns,
                most.model_calls,
                most.tool_calls,
                most.attempts,
            ), walked.spec


def test_every_row_is_reached(walks: list[Walked]) -> None:
    """No row of the table is dead."""
    assert {row.name for row in TABLE} == set().union(*(walked.rows for walked in walks))


def test_one_row_holds_for_every_click(walks: list[Walked]) -> None:
    """Of the rows of a state and an event exactly the one that was taken holds."""
    assert [walked.many[0] for walked in walks if walked.many] == []


def test_there_is_no_dead_end(walks: list[Walked]) -> None:
    """Every live snapshot has a legal way on that is neither a note nor a cancel."""
    assert [walked.stuck[0] for walked in walks if walked.stuck] == []
    assert sum(walked.snapshots for walked in walks) > 30_000


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize(
    ("effect", "at_limit", "clicks"),
    [
        (READ, AtLimit.ASK, 381),
        (READ, AtLimit.FINISH, 192),
        (IDEMPOTENT, AtLimit.ASK, 709),
        (IDEMPOTENT, AtLimit.FINISH, 352),
        (ONCE, AtLimit.ASK, 955),
        (ONCE, AtLimit.FINISH, 472),
    ],
)
def test_an_adversary_reaches_the_bound_of_the_defaults(
    effect: Effect, at_limit: AtLimit, clicks: int, *, asks: bool
) -> None:
    """With the default limits fuel falls by one a click to the end, if everything goes as badly as it can."""
    approval = Approval.NEVER if effect is READ else Approval.ALWAYS
    only = ToolSpec(name="a", effect=effect, approval=approval)
    snapshot = begin(Spec(tools=(only,), at_limit=at_limit, ask_person=asks), "r", NOW)
    assert fuel(snapshot) == clicks

    while snapshot.state.live:
        after = (step(snapshot, event) for event in _bad_news(snapshot))
        snapshot = next(one for one in after if fuel(one) == fuel(snapshot) - 1)

    assert snapshot.seq == clicks


def _bad_news(snapshot: Snapshot) -> Iterator[Event]:
    """Events, the likeliest to cost most first: refusals, notes, plans as wide as they can go on being."""
    listed = [_in_a_loop_or_not(snapshot, event) for event in legal_events(snapshot)]
    yield from (event for event in listed if isinstance(event, PlanRefused | Told))
    if snapshot.state is State.PLANNING and not snapshot.last:
        yield from _even_plans(snapshot)
    yield from listed


def _even_plans(snapshot: Snapshot) -> Iterator[Event]:
    """The calls that are left, spread evenly over the turns that are left."""
    spec, usage = snapshot.spec, snapshot.usage
    turns = (spec.limits.cap("model_turns", spec.extensions) or 0) - usage.model_turns
    calls = (spec.limits.cap("tool_calls", spec.extensions) or 0) - usage.tool_calls
    width = -(-calls // turns)
    for one in proposals(spec.tools[0]):
        yield _plan(snapshot, (one,) * width)


def _plan(snapshot: Snapshot, calls: tuple[Proposal, ...]) -> PlanMade:
    return PlanMade(
        run="r",
        at=snapshot.at,
        turn=snapshot.turn,
        refusals=snapshot.refusals,
        notes=snapshot.told,
        kind=PlanKind.CALLS,
        calls=calls,
    )


def _in_a_loop_or_not(snapshot: Snapshot, event: Event) -> Event:
    """Equal results as long as a loop gate is left, new ones afterwards, or the run would end too soon."""
    over = snapshot.looped == snapshot.spec.limits.loop_gates
    return (
        evolve(event, result=f"r{snapshot.turn}")
        if over and isinstance(event, ToolReturned | Resolved)
        else event
    )

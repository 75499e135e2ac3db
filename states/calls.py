"""Calls: one tool with one set of arguments, from its proposal to its one outcome.

Order inside a plan lives here: READ calls run side by side, any other waits for all before it and holds back all
after it.  So does what a call may still cost in events, which is what fuel adds up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from .canonical import digest
from .names import Approval, Effect, Phase, Status
from .replacing import replace
from .spec import Spec, ToolSpec

__all__ = [
    "Call",
    "Outcome",
    "Proposal",
    "attempts_of",
    "call_id",
    "can_run",
    "chain",
    "event_cost",
    "fresh_cost",
    "held",
    "holds_back",
    "key",
    "named",
    "settle",
]

PER_ATTEMPT = {Effect.READ: 1, Effect.IDEMPOTENT: 2, Effect.ONCE: 3}


@frozen(kw_only=True)
class Proposal:
    """A call as a planner asks for it.

    Args:
        tool: its name
        arguments: digest of the canonical argument bytes
        asks: whether a person is asked first
        rule: the rule that let it pass without asking; empty if none was needed
    """

    tool: str
    arguments: str
    asks: bool = False
    rule: str = ""


@frozen(kw_only=True, slots=False)
class Outcome:
    """How a call ended.

    Args:
        status: ok, failed, denied, not_run, or unknown
        text: digest of what the model is told; empty where the reason says it all
        reason: a word for what is not ok: timeout, denied, earlier_failed, limit, cancelled, ...
    """

    status: Status
    text: str = ""
    reason: str = ""


@frozen(kw_only=True, slots=False)
class Call:
    """One call of the current turn; its place in the plan is its index.

    Args:
        tool: the tool it was proposed with; `named` tells which of its chain it names now
        arguments: digest of the exact argument bytes
        attempts: how many attempts it may have
        phase: how far it has come
        attempt: the attempt that runs, or would run next
        fallback: how many tools of its chain have failed
        not_before: time in milliseconds before which the next attempt must not start
        single: a cap was reached when it was accepted, so its fallbacks get one attempt too
        outcome: how it ended
    """

    tool: str
    arguments: str
    attempts: int
    phase: Phase
    attempt: int = 1
    fallback: int = 0
    not_before: int = 0
    single: bool = False
    outcome: Outcome | None = None

    @property
    def settled(self) -> bool:
        """Whether it has its outcome."""
        return self.phase is Phase.SETTLED


def call_id(turn: int, index: int, fallback: int) -> str:
    """The id of a call: turn, place in the plan, fallbacks before it.  Never repeats in a run."""
    return f"{turn}.{index}.{fallback}"


def key(run: str, call: str) -> str:
    """The idempotency key of a call: the same for every attempt and every resume."""
    return digest("key", f"{run}/{call}")


def chain(spec: Spec, call: Call) -> tuple[ToolSpec, ...]:
    """All tools the call may name, the proposed one first; the fallbacks' own fallbacks do not count."""
    return spec.chains[call.tool]


def named(spec: Spec, call: Call) -> ToolSpec:
    """The tool the call names now."""
    return spec.chains[call.tool][call.fallback]


def holds_back(spec: Spec, call: Call) -> bool:
    """Whether the call waits for all before it and all after it wait for the call.

    A settled call of a tool that a fork's spec does not know any more does: nobody can say that it is harmless.
    """
    return spec.alone.get(call.tool, True)


def can_run(spec: Spec, calls: Sequence[Call]) -> Iterator[int]:
    """The places of the calls that may run now, as far as the order of their plan goes."""
    waiting = False
    for index, call in enumerate(calls):
        if call.settled:
            continue
        alone = holds_back(spec, call)
        if call.phase is Phase.READY and not (alone and waiting):
            yield index
        if alone:
            return
        waiting = True


def held(spec: Spec, calls: Sequence[Call]) -> frozenset[int]:
    """The places of the calls that must not run because a call that holds them back did not succeed."""
    for index, call in enumerate(calls):
        if call.outcome and call.outcome.status is not Status.OK and holds_back(spec, call):
            later = range(index + 1, len(calls))
            return frozenset(place for place in later if calls[place].phase in (Phase.READY, Phase.PROPOSED))
    return frozenset()


def settle(call: Call, outcome: Outcome) -> Call:
    """The call with its outcome."""
    return replace(call, phase=Phase.SETTLED, outcome=outcome, not_before=0)


def attempts_of(tool: ToolSpec, *, single: bool) -> int:
    """How many attempts a call of this tool may have."""
    return 1 if single else tool.attempts


def fresh_cost(spec: Spec, tool: ToolSpec) -> int:
    """The most events a call that is about to be accepted can still take, its fallbacks included."""
    return _chain_cost(spec.chains[tool.name], single=False)


def event_cost(spec: Spec, call: Call) -> int:
    """The most events this call can still take.

    One an attempt for READ, two for IDEMPOTENT (started, returned), three for ONCE (started, failed unknown,
    resolved); the last attempt of a ONCE call ends in doubt or goes to its fallback, never both.
    """
    phase = call.phase
    if phase is Phase.SETTLED:
        return 0
    tool, *others = spec.chains[call.tool][call.fallback :]
    rest = _chain_cost(others, single=call.single) if others else 0
    left = call.attempts - call.attempt
    if phase is Phase.DOUBT:
        return 1 + _ready_cost(tool, left, rest) if left else 1
    return _ready_cost(tool, left + 1, rest) + (phase is Phase.PROPOSED) - (phase is Phase.STARTED)


def _ready_cost(tool: ToolSpec, attempts: int, rest: int) -> int:
    never_both = 1 if rest and tool.effect is Effect.ONCE else 0
    return PER_ATTEMPT[tool.effect] * attempts + rest - never_both


def _chain_cost(tools: Sequence[ToolSpec], *, single: bool) -> int:
    cost = 0
    for tool in reversed(tools):
        cost = _ready_cost(tool, attempts_of(tool, single=single), cost)
        cost += tool.approval is not Approval.NEVER
    return cost

"""Commands: requests to the outside, imperative, a function of the snapshot alone.

A command does not change while it is in flight, so whoever performs them can compare the sets: a task whose
command is gone is stopped and its result discarded.
"""

from __future__ import annotations

from attrs import frozen

from .names import GateKind
from .replacing import shown

__all__ = [
    "AskPerson",
    "AwaitLate",
    "AwaitTool",
    "CallTool",
    "Command",
    "MakePlan",
    "Observe",
    "StartTool",
    "StopTool",
]


@frozen(kw_only=True, repr=False)
class Command:
    """What every command is."""

    __repr__ = shown


@frozen(kw_only=True, repr=False)
class MakePlan(Command):
    """Decide what to do next.  Answered by PlanMade or PlanRefused.

    Args:
        turn: the turn
        refusals: how many replies of it were refused
        calls: how many calls the plan may hold; 0 in the last, answer-only turn
        last: why this is the last answer; empty otherwise
    """

    turn: int
    refusals: int
    calls: int
    last: str = ""


@frozen(kw_only=True, repr=False)
class ToolCommand(Command):
    """What every command about an attempt has.

    Args:
        call: the call's id
        attempt: which attempt, from 1
    """

    call: str
    attempt: int


@frozen(kw_only=True, repr=False)
class CallTool(ToolCommand):
    """Run a READ tool.  Answered by ToolReturned or ToolFailed.

    Args:
        tool: its name
        arguments: digest of its argument bytes
        timeout: milliseconds it may take
        not_before: time in milliseconds before which it must not start
    """

    tool: str
    arguments: str
    timeout: int
    not_before: int = 0


@frozen(kw_only=True, repr=False)
class StartTool(ToolCommand):
    """Mark an attempt as started.  Answered by CallStarted.

    Args:
        not_before: time in milliseconds before which it must not start
    """

    not_before: int = 0


@frozen(kw_only=True, repr=False)
class AwaitTool(ToolCommand):
    """Bring the result of a started attempt.  Answered by ToolReturned or ToolFailed.

    Only the driver that committed this CallStarted in this life runs a ONCE tool; any other answers
    ToolFailed(ran=unknown, lost).

    Args:
        tool: its name
        arguments: digest of its argument bytes
        timeout: milliseconds it may take
        key: its idempotency key
        once: whether it must not be repeated unasked
    """

    tool: str
    arguments: str
    timeout: int
    key: str
    once: bool


@frozen(kw_only=True, repr=False)
class AwaitLate(ToolCommand):
    """Bring a late result of an attempt in doubt, if its task still runs here.  Answered by ToolReturned, or nothing."""


@frozen(kw_only=True, repr=False)
class StopTool(ToolCommand):
    """Stop a started attempt.  Answered by ToolReturned or ToolFailed."""


@frozen(kw_only=True, repr=False)
class Observe(Command):
    """Take in the turn's outcomes.  Answered by Observed.

    Args:
        turn: the turn
    """

    turn: int


@frozen(kw_only=True, repr=False)
class AskPerson(Command):
    """Put a gate to the person.  Answered by a decision or GateExpired.

    Args:
        gate: the gate's id
        kind: what is asked
        digest: what a decision must quote
        expires: when it expires, milliseconds; 0 is never
    """

    gate: str
    kind: GateKind
    digest: str
    expires: int = 0

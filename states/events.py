"""Events: facts from outside, past tense, frozen.

Every event names its run, its time (`at`, milliseconds since the epoch, never less than the head's) and what it
answers, so that a duplicate, late or foreign one is recognised.  None binds to the head's seq: parallel results
may arrive in any order.  Texts are digests; the bodies travel beside the event.
"""

from __future__ import annotations

from attrs import frozen

from .calls import Proposal
from .limits import NOTHING, Spent
from .names import PlanKind, Ran, Resolution
from .replacing import shown
from .texts import Edit

__all__ = [
    "DECISIONS",
    "EVENTS",
    "Answered",
    "Approved",
    "Begun",
    "CallStarted",
    "Cancelled",
    "Decision",
    "Denied",
    "Edited",
    "Event",
    "Extended",
    "Forked",
    "GateExpired",
    "Observed",
    "PlanMade",
    "PlanRefused",
    "Resolved",
    "Told",
    "ToolFailed",
    "ToolReturned",
]


@frozen(kw_only=True, repr=False)
class Event:
    """What every event has.

    Args:
        run: the run's id
        at: when, milliseconds since the epoch
        spent: what answering cost
    """

    run: str
    at: int
    spent: Spent = NOTHING

    __repr__ = shown


@frozen(kw_only=True, repr=False)
class Begun(Event):
    """A run began; seq 0, never stepped.

    Args:
        spec: digest of its spec
        goal: digest of its goal
    """

    spec: str
    goal: str = ""


@frozen(kw_only=True, repr=False)
class Forked(Event):
    """A run began at a click of another; seq 0, never stepped.

    Args:
        spec: digest of its spec
        parent: the other run's id
        parent_seq: the click
        edits: the messages that it has otherwise, by place
    """

    spec: str
    parent: str
    parent_seq: int
    edits: tuple[Edit, ...] = ()


@frozen(kw_only=True, repr=False)
class PlanMade(Event):
    """The planner decided.

    Args:
        turn: the turn it answers
        refusals: how many replies of the turn were refused before
        notes: how many notes the planner had seen
        kind: calls, an answer, a question to the person, or giving up
        reply: digest of the whole reply, calls included, as the history keeps it
        answer: digest of the text, where there is one that may end the run
        calls: the calls, in order
        planner: digest of the planner's own state, if it changed
    """

    turn: int
    refusals: int = 0
    notes: int = 0
    kind: PlanKind
    reply: str = ""
    answer: str = ""
    calls: tuple[Proposal, ...] = ()
    planner: str = ""


@frozen(kw_only=True, repr=False)
class PlanRefused(Event):
    """The planner's reply could not be used.

    Args:
        turn: the turn it answers
        refusals: how many replies of the turn were refused before
        notes: how many notes the planner had seen
        kind: what was wrong: empty_reply, unknown_tool, bad_arguments, broken_json, cut_by_length, ...
        reply: digest of the reply, or of a placeholder
        correction: digest of what the planner is told
    """

    turn: int
    refusals: int = 0
    notes: int = 0
    kind: str
    reply: str = ""
    correction: str = ""


@frozen(kw_only=True, repr=False)
class CallStarted(Event):
    """An attempt that is not READ is about to start; durable before it does.

    Args:
        call: the call's id
        attempt: which attempt, from 1
    """

    call: str
    attempt: int


@frozen(kw_only=True, repr=False)
class ToolReturned(Event):
    """An attempt gave its result.

    Args:
        call: the call's id
        attempt: which attempt, from 1
        result: digest of the whole result
    """

    call: str
    attempt: int
    result: str


@frozen(kw_only=True, repr=False)
class ToolFailed(Event):
    """An attempt failed.

    Args:
        call: the call's id
        attempt: which attempt, from 1
        error: a word: timeout, lost, file_not_found, ...
        message: digest of the structured error the model is told
        ran: whether it had its effect
        transient: whether trying again may help
        retry_after: milliseconds to wait before that, if the failure said so
        fallback_asks: whether the fallback it may lead to asks first
        fallback_rule: the rule that lets that fallback pass
    """

    call: str
    attempt: int
    error: str
    message: str = ""
    ran: Ran = Ran.UNKNOWN
    transient: bool = False
    retry_after: int = 0
    fallback_asks: bool = False
    fallback_rule: str = ""


@frozen(kw_only=True, repr=False)
class Observed(Event):
    """The turn's outcomes were taken in.

    Args:
        turn: the turn
        planner: digest of the planner's own state, if it changed
    """

    turn: int
    planner: str = ""


@frozen(kw_only=True, repr=False)
class Decision(Event):
    """What every settlement of a gate has.

    Args:
        gate: the gate's id
        digest: what was shown, see `gates.binding`
        by: who decided
    """

    gate: str
    digest: str
    by: str = ""


@frozen(kw_only=True, repr=False)
class Approved(Decision):
    """Yes, to exactly the bytes that were shown."""


@frozen(kw_only=True, repr=False)
class Edited(Decision):
    """Yes, to these bytes instead.

    Args:
        arguments: digest of the person's own argument bytes
    """

    arguments: str


@frozen(kw_only=True, repr=False)
class Denied(Decision):
    """No.

    Args:
        reason: digest of the reason, told to the model
    """

    reason: str = ""


@frozen(kw_only=True, repr=False)
class Resolved(Decision):
    """What became of an attempt in doubt.

    Args:
        how: happened, failed, or did_not_happen (which is also the yes to one rerun)
        result: digest of the result, or of the reason
    """

    how: Resolution
    result: str = ""


@frozen(kw_only=True, repr=False)
class Answered(Decision):
    """The answer to a question, or a hint at a loop.

    Args:
        answer: digest of the text
    """

    answer: str


@frozen(kw_only=True, repr=False)
class Extended(Decision):
    """One more helping of every cap."""


@frozen(kw_only=True, repr=False)
class GateExpired(Event):
    """Nobody decided in time.

    Args:
        gate: the gate's id
    """

    gate: str


@frozen(kw_only=True, repr=False)
class Told(Event):
    """A person told the run something.

    Args:
        number: which note, from 1
        note: digest of its text
    """

    number: int
    note: str


@frozen(kw_only=True, repr=False)
class Cancelled(Event):
    """A person ended the run.

    Args:
        by: who
    """

    by: str = ""


DECISIONS = (Approved, Edited, Denied, Resolved, Answered, Extended)
EVENTS = (
    PlanMade,
    PlanRefused,
    CallStarted,
    ToolReturned,
    ToolFailed,
    Observed,
    *DECISIONS,
    GateExpired,
    Told,
    Cancelled,
)

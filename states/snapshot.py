"""The snapshot: the whole state of a run after one transition.

Its size depends on the calls of one turn, never on the length of the run: what was said is in the history, and
the spec is referred to by digest.
"""

from __future__ import annotations

from attrs import field, frozen

from .calls import Call
from .gates import Gate
from .limits import Usage
from .names import State
from .spec import Spec

__all__ = ["Snapshot"]


@frozen(kw_only=True, slots=False)
class Snapshot:
    """The state of a run, immutable.

    Args:
        run: the run's id
        spec: what the run agreed to (stored as its digest)
        state: the named state
        seq: how many transitions came before
        at: time of the last event, milliseconds since the epoch
        turn: the turn that is planned, executed or observed
        refusals: replies of this turn that were refused
        extensions: helpings granted
        usage: what was spent
        told: notes told
        shown: notes told when this turn's plan was ordered
        looped: loop gates settled
        loop: signature of the turn before
        repeats: how many turns in a row had it
        counts: calls accepted of each tool that has a cap of its own
        calls: this turn's calls, by place
        gates: open gates, by call and kind
        cancelling: a cancel waits for started attempts
        last: why this turn is the last answer; empty otherwise
        reason: why the run ended
        answer: digest of the answer
        history: how many messages the history holds, places kept for results included
        outcomes: the place in the history of the first call's outcome
        planner: digest of the planner's own state

    `fuel` is what the kernel worked out for it, -1 where it has not; never stored, and no part of its value.
    """

    run: str
    spec: Spec
    state: State
    seq: int
    at: int
    turn: int
    usage: Usage
    refusals: int = 0
    extensions: int = 0
    told: int = 0
    shown: int = 0
    looped: int = 0
    loop: str = ""
    repeats: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    calls: tuple[Call, ...] = ()
    gates: tuple[Gate, ...] = ()
    cancelling: bool = False
    last: str = ""
    reason: str = ""
    answer: str = ""
    history: int = 0
    outcomes: int = 0
    planner: str = ""
    fuel: int = field(default=-1, init=False, eq=False, repr=False)

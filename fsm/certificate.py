"""The certificate: the most a run can take, known before it starts.

It is the fuel of the first snapshot and what that is made of; there is no second arithmetic beside it.  It bounds what
is recorded: each take-over after a crash may repeat one reply of the model or one batch of READ and IDEMPOTENT calls.
"""

from __future__ import annotations

from attrs import evolve, frozen

from ..states.names import AtLimit
from ..states.spec import Spec
from .fuel import ahead, dearest, fuel, note_turns
from .kernel import begin

__all__ = ["Certificate", "certificate"]


@frozen(kw_only=True)
class Certificate:
    """The most of each that a run can take, whatever its model, its tools and its person do.

    Args:
        transitions: clicks after the first snapshot
        model_turns: plans ordered, the last answer included
        model_calls: replies of the model, refused ones included
        tool_calls: calls accepted
        attempts: attempts of all calls, their fallbacks included
        wall_seconds: seconds of active time, all extensions granted; looked at between turns, so the turn that
            meets it and the last answer come on top
    """

    transitions: int
    model_turns: int
    model_calls: int
    tool_calls: int
    attempts: int
    wall_seconds: int


def certificate(spec: Spec, at_limit: AtLimit | None = None) -> Certificate:
    """The certificate of a run that would begin now.

    Args:
        spec: what the run would agree to
        at_limit: what would happen where a cap is reached; None is what the spec says
    """
    if at_limit is not None and at_limit is not spec.at_limit:
        spec = evolve(spec, at_limit=at_limit)
    first = begin(spec, "", 0)
    to_come = ahead(first)
    last = bool(first.last)
    turns = 1 if last else to_come.full + note_turns(first, to_come) + 1
    calls = 0 if last else to_come.calls
    return Certificate(
        transitions=fuel(first),
        model_turns=turns,
        model_calls=turns * (spec.limits.repairs + 1),
        tool_calls=calls,
        attempts=_attempts(spec, calls),
        wall_seconds=spec.limits.cap("wall_seconds", spec.extensions) or 0,
    )


def _attempts(spec: Spec, calls: int) -> int:
    """The most attempts so many calls can have, all fallbacks tried."""
    tries = (
        (sum(one.attempts for one in spec.chains[tool.name]), tool.name, tool.calls) for tool in spec.tools
    )
    return dearest(tuple(sorted(tries, reverse=True)), (), calls)[1]

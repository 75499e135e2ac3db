"""The words of the machine: states, effects, phases, kinds of gates and outcomes.

The strings are stored and are frozen for ever: adding one is an addition, changing one is a migration.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Approval",
    "AtLimit",
    "Effect",
    "GateKind",
    "Phase",
    "PlanKind",
    "Ran",
    "Resolution",
    "State",
    "Status",
]


class State(StrEnum):
    """Where a run is.  DONE and FAILED absorb."""

    PLANNING = "PLANNING"
    EXECUTING = "EXECUTING"
    OBSERVING = "OBSERVING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    DONE = "DONE"
    FAILED = "FAILED"

    @property
    def live(self) -> bool:
        """Whether an event can still follow."""
        return self is not State.DONE and self is not State.FAILED


class Effect(StrEnum):
    """What repeating a tool means."""

    READ = "read"  # harmless
    IDEMPOTENT = "idempotent"  # safe with our key
    ONCE = "once"  # must not be repeated unasked


class Approval(StrEnum):
    """Whether a call of a tool asks a person first."""

    NEVER = "never"
    ALWAYS = "always"
    PREDICATE = "predicate"  # a function of the arguments decides, once per proposed call


class AtLimit(StrEnum):
    """What happens where a cap is reached: ask for an extension, or go to the last answer."""

    ASK = "ask"
    FINISH = "finish"


class Phase(StrEnum):
    """How far a call has come."""

    PROPOSED = "proposed"  # its approval gate is open
    READY = "ready"  # may run as soon as the order of its plan allows
    STARTED = "started"  # marked; not used for READ
    DOUBT = "doubt"  # nobody knows whether its attempt happened
    SETTLED = "settled"  # has its outcome


class Status(StrEnum):
    """How a call ended."""

    OK = "ok"
    FAILED = "failed"
    DENIED = "denied"
    NOT_RUN = "not_run"
    UNKNOWN = "unknown"  # it may have run, and nobody will find out here (a fork whose tool changed)


class Ran(StrEnum):
    """Whether a failed attempt had its effect."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class GateKind(StrEnum):
    """What a gate asks."""

    APPROVAL = "approval"
    DOUBT = "doubt"
    QUESTION = "question"
    LIMIT = "limit"
    LOOP = "loop"


class Resolution(StrEnum):
    """What a person says of an attempt in doubt."""

    HAPPENED = "happened"
    FAILED = "failed"
    DID_NOT_HAPPEN = "did_not_happen"


class PlanKind(StrEnum):
    """What a planner decided."""

    CALLS = "calls"
    ANSWER = "answer"
    QUESTION = "question"
    GIVE_UP = "give_up"

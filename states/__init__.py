"""What a run is made of: values, and a file per named state.  Pure: no clock, no chance, no input or output."""

from __future__ import annotations

from .calls import Call, Outcome, Proposal
from .canonical import canonical, digest, parse
from .errors import (
    BadValue,
    Busy,
    ConfigError,
    DetentError,
    GateSettled,
    IllegalEvent,
    IntegrityError,
    InternalError,
    ModelUnavailable,
    NotFound,
    StoreError,
    UsageError,
    VersionMismatch,
    Waits,
    WaitsInDoubt,
)
from .gates import Gate
from .limits import Limits, Spent, Usage
from .names import Approval, AtLimit, Effect, GateKind, Phase, PlanKind, Ran, Resolution, State, Status
from .snapshot import Snapshot
from .spec import ModelOptions, Spec, ToolSpec
from .texts import Text, text

__all__ = [
    "Approval",
    "AtLimit",
    "BadValue",
    "Busy",
    "Call",
    "ConfigError",
    "DetentError",
    "Effect",
    "Gate",
    "GateKind",
    "GateSettled",
    "IllegalEvent",
    "IntegrityError",
    "InternalError",
    "Limits",
    "ModelOptions",
    "ModelUnavailable",
    "NotFound",
    "Outcome",
    "Phase",
    "PlanKind",
    "Proposal",
    "Ran",
    "Resolution",
    "Snapshot",
    "Spec",
    "Spent",
    "State",
    "Status",
    "StoreError",
    "Text",
    "ToolSpec",
    "Usage",
    "UsageError",
    "VersionMismatch",
    "Waits",
    "WaitsInDoubt",
    "canonical",
    "digest",
    "parse",
    "text",
]

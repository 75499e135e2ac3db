"""Every error detent raises on purpose, in one tree.

An error is two sentences: `message` says what is wrong, `hint` what to do about it.  `exit_code` is what the
command line leaves with, `code` the word that `--json` prints.  Classes say whose fault it is:

    DetentError
      UsageError           the caller asked for something that cannot be (2)
        NotFound           a name on the command line that finds nothing (2)
        GateSettled        the gate was decided before (2)
      BadValue             text or JSON from outside that is not what it must be (2)
      ConfigError          a file or a setting that is there and wrong (78)
        VersionMismatch    the database or the agent belongs to another version (78)
      IllegalEvent         an event that no row of the table takes (70: a driver's bug)
      ModelUnavailable     the model server, or the model on it (69)
      Waits                a child run waits for a person (3)
        WaitsInDoubt       ... who must say what happened (4)
      StoreError           the disk, or what lies between us and it (74)
        Busy               another driver owns the run (75)
        IntegrityError     what was read is not what was written (76)
      InternalError        a bug of ours (70)

Nothing here imports anything but the language.
"""

from __future__ import annotations

__all__ = [
    "BadValue",
    "Busy",
    "ConfigError",
    "DetentError",
    "GateSettled",
    "IllegalEvent",
    "IntegrityError",
    "InternalError",
    "ModelUnavailable",
    "NotFound",
    "StoreError",
    "UsageError",
    "VersionMismatch",
    "Waits",
    "WaitsInDoubt",
]


class DetentError(Exception):
    """What all errors of detent share.

    Args:
        message: what is wrong, one sentence
        hint: what to do, one sentence; empty when there is nothing to do
    """

    exit_code = 70
    code = "internal"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(DetentError):
    """The caller asked for something that cannot be."""

    exit_code = 2
    code = "usage"


class NotFound(UsageError):
    """A name that finds nothing."""

    code = "not_found"


class GateSettled(UsageError):
    """The gate was decided before; nothing was changed."""

    code = "gate_settled"


class BadValue(DetentError):
    """Text or JSON from outside that is not what it must be."""

    exit_code = 2
    code = "bad_value"


class ConfigError(DetentError):
    """A file or a setting that is there and wrong."""

    exit_code = 78
    code = "config"


class VersionMismatch(ConfigError):
    """The database or the agent belongs to another version."""

    code = "version"


class IllegalEvent(DetentError):
    """No row of the table takes this event here; nothing was changed."""

    exit_code = 70
    code = "illegal_event"


class ModelUnavailable(DetentError):
    """The model server cannot be reached, or has not got the model; the run is parked."""

    exit_code = 69
    code = "model_unavailable"


class Waits(DetentError):
    """A child run waits for a person, and its caller is parked with it."""

    exit_code = 3
    code = "waits"


class WaitsInDoubt(Waits):
    """A call of a child run is in doubt: a person must say what happened."""

    exit_code = 4


class StoreError(DetentError):
    """The disk failed us: full, read-only, unreadable; the run is parked at its last commit."""

    exit_code = 74
    code = "store"


class Busy(StoreError):
    """Another driver owns the run, or another writer the file."""

    exit_code = 75
    code = "busy"


class IntegrityError(StoreError):
    """What was read is not what was written: a damaged page, a broken chain."""

    exit_code = 76
    code = "integrity"


class InternalError(DetentError):
    """A bug in detent."""

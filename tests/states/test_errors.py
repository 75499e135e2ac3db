"""The tree of errors."""

from __future__ import annotations

import pytest

from detent.states import errors
from detent.states.errors import DetentError

CODES = {
    "BadValue": (2, "bad_value"),
    "Busy": (75, "busy"),
    "ConfigError": (78, "config"),
    "DetentError": (70, "internal"),
    "GateSettled": (2, "gate_settled"),
    "IllegalEvent": (70, "illegal_event"),
    "IntegrityError": (76, "integrity"),
    "InternalError": (70, "internal"),
    "ModelUnavailable": (69, "model_unavailable"),
    "NotFound": (2, "not_found"),
    "StoreError": (74, "store"),
    "UsageError": (2, "usage"),
    "VersionMismatch": (78, "version"),
    "Waits": (3, "waits"),
    "WaitsInDoubt": (4, "waits"),
}


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_has_its_exit_code(name: str) -> None:
    """The codes are frozen, and every error is of the one tree and stands in its drawing."""
    kind = getattr(errors, name)

    assert issubclass(kind, DetentError)
    assert (kind.exit_code, kind.code) == CODES[name]
    assert name in (errors.__doc__ or "")


def test_an_error_is_two_sentences() -> None:
    """What is wrong, and what to do; the second may be missing."""
    assert str(DetentError("It is wrong.", "Mend it.")) == "It is wrong. Mend it."
    assert str(DetentError("It is wrong.")) == "It is wrong."

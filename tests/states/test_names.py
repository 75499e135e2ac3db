"""The words of the machine."""

from __future__ import annotations

from enum import StrEnum

import pytest

from detent.states import names
from detent.states.names import State


def test_the_words_are_frozen() -> None:
    """A stored word never changes: adding one is an addition, changing one is a migration."""
    words = {name: [one.value for one in getattr(names, name)] for name in names.__all__}

    assert words == {
        "Approval": ["never", "always", "predicate"],
        "AtLimit": ["ask", "finish"],
        "Effect": ["read", "idempotent", "once"],
        "GateKind": ["approval", "doubt", "question", "limit", "loop"],
        "Phase": ["proposed", "ready", "started", "doubt", "settled"],
        "PlanKind": ["calls", "answer", "question", "give_up"],
        "Ran": ["no", "unknown", "yes"],
        "Resolution": ["happened", "failed", "did_not_happen"],
        "State": ["PLANNING", "EXECUTING", "OBSERVING", "AWAITING_APPROVAL", "DONE", "FAILED"],
        "Status": ["ok", "failed", "denied", "not_run", "unknown"],
    }


@pytest.mark.parametrize("name", names.__all__)
def test_every_word_is_text(name: str) -> None:
    """It is stored as it is."""
    assert issubclass(getattr(names, name), StrEnum)


def test_two_states_are_over() -> None:
    """All others can still be followed by an event."""
    assert [state for state in State if not state.live] == [State.DONE, State.FAILED]

"""Texts: a kind, a body, and a digest over both."""

from __future__ import annotations

import pytest
from attrs.exceptions import FrozenInstanceError

from detent.states.canonical import digest
from detent.states.texts import text


def test_a_text_has_the_digest_of_its_kind_and_body() -> None:
    """The same words of another kind are another text."""
    note = text("note", "look at X")

    assert note.digest == digest("note", "look at X")
    assert note.digest != text("goal", "look at X").digest


def test_a_text_never_changes() -> None:
    """It is frozen."""
    with pytest.raises(FrozenInstanceError):
        text("note", "a").body = "b"  # type: ignore[misc]

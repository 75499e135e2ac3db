"""The context of a call."""

from pathlib import Path

import pytest
from attrs.exceptions import FrozenInstanceError

from detent.tools import Context


def test_can_be_made_of_nothing() -> None:
    """A tool can be tried out with an empty context: nobody listens, and there is no earlier result."""
    context = Context()

    assert context.folder == Path.cwd()
    assert context.deadline == float("inf")
    context.progress("half way")
    with pytest.raises(KeyError, match="7"):
        context.read_output("7")


def test_says_what_the_driver_puts_into_it() -> None:
    """Progress and earlier results go through the two functions it was given."""
    heard: list[str] = []
    context = Context(run="r", call="1.0.0", key="k", progress=heard.append, read_output=str.upper)

    context.progress("half way")

    assert heard == ["half way"]
    assert context.read_output("a") == "A"


def test_cannot_be_changed() -> None:
    """A context is a value."""
    with pytest.raises(FrozenInstanceError):
        Context().run = "other"  # type: ignore[misc]

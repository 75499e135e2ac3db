"""Commands: requests, frozen, in the imperative."""

from __future__ import annotations

import pytest
from attrs import fields_dict
from hypothesis import given

from detent.fsm.kernel import commands as asked
from detent.states import commands
from detent.states.commands import Command
from detent.states.snapshot import Snapshot
from tests.strategies import snapshots


@pytest.mark.parametrize("name", commands.__all__)
def test_every_command_is_explained(name: str) -> None:
    """With every field it has, and what answers it."""
    kind = getattr(commands, name)
    told = "".join(one.__doc__ or "" for one in kind.__mro__)

    assert issubclass(kind, Command)
    assert all(f"{field}: " in told for field in fields_dict(kind))
    assert kind is Command or "Answered by" in told


@given(snapshot=snapshots(most=12))
def test_commands_can_be_compared(snapshot: Snapshot) -> None:
    """Whoever performs them sees which are new and which are gone: they are values, and no two are equal."""
    made = asked(snapshot)

    assert len(set(made)) == len(made)
    assert made == asked(snapshot)

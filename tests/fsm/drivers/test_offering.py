"""What there is to choose from: what is there, and nothing where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from detent.fsm.drivers.offering import gates_for, limits_there, models_there, toolsets_there
from detent.states.limits import limit_names
from detent.store import Store
from detent.tools import tool_sets

from .making import PAY, begun


def test_gates_are_those_that_can_be_settled_so(tmp_path: Path) -> None:
    """An approval is offered to whoever says yes, no or edits, and to nobody else."""
    with Store.open(tmp_path / "runs.db") as store:
        made = begun(store, PAY)
        made.plan(("pay", {"to": "a", "amount": 5}), ("pay", {"to": "b", "amount": 6}))
        for way in ("approve", "deny", "edit"):
            assert [name for name, _ in gates_for(store, made.run, way)] == [
                "approval-1.0.0-1",
                "approval-1.1.0-1",
            ]
        assert dict(gates_for(store, made.run, "approve"))["approval-1.0.0-1"] == "approval pay"
        assert list(gates_for(store, made.run, "answer", "happened")) == []


def test_sets_and_limits_are_all_there() -> None:
    """Every built-in set and every limit is offered."""
    assert [name for name, _ in toolsets_there()] == list(tool_sets())
    assert limits_there() == limit_names()


@pytest.mark.parametrize("host", ["127.0.0.1:9", "http://models.example.org", "http://["])
def test_a_server_that_is_not_near_or_not_there_has_no_models(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine's server is not asked, and one that does not answer is not waited for."""
    monkeypatch.setenv("OLLAMA_HOST", host)

    assert models_there() == ()

"""Test files: whatever was said in a run, its test is Python that says exactly that."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.recorded import Recorded
from detent.fsm.drivers.testfiles import written_test

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=PLAIN, goal=st.text())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_can_be_written_down(value: Any, goal: str) -> None:
    """The file is Python whatever was said in the run, and says exactly that."""
    said = {"goal": goal, "turns": [value], "calls": []}
    made = Recorded(run="k7f3" * 6, agent="", said=said, clicks=[goal])
    text = written_test(made, "/far/agent.py:agent", Path("/elsewhere/test_it.py"))
    tree = ast.parse(text.encode("utf-8", "backslashreplace").decode())
    values = {
        one.targets[0].id: one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    }
    assert ast.literal_eval(values["RUN"]) == said
    assert ast.literal_eval(values["CLICKS"]) == [goal]


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("/srv/agents/pay.py:agent", 'Path(__file__).parent / "../pay.py:agent"'),
        ("/srv/agents/tests/pay.py:agent", 'Path(__file__).parent / "pay.py:agent"'),
        ("/elsewhere/pay.py:agent", 'Path("/elsewhere/pay.py:agent")'),
    ],
)
def test_the_agent_is_found_from_the_test(agent: str, shown: str) -> None:
    """Where both lie in one tree the tree may be moved; else the agent is named in full."""
    made = Recorded(run="k7f3" * 6, agent=agent, said={"goal": "Go."}, clicks=[])
    text = written_test(made, agent, Path("/srv/agents/tests/test_it.py"), ("KEY",))
    assert f"AGENT = {shown}\n" in text
    assert "\nReplaced: KEY.\n" in text

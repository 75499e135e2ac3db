"""The tools that a person can name."""

from __future__ import annotations

from pathlib import Path

import pytest

from detent.fsm.drivers.toolsets import built_in, tools_of
from detent.states import DetentError

AGENT = '''"""An agent."""
from detent import Agent, tool

@tool(effect="read")
def look(path: str) -> str:
    """Look."""
    return path

agent = Agent(model="script:none.json", tools=[look])
'''


def test_the_built_in_sets_are_listed_with_what_they_are_for() -> None:
    """Every built-in set has a name, a description and tools."""
    groups = {group.name: group for group in built_in()}
    assert "files" in groups
    assert all(group.description and group.tools for group in groups.values())
    assert "read_file" in [one.name for one in groups["files"].tools]


def test_an_agents_tools_are_found_by_its_file(tmp_path: Path) -> None:
    """A file is meant relative to the folder, and its tools come under its name."""
    (tmp_path / "agent.py").write_text(AGENT, encoding="utf-8")
    group = tools_of("agent.py", tmp_path)
    assert (group.name, group.description) == ("agent.py:agent", "")
    assert "look" in [one.name for one in group.tools]


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    """A name that finds nothing is refused in two sentences, and not by a traceback."""
    with pytest.raises(DetentError) as caught:
        tools_of("nothing.py", tmp_path)
    assert caught.value.message
    assert caught.value.hint

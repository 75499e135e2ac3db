"""Agent files: found by path, loaded under a private name, and refused in two sentences with the line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.loading import load_file
from detent.fsm.drivers.workflow import Workflow
from detent.states.errors import ConfigError, NotFound

ONE = "from detent import Agent\nagent = Agent(model='script:x', name='one')\n"
TWO = "from detent import Agent\na = Agent(model='script:a')\nb = Agent(model='script:b')\nsame = a\n"
FLOW = """
import attrs
from detent import Workflow, step

@attrs.frozen
class State:
    pages: int = 0

flow = Workflow(state=State, steps=[step("count", lambda state: {"pages": 1})], answer="pages")
"""


def write(folder: Path, text: str, name: str = "agent.py") -> Path:
    """A file of this text."""
    path = folder / name
    path.write_text(text)
    return path


def test_the_one_agent_of_a_file_needs_no_name(tmp_path: Path) -> None:
    """A file with one agent is that agent, whoever asks from wherever."""
    write(tmp_path, ONE)
    for written in ("agent.py", "agent.py:", "agent.py:agent", str(tmp_path / "agent.py")):
        loaded = load_file(written, tmp_path)
        assert isinstance(loaded.definition, Agent)
        assert (loaded.definition.name, loaded.name) == ("one", "agent")
        assert loaded.address == f"{tmp_path / 'agent.py'}:agent"


def test_a_workflow_is_found_as_an_agent_is(tmp_path: Path) -> None:
    """A file may hold a workflow in the place of an agent."""
    write(tmp_path, FLOW)
    assert isinstance(load_file("agent.py", tmp_path).definition, Workflow)


def test_one_of_several_is_named(tmp_path: Path) -> None:
    """Of several agents one is named; the same one under two names is one."""
    write(tmp_path, TWO)
    with pytest.raises(ConfigError, match="holds 2 agents: a, b"):
        load_file("agent.py", tmp_path)
    assert load_file("agent.py:b", tmp_path).name == "b"
    with pytest.raises(NotFound, match="no agent called c"):
        load_file("agent.py:c", tmp_path)


@pytest.mark.parametrize("written", ["none.py", "folder", "a\0b.py", "x" * 5000 + ".py", "none.py:agent"])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, written: str) -> None:
    """Whatever cannot be a file is one that is not there."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotFound, match="no agent file"):
        load_file(written, tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n", "holds no Agent"),
        ("\n\ndef (:\n", "agent.py:3 is not Python"),
        ("\nimport nothing_of_the_kind\n", "agent.py:2 cannot be imported: ModuleNotFoundError"),
        ("import sys\nsys.exit('bye')\n", "agent.py:2 cannot be imported: SystemExit: bye"),
        ("from detent import Agent\nAgent(\n    num_ctx=-1)\n", "agent.py:2: Agent(num_ctx=-1)"),
        ("from detent import run_sync\nimport helper_of_it\n", "agent.py:2 cannot be imported"),
    ],
)
def test_a_file_that_cannot_be_an_agent_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    """What goes wrong on import is told with the line it stands on, and nothing half-made is left."""
    write(tmp_path, text)
    before = set(sys.modules)
    with pytest.raises(ConfigError) as caught:
        load_file("agent.py", tmp_path)
    assert complaint in caught.value.message
    assert caught.value.exit_code == 78
    if "holds no" not in complaint:
        assert not any(name.startswith("_detent_agent") for name in set(sys.modules) - before)


def test_a_mistake_in_a_module_beside_it_names_that_module(tmp_path: Path) -> None:
    """A syntax error further in is told of the file it stands in."""
    write(tmp_path, "import broken_beside\n")
    write(tmp_path, "def (:\n", "broken_beside.py")
    with pytest.raises(ConfigError, match=r"broken_beside\.py:1 is not Python"):
        load_file("agent.py", tmp_path)


def test_a_file_finds_what_lies_beside_it_and_hides_nothing(tmp_path: Path) -> None:
    """Modules beside an agent are found, and a file named like a library does not take its place."""
    write(tmp_path, "NAME = 'beside'\n", "words_beside.py")
    write(
        tmp_path,
        "from words_beside import NAME\nfrom detent import Agent\nagent = Agent(name=NAME)\n",
        "attrs.py",
    )
    import attrs  # noqa: PLC0415 - what must stay as it is

    loaded = load_file("attrs.py", tmp_path)

    assert loaded.definition.name == "beside"
    assert sys.modules["attrs"] is attrs


def test_what_is_no_python_file_is_told(tmp_path: Path) -> None:
    """A file of another kind is there and wrong."""
    write(tmp_path, "{}", "agent.json")
    with pytest.raises(ConfigError, match="no Python file"):
        load_file("agent.json", tmp_path)

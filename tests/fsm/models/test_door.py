"""How a model's name finds its server."""

from __future__ import annotations

import subprocess
import sys

import pytest

from detent.fsm.models.door import door, split_name
from detent.fsm.models.ollama import OllamaDoor
from detent.fsm.models.script import ScriptDoor
from detent.states.errors import UsageError


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("qwen3", ("ollama", "qwen3")),
        ("ollama:qwen3", ("ollama", "qwen3")),
        ("ollama:qwen3:8b", ("ollama", "qwen3:8b")),
        ("ollama:hf.co/a/b:Q4_K_M", ("ollama", "hf.co/a/b:Q4_K_M")),
        ("script:turns.json", ("script", "turns.json")),
        ("script:a:b.json", ("script", "a:b.json")),
    ],
)
def test_a_name_means_a_provider_and_a_model(model: str, meant: tuple[str, str]) -> None:
    """`provider:name` is split at its first colon, and a bare name is Ollama's."""
    assert split_name(model) == meant


@pytest.mark.parametrize("model", ["", "ollama:", "script: "])
def test_a_name_that_is_none_is_a_usage_error(model: str) -> None:
    """A model without a name is refused with an example of one."""
    with pytest.raises(UsageError, match="ollama:qwen3"):
        door(model)


def test_an_unknown_provider_is_a_usage_error() -> None:
    """A provider nobody knows is refused with the known ones, and with what an Ollama tag would be written as."""
    with pytest.raises(UsageError, match=r"ollama, script; for a model of Ollama write ollama:qwen3:8b"):
        door("qwen3:8b")


def test_a_door_reaches_for_nothing() -> None:
    """Making a door neither reads a file nor asks a server."""
    assert isinstance(door("script:no/such/file.json"), ScriptDoor)
    assert isinstance(door("ollama:no-such-model", host="http://127.0.0.1:1"), OllamaDoor)


def test_a_scripted_model_loads_no_client() -> None:
    """Neither the ollama package nor httpx nor pydantic is loaded to make any door, or to play a script."""
    code = (
        "import sys; from detent.fsm.models.door import door; door('ollama:x'); door('script:x');"
        "import detent.fsm.planners.model, detent.fsm.planners.workflow;"
        "print([name for name in ('ollama', 'httpx', 'pydantic', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['asyncio']"

"""Trouble with the model server: each has its exit code and a sentence that helps, and the run goes on afterwards."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from detent.states import NotFound
from detent.store import Store
from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

from .command import Command

SCRIPT: list[Turn] = [{"name": "list_dir", "arguments": {"path": "."}}, "There is nothing here."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to run in."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_a_server_that_is_not_there_is_69_and_nothing_is_written(folder: Path) -> None:
    """With no server the command says how to start one, and no run has begun."""
    command = Command(folder, {"OLLAMA_HOST": "http://127.0.0.1:9"})

    done = command("run", "Hello", "-m", "ollama:any", "-t", "files")

    assert done.exit == 69
    assert "127.0.0.1:9" in done.err
    assert "Traceback" not in done.err
    assert command("runs", "--json").json() == []


@pytest.mark.parametrize("path", ["native", "go"])
def test_a_missing_model_is_69_and_says_what_to_pull(
    ollama_server: OllamaServer, folder: Path, path: str
) -> None:
    """A model that is not installed is named with the command that gets it, and with what there is."""
    native, go = both_paths(ollama_server, folder.parent, SCRIPT, "trouble")
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})

    done = command("run", "Hello", "-m", "ollama:no-such-model", "-t", "files")

    assert done.exit == 69
    assert "ollama pull no-such-model" in done.err
    assert (native if path == "native" else go) in done.err


@pytest.mark.parametrize("index", [0, 1])
def test_a_model_without_tools_is_78(ollama_server: OllamaServer, folder: Path, index: int) -> None:
    """A model that cannot call tools is refused before anything is written."""
    model = both_paths(ollama_server, folder.parent, ["Hello."], "toolless", tools=False)[index]
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})

    done = command("run", "Hello", "-m", f"ollama:{model}", "-t", "files", "--json")

    assert done.exit == 78, done.err
    assert "tools" in done.json()["error"]["message"]
    assert command("runs", "--json").json() == []


@pytest.mark.parametrize("index", [0, 1])
def test_a_server_killed_in_the_middle_of_a_reply_parks_the_run_and_it_goes_on(
    ollama_server: OllamaServer, folder: Path, index: int
) -> None:
    """The server dies mid-reply: 69, everything until then is saved; when it is back the run finishes."""
    long = " ".join(f"word{number}" for number in range(2000))
    model = both_paths(ollama_server, folder.parent, [SCRIPT[0], long], "mortal")[index]
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})
    process = command.start("run", "Hello", "-m", f"ollama:{model}", "-t", "files")
    try:
        _wait_until_the_second_reply(command)
        ollama_server.kill()
        out, err = process.communicate(timeout=60)
        ollama_server.start()
    finally:
        process.kill()
        process.communicate()

    assert process.returncode == 69, err
    assert out == ""
    assert "detent resume" in err
    before = len(command("log", "last", "--json").lines())
    again = command("resume", "last", "--json")
    assert again.exit in (0, 1), again.err
    assert len(command("log", "last", "--json").lines()) > before


def _wait_until_the_second_reply(command: Command) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if command.database.exists() and _clicks(command) >= 4:
            time.sleep(0.15)
            return
        time.sleep(0.005)
    raise AssertionError("the run never came to its second reply")


def _clicks(command: Command) -> int:
    try:
        with Store.open(command.database, mode="read") as store:
            runs = store.runs()
            return len(store.timeline(runs[0].id)) if runs else 0
    except NotFound:
        return 0

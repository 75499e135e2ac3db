"""The main job against a real Ollama server: plan, calls side by side, a gate, another terminal, an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

from .command import Command

SCRIPT: list[Turn] = [
    {"name": "list_dir", "arguments": {"path": "."}},
    [
        {"name": "read_file", "arguments": {"path": "notes.md"}},
        {"name": "read_file", "arguments": {"path": "todo.md"}},
    ],
    {
        "content": "I will tick it off.",
        "tool_calls": [
            {
                "name": "edit_file",
                "arguments": {"path": "todo.md", "old": "- [ ] call the bank", "new": "- [x] call the bank"},
            },
        ],
    },
    {"thinking": "That was all.", "content": "The bank is ticked off in todo.md."},
]


@pytest.fixture(params=["native", "go"])
def detent(
    request: pytest.FixtureRequest, ollama_server: OllamaServer, tmp_path: Path
) -> tuple[Command, str]:
    """The command line in a folder with two files, and a model on each chat path."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.md").write_text("The bank closes at four.\n")
    (folder / "todo.md").write_text("- [ ] call the bank\n- [ ] water the plants\n")
    native, go = both_paths(ollama_server, tmp_path, SCRIPT, "mainjob")
    return Command(folder, {"OLLAMA_HOST": ollama_server.host}), native if request.param == "native" else go


def test_a_model_reads_is_stopped_is_approved_elsewhere_and_finishes(detent: tuple[Command, str]) -> None:
    """One command starts the job, another terminal approves the change that was shown, and the answer is stdout."""
    command, model = detent
    folder = command.folder

    waits = command("run", "Tick off the bank.", "-m", f"ollama:{model}", "-t", "files", "--json")

    assert waits.exit == 3, waits.err
    view = waits.json()
    assert view["state"] == "AWAITING_APPROVAL"
    (gate,) = view["gates"]
    assert (gate["kind"], gate["tool"]) == ("approval", "edit_file")
    assert gate["arguments"]["new"] == "- [x] call the bank"
    assert "+- [x] call the bank" in gate["preview"]
    assert "[ ] call the bank" in (folder / "todo.md").read_text()

    approved = command("approve", view["run"][:8])
    assert approved.exit == 0, approved.err
    assert "[ ] call the bank" in (folder / "todo.md").read_text()

    done = command("resume", "last")
    assert done.exit == 0, done.err
    assert done.out.strip() == "The bank is ticked off in todo.md."
    assert (folder / "todo.md").read_text() == "- [x] call the bank\n- [ ] water the plants\n"


def test_every_click_of_it_is_a_row_that_can_be_shown(detent: tuple[Command, str]) -> None:
    """The log has every click in order, the two reads ran side by side, and each click can be opened."""
    command, model = detent
    command("run", "Tick off the bank.", "-m", f"ollama:{model}", "-t", "files")
    assert command("approve", "last", "--resume").exit == 0

    log = command("log", "last", "--json").lines()

    assert [row["seq"] for row in log] == list(range(len(log)))
    states = [row["state"] for row in log]
    assert states[0] == "PLANNING"
    assert states[-1] == "DONE"
    reads = [row["event"] for row in log[4:7]]
    assert reads == ["PlanMade", "ToolReturned", "ToolReturned"]
    assert {"Approved", "CallStarted", "Observed"} <= {row["event"] for row in log}
    for row in log:
        shown = command("show", f"last@{row['seq']}", "--json").json()
        assert shown["digest"] == row["digest"]
        assert shown["state"] == row["state"]


def test_a_denial_with_a_reason_reaches_the_model_and_nothing_is_changed(detent: tuple[Command, str]) -> None:
    """After a no the run goes on, the model is told why, and the file is as it was."""
    command, model = detent
    command("run", "Tick off the bank.", "-m", f"ollama:{model}", "-t", "files")

    done = command("deny", "last", "--reason", "not that file", "--resume")

    assert done.exit == 0, done.err
    assert "[ ] call the bank" in (command.folder / "todo.md").read_text()
    said = command("show", "last", "--json").json()["messages"]
    assert any("not that file" in message["text"] for message in said if message["kind"] == "error")

"""`detent doctor`: every line says how it is and what to do, and its exit code is what a run would leave with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import Command
from tests.servers.ollama import OllamaServer, both_paths

NOWHERE = {"OLLAMA_HOST": "http://127.0.0.1:9"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to stand in."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_without_a_server_it_is_69_and_says_how_to_have_one(folder: Path) -> None:
    """A server that is not there is the one bad line, with its address; what is well is said too."""
    command = Command(folder, NOWHERE)

    done = command("doctor", "--json")

    told = done.json()
    assert (done.exit, told["exit"]) == (69, 69)
    levels = {one["name"]: one["level"] for one in told["checks"]}
    assert levels == levels | {"python": "ok", "database": "ok", "durability": "ok", "server": "bad"}
    assert "127.0.0.1:9" in next(one["message"] for one in told["checks"] if one["name"] == "server")
    assert not command.database.exists(), "a look makes no database"
    assert list(folder.iterdir()) == []


def test_lines_are_readable_and_what_is_bad_has_a_hint(folder: Path) -> None:
    """In words: a line each within 80 columns, level first, and an arrow with what to do."""
    done = Command(folder, NOWHERE)("doctor")

    lines = done.out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert any(line.startswith("bad   server") for line in lines)
    assert "-> Start it with" in done.out
    assert done.err == "A run could not begin (exit 69).\n"


def test_quiet_shows_only_what_is_not_well(folder: Path) -> None:
    """With --quiet the lines that are ok are left out."""
    done = Command(folder, NOWHERE)("doctor", "--quiet")

    assert {line[:4].strip() for line in done.out.splitlines() if line.strip()} <= {"warn", "bad", ""}


def test_with_a_server_it_names_version_models_and_windows(ollama_server: OllamaServer, folder: Path) -> None:
    """A server that is there is named with its version, and its models that take tools with their windows."""
    model, _ = both_paths(ollama_server, folder.parent, ["Hello."], "patient", num_ctx=4096)
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})

    every = command("doctor", "--json")
    one = command("doctor", f"ollama:{model}", "--json")

    assert every.exit == 0, every.out
    said = {check["name"]: check["message"] for check in every.json()["checks"]}
    assert ollama_server.host in said["server"]
    assert f"{model} (4,096 tokens)" in said["models"]
    assert one.exit == 0
    assert "4,096 tokens, 4,096 of which are used" in one.json()["checks"][-1]["message"]


def test_a_model_that_cannot_do_it_is_78_and_one_that_is_missing_69(
    ollama_server: OllamaServer, folder: Path
) -> None:
    """The named model is asked for what a run needs, and the exit code is the run's own."""
    mute, _ = both_paths(ollama_server, folder.parent, ["Hello."], "mute", tools=False)
    command = Command(folder, {"OLLAMA_HOST": ollama_server.host})

    assert command("doctor", f"ollama:{mute}").exit == 78
    missing = command("doctor", "ollama:no-such-model")
    assert missing.exit == 69
    assert "ollama pull no-such-model" in " ".join(missing.out.split())


def test_a_scripted_model_needs_no_server(folder: Path) -> None:
    """For a script the file is looked at, and no server is asked."""
    (folder / "turns.json").write_text(json.dumps(["Hello."]))
    command = Command(folder, NOWHERE)

    assert command("doctor", "script:turns.json").exit == 0
    assert command("doctor", "script:nowhere.json").exit == 2
    assert command("doctor", "nobody:x").exit == 2


def test_a_database_of_another_program_is_told_and_not_touched(folder: Path) -> None:
    """A file that is no database of ours is bad, with the code of a run, and keeps its bytes."""
    other = folder / "other.db"
    other.write_bytes(b"not a database, but long enough to be looked at" * 40)

    done = Command(folder, NOWHERE)("doctor", "--db", str(other), "--json")

    assert done.exit == 76
    assert done.json()["checks"][1]["level"] == "bad"
    assert other.read_bytes().startswith(b"not a database")


def test_a_place_that_cannot_be_written_is_74(folder: Path) -> None:
    """Where no database can be made, the reason and another choice are said."""
    done = Command(folder, NOWHERE)("doctor", "--db", "/proc/none/detent.db", "--json")

    assert done.exit == 74
    assert "--db" in done.json()["checks"][1]["hint"]

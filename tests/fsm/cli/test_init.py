"""`detent init`: the file it writes is good Python, runs as it is, and never takes another's place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from detent.fsm.cli.init import init
from detent.fsm.cli.manners import Manners
from detent.states.errors import UsageError
from tests.end_to_end.command import Command

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = [
    {"name": "largest_files", "arguments": {"count": 1}},
    {"name": "add_note", "arguments": {"text": "big.txt is the largest"}},
    "It is big.txt; I made a note of it.",
]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command line in a folder with two files."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "big.txt").write_text("much " * 1000)
    (folder / "small.txt").write_text("little")
    return Command(folder)


def test_the_file_runs_asks_before_it_writes_and_finishes(command: Command) -> None:
    """What is written runs with the model it names, its writing tool asks first, and what is said next works."""
    written = command("init", "--model", "script:turns.json")
    assert (written.exit, written.out) == (0, "")
    (command.folder / "turns.json").write_text(json.dumps(SCRIPT))
    assert "detent run 'Which file here is the largest? Make a note of it.' -a agent.py" in written.err

    waits = command("run", "Which file here is the largest? Make a note of it.", "-a", "agent.py", "--json")
    assert (waits.exit, waits.json()["gates"][0]["tool"]) == (3, "add_note")
    assert not (command.folder / "notes.md").exists()

    done = command("approve", "last", "--resume")
    assert (done.exit, done.out) == (0, "It is big.txt; I made a note of it.\n")
    assert (command.folder / "notes.md").read_text() == "- big.txt is the largest\n"
    told = [
        one["text"] for one in command("show", "last", "--json").json()["messages"] if one["kind"] == "result"
    ]
    assert told[0] == "5000 big.txt"


def test_the_file_is_clean_python(command: Command) -> None:
    """Formatter, linter with every rule of this project, and strict type checker have nothing to say of it."""
    command("init")
    file, config = str(command.folder / "agent.py"), str(ROOT / "pyproject.toml")

    for words in (
        ["ruff", "format", "--check", "--config", config, file],
        ["ruff", "check", "--no-cache", "--ignore", "INP001", "--config", config, file],
        ["mypy", "--strict", "--config-file", config, file],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_that_is_there_stays_as_it_is(command: Command) -> None:
    """A second init changes nothing and is a usage error."""
    (command.folder / "agent.py").write_text("mine")

    done = command("init")

    assert (done.exit, (command.folder / "agent.py").read_text()) == (2, "mine")
    assert done.err == "detent: agent.py is there already.\nNothing was changed; name another file.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("agent.txt",), 2),
        (("agent.py", "--model", "nobody:x"), 2),
        (("agent.py", "--model", "ollama:x\ny"), 2),
        (("agent.py", "--model", 'ollama:x"y'), 2),
        (("nowhere/agent.py",), 78),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    command: Command, words: tuple[str, ...], code: int
) -> None:
    """A name that is no Python file, an unknown provider, a folder that is not there: refused, and no file."""
    done = command("init", *words)

    assert done.exit == code, done.err
    assert len(done.err.splitlines()) == 2
    assert sorted(path.name for path in command.folder.iterdir()) == ["big.txt", "small.txt"]


def test_json_says_what_was_written(tmp_path: Path) -> None:
    """A program gets the file and the model in one document."""
    manners = Manners()
    file = tmp_path / "tidy.py"

    done = CliRunner().invoke(init, [str(file), "--json"], obj=manners, standalone_mode=False)

    assert json.loads(done.stdout) == {"file": str(file), "model": "ollama:qwen3", "exit": 0}
    assert 'model="ollama:qwen3"' in file.read_text()


def test_help_and_refusals_need_no_file(tmp_path: Path) -> None:
    """A refusal raises before anything is touched."""
    done = CliRunner().invoke(init, [str(tmp_path / "x.txt")], obj=Manners())

    assert isinstance(done.exception, UsageError)

"""Plays a page: writes its files, gives its commands, and compares what they say with what the page says.

A page is played in an empty folder with a database of its own, from the top to the bottom, as a reader would.  What
differs from one time to the next is made equal on both sides before they are compared:

    k7f3, m2q8, ...      the runs of a page, in order; in commands the real id stands in for them
    2.1 s, 14:02:11      any duration, any moment
    …                    anything to the end of the line or to what follows; alone on a line, any number of lines

Models: a page says `ollama:qwen3` and holds, in a comment, what its qwen3 says.  It is played twice: with a scripted
model in its place, and with a hand-written model of that name on a real Ollama server.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from attrs import define, field

from .pages import ROOT, Block, Model, parts

__all__ = ["Player", "Scripted", "Server", "commands", "fits"]

NAMES = ("k7f3", "m2q8", "p4w2", "t6z5", "x3c7")  # how pages call their runs
PATIENCE = 60  # seconds of one command

_TIMES = (
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b|\b\d\d:\d\d:\d\d\b"), "00:00:00"),
    (re.compile(r"\b\d[\d,.]* (?:ms|s|min)\b(?: \d+ s\b)?"), ""),
    (re.compile(r"[a-z2-7]{26}"), "k7f3"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:0"),
)


class Models(Protocol):
    """How the models of a page are there when it is played."""

    def add(self, model: Model, folder: Path) -> None:
        """Let a model say something from here on."""
        ...

    def into(self, text: str) -> str:
        """A command or a file as it has to be here."""
        ...

    def back(self, text: str) -> str:
        """What was said, as the page has it."""
        ...

    def environment(self) -> Mapping[str, str]:
        """What a command needs to find the models."""
        ...


class Scripted:
    """`ollama:NAME` is `script:NAME`, a file of turns beside the agent."""

    def add(self, model: Model, folder: Path) -> None:
        """Write the turns."""
        (folder / model.name).write_text(json.dumps(model.turns), encoding="utf-8")

    def into(self, text: str) -> str:
        """A scripted model instead."""
        return text.replace("ollama:", "script:")

    def back(self, text: str) -> str:
        """The model's name as the page has it."""
        return text.replace("script:", "ollama:")

    def environment(self) -> Mapping[str, str]:
        """Nothing."""
        return {}


class Server:
    """`ollama:NAME` is a model of that name on a real server."""

    def __init__(self, host: str, create: Creator) -> None:
        self._host = host
        self._create = create

    def add(self, model: Model, folder: Path) -> None:
        """Make the model."""
        self._create(model, folder.parent / "models")

    def into(self, text: str) -> str:
        """As it is."""
        return text

    def back(self, text: str) -> str:
        """As it is."""
        return text.replace(self._host, "http://127.0.0.1:11434")

    def environment(self) -> Mapping[str, str]:
        """Where the server is."""
        return {"OLLAMA_HOST": self._host}


class Creator(Protocol):
    """Makes a model on a server."""

    def __call__(self, model: Model, folder: Path) -> None:
        """Make it; the folder is for its files."""
        ...


@define
class Player:
    """Plays one page.

    Args:
        top: an empty folder
        models: how the models are there
    """

    top: Path
    models: Models
    _names: dict[str, str] = field(factory=dict)

    @property
    def folder(self) -> Path:
        """Where the reader stands."""
        return self.top / "folder"

    def play(self, page: Path) -> None:
        """Play it from the top to the bottom."""
        self.folder.mkdir()
        self._tools()
        for part in parts(page.read_text(encoding="utf-8")):
            if isinstance(part, Model):
                self.models.add(part, self.folder)
                continue
            try:
                self._block(part)
            except AssertionError as error:
                raise AssertionError(f"{page.name}:{part.line}: {error}") from None

    def _tools(self) -> None:
        """The commands a reader has: detent, python and what the system has."""
        place = self.top / "bin"
        place.mkdir()
        for name, words in (("detent", "-m detent "), ("python", ""), ("python3", "")):
            (place / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n', encoding="utf-8")
            (place / name).chmod(0o755)

    def _block(self, block: Block) -> None:
        if block.elsewhere or block.language == "mermaid":  # compared by `test_reference.py`
            return
        if block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.models.into(block.text), encoding="utf-8")
        elif block.language == "sh":
            self._commands(block)
        elif block.language == "console":
            self._console(block)
        elif block.language == "python":
            done = self._run([sys.executable, "-W", "error", "-c", self.models.into(block.text)])
            assert done.returncode == 0, done.stdout
        elif block.language == "sql":
            self._query(block.text)
        else:
            raise AssertionError(f"nothing runs this block of {block.language}")

    # Commands --------------------------------------------------------------------------------------------------

    def _commands(self, block: Block) -> None:
        given = [block.text] if block.script else list(commands(block.text))
        exits = block.exits or (0,) * len(given)
        assert len(exits) == len(given), f"{len(given)} commands and {len(exits)} exits"
        for command, code in zip(given, exits, strict=True):
            done = self._shell(command)
            assert done.returncode == code, f"{command}\nleft with {done.returncode}:\n{done.stdout}"

    def _console(self, block: Block) -> None:
        asked = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert not asked[0].strip(), "a console begins with a command"
        exits = block.exits or (0,) * (len(asked) - 1)
        assert len(exits) == len(asked) - 1, f"{len(asked) - 1} commands and {len(exits)} exits"
        for part, code in zip(asked[1:], exits, strict=True):
            command, _, expected = part.partition("\n")
            while command.endswith("\\"):
                more, _, expected = expected.partition("\n")
                command = f"{command[:-1]}{more}"
            done = self._shell(command)
            said = self._as_written(done.stdout)
            assert done.returncode == code, f"{command}\nleft with {done.returncode}:\n{said}"
            assert fits(expected, said), f"{command}\nsaid:\n{said}\nand the page:\n{expected}"

    def _shell(self, command: str) -> subprocess.CompletedProcess[str]:
        known = {name: real for real, name in self._names.items()}
        for name, real in known.items():
            command = re.sub(rf"\b{name}\b", real, command)
        done = self._run(["bash", "-eu", "-o", "pipefail", "-c", self.models.into(command)])
        self._meet()
        return done

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def _environment(self) -> Mapping[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DETENT", "OLLAMA", "PYTEST"))
        }
        (self.top / "tmp").mkdir(exist_ok=True)
        ours = {
            "PATH": f"{self.top / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.top),
            "TMPDIR": str(self.top / "tmp"),
            "DETENT_DB": str(self._database),
            "LC_ALL": "C.UTF-8",
        }
        return {**kept, **ours, **self.models.environment()}

    # What was said ---------------------------------------------------------------------------------------------

    @property
    def _database(self) -> Path:
        return self.top / "runs.db"

    def _meet(self) -> None:
        """Learn the ids of the runs that there are now, in the order they began."""
        if not self._database.exists():
            return
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as base:
            ids = [row[0] for row in base.execute("SELECT id FROM run ORDER BY key")]
        base.close()
        self._names = {}
        for name, one in zip(NAMES, ids, strict=False):
            shared = max((_shared(one, other) for other in ids if other != one), default=0)
            self._names[one[: max(4, shared + 1)]] = name

    def _as_written(self, said: str) -> str:
        """What was said, as the page would have it."""
        for real, name in self._names.items():
            said = re.sub(rf"\b{real}[a-z2-7]*\b", name, said)
        return self.models.back(said.replace(str(self.folder), "~/folder"))

    def _query(self, text: str) -> None:
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as base:
            for query in text.split(";"):
                if query.strip():
                    assert base.execute(query).fetchall(), f"nothing is found by {query}"
        base.close()

    def close(self) -> None:
        """Take everything away."""
        shutil.rmtree(self.top, ignore_errors=True)


def commands(text: str) -> Iterator[str]:
    """The commands of a block, a line each; a line that ends in a backslash goes on."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def fits(expected: str, said: str) -> bool:
    """Whether what was said is what the page says."""
    pattern = ""
    for line in _plain(expected):
        if line == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part.strip()) for part in line.split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _plain(said))) is not None


def _plain(text: str) -> list[str]:
    """The lines that say something, with what differs from time to time made equal."""
    for times, same in _TIMES:
        text = times.sub(same, text)
    return [made for line in text.splitlines() if (made := " ".join(line.split()))]


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))

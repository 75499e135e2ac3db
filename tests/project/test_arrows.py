"""Who imports whom: the arrows between the folders, one door per outside library, no circles."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.project.arrows import ALLOWED, DOORS, breaches, cycle, known_names
from tests.project.tree import (
    FOLDERS,
    ROOT,
    imports,
    other_sources,
    package_sources,
    parse_source,
    text_files,
)

KNOWN = known_names(package_sources())
BARE = re.compile(rf"^\s*(?:from|import)\s+({'|'.join(FOLDERS)})\b", re.MULTILINE)

PLANTED = [
    ("detent.states.calls", "from ..fsm.kernel import step", "states must not know core"),
    ("detent.states.calls", "from ..store import Store", "states must not know store"),
    ("detent.store.rows", "def later():\n    from ..fsm.kernel import step", "store must not know core"),
    ("detent.store.rows", "from ..tools import tool", "store must not know tools"),
    ("detent.tools.value", "from ..store import Store", "tools must not know store"),
    ("detent.fsm.kernel", "from .drivers import local", "core must not know drivers"),
    ("detent.fsm.history", "from ..tools import tool", "core must not know tools"),
    ("detent.fsm.planners.model", "from ...tools import tool", "planners must not know tools"),
    ("detent.fsm.models.script", "from ..drivers.face import run", "models must not know drivers"),
    ("detent.fsm.drivers.local", "from ..cli.main import main", "drivers must not know cli"),
    ("detent.fsm.cli.run", "from ...tools import tool", "cli must not know tools"),
    ("detent.fsm.cli.run", "from ..models.door import door", "cli must not know models"),
    ("detent.fsm.cli.run", "import sqlite3", "`sqlite3` has its door elsewhere"),
    ("detent.fsm.cli.run", "from transitions import Machine", "`transitions` has its door elsewhere"),
    ("detent.fsm.kernel", "import transitions", "`transitions` has its door elsewhere"),
    ("detent.fsm.models.script", "import ollama", "`ollama` has its door elsewhere"),
    ("detent.states.gates", "def later():\n    import cattrs", "`cattrs` has its door elsewhere"),
    ("detent.tools.value", "import hypothesis", "`hypothesis` has its door elsewhere"),
    ("detent.tools.value", "import requests", "`requests` is no library of this project"),
    ("detent.fsm.kernel", "import time", "core is pure and must not ask `time`"),
    ("detent.states.calls", "from os import path", "states is pure and must not ask `os`"),
    ("detent.states.calls", "from detent.states import gates", "must be written with dots"),
    ("detent.store.rows", "from states import Text", "must be written with dots"),
    ("detent.fsm.gossip.talk", "import json", "no arrow is drawn for it"),
]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_import_follows_an_arrow(name: str) -> None:
    """A module imports only what the arrows and the doors allow it."""
    (source,) = (one for one in package_sources() if one.name == name)
    assert list(breaches(source, KNOWN)) == []


@pytest.mark.parametrize(("name", "text", "complaint"), PLANTED)
def test_a_planted_breach_is_found(name: str, text: str, complaint: str) -> None:
    """The law notices each kind of breach, so that its silence means something."""
    found = list(breaches(parse_source(name, text), KNOWN | {name}))
    assert len(found) == 1
    assert complaint in found[0]


def test_no_module_imports_itself_in_a_circle() -> None:
    """Loading the package never meets a module that is still half loaded."""
    assert cycle(package_sources()) == ()


def test_a_planted_circle_is_found() -> None:
    """A circle of three is named whole, and a deferred import breaks it."""
    one = parse_source("detent.a", "from .b import x")
    two = parse_source("detent.b", "from . import c")
    three = parse_source("detent.c", "from .a import y")
    later = parse_source("detent.c", "def f():\n    from .a import y")
    typed = parse_source("detent.c", "if TYPE_CHECKING:\n    from .a import y")
    assert cycle([one, two, three]) == ("detent.a", "detent.b", "detent.c", "detent.a")
    assert cycle([one, two, later]) == ()
    assert cycle([one, two, typed]) == ()


def test_only_drivers_hold_the_store_and_the_tools() -> None:
    """No other folder may know both, or deciding and doing would meet outside the driver."""
    both = {name for name, known in ALLOWED.items() if {"store", "tools"} <= known}
    assert both == {"drivers"}


def test_only_the_script_knows_the_command_line() -> None:
    """Nobody imports the command line but `python -m detent` and the script that installing makes."""
    assert {name for name, known in ALLOWED.items() if "cli" in known} == {"main"}
    scripts = _project()["scripts"]
    assert scripts == {"detent": "detent.fsm.cli.main:main"}


def test_every_dependency_has_a_door_that_is_used() -> None:
    """What a user must install is imported somewhere, and through a door."""
    tops = {
        one.target.partition(".")[0]
        for source in (*package_sources(), *other_sources())
        for one in imports(source, KNOWN)
    }
    needed = {re.split(r"[<>=~! ;\[]", line)[0].replace("-", "_") for line in _project()["dependencies"]}
    assert needed <= DOORS.keys()
    assert sorted(needed - tops) == []


def test_tests_and_docs_import_by_the_public_name() -> None:
    """No test and no example imports a bare folder, which would make a second copy of every class."""
    assert [f"{where}: {found}" for where, found in _bare_imports()] == []


def _bare_imports() -> Iterator[tuple[str, str]]:
    for source in other_sources():
        for one in imports(source, KNOWN):
            if one.written.partition(".")[0] in FOLDERS:
                yield f"{source.where}:{one.line}", one.written
    for where, text in text_files():
        if where.endswith(".md"):
            for fence in re.findall(r"```(?:python|py)\n(.*?)```", text, re.DOTALL):
                yield from ((where, name) for name in BARE.findall(fence))


def _project() -> dict[str, dict[str, str] | list[str]]:
    found: dict[str, dict[str, str] | list[str]] = tomllib.loads(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    return found

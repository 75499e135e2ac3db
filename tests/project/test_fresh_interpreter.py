"""What comes along when a part is loaded, seen from an interpreter that has loaded nothing else."""

from __future__ import annotations

import pytest

from tests.project.arrows import area
from tests.project.interpreters import loaded
from tests.project.tree import package_sources

# `time` itself is in every interpreter before the first line runs; that the core does not ask it is an arrow.
IMPURE = {
    "asyncio",
    "cattrs",
    "click",
    "datetime",
    "hypothesis",
    "ollama",
    "platformdirs",
    "pydantic",
    "random",
    "rich",
    "secrets",
    "socket",
    "sqlite3",
    "sqlite_utils",
    "subprocess",
    "tempfile",
    "uuid",
}
PURE = ["detent.states", *sorted(one.name for one in package_sources() if area(one.name) == "core")]
ONE_STEP = """
from detent.states import Limits, Spec
from detent.states.events import Cancelled
from detent.fsm.kernel import begin, step
first = begin(Spec(model="script:none", limits=Limits()), "run", 0)
assert step(first, Cancelled(run="run", at=1, by="somebody")).state == "FAILED"
"""
HELP = """
import contextlib, io
from detent.fsm.cli.main import main
said = io.StringIO()
sys.argv = ["detent", "--help"]
with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
    main()
assert "run" in said.getvalue(), said.getvalue()
"""


@pytest.mark.parametrize("module", PURE)
def test_the_pure_core_comes_alone(module: str) -> None:
    """Loading a module of the core brings no clock, no chance, no wire, no file and no thread of execution."""
    found = loaded(f"import {module}")
    assert module in found
    assert sorted(found & (IMPURE | {"transitions"})) == []


def test_the_pure_core_comes_alone_even_after_a_step() -> None:
    """The library that runs the table is loaded by the first step, and brings none of these either."""
    found = loaded(ONE_STEP)
    assert "transitions" in found
    assert sorted(found & IMPURE) == []


def test_the_face_costs_nothing() -> None:
    """`import detent` loads no library and no engine."""
    found = loaded("import detent")
    heavy = IMPURE | {"attr", "attrs", "fastjsonschema", "transitions"}
    assert sorted(found & heavy) == []


def test_help_needs_no_engine() -> None:
    """`detent --help` loads the command line and neither the loop, the database, the models nor the display."""
    found = loaded(HELP)
    assert "click" in found
    heavy = {
        "asyncio",
        "sqlite3",
        "sqlite_utils",
        "ollama",
        "pydantic",
        "cattrs",
        "rich",
        "hypothesis",
        "transitions",
    }
    assert sorted(found & heavy) == []


def test_the_store_waits_with_its_heavy_helpers() -> None:
    """Loading the store loads SQLite, and neither the decoder nor what only a migration needs."""
    found = loaded("import detent.store")
    assert "sqlite3" in found
    assert sorted(found & {"asyncio", "cattrs", "click", "ollama", "pydantic", "sqlite_utils"}) == []


def test_a_tool_can_be_declared_without_an_engine() -> None:
    """An agent file that only declares tools loads no loop, database, command line or model library."""
    code = "from detent import tool\n@tool(effect='read')\ndef look(path: str) -> str:\n    '''Look.'''\n    return path"
    found = loaded(f"exec({code!r})")
    assert "detent.tools.declare" in found
    assert (
        sorted(found & {"asyncio", "cattrs", "click", "ollama", "pydantic", "sqlite3", "sqlite_utils"}) == []
    )

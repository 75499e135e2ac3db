"""The face of the folder."""

import subprocess
import sys

import pytest

import detent.tools

HEAVY = ("asyncio", "sqlite3", "fastjsonschema", "difflib", "concurrent.futures")


def fresh(program: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_exports_what_it_says() -> None:
    """Every public name is there, once, and in order."""
    names = detent.tools.__all__

    assert list(names) == sorted(set(names))
    assert all(getattr(detent.tools, name) is not None for name in names)


def test_has_no_other_names() -> None:
    """A name that is not there is an AttributeError."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = detent.tools.nothing


def test_loads_nothing_heavy() -> None:
    """Importing the tools, and declaring one, loads no event loop, no validator and no database."""
    program = f"""
import sys
from detent.tools import tool
@tool(effect="read")
def look(path: str) -> str:
    '''Look.'''
    return path
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert fresh(program) == "[]"


def test_loads_its_sets_without_the_loop() -> None:
    """The built-in sets can be listed without an event loop."""
    program = "import sys, detent.tools; detent.tools.tool_sets(); print('asyncio' in sys.modules)"

    assert fresh(program) == "False"

"""Addresses: another process finds the same function, or its author is told why not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detent import tool
from detent.states.errors import ConfigError
from detent.tools.address import Address, address_of, found, unreachable
from tests.tools import isolated

HERE = Path(__file__)


def top(a: int) -> int:
    """A function at the top level of a file."""
    return a


def make() -> Any:
    """A function in a function."""

    def inner() -> None:
        """Nobody finds it."""

    return inner


class Thing:
    """Something with a method."""

    def method(self) -> None:
        """It needs its object."""

    @staticmethod
    def fixed() -> None:
        """It needs its class."""


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (make(), "is defined inside make()"),
        (lambda: None, "is a lambda"),
        (Thing().method, "is no plain function"),
        (Thing.fixed, "is defined inside the class Thing"),
    ],
)
def test_what_nobody_finds_is_refused_where_it_is_written(function: Any, told: str) -> None:
    """An isolated tool that another process could not find is an error at import, with what to do."""
    assert unreachable(function) == told
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        tool(function, isolation="process", name="it")
    assert "isolation 'process'" in caught.value.message
    assert "top level of a file" in caught.value.hint
    with pytest.raises(ConfigError):
        address_of(function)


def test_a_function_of_no_file_is_refused() -> None:
    """What was typed and not written has no place."""
    program = "from detent import tool\ndef f() -> None: 'It.'\ntool(f, isolation='process')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "but stands in no file" in done.stderr


def test_a_module_is_found_by_its_name() -> None:
    """A module that can be imported is, so that what it imports itself is found too."""
    address = address_of(isolated.undecorated)
    assert address == Address("tests.tools.isolated", "", "undecorated")
    assert found(address) is isolated.undecorated


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    """A file without a name of its own is imported by its path, under the name that it had."""
    file = tmp_path / "agent.py"
    file.write_text("def go() -> str:\n    return __name__\n", encoding="utf-8")
    module = ModuleType("_private_agent")
    module.__file__ = str(file)
    sys.modules["_private_agent"] = module
    exec(file.read_text(encoding="utf-8"), vars(module))  # noqa: S102 - as a loader does
    try:
        address = address_of(module.go)
        assert address == Address("_private_agent", str(file), "go")
        assert found(address)() == "_private_agent"
    finally:
        del sys.modules["_private_agent"]


def test_what_is_not_there_any_more_is_told() -> None:
    """A name that finds nothing is an error that names the file."""
    with pytest.raises(ConfigError, match="There is no function nothing in tests"):
        found(Address("tests.tools.isolated", "", "nothing"))

"""Fixtures around the real servers; a test module has them by ``pytest_plugins = ("tests.servers.fixtures",)``.

pytest must be the first to import this file, so nothing else may: what is no fixture belongs elsewhere.
Without a server a test is skipped on a person's machine, and fails in CI, where a missing server is a mistake.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.servers.ollama import BINARY_VARIABLE, OllamaServer, find_ollama

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOW_TO = f"run `python tests/servers/install.py ollama`, or name a binary in {BINARY_VARIABLE}"


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaServer]:
    """One running Ollama server for the whole session; a test that kills it must start it again."""
    binary = find_ollama()
    if binary is None and os.environ.get("CI") == "true":
        pytest.fail(f"no Ollama server in CI: {_HOW_TO}", pytrace=False)
    if binary is None:
        pytest.skip(f"no Ollama server: to have it, {_HOW_TO}")
    with OllamaServer(binary) as server:
        yield server

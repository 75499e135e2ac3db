"""What a look at a model server says: where it is, what version, and what it has."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from detent.fsm.models.serving import serving
from detent.states.errors import ConfigError, ModelUnavailable
from tests.servers.ollama import OllamaServer, both_paths


def test_a_server_that_is_there_says_what_it_is_and_has(ollama_server: OllamaServer, tmp_path: Path) -> None:
    """Address, version and installed models come from the server itself."""
    model, _ = both_paths(ollama_server, tmp_path, ["Hello."], "serving")

    found = asyncio.run(serving(ollama_server.host))

    assert found.address == ollama_server.host
    assert re.match(r"\d+\.\d+", found.version)
    assert model in [one.name for one in found.models]


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """Nobody at the address: the error says which."""
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9"):
        asyncio.run(serving("http://127.0.0.1:9"))


def test_an_address_that_is_none_is_a_matter_of_configuration() -> None:
    """A host that cannot be an address is told as such."""
    with pytest.raises(ConfigError):
        asyncio.run(serving("http://127.0.0.1:notaport"))


class _Other(BaseHTTPRequestHandler):
    """A server that is no Ollama: an empty list of models, and a version that is a web page."""

    def do_GET(self) -> None:
        """Answer."""
        body = b'{"models": []}' if self.path == "/api/tags" else b"<html>Hello</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[str]:
    """The address of another program's server."""
    with HTTPServer(("127.0.0.1", 0), _Other) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_another_program_at_the_address_is_no_model_server(other: str) -> None:
    """What answers in another way is told to be something else."""
    with pytest.raises(ModelUnavailable, match="does not speak as Ollama"):
        asyncio.run(serving(other))

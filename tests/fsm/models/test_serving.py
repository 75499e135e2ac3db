"""What a look at a model server says: where it is, what version, and what it has."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from detent.fsm.models.serving import installed, pull, serving
from detent.states.errors import ConfigError, ModelUnavailable
from tests.fsm.models.wire import Play, chunks, played
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


def test_installed_models_are_listed(ollama_server: OllamaServer, tmp_path: Path) -> None:
    """Every installed model is listed by name, with its window and what it can do."""
    able = both_paths(ollama_server, tmp_path, ["Yes."], "serving-able")
    unable = both_paths(ollama_server, tmp_path, ["Yes."], "serving-unable", tools=False)

    found = asyncio.run(installed(ollama_server.host))
    models = {one.name: one for one in found}

    assert list(models) == sorted(models)
    assert all("tools" in models[name].checked.capabilities for name in able)
    assert all("tools" not in models[name].checked.capabilities for name in unable)
    assert models[able[0]].checked.window == 32_768
    assert models[able[0]].size > 1000


def test_a_model_is_fetched_with_progress() -> None:
    """Pulling tells how far it is, and a failure is one of ours."""
    steps = (
        {"status": "pulling manifest"},
        {"status": "pulling", "completed": 5, "total": 10},
        {"status": "success"},
    )

    async def run(*plays: Play) -> list[tuple[str, int, int]]:
        async with played(*plays) as server:
            return [step async for step in pull("tiny", server.host)]

    assert asyncio.run(run(chunks(*steps))) == [
        ("pulling manifest", 0, 0),
        ("pulling", 5, 10),
        ("success", 0, 0),
    ]
    with pytest.raises(ModelUnavailable, match="no such host"):
        asyncio.run(run(chunks({"error": "pull model manifest: no such host"})))

"""A server that speaks as Ollama does, in this process: what it says is given, and what it was asked is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from attrs import field, frozen

__all__ = ["Speaking", "speaking"]

Said = tuple[int, dict[str, Any]]


@frozen
class Speaking:
    """A model that is asked.

    Args:
        says: status and body of the next reply, made of the request it answers
        window: the context window it names, tokens
        asked: the bodies of the requests, as they came
    """

    says: Callable[[dict[str, Any]], Said]
    window: int
    asked: list[dict[str, Any]] = field(factory=list)

    def answer(self, path: str, body: dict[str, Any]) -> Said:
        """What is sent back."""
        if path == "/api/show":
            return 200, {
                "capabilities": ["completion", "tools"],
                "model_info": {"x.context_length": self.window},
            }
        self.asked.append(body)
        return self.says(body)


@contextmanager
def speaking(says: Callable[[dict[str, Any]], Said], window: int = 8192) -> Iterator[Speaking]:
    """A server for as long as this lasts, and `OLLAMA_HOST` its address."""
    made = Speaking(says, window)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, said = made.answer(
                self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))
            )
            data = json.dumps(said).encode() + b"\n"
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as changed:
            changed.setenv("OLLAMA_HOST", f"http://127.0.0.1:{server.server_address[1]}")
            yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

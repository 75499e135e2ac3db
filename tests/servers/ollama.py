"""A real Ollama server for tests: how to find one, start it, kill it and start it again.

The server runs in a temporary folder, on a free port of the loopback address, and touches nothing of the person's
own Ollama: its home, models and log lie in that folder, every ``OLLAMA_*`` variable of the environment is left out,
and the cloud is switched off.
It leads a process group of its own, which its runners belong to, so that killing the group leaves none behind.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.servers.install import prefix_of
from tests.servers.tiny_model import Turn, make_tiny_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

BINARY_VARIABLE = "DETENT_TEST_OLLAMA"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_CREATE_SECONDS = 120.0
_LOG_TAIL_LINES = 30
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServerError(Exception):
    """The server did not do as asked; the message ends with the last lines of its log."""


def find_ollama() -> Path | None:
    """Return the binary that ``$DETENT_TEST_OLLAMA`` names, else the built one, else the one on ``PATH``."""
    named = os.environ.get(BINARY_VARIABLE)
    if named:
        return Path(named)
    built = prefix_of("ollama") / "bin" / "ollama"
    if _has_runner(built):
        return built
    on_path = shutil.which("ollama")
    return Path(on_path) if on_path else None


def _has_runner(binary: Path) -> bool:
    """A server without its runner answers, and fails at the first model."""
    runner = binary.parent.parent / "lib" / "ollama" / "llama-server"
    return os.access(binary, os.X_OK) and os.access(runner, os.X_OK)


class OllamaServer:
    """An Ollama server as a context manager; its models outlive ``kill`` and ``start``, not the context."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary.absolute()  # it is run from another folder
        self._folder = Path(tempfile.mkdtemp(prefix="detent-ollama-"))
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """All that the server and its runners have written, over every start."""
        return self._log_file.read_text(encoding="utf-8", errors="replace") if self._log_file.exists() else ""

    @property
    def _log_file(self) -> Path:
        return self._folder / "server.log"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def start(self) -> None:
        """Start on the same port with the same models as before, and wait until the server answers."""
        if self._process is not None:
            raise ServerError(f"the server on {self.host} is running already")
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "serve"],
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_it_answers(self._process)

    def kill(self) -> None:
        """End the server and its runners at once, as a crash of the machine would; not running is no error."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it had ended by itself
                os.killpg(
                    process.pid, signal.SIGKILL
                )  # not reaped yet, so the group's number is still its own
            process.wait()

    def create(self, name: str, modelfile: Path) -> None:
        """Make a model from a Modelfile, as ``ollama create NAME -f MODELFILE`` does."""
        done = subprocess.run(
            [self._binary, "create", name, "-f", modelfile.absolute()],
            env=self._environment(),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CREATE_SECONDS,
            check=False,
        )
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip()
            raise ServerError(self._with_log(f"`ollama create {name}` ended with {done.returncode}: {said}"))

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}
        return {
            **inherited,
            "HOME": str(self._folder),
            "OLLAMA_HOST": f"127.0.0.1:{self._port}",
            "OLLAMA_MODELS": str(self._folder / "models"),
            "OLLAMA_NO_CLOUD": "1",
            "OLLAMA_NOPRUNE": "1",
            "OLLAMA_NUM_PARALLEL": "1",
        }

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                self._process = None
                raise ServerError(
                    self._with_log(f"the server ended with {process.returncode} before it answered")
                )
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(self._with_log(f"the server did not answer within {_START_SECONDS:.0f} s"))
            time.sleep(_POLL_SECONDS)

    def _answers(self) -> bool:
        try:
            with _NO_PROXY.open(f"{self.host}/api/version", timeout=1):
                return True
        except (OSError, http.client.HTTPException):
            return False

    def _with_log(self, problem: str) -> str:
        tail = "\n".join(self.log.splitlines()[-_LOG_TAIL_LINES:])
        return f"{problem}\n--- the end of its log ---\n{tail}"

    def _end(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def both_paths(
    server: OllamaServer,
    folder: Path,
    script: Sequence[Turn],
    name: str,
    *,
    num_ctx: int = 32768,
    tools: bool = True,
) -> tuple[str, str]:
    """Give the server one script in two models and return their names.

    The first takes the native path: the runner renders the template inside the GGUF and parses the reply.
    The second takes the Go path: Ollama itself does both, by the TEMPLATE of its Modelfile.
    Each has a GGUF of its own: for the same file Ollama would run both on the runner it started for the first.
    """
    native, go = name, f"{name}-go"
    server.create(
        native, make_tiny_model(folder, script, name=native, num_ctx=num_ctx, tools=tools).modelfile
    )
    server.create(go, make_tiny_model(folder, script, name=go, num_ctx=num_ctx, tools=tools).modelfile_go)
    return native, go

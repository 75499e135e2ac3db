"""The Ollama server as a client of the `ollama` package: the only file that knows it, and httpx under it.

The package finds the host, makes the headers and asks `list`, `show` and `pull`.  A chat goes through the same client,
but as its own request: the package's `chat` throws away call ids in both directions and most of every schema, has no
`truncate` and no `shift`, and gives up a whole reply for one odd field.

Rule.  Every exception and every error of the server is judged in one place, `judged`, and worded in `meanings`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from ...states.errors import ConfigError, DetentError
from .door import Checked
from .meanings import Meaning, error_text, meaning, worded
from .stream import Broken, Gathering, Lines

__all__ = ["Client", "Installed", "Said", "Shown", "Waits", "judged", "nearby", "trouble"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - where a server listens, its clients look


@frozen(kw_only=True)
class Waits:
    """How long the server may be silent, seconds.

    Args:
        connect: until a connection stands
        first: until the first byte: the model may have to be loaded from disk
        between: between two pieces of a reply
        calling: between two pieces where tools were offered: Ollama sends a call when all of it is written, and
            nothing before
        pauses: before each further attempt, where the reply had not begun
    """

    connect: float = 5.0
    first: float = 300.0
    between: float = 30.0
    calling: float = 300.0
    pauses: tuple[float, ...] = (0.25, 1.0)


@frozen(kw_only=True)
class Installed:
    """A model that is installed.

    Args:
        name: its name
        size: bytes
        checked: its window and what it can do
    """

    name: str
    size: int
    checked: Checked


class Said(Exception):
    """An error the server answered with."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@frozen
class Shown:
    """What `show` says: what the model can do, its window as it is set up, and as it was trained; 0 is unknown."""

    capabilities: tuple[str, ...]
    window: int
    trained: int


class Client:
    """A client of the package, made when it is first needed, and what is asked of it."""

    def __init__(self, host: str | None, headers: Mapping[str, str] | None, waits: Waits) -> None:
        self._given = host
        self._headers = dict(headers or {})
        self.waits = waits
        self._made: Any = None

    @property
    def client(self) -> Any:
        """The package's client.

        Raises:
            ConfigError: the host is no address
        """
        if self._made is None:
            from ollama import AsyncClient  # noqa: PLC0415 - takes 0.2 s, and a scripted model needs none of it

            waits = self.waits
            timeout = (
                waits.connect,
                None,
                waits.between,
                waits.connect,
            )  # to connect, read, write, be pooled
            more = {"trust_env": False, "verify": False} if nearby(self._given) else {}
            try:
                self._made = AsyncClient(host=self._given, headers=self._headers, timeout=timeout, **more)
            except Exception as error:
                raise ConfigError(
                    f"The address of Ollama is none: {error}.", "Correct OLLAMA_HOST."
                ) from error
        return self._made

    @property
    def _inner(self) -> Any:
        """The HTTP client inside the package's: it has the host, the headers and the certificates."""
        return self._made._client  # noqa: SLF001 - the package has no other way to send a request as it is

    @property
    def address(self) -> str:
        """Where the server is looked for."""
        return str(self._inner.base_url).rstrip("/") if self._made else "its address"

    async def close(self) -> None:
        """Close the connections."""
        made, self._made = self._made, None
        if made is not None:
            await made.close()

    async def stream(self, body: Mapping[str, Any], gathering: Gathering, *, calling: bool) -> None:
        """Send a chat and gather its reply; leaving early closes the connection, which stops the model."""
        _ = self.client
        loop, lines = asyncio.get_running_loop(), Lines()
        between = self.waits.calling if calling else self.waits.between
        async with (
            asyncio.timeout(self.waits.first) as limit,
            self._inner.stream("POST", "/api/chat", json=body) as response,
        ):
            if response.is_error:
                raise Said(
                    response.status_code, error_text((await response.aread()).decode(errors="replace"))
                )
            async for data in response.aiter_bytes():
                limit.reschedule(loop.time() + between)
                for chunk in lines.add(data):
                    if not self._take(chunk, gathering):
                        return
            for chunk in lines.end():
                self._take(chunk, gathering)

    @staticmethod
    def _take(chunk: Mapping[str, Any], gathering: Gathering) -> bool:
        if "error" in chunk:
            raise Said(200, error_text(json.dumps({"error": chunk["error"]})))
        return gathering.add(chunk)

    async def version(self) -> str:
        """What the server says it is."""
        _ = self.client
        async with asyncio.timeout(self.waits.between):
            answer = await self._inner.get("/api/version")
        if answer.is_error:
            raise Said(answer.status_code, error_text(answer.text))
        return str(answer.json().get("version", ""))

    async def pull(self, name: str) -> AsyncIterator[tuple[str, int, int]]:
        """Fetch a model, telling (what is done, bytes so far, bytes in all) as it goes."""
        async for told in await self.client.pull(name, stream=True):
            yield told.status or "", int(told.completed or 0), int(told.total or 0)

    async def show(self, name: str) -> Shown:
        """What a model can do, and how long its window is."""
        async with asyncio.timeout(self.waits.between):
            shown = await self.client.show(name)
        facts = shown.modelinfo or {}
        trained = next((value for key, value in facts.items() if key.endswith(".context_length")), 0)
        trained = trained if isinstance(trained, int) else 0
        chosen = [
            line.split()[-1] for line in (shown.parameters or "").splitlines() if line.startswith("num_ctx ")
        ]
        sizes_ = [trained, *(int(one) for one in chosen if one.isdigit())]
        window = min((size for size in sizes_ if size > 0), default=0)
        return Shown(tuple(sorted(shown.capabilities or ())), window, trained)

    async def names(self, able: str) -> tuple[str, ...]:
        """The installed models, or those that can do something; none if the server does not say."""
        try:
            found = await self.listed()
            return tuple(one.name for one in found if not able or able in one.checked.capabilities)
        except Exception:  # noqa: BLE001 - a hint lacks its names; the error it belongs to is the one to tell
            return ()

    async def listed(self) -> tuple[Installed, ...]:
        """Every installed model, by name."""
        async with asyncio.timeout(self.waits.between):
            models = (await self.client.list()).models
            made = []
            for one in models:
                shown = await self.show(one.model)
                name = str(one.model).removesuffix(":latest")
                checked = Checked(model=name, window=shown.window, capabilities=shown.capabilities)
                made.append(Installed(name=name, size=int(one.size or 0), checked=checked))
        return tuple(sorted(made, key=lambda one: one.name))


def nearby(host: str | None) -> bool:
    """Whether the server is on this machine, in plain HTTP: no proxy stands between, and no certificate is needed."""
    address = host or os.environ.get("OLLAMA_HOST") or ""
    scheme, mark, rest = address.partition("://")
    try:
        name = urlsplit(f"//{rest if mark else address}").hostname
    except ValueError:
        return False
    return (not mark or scheme == "http") and (name is None or name in _LOOPBACK)


def judged(error: Exception) -> Meaning:
    """What an exception means: of the server, of httpx, of the package, of the clock; any other is raised again."""
    import httpx  # noqa: PLC0415 - came with the package
    from ollama import ResponseError  # noqa: PLC0415

    if isinstance(error, Said):
        return meaning(error.status, error.text)
    if isinstance(error, ResponseError):
        return meaning(error.status_code, error_text(str(error.error)))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.TooManyRedirects):
        return Meaning("no_address")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Meaning("unreachable")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Meaning("silent")
    if isinstance(error, httpx.HTTPError):
        return Meaning("died")
    if type(error) is ConnectionError:  # what the package makes of a refused connection
        return Meaning("unreachable")
    if isinstance(
        error, Broken | ValueError | AttributeError
    ):  # JSON, pydantic, and what the package trips over
        return Meaning("strange")
    raise error  # a bug, or a listener's: not the server's


def trouble(
    means: Meaning,
    error: Exception,
    name: str,
    server: Client,
    others: tuple[str, ...] = (),
    *,
    begun: bool = False,
) -> DetentError:
    """An exception's meaning as one of our errors.

    Args:
        means: what it means
        error: the exception
        name: the model
        server: who was asked
        others: installed models that would do
        begun: whether a part of the reply had arrived
    """
    said = error.text if isinstance(error, Said) else error_text(str(getattr(error, "error", error)))
    said = said.strip().rstrip(".")[:300] or type(error).__name__
    return worded(means.kind, said, name, server.address, others, begun=begun)

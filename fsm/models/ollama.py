"""The door to Ollama: the only file that knows the `ollama` package, and httpx under it.

The package finds the host, makes the headers and asks `list`, `show` and `pull`.  A chat goes through the same client,
but as its own request: the package's `chat` throws away call ids in both directions and most of every schema, has no
`truncate` and no `shift`, and gives up a whole reply for one odd field.

Rules.  Options are the same in every request, for another value of most of them loads the model again.  Nothing is
dropped by the server (`truncate` and `shift` are off).  Every exception and every error of the server is judged in
one place, `_judged`.  A request is repeated at most twice, and only before the first piece of its reply.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from ...states.errors import ConfigError, DetentError
from ...states.spec import ModelOptions
from .door import WINDOW, Checked, Prompt, Reply, Request, Say
from .meanings import Meaning, error_text, meaning, sizes, worded
from .stream import Gathering, Lines

__all__ = ["Installed", "OllamaDoor", "Waits", "installed", "pull"]

KEEP_ALIVE = 1800  # seconds: long tools and a person's approval outlast Ollama's own five minutes
_AGAIN = ("unreachable", "busy", "died")
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


class _Said(Exception):
    """An error the server answered with."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class OllamaDoor:
    """A model at an Ollama server.

    Args:
        name: the model's name there
        options: how it is asked
        host: the server's address; None is `OLLAMA_HOST`, or the usual one
        headers: sent with every request
        waits: how long the server may be silent
    """

    def __init__(
        self,
        name: str,
        *,
        options: ModelOptions | None = None,
        host: str | None = None,
        headers: Mapping[str, str] | None = None,
        waits: Waits | None = None,
    ) -> None:
        self._name = name
        self._options = options or ModelOptions()
        self._server = _Server(host, headers, waits or Waits())

    async def check(self, *, tools: bool) -> Checked:
        """Ask what the model can do; see `Door.check`."""
        try:
            shown = await self._server.show(self._name)
        except Exception as error:
            raise await self._trouble(error) from error
        able = shown.capabilities
        if tools and able and "tools" not in able:
            raise await self._trouble(_Said(400, "does not support tools"))
        if self._options.think and able and "thinking" not in able:
            raise await self._trouble(_Said(400, "does not support thinking"))
        wanted = self._options.num_ctx or 0
        if shown.trained and wanted > shown.trained:
            raise ConfigError(
                f"num_ctx is {wanted:,}, and {self._name} has a context window of {shown.trained:,} tokens.",
                f"Set num_ctx to {shown.trained} or less.",
            )
        return Checked(model=self._name, window=shown.window, capabilities=able)

    async def chat(self, request: Request, say: Say) -> Reply:
        """One reply; see `Door.chat`."""
        prompt = request.prompt()
        body = self._body(prompt, think=request.think)
        for pause in (*self._server.waits.pauses, None):
            gathering = Gathering(say)
            began = time.monotonic()
            try:
                await self._server.stream(body, gathering, calling=bool(prompt.tools))
            except Exception as error:
                means = _judged(error)
                if means.kind == "refused":
                    return self._refused(means, str(error), gathering, began)
                if pause is None or means.kind not in _AGAIN or gathering.begun:
                    raise await self._trouble(error, begun=gathering.begun) from error
                await asyncio.sleep(pause)
            else:
                break
        return gathering.reply(took_ms=_since(began))

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    def _body(self, prompt: Prompt, *, think: bool) -> dict[str, Any]:
        options = self._options
        chosen = {
            "num_ctx": options.num_ctx or WINDOW,
            "num_predict": prompt.num_predict,
            "temperature": None if options.temperature is None else options.temperature / 1000,
            "seed": options.seed,
        }
        return {
            "model": self._name,
            "messages": prompt.messages,
            **({"tools": prompt.tools} if prompt.tools else {}),
            "stream": True,
            "think": think,
            "keep_alive": KEEP_ALIVE if options.keep_alive is None else options.keep_alive,
            "truncate": False,
            "shift": False,
            "options": {name: value for name, value in chosen.items() if value is not None},
        }

    @staticmethod
    def _refused(means: Meaning, said: str, gathering: Gathering, began: float) -> Reply:
        gathering.error, gathering.detail = means.word, said
        reply = gathering.reply(took_ms=_since(began))
        if means.word != "too_long":
            return reply
        tokens, _ = sizes(said)
        return Reply(
            complete=False, prompt_tokens=tokens, took_ms=reply.took_ms, error="too_long", detail=said
        )

    async def _trouble(self, error: Exception, *, begun: bool = False) -> DetentError:
        """The error as one of ours, its hint naming what is at hand."""
        if isinstance(error, DetentError):
            return error
        means = _judged(error)
        others: tuple[str, ...] = ()
        if means.kind in ("missing", "no_tools", "no_thinking"):
            others = await self._server.names(
                "" if means.kind == "missing" else means.kind.removeprefix("no_")
            )
        return _worded(means, error, self._name, self._server, others, begun=begun)


@frozen
class _Shown:
    """What `show` says: what the model can do, its window as it is set up, and as it was trained; 0 is unknown."""

    capabilities: tuple[str, ...]
    window: int
    trained: int


class _Server:
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
            )  # connect, read: see `stream`, write, pool
            more = {"trust_env": False, "verify": False} if _nearby(self._given) else {}
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
                raise _Said(
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
            raise _Said(200, error_text(str(chunk["error"])))
        return gathering.add(chunk)

    async def show(self, name: str) -> _Shown:
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
        return _Shown(tuple(shown.capabilities or ()), window, trained)

    async def names(self, able: str) -> tuple[str, ...]:
        """The installed models, or those that can do something; none if the server does not say."""
        try:
            found = await self.listed()
            return tuple(sorted(one.name for one in found if not able or able in one.checked.capabilities))
        except Exception:  # noqa: BLE001 - a hint lacks its names; the error it belongs to is the one to tell
            return ()

    async def listed(self) -> tuple[Installed, ...]:
        """Every installed model."""
        async with asyncio.timeout(self.waits.between):
            models = (await self.client.list()).models
            made = []
            for one in models:
                shown = await self.show(one.model)
                name = str(one.model).removesuffix(":latest")
                checked = Checked(model=name, window=shown.window, capabilities=shown.capabilities)
                made.append(Installed(name=name, size=int(one.size or 0), checked=checked))
        return tuple(made)


def _nearby(host: str | None) -> bool:
    """Whether the server is on this machine, in plain HTTP: no proxy stands between, and no certificate is needed."""
    address = host or os.environ.get("OLLAMA_HOST") or ""
    scheme, mark, rest = address.partition("://")
    try:
        name = urlsplit(f"//{rest if mark else address}").hostname
    except ValueError:
        return False
    return (not mark or scheme == "http") and (name is None or name in _LOOPBACK)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _judged(error: Exception) -> Meaning:
    """What an exception means: of the server, of httpx, of the package, of the clock."""
    import httpx  # noqa: PLC0415 - came with the package
    from ollama import ResponseError  # noqa: PLC0415

    if isinstance(error, _Said):
        return meaning(error.status, error.text)
    if isinstance(error, ResponseError):
        return meaning(error.status_code, error_text(str(error.error)))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.TooManyRedirects):
        return Meaning("no_address")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Meaning("unreachable")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Meaning("silent")
    if isinstance(error, httpx.HTTPError | ConnectionResetError | BrokenPipeError):
        return Meaning("died")
    if isinstance(error, ConnectionError):  # what the package makes of a refused connection
        return Meaning("unreachable")
    return Meaning("strange")  # JSON, pydantic, attributes: it is no Ollama, or one we do not know


def _worded(
    means: Meaning,
    error: Exception,
    name: str,
    server: _Server,
    others: tuple[str, ...] = (),
    *,
    begun: bool = False,
) -> DetentError:
    said = error.text if isinstance(error, _Said) else error_text(str(getattr(error, "error", error)))
    said = said.strip().rstrip(".")[:300] or type(error).__name__
    return worded(means.kind, said, name, server.address, others, begun=begun)


async def installed(host: str | None = None) -> tuple[Installed, ...]:
    """The models that an Ollama server has.

    Raises:
        ModelUnavailable: it cannot be reached
        ConfigError: its address is none
    """
    server = _Server(host, None, Waits())
    try:
        return await server.listed()
    except DetentError:
        raise
    except Exception as error:
        raise _worded(_judged(error), error, "", server) from error
    finally:
        await server.close()


async def pull(name: str, host: str | None = None) -> AsyncIterator[tuple[str, int, int]]:
    """Fetch a model, telling (what is done, bytes so far, bytes in all) as it goes.

    Raises:
        ModelUnavailable: the server cannot be reached, or cannot get the model
        ConfigError: its address is none
    """
    server = _Server(host, None, Waits())
    try:
        async for told in await server.client.pull(name, stream=True):
            yield told.status or "", int(told.completed or 0), int(told.total or 0)
    except DetentError:
        raise
    except Exception as error:
        raise _worded(_judged(error), error, name, server) from error
    finally:
        await server.close()

"""The door to a model at an Ollama server.

Rules.  Options are the same in every request, for another value of most of them loads the model again.  Nothing is
dropped by the server: `truncate` and `shift` are off.  A request is repeated at most twice, and only before the first
piece of its reply.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from ...states.errors import ConfigError, DetentError
from ...states.spec import ModelOptions
from .door import WINDOW, Checked, Prompt, Reply, Request, Say
from .meanings import Meaning, sizes
from .ollama_client import Client, Said, Waits, judged, trouble
from .stream import Gathering

__all__ = ["OllamaDoor", "Waits"]

KEEP_ALIVE = 1800  # seconds: long tools and a person's approval outlast Ollama's own five minutes
_AGAIN = ("unreachable", "busy", "died")


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
        self._server = Client(host, headers, waits or Waits())

    async def check(self, *, tools: bool) -> Checked:
        """Ask what the model can do; see `Door.check`."""
        try:
            shown = await self._server.show(self._name)
        except Exception as error:
            raise await self._trouble(error) from error
        able = shown.capabilities
        if tools and able and "tools" not in able:
            raise await self._trouble(Said(400, "does not support tools"))
        if self._options.think and able and "thinking" not in able:
            raise await self._trouble(Said(400, "does not support thinking"))
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
        pauses = iter(self._server.waits.pauses)
        while True:
            gathering = Gathering(say)
            began = time.monotonic()
            try:
                await self._server.stream(body, gathering, calling=bool(prompt.tools))
                return gathering.reply(took_ms=_since(began))
            except Exception as error:
                means = judged(error)
                if means.kind == "refused":
                    return self._refused(means, str(error), gathering, began)
                pause = None if gathering.begun or means.kind not in _AGAIN else next(pauses, None)
                if pause is None:
                    raise await self._trouble(error, begun=gathering.begun) from error
            await asyncio.sleep(pause)

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
        means = judged(error)
        others: tuple[str, ...] = ()
        if means.kind in ("missing", "no_tools", "no_thinking"):
            others = await self._server.names(
                "" if means.kind == "missing" else means.kind.removeprefix("no_")
            )
        return trouble(means, error, self._name, self._server, others, begun=begun)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)

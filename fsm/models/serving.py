"""Whether an Ollama server is there, where, and of what version; for a look before any run."""

from __future__ import annotations

from attrs import frozen

from ...states.errors import ModelUnavailable
from .ollama import Installed, Waits, _Server, installed

__all__ = ["Serving", "serving"]


@frozen(kw_only=True)
class Serving:
    """An Ollama server that answers.

    Args:
        address: where it is
        version: what it says it is
        models: what is installed there
    """

    address: str
    version: str
    models: tuple[Installed, ...]


async def serving(host: str | None = None) -> Serving:
    """Ask the server what it is and what it has.

    Args:
        host: its address; None is `OLLAMA_HOST`, or the usual one

    Raises:
        ModelUnavailable: it cannot be reached
        ConfigError: its address is none
    """
    models = await installed(host)
    server = _Server(host, None, Waits())
    try:
        _ = server.client
        answer = await server._inner.get("/api/version")  # noqa: SLF001 - the package has no call for it
        version = str(answer.json().get("version", ""))
        return Serving(address=server.address, version=version, models=models)
    except (ValueError, AttributeError) as error:
        raise ModelUnavailable(
            f"What answers at {server.address} is no Ollama server.", "Set OLLAMA_HOST to one that is."
        ) from error
    finally:
        await server.close()

"""What an Ollama server is and has: where, of what version, with which models; and fetching one.

For a look before any run.  Nothing here is part of a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from attrs import frozen

from ...states.errors import DetentError
from .ollama_client import Client, Installed, Waits, judged, nearby, trouble

__all__ = ["Installed", "Serving", "installed", "named_nearby", "pull", "serving"]


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
        ModelUnavailable: it cannot be reached, or is no Ollama
        ConfigError: its address is none
    """
    server = Client(host, None, Waits())
    try:
        version = await server.version()
        return Serving(address=server.address, version=version, models=await server.listed())
    except DetentError:
        raise
    except Exception as error:
        raise trouble(judged(error), error, "", server) from error
    finally:
        await server.close()


async def installed(host: str | None = None) -> tuple[Installed, ...]:
    """The models that an Ollama server has.

    Raises:
        ModelUnavailable: it cannot be reached, or is no Ollama
        ConfigError: its address is none
    """
    return (await serving(host)).models


async def named_nearby(seconds: float) -> tuple[str, ...]:
    """The names of the models on this machine's own server; none if it does not answer soon.

    Args:
        seconds: how long it may take
    """
    if not nearby(None):
        return ()
    server = Client(None, None, Waits())
    try:
        asked = server.client  # loading the package takes its time, and is not the server's
        async with asyncio.timeout(seconds):
            found = (await asked.list()).models
    except Exception:  # noqa: BLE001 - whoever completes a word has nobody to tell
        return ()
    finally:
        await server.close()
    return tuple(sorted(str(one.model).removesuffix(":latest") for one in found))


async def pull(name: str, host: str | None = None) -> AsyncIterator[tuple[str, int, int]]:
    """Fetch a model, telling (what is done, bytes so far, bytes in all) as it goes.

    Raises:
        ModelUnavailable: the server cannot be reached, or cannot get the model
        ConfigError: its address is none
    """
    server = Client(host, None, Waits())
    try:
        async for step in server.pull(name):
            yield step
    except DetentError:
        raise
    except Exception as error:
        raise trouble(judged(error), error, name, server) from error
    finally:
        await server.close()

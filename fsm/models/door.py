"""What a model is asked and what it says, whoever serves it; and how a model's name finds its server.

Rules.  A `Reply` is what arrived, not what it means: `planners.reading` judges it.  Trouble that no correction of the
model can mend (server down, model missing) is raised; trouble with one reply is a word in `Reply.error`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from ...states.errors import UsageError
from ...states.spec import ModelOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PROVIDERS", "WINDOW", "Checked", "Door", "Prompt", "RawCall", "Reply", "Request", "Say", "door"]

PROVIDERS = ("ollama", "script")
DEFAULT = "ollama"
WINDOW = 8192  # tokens of the context window where nobody says

Say = Callable[[str, str], None]  # ("thinking" | "content", piece): provisional, acknowledges nothing


@frozen(kw_only=True)
class RawCall:
    """A call as the server gave it, nothing checked.

    Args:
        id: the server's id; empty if none
        name: the tool's name as the model wrote it
        arguments: whatever JSON it was, or a text that should be JSON
    """

    id: str = ""
    name: str
    arguments: Any = None


@frozen(kw_only=True)
class Reply:
    """One reply as it arrived.

    Args:
        content: the text
        thinking: what the model thought before
        calls: the calls, in order
        done_reason: why it ended, in the server's word: stop, length, ...
        prompt_tokens: how long the prompt was, as the server counted; 0 is unknown
        reply_tokens: how long the reply was; 0 is unknown
        load_ms: milliseconds in which the server loaded the model
        took_ms: milliseconds from the request to the end of the reply, loading included
        complete: whether the server said that it was done
        error: what is wrong with it, if the door found out: broken_json, repetition, too_long; empty otherwise
        detail: the server's own words for that
    """

    content: str = ""
    thinking: str = ""
    calls: tuple[RawCall, ...] = ()
    done_reason: str = "stop"
    prompt_tokens: int = 0
    reply_tokens: int = 0
    load_ms: int = 0
    took_ms: int = 0
    complete: bool = True
    error: str = ""
    detail: str = ""


@frozen(kw_only=True)
class Prompt:
    """What one request sends.

    Args:
        messages: the conversation, as `/api/chat` wants it
        tools: the tools that are offered, as `/api/chat` wants them
        num_predict: the most tokens of the reply
        characters: the length that tokens are estimated from, tools included
        estimate: about how many tokens the prompt has
        cut: the place in the history before which nothing but what is pinned is shown
        short: the place before which results are shown shortened
    """

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(factory=list)
    num_predict: int
    characters: int = 0
    estimate: int = 0
    cut: int = 0
    short: int = 0


@frozen(kw_only=True)
class Request:
    """One question to a model.

    Args:
        index: how many replies came before in this conversation, refused ones included
        prompt: gives the prompt, made when it is asked for: a scripted model needs none
        think: whether a model that can think does
    """

    index: int
    prompt: Callable[[], Prompt]
    think: bool = False


@frozen(kw_only=True)
class Checked:
    """What a check before the run found out.

    Args:
        model: the model's name at its server
        window: the context window in tokens; 0 where there is none (a scripted model, a workflow)
        capabilities: what the model can do, in the server's words
    """

    model: str = ""
    window: int = 0
    capabilities: tuple[str, ...] = ()


class Door(Protocol):
    """A model at a server."""

    async def check(self, *, tools: bool) -> Checked:
        """Whether the server is there and the model can do what is asked of it.

        Args:
            tools: whether it has to call tools

        Raises:
            ModelUnavailable: the server cannot be reached or has not got the model
            ConfigError: the model cannot do it, or a scripted model's file is wrong
        """
        ...

    async def chat(self, request: Request, say: Say) -> Reply:
        """One reply, told piece by piece to `say` while it comes.

        Raises:
            ModelUnavailable: no reply came, or it broke off with the server
            ConfigError: the model cannot do what is asked of it
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def split_name(model: str) -> tuple[str, str]:
    """Provider and name of `provider:name`; a name alone is Ollama's.

    Raises:
        UsageError: no name, or a provider nobody knows
    """
    provider, colon, name = model.partition(":")
    if not colon:
        provider, name = DEFAULT, model
    if provider not in PROVIDERS:
        raise UsageError(
            f"The model {model!r} names a provider that detent does not know: {provider!r}.",
            f"Known are {', '.join(PROVIDERS)}; for a model of Ollama write {DEFAULT}:{model}.",
        )
    if not name.strip():
        raise UsageError(
            f"The model {model!r} has no name.",
            "Write provider:name, such as ollama:qwen3 or script:turns.json.",
        )
    return provider, name


def door(
    model: str,
    *,
    options: ModelOptions | None = None,
    folder: Path | None = None,
    host: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Door:
    """The door to a model; nothing is loaded, read or reached yet.

    Args:
        model: `provider:name`
        options: how it is asked
        folder: what a scripted model's file is relative to; the current folder if None
        host: the server's address; None is `OLLAMA_HOST`, or the usual one
        headers: sent with every request

    Raises:
        UsageError: the name means no model
    """
    provider, name = split_name(model)
    if provider == "script":
        from .script import ScriptDoor  # noqa: PLC0415 - one provider is used, not all

        return ScriptDoor(name, folder=folder)
    from .ollama import OllamaDoor  # noqa: PLC0415

    return OllamaDoor(name, options=options or ModelOptions(), host=host, headers=headers)

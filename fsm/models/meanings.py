"""What an error text of Ollama means: its words, over the versions, in one place.

Pure.  Three kinds: the reply can be asked for again in other words (a refusal, under its word), the model cannot do
what is asked of it at all (ConfigError), or the server cannot serve now (ModelUnavailable, perhaps after a retry).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ...states.errors import ConfigError, DetentError, ModelUnavailable

__all__ = ["Meaning", "error_text", "meaning", "sizes", "worded"]

_UNFIT, _BUSY, _BROKEN = (401, 403), (429, 503), 500


@frozen
class Meaning:
    """What the server's words come to.

    Args:
        kind: refused, missing, no_tools, no_thinking, bad_schema, no_access, busy, memory, died, or failed
        word: the refusal's word, of kind refused
    """

    kind: str
    word: str = ""


_BY_WORDS: tuple[tuple[str, Meaning], ...] = (
    (r"exceed_context_size|exceeds? the (available )?context|prompt is (too long|longer than)|input length", Meaning("refused", "too_long")),
    (r"does not support tools", Meaning("no_tools")),
    (r"does not support thinking|think value", Meaning("no_thinking")),
    (r"cannot unmarshal .*tool|json schema conversion|failed to parse grammar|unresolved \$?ref|invalid pattern|pattern must", Meaning("bad_schema")),
    (r"repeat limit", Meaning("refused", "repetition")),
    (r"invalid tool call|parsing tool call|grammar stack|failed to parse (input|tool)|tool call arguments", Meaning("refused", "broken_json")),
    (r"model .*not found|no such model|pull(ing)? the model", Meaning("missing")),
    (r"system memory|out of memory|cudamalloc|insufficient memory|not enough memory", Meaning("memory")),
    (r"server busy|maximum pending|loading model|overloaded", Meaning("busy")),
    (r"unexpected eof|process (has )?terminated|unexpectedly stopped|connection (refused|reset)|broken pipe", Meaning("died")),
)  # fmt: skip


def meaning(status: int, text: str) -> Meaning:
    """What a status and an error text mean.

    Args:
        status: the HTTP status; 200 of an error in the middle of a reply
        text: the error's text
    """
    low = text.casefold()
    for words, means in _BY_WORDS:
        if re.search(words, low):
            return means
    if status in _UNFIT:
        return Meaning("no_access")
    return Meaning("busy" if status in _BUSY else "failed")


def error_text(body: str) -> str:
    """The error's text in a body: `{"error": text}`, `{"error": {"message": text}}`, that as a text again, or plain."""
    said = body.strip()
    for _ in range(4):
        try:
            value = json.loads(said)
        except (ValueError, RecursionError):
            return said
        inner = value.get("error", value.get("message")) if isinstance(value, Mapping) else value
        if isinstance(inner, Mapping):
            return json.dumps(inner, ensure_ascii=False)
        if not isinstance(inner, str):
            return said
        said = inner.strip()
    return said


def sizes(text: str) -> tuple[int, int]:
    """How many tokens a prompt had that was too long, and how many there may be; 0 where it is not said."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = {}
    inner = value.get("error", value) if isinstance(value, Mapping) else {}
    if not isinstance(inner, Mapping):
        return 0, 0
    prompt, window = inner.get("n_prompt_tokens"), inner.get("n_ctx")
    return prompt if isinstance(prompt, int) else 0, window if isinstance(window, int) else 0


def worded(
    kind: str, said: str, name: str, address: str, others: tuple[str, ...], *, begun: bool
) -> DetentError:
    """A meaning in our own two sentences.

    Args:
        kind: the meaning's kind, or what no server says: unreachable, silent, strange, no_address
        said: the server's words, or the exception's
        name: the model
        address: the server
        others: installed models that would do
        begun: whether a part of the reply had arrived
    """
    listed = ", ".join(others)
    can = f"These can: {listed}." if listed else "None that is installed can, as far as the server says."
    wrong = {
        "no_tools": (f"The model {name} cannot call tools.", can),
        "no_thinking": (f"The model {name} cannot think.", f"Leave out think. {can}"),
        "bad_schema": (
            f"The server refuses the schema of a tool: {said}.",
            "Make the tool's parameters simpler.",
        ),
        "no_access": (f"Ollama at {address} refuses access: {said}.", "Set OLLAMA_API_KEY, or correct it."),
        "no_address": (f"The address of Ollama leads nowhere: {said}.", "Correct OLLAMA_HOST."),
    }
    if kind in wrong:
        return ConfigError(*wrong[kind])
    broke_off = (
        f"The reply of {name} broke off: {said}." if begun else f"Ollama at {address} stopped: {said}."
    )
    get = f"Get it with  ollama pull {name} ." + (f" Installed: {listed}." if listed else "")
    unavailable = {
        "unreachable": (
            f"Ollama cannot be reached at {address}.",
            "Start it with  ollama serve , or set OLLAMA_HOST.",
        ),
        "missing": (f"Ollama at {address} has no model {name}.", get),
        "silent": (
            f"Ollama at {address} was silent for too long while {name} was asked.",
            "See whether the machine is overloaded, then resume the run.",
        ),
        "busy": (f"Ollama at {address} is busy: {said}.", "Resume the run when it has less to do."),
        "memory": (
            f"Ollama has not enough memory for {name}: {said}.",
            "Choose a smaller model or a smaller num_ctx, or stop other models.",
        ),
        "died": (broke_off, "Resume the run when the server is back."),
        "strange": (
            f"What answers at {address} does not speak as Ollama does: {said}.",
            "See that OLLAMA_HOST is the address of an Ollama server.",
        ),
    }
    failed = (f"Ollama at {address} failed: {said}.", "Look into the server's log, then resume the run.")
    return ModelUnavailable(*unavailable.get(kind, failed))

"""Outcomes: what a call of a tool came to, as text.

A result is text for the model: a str as it is, bytes if they are UTF-8, anything else as JSON.  A failure is told
by a word, a sentence, whether the call had its effect, and whether it may work later.  Here is the whole rule by
which exceptions become failures; nothing a tool raises is let through.
"""

from __future__ import annotations

import inspect
import math
import re
from enum import Enum
from typing import Any

from attrs import frozen

from ..states.canonical import canonical, check_text
from ..states.errors import BadValue, DetentError
from ..states.names import Effect, Ran
from .errors import BadArguments, ToolError
from .plain import plain

__all__ = [
    "DONE",
    "MAX_RESULT",
    "Failure",
    "Returned",
    "described",
    "error_word",
    "failed",
    "failure_text",
    "returned",
]

DONE = "done"  # what a tool that returns None is said to return
MAX_RESULT = 16 * 1024 * 1024  # bytes
_MAX_MESSAGE = 4_000  # characters
_MAX_ALTERNATIVES = 50
_MAX_RETRY_MS = 24 * 60 * 60 * 1000
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@frozen
class Returned:
    """A call that worked.

    Args:
        text: its result
    """

    text: str


@frozen(kw_only=True)
class Failure:
    """A call that did not.

    Args:
        error: the kind of failure, one snake_case word
        message: what went wrong, for the model
        ran: whether the call had its effect
        transient: whether the same call may work later
        retry_after: milliseconds to wait before it is tried again
        alternatives: what the model could ask for instead
    """

    error: str
    message: str
    ran: Ran
    transient: bool = False
    retry_after: int = 0
    alternatives: tuple[str, ...] = ()


def failure_text(failure: Failure) -> str:
    """A failure as the model sees it: canonical JSON."""
    seen = {
        "error": failure.error,
        "message": failure.message,
        "available_alternatives": list(failure.alternatives),
    }
    return canonical(seen)


def returned(value: Any) -> Returned | Failure:
    """The outcome of a function that returned this.  The function ran, so a value that is no text says ran=yes."""
    try:
        text = _text(value)
    except BadValue as error:
        word = "not_json" if error.__cause__ else "not_text"  # JSON refused it, or UTF-8 did
        return Failure(
            error=word, message=f"The tool ran, but its result cannot be kept. {error.message}", ran=Ran.YES
        )
    except UnicodeDecodeError as error:
        return Failure(
            error="not_text",
            message=f"The tool ran, but its result is bytes that are not UTF-8 (at byte {error.start:,}). "
            "A tool must return text: base64, a summary, or the name of a file it wrote.",
            ran=Ran.YES,
        )
    except BaseException as error:  # noqa: BLE001 - a value's own code may raise anything
        return Failure(
            error="not_json",
            message=f"The tool ran, but its result cannot be kept: {described(error)}.",
            ran=Ran.YES,
        )
    size = len(text) if text.isascii() else len(text.encode())
    if size > MAX_RESULT:
        return Failure(
            error="too_large",
            message=f"The tool ran, but its result has {size:,} bytes; {MAX_RESULT:,} can be kept. Ask for less.",
            ran=Ran.YES,
        )
    return Returned(text)


def failed(error: BaseException, effect: Effect) -> Failure:
    """The outcome of a function of this effect that raised this."""
    if isinstance(error, ToolError):
        return Failure(
            error=_clean(error.error) or error_word(type(error)),
            message=_clean(error.message) or type(error).__name__,
            ran=error.ran,
            transient=error.transient,
            retry_after=min(math.ceil(error.retry_after * 1000), _MAX_RETRY_MS),
            alternatives=tuple(_clean(str(each)) for each in error.alternatives[:_MAX_ALTERNATIVES]),
        )
    once = effect is Effect.ONCE
    return Failure(
        error=error_word(type(error)),
        message=described(error),
        ran=Ran.YES if once else Ran.UNKNOWN,
        transient=isinstance(error, OSError) and not once,  # TimeoutError and ConnectionError are OSErrors
    )


def refused(error: BaseException) -> Failure:
    """The outcome of a call whose arguments could not be built: nothing ran."""
    word = "bad_arguments" if isinstance(error, BadArguments) else error_word(type(error))
    return Failure(error=word, message=described(error), ran=Ran.NO)


def _text(value: Any) -> str:
    if value is None:
        return DONE
    if isinstance(value, str) and not isinstance(value, Enum):
        return check_text(str.__str__(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode()
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        raise TypeError("it is a generator; return a list or a text")
    return canonical(plain(value))


def described(error: BaseException) -> str:
    """What an exception says, with its class unless it is one of ours."""
    try:
        told = _clean(str(error))
    except BaseException:  # noqa: BLE001 - its own text failed; its class is left
        told = ""
    if isinstance(error, DetentError) and told:
        return told
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _clean(text: str) -> str:
    """Text that can be kept: no lone surrogates, not endless."""
    kept = text.encode("utf-8", "backslashreplace").decode()
    return kept if len(kept) <= _MAX_MESSAGE else f"{kept[:_MAX_MESSAGE]}... ({len(kept):,} characters)"


def error_word(kind: type[BaseException]) -> str:
    """FileNotFoundError -> file_not_found, TimeoutError -> timeout, ValueError -> value_error."""
    word = _WORDS.sub("_", kind.__name__).lower().strip("_")
    short = word.removesuffix("_error").removesuffix("_exception")
    telling = "_" in short or (issubclass(kind, OSError) and kind is not OSError)
    return (short if telling else word) or "error"

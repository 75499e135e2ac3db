"""The scripted model: plays a JSON list of turns, so that demos and tests are exact.

A string is an answer; `{"name", "arguments"}` one call; a list of those several calls in one reply;
`{"content", "thinking", "tool_calls"}` any of them together; `{"raw": text}` a reply that arrives verbatim, however
broken; `{"loop": text}` that text without end, which is cut off as a real one is; `{"refused": kind, "content"}` a
reply that cannot be used, whatever it said, under that word.  The index is the number of replies
so far, refused ones included; past the end the last turn repeats.

It is the only door that needs no prompt.  The file is read once, at the check or at the first turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...states.canonical import canonical, parse
from ...states.errors import BadValue, ConfigError, NotFound
from .door import Checked, RawCall, Reply, Request, Say
from .repetition import STRETCH, TIMES

__all__ = ["ScriptDoor", "read_script"]

_MAX_BYTES = 16 * 1024 * 1024
_FORMS = (
    {"raw"},
    {"loop"},
    {"name", "arguments", "id"},
    {"content", "thinking", "tool_calls"},
    {"refused", "content", "thinking"},
)


class ScriptDoor:
    """A model that says what a file says.

    Args:
        file: the file's name
        folder: what it is relative to; the current folder if None
    """

    def __init__(self, file: str, *, folder: Path | None = None) -> None:
        self._path = (folder or Path()) / Path(file).expanduser()
        self._turns: tuple[Reply, ...] = ()

    async def check(self, *, tools: bool) -> Checked:  # noqa: ARG002 - it can say everything
        """Read the file.

        Raises:
            NotFound: there is no such file
            ConfigError: it is no list of turns
        """
        self._turns = read_script(self._path)
        return Checked(model=f"script:{self._path}", capabilities=("completion", "tools", "thinking"))

    async def chat(self, request: Request, say: Say) -> Reply:
        """The turn of this index.

        Raises:
            NotFound: there is no such file
            ConfigError: it is no list of turns
        """
        turns = self._turns
        if not turns:
            turns = self._turns = read_script(self._path)
        reply = turns[min(request.index, len(turns) - 1)]
        if reply.thinking:
            say("thinking", reply.thinking)
        if reply.content:
            say("content", reply.content)
        return reply

    async def close(self) -> None:
        """Nothing is held."""


def read_script(path: Path) -> tuple[Reply, ...]:
    """The replies that a script's file holds.

    Raises:
        NotFound: there is no such file
        ConfigError: it cannot be read, or is no list of turns
    """
    try:
        script = parse(path.read_text(encoding="utf-8"), max_bytes=_MAX_BYTES)
    except FileNotFoundError:
        raise NotFound(
            f"The script {path} does not exist.", "Name a JSON file with a list of turns."
        ) from None
    except (OSError, UnicodeDecodeError, BadValue) as error:
        raise _wrong(path, str(error).rstrip(".")) from error
    if not isinstance(script, list) or not script:
        raise _wrong(path, "it must be a JSON list with at least one turn")
    replies = []
    for number, turn in enumerate(script, 1):
        try:
            replies.append(_reply(turn))
        except BadValue as error:
            raise _wrong(path, f"turn {number} {error.message}") from None
    return tuple(replies)


def _wrong(path: Path, why: str) -> ConfigError:
    hint = 'A turn is a text, {"name", "arguments"}, a list of those, or one of content/thinking/tool_calls, raw, loop, refused.'
    return ConfigError(f"The script {path} cannot be played: {why}.", hint)


def _reply(turn: Any) -> Reply:
    if isinstance(turn, str):
        return Reply(content=turn)
    if isinstance(turn, list) and turn:
        return Reply(calls=tuple(map(_call, turn)))
    if not isinstance(turn, Mapping) or not turn or not any(set(turn) <= form for form in _FORMS):
        raise BadValue(f"is no turn: {canonical(turn)[:80]}")
    if "raw" in turn:
        return Reply(content=_text(turn, "raw"))
    if "loop" in turn:
        return _endless(_text(turn, "loop"))
    if "refused" in turn:
        return _unusable(turn)
    if "content" in turn or "thinking" in turn or "tool_calls" in turn:
        calls = turn.get("tool_calls", [])
        if not isinstance(calls, list):
            raise BadValue("has tool_calls that are no list")
        return Reply(
            content=_text(turn, "content"), thinking=_text(turn, "thinking"), calls=tuple(map(_call, calls))
        )
    return Reply(calls=(_call(turn),))


def _unusable(turn: Mapping[str, Any]) -> Reply:
    """A reply that is refused under the word it was refused with."""
    word = _text(turn, "refused")
    if not word:
        raise BadValue("is refused under no word")
    return Reply(content=_text(turn, "content"), thinking=_text(turn, "thinking"), error=word)


def _call(call: Any) -> RawCall:
    if not isinstance(call, Mapping) or not set(call) <= {"name", "arguments", "id"} or not call.get("name"):
        raise BadValue(
            f"has a call without a name, or with more than name, arguments and id: {canonical(call)[:80]}"
        )
    return RawCall(id=_text(call, "id"), name=_text(call, "name"), arguments=call.get("arguments"))


def _text(turn: Mapping[str, Any], key: str) -> str:
    value = turn.get(key, "")
    if not isinstance(value, str):
        raise BadValue(f"has {key!r} that is no text")
    return value


def _endless(block: str) -> Reply:
    """A loop, as far as any reader would follow it: cut off where the repetition is certain."""
    if not block:
        raise BadValue("is a loop of nothing")
    times = max(TIMES, -(-STRETCH // len(block)))
    return Reply(content=block * times, complete=False, error="repetition")

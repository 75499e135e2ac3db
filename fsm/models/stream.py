"""A streamed reply of `/api/chat`, put together line by line.

Pure.  Ollama sends calls in any chunk, the last one included, several in one or one in each; a stream that ends
without `done` is no answer; an error may come in the middle of it.  Wrong types in a chunk are taken as absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .door import RawCall, Reply, Say
from .repetition import Watch, repeats
from .tags import Tags

__all__ = ["Broken", "Gathering", "Lines"]

_LONGEST = 32 * 1024 * 1024  # bytes of one line


class Broken(Exception):
    """What arrived is no reply of Ollama."""


class Lines:
    """Bytes in, JSON objects out; only a line feed ends a line, whatever Unicode calls one."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, data: bytes) -> Iterator[Mapping[str, Any]]:
        """The objects that are whole with these bytes.

        Raises:
            Broken: a line that is no JSON object, or has no end
        """
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            raise Broken("a line without end")
        return (self._object(line) for line in whole if line.strip())

    def end(self) -> Iterator[Mapping[str, Any]]:
        """What stands after the last line feed."""
        rest, self._rest = self._rest, b""
        return iter([self._object(rest)] if rest.strip() else [])

    @staticmethod
    def _object(line: bytes) -> Mapping[str, Any]:
        try:
            made = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Broken(f"a line that is no JSON: {line[:120]!r}") from error
        if not isinstance(made, dict):
            raise Broken(f"a line that is no JSON object: {line[:120]!r}")
        return made


class Gathering:
    """A reply that is coming in.

    Args:
        say: is told every piece
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._parts: dict[str, list[str]] = {"thinking": [], "content": []}
        self._watch = Watch()
        self._tags = Tags()
        self._calls: list[RawCall] = []
        self._last: Mapping[str, Any] = {}
        self.done = False
        self.error = ""
        self.detail = ""

    @property
    def begun(self) -> bool:
        """Whether any piece of the reply has arrived."""
        return bool(self._calls or self._parts["thinking"] or self._parts["content"])

    def add(self, chunk: Mapping[str, Any]) -> bool:
        """Take in a chunk; whether the rest is worth waiting for."""
        message = chunk.get("message")
        if isinstance(message, Mapping):
            for kind, parts in self._parts.items():
                piece = message.get(kind)
                if not isinstance(piece, str) or not piece:
                    continue
                if not piece.isascii():  # a lone surrogate is no Unicode, and no terminal takes it
                    piece = piece.encode("utf-8", "replace").decode()
                parts.append(piece)
                self._tell(kind, piece)
                if self._watch.add(piece):
                    self.error = "repetition"
                    return False
            self._take_calls(message.get("tool_calls"))
        if chunk.get("done") is True:
            self.done, self._last = True, chunk
        return not self.done

    def _tell(self, kind: str, piece: str) -> None:
        for shown in self._tags.add(piece) if kind == "content" else [(kind, piece)]:
            self._say(*shown)

    def _take_calls(self, calls: Any) -> None:
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
                self.error, self.detail = "broken_json", f"a call without a name: {call!r}"[:200]
                continue
            given = call.get("id")
            self._calls.append(
                RawCall(
                    id=given if isinstance(given, str) else "",
                    name=function["name"],
                    arguments=function.get("arguments"),
                )
            )

    def reply(self, *, took_ms: int) -> Reply:
        """What has arrived so far, as a reply; the end of it is told."""
        for shown in self._tags.end():
            self._say(*shown)
        thinking, content = "".join(self._parts["thinking"]), "".join(self._parts["content"])
        error = self.error
        if not self.done and not error and _stutters(content or thinking):
            error = "repetition"  # the server broke it off, and says so in no other way
        reason = self._last.get("done_reason")
        return Reply(
            content=content,
            thinking=thinking,
            calls=tuple(self._calls),
            done_reason=reason if isinstance(reason, str) else "",
            prompt_tokens=_count(self._last.get("prompt_eval_count")),
            reply_tokens=_count(self._last.get("eval_count")),
            load_ms=_count(self._last.get("load_duration")) // 1_000_000,
            took_ms=took_ms,
            complete=self.done,
            error=error,
            detail=self.detail,
        )


def _stutters(text: str) -> bool:
    """Whether a text that broke off ends in some twenty equal pieces, or in a loop."""
    tail = text[-400:]
    for length in range(1, 1 + len(tail) // 20):
        if tail.endswith(tail[-length:] * 20):
            return True
    return repeats(text)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

"""Thinking that comes with its tags inside the text, told apart while it comes.

Pure.  Only what is shown of a stream passes here; the reply itself is read as a whole, by the planner.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["Tags"]

_OPEN, _CLOSE = "<think>", "</think>"


class Tags:
    """Splits text that begins with a thinking tag; any other text passes as it is."""

    def __init__(self) -> None:
        self._held = ""
        self._where = "start"

    def add(self, piece: str) -> Iterator[tuple[str, str]]:
        """What can be shown with this piece, as ("thinking" or "content", text)."""
        text, self._held = self._held + piece, ""
        if self._where == "start":
            begun = text.lstrip()
            if len(begun) < len(_OPEN) and _OPEN.startswith(begun):
                self._held = text
                return
            self._where = "thinking" if begun.startswith(_OPEN) else "content"
            text = begun.removeprefix(_OPEN) if self._where == "thinking" else text
        if self._where == "thinking":
            thought, closed, rest = text.partition(_CLOSE)
            if not closed:
                keep = next(
                    (size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0
                )
                thought, self._held = text[: len(text) - keep], text[len(text) - keep :]
            else:
                self._where = "after"
            if thought:
                yield "thinking", thought
            text = rest
        if self._where == "after":  # the line feeds that follow the tag belong to it
            text = text.lstrip("\n")
            self._where = "content" if text else "after"
        if text:
            yield "content", text

    def end(self) -> Iterator[tuple[str, str]]:
        """What was held back, when nothing more comes."""
        if self._held:
            yield "thinking" if self._where == "thinking" else "content", self._held
        self._held = ""

r"""Text from models, tools and files, made harmless for a terminal.

Such text is data.  Whatever could move the cursor, change the terminal, reorder what stands beside it, or stand there
unseen is shown as an escape (`\x1b`, `\u{202e}`); nothing is left out.  Everything that is shown and was not written
by us passes one of these functions; JSON keeps its exact value.

    block   several lines: line feeds and tabs stay
    line    one line: they are shown too
    json    a JSON text: the same characters as \uXXXX, so that it reads back as it was
"""

from __future__ import annotations

import re

__all__ = ["block", "json", "line"]

# C0 but \t and \n, DEL and C1; what Unicode calls default-ignorable (zero-width, bidi, variation selectors, tags,
# fillers); line and paragraph separators; lone surrogates; noncharacters of the first plane.
_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# The one selector that hides nothing: it follows a sign and makes an emoji of it.
_KEPT = (
    r"(?P<kept>(?<=[\xa9\xae\u203c-\u2054\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff])\ufe0f)"
)
_FOUND = re.compile(f"{_KEPT}|[{_HIDDEN}]")

_LATIN = 0x100


def block(text: str) -> str:
    """The text with everything hidden made visible; line feeds and tabs stay."""
    return _FOUND.sub(_visible, text)


def line(text: str) -> str:
    """The text as one line."""
    return block(text).replace("\n", "\\n").replace("\t", "\\t")


def json(text: str) -> str:
    """A JSON text with everything hidden written as JSON escapes; it reads back as the same value."""
    return _FOUND.sub(_escaped, text)


def _visible(found: re.Match[str]) -> str:
    mark = found.group()
    if found.lastgroup == "kept":
        return mark
    code = ord(mark)
    if mark == "\r":
        return "\\r"
    return f"\\x{code:02x}" if code < _LATIN else f"\\u{{{code:x}}}"


def _escaped(found: re.Match[str]) -> str:
    if found.lastgroup == "kept":
        return found.group()
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

"""Figures in words: durations, counts, sizes and moments, and lines cut to a width.

Numbers have units, durations are human, what is cut ends in an ellipsis.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from . import escape

__all__ = [
    "call_words",
    "count",
    "cut",
    "duration",
    "folded",
    "late_words",
    "moment",
    "plural",
    "rule_words",
    "side_by_side",
    "size",
    "stopwatch",
    "width",
]

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_KILO = 1000
_WIDE = ("W", "F")


def duration(milliseconds: int) -> str:
    """`8 ms`, `2.1 s`, `3 min 12 s`, `5 h 3 min`, `2 d 4 h`."""
    if milliseconds < _SECOND:
        return f"{max(0, milliseconds)} ms"
    if milliseconds < _MINUTE - 50:
        return f"{milliseconds / _SECOND:.1f} s"
    minutes, seconds = divmod(round(milliseconds / _SECOND), 60)
    if milliseconds < _HOUR:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if milliseconds < _DAY:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def stopwatch(milliseconds: int) -> str:
    """Time since a beginning, in eight columns for ten days: `5.8 s`, `12:10`, `1:02:10`."""
    if milliseconds < _MINUTE - 50:
        return f"{max(0, milliseconds) / _SECOND:.1f} s"
    minutes, seconds = divmod(round(milliseconds / _SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def count(number: int) -> str:
    """`1,204`."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 turn`, `3 turns`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Bytes: `12 B`, `1.1 kB`, `48 MB`."""
    if number < _KILO:
        return f"{number} B"
    value = float(number)
    for unit in ("kB", "MB", "GB"):
        value /= _KILO
        if value < _KILO or unit == "GB":
            break
    return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"  # noqa: PLR2004 - two digits are enough


def moment(at: int, *, day: bool = False) -> str:
    """A time in milliseconds since the epoch, here: `14:02:11`, with `day` also the date."""
    return time.strftime("%Y-%m-%d %H:%M:%S" if day else "%H:%M:%S", time.localtime(at / 1000))


def rule_words(rule: str) -> str:
    """Why a call passed unasked: the rule that allowed it, or that it is served what an equal one came to."""
    return "served from the recording" if rule == "recorded" else f"allowed by {escape.line(rule)}"


def late_words(view: Mapping[str, Any], *, short: bool = False) -> str:
    """What an attempt came to when nobody waited for it any more, without the text.

    Args:
        view: it
        short: in as few words as will do
    """
    came = f"failed ({view['error']})" if view["error"] else "returned"
    if short:
        return f"too late: {escape.line(view['tool'])} {came}"
    tool = escape.line(f"{view['tool']} ({view['call']}, attempt {view['attempt']}) {came}")
    return f"{tool} at {moment(view['at'], day=True)}, too late: kept, not applied"


def call_words(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call on one line, escaped: `edit_file(path="notes.md", old="x")`."""
    shown = (
        (name, json.dumps(value, ensure_ascii=False)) for name, value in arguments.items() if name[:1] != "$"
    )
    return escape.line(f"{tool}({', '.join(f'{name}={value}' for name, value in shown)})")


def width(text: str) -> int:
    """How many columns a line takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in _WIDE)
        for mark in text
    )


def cut(text: str, columns: int) -> str:
    """The line, at most so many columns of it."""
    if width(text) <= columns:
        return text
    kept, taken = [], 0
    for mark in text:
        taken += width(mark)
        if taken > columns - 1:
            break
        kept.append(mark)
    return "".join(kept) + "…"


def folded(text: str, columns: int, mark: str = "") -> list[str]:
    """The words of a line in lines of at most so many columns; what follows the first is set in by five.

    Args:
        text: the line
        columns: how wide a line may be
        mark: what a line is rather broken behind, where it can be
    """
    lines, left = [], text
    while width(left) > columns:
        at = left.rfind(f"{mark} ", 6, columns + 1) + len(mark) if mark else -1
        at = at if at > len(mark) else left.rfind(" ", 6, columns + 1)
        if at < 0:
            break
        lines.append(left[:at])
        left = " " * 5 + left[at + 1 :]
    return [*lines, left]


def side_by_side(parts: Iterable[str], columns: int) -> list[str]:
    """Parts beside one another, set in by two, in lines of at most so many columns; none of them is broken."""
    lines = [""]
    for part in parts:
        beside = f"{lines[-1]}   {part}" if lines[-1] else f"  {part}"
        if lines[-1] and width(beside) > columns:
            lines.append(f"  {part}")
        else:
            lines[-1] = beside
    return lines

"""The prompt: what of a run's history fits into the model's window.

Pure.  Pinned, and always in: the instructions, the goal as the first user message, the notes, and the newest group
(the calls and their results) with all that came after it.  Of the rest, the newest groups are shown as they are, older
ones with their results shortened, still older ones not at all, each group whole or not; a line says how many messages
are left out.  The history is read backwards, and no further than the window can hold.

A window that is full is cleared with room to spare, and the marks of that are kept: while they hold, each prompt
begins with the one before, so the server reads only what is new.

Tokens are estimated as characters / 3, times a factor that the planner learns from the server's own counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from attrs import frozen

from ...states.commands import MakePlan
from ...states.errors import ConfigError
from ...states.spec import Spec
from ..history import Message
from ..models.door import Prompt
from .planner import History
from .schemas import tools_for
from .wire import OVERHEAD, PINNED, Group, Level, groups, joined, lengths, rendered, size, trimmed
from .words import last_call, on_tools

__all__ = ["CHARACTERS", "Layout", "Marks", "laid_out", "prompt"]

CHARACTERS = 3  # characters a token has, about
_SHOWN = 8192  # characters of a result that are shown at most
_LEAST = 96  # characters that are shown at least of what people and the model said
_MARK = 160  # characters a line about what is left out may take
_BIG = 2**40
_SHORT = Level(results=400, arguments=400, texts=800, thinking=False)


@frozen
class Marks:
    """Where the prompt before drew its lines, as places in the history.

    Args:
        cut: nothing before it is shown
        short: results before it are shown shortened
    """

    cut: int = 0
    short: int = 0


@frozen
class Layout:
    """A prompt, and what of the history stands in it.

    Args:
        prompt: what is sent
        first: the goal, and the notes from before the newest group, each with its text in the prompt
        shown: the groups that are in it
    """

    prompt: Prompt
    first: tuple[tuple[int, str], ...]
    shown: tuple[_Shown, ...]

    def lengths(self) -> dict[int, int]:
        """How many characters of each message are in the prompt, by its place; one that is left out is not there."""
        made = {place: len(text) for place, text in self.first}
        for one in self.shown:
            made |= lengths(one.group, one.messages)
        return made


def prompt(
    spec: Spec,
    command: MakePlan,
    history: History,
    window: int,
    factor: float = 1.0,
    *,
    marks: Marks = Marks(),
    notes: Sequence[Message] = (),
) -> Prompt:
    """What to send for this turn.

    Args:
        spec: what the run agreed to
        command: what is ordered
        history: what was said so far
        window: the context window, tokens
        factor: tokens there really are for each that is estimated
        marks: where the prompt before drew its lines
        notes: what people told the run, wherever it stands in the history

    Raises:
        ConfigError: what must be sent does not fit the window
    """
    return laid_out(spec, command, history, window, factor, marks=marks, notes=notes).prompt


def laid_out(
    spec: Spec,
    command: MakePlan,
    history: History,
    window: int,
    factor: float = 1.0,
    *,
    marks: Marks = Marks(),
    notes: Sequence[Message] = (),
) -> Layout:
    """The same prompt, with what of the history stands in it; see `prompt`."""
    reply = min(spec.options.num_predict or window // 4, window // 2)
    room = int((window - reply) * CHARACTERS / factor)
    tools, tools_size = ([], 0) if command.last else tools_for(spec)
    system = _system(spec, offered=bool(tools))
    closing = [_user(last_call(command.last))] if command.last else []
    left = room - tools_size - sum(size(one) for one in (*system, *closing)) - _MARK
    walk = groups(history.backwards())
    newest = _newest(walk)
    start = newest[0].start if newest else len(history)
    early = [note for note in notes if note.position < start]
    first = _fair([history.goal(), *(note.text.body for note in early)], left // 2)
    left -= sum(len(text) + OVERHEAD for text in first)
    pinned, left = _pinned(spec, newest, left, _cap(window))
    older, marks = _older(spec, walk, left, marks, start=start, cap=_cap(window))
    shown = [*older, *pinned]
    messages = joined(
        [
            *system,
            *(_user(text) for text in _head(first, early, shown, len(history))),
            *(message for one in shown for message in one.messages),
            *closing,
        ]
    )
    characters = tools_size + sum(size(one) for one in messages)
    made = Prompt(
        messages=messages,
        tools=tools,
        num_predict=reply,
        characters=characters,
        estimate=math.ceil(characters * factor / CHARACTERS),
        cut=marks.cut,
        short=marks.short,
    )
    places = (0, *(note.position for note in early))
    return Layout(made, tuple(zip(places, first, strict=True)), tuple(shown))


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _system(spec: Spec, *, offered: bool) -> list[dict[str, Any]]:
    parts = (spec.instructions.strip(), on_tools(spec) if offered else "")
    text = "\n\n".join(part for part in parts if part)
    return [{"role": "system", "content": text}] if text else []


def _cap(window: int) -> int:
    """How much of a result is shown: 8 KB, or a quarter of the window."""
    return min(_SHOWN, window * CHARACTERS // 4)


def _fair(texts: list[str], room: int) -> list[str]:
    """The texts, the longest trimmed if they are too long together."""
    share = room // max(1, len(texts))
    if sum(map(len, texts)) <= room:
        return texts
    spare = sum(max(0, share - len(text)) for text in texts)
    long = sum(len(text) > share for text in texts)
    most = max(_LEAST, share + spare // max(1, long) - _MARK)
    return [trimmed(text, most) for text in texts]


def _head(texts: list[str], notes: Sequence[Message], shown: list[_Shown], length: int) -> Iterator[str]:
    """The goal, the notes that are not where they were said, and how much else is left out."""
    yield texts[0]
    seen = {message.position for one in shown for message in one.group.tail}
    moved = [text for text, note in zip(texts[1:], notes, strict=True) if note.position not in seen]
    yield from moved
    gone = length - 1 - len(moved) - len(seen) - sum(one.group.head is not None for one in shown)
    if gone > 0:
        yield f"[{gone:,} earlier messages of this conversation are left out here]"


@frozen
class _Shown:
    group: Group
    messages: list[dict[str, Any]]

    @property
    def size(self) -> int:
        return sum(map(size, self.messages))


def _rendered(group: Group, spec: Spec, level: Level) -> _Shown:
    return _Shown(group, rendered(group, spec, level))


def _newest(walk: Iterator[Group]) -> list[Group]:
    """The newest reply that was taken, and all after it, in order."""
    found: list[Group] = []
    for group in walk:
        found.append(group)
        if group.head is None or group.head.text.kind == "turn":
            break
    found.reverse()
    return found


def _pinned(spec: Spec, newest: list[Group], room: int, cap: int) -> tuple[list[_Shown], int]:
    """The newest groups, squeezed if they have to be, and the room they leave.

    If squeezing does not do, refused replies go, the oldest first, up to the newest; notes stay.
    """
    for level in _levels(cap):
        made = [_rendered(group, spec, level) for group in newest]
        left = room - sum(one.size for one in made)
        if left >= 0:
            return made, left
    for place in range(1, len(made) - 1):
        notes = tuple(message for message in made[place].group.tail if message.text.kind in PINNED)
        left += made[place].size
        made[place] = _rendered(Group(None, notes), spec, level)
        left -= made[place].size
        if left >= 0:
            return [one for one in made if one.messages], left
    raise ConfigError(
        "The instructions, the tools and the newest results do not fit the model's context window.",
        "Raise num_ctx, offer fewer tools, or allow fewer calls in one turn.",
    )


def _levels(cap: int) -> Iterator[Level]:
    yield Level(results=cap, arguments=cap, texts=_BIG, thinking=True)
    most = cap
    while most > _LEAST // 4:
        yield Level(results=most, arguments=most, texts=max(most, _LEAST), thinking=False)
        most //= 2
    yield Level(results=0, arguments=0, texts=_LEAST, thinking=False)


def _older(
    spec: Spec, walk: Iterator[Group], room: int, marks: Marks, *, start: int, cap: int
) -> tuple[list[_Shown], Marks]:
    """The groups before the pinned ones that are shown, in order, and where the lines are drawn now."""
    full = Level(results=cap, arguments=cap, texts=_BIG, thinking=True)
    read: list[Group] = []
    made: list[_Shown] = []
    for group in walk:
        read.append(group)
        if group.start < marks.cut:
            break
        one = _rendered(group, spec, _SHORT if group.start < marks.short else full)
        room -= one.size
        if room < 0:
            room += one.size + sum(each.size for each in made)
            return _cleared(spec, chain(read, walk), room, start, full)
        made.append(one)
    made.reverse()
    return made, marks


def _cleared(
    spec: Spec, walk: Iterator[Group], room: int, start: int, full: Level
) -> tuple[list[_Shown], Marks]:
    """Clear a full window down to two thirds: the newest third as it is, then shortened, then not at all."""
    made: list[_Shown] = []
    used, short, whole = 0, start, True
    for group in walk:
        one = _rendered(group, spec, full if whole else _SHORT)
        if whole and used + one.size > room // 3:
            whole = False
            one = _rendered(group, spec, _SHORT)
        used += one.size
        if used > room * 2 // 3:
            break
        made.append(one)
        short = group.start if whole else short
    made.reverse()
    return made, Marks(cut=made[0].group.start if made else start, short=short)

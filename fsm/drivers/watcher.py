"""Who is told what happens to a driven run, and who is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from ...states.commands import AskPerson
from ..kernel import Transition
from .journal import Fact

__all__ = ["Watcher"]


@frozen
class Watcher:
    """Who is told what happens.  Nothing here acknowledges anything but `click`, which comes after the commit.

    Args:
        click: a durable click, with the milliseconds it took
        say: a piece of provisional text of the model: "thinking" or "content", and the piece
        progress: what a tool says of itself: call id and text
        ask: puts a gate to the person at hand, and gives what settles it or None; None where nobody is there
        notice: something the person should know, in a sentence or two
    """

    click: Callable[[Transition, int], None] = lambda _click, _took: None
    say: Callable[[str, str], None] = lambda _kind, _piece: None
    progress: Callable[[str, str], None] = lambda _call, _text: None
    ask: Callable[[AskPerson], Awaitable[Fact | None]] | None = None
    notice: Callable[[str], None] = lambda _said: None

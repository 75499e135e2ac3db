"""The lens: through what a model saw the history when it gave a reply.

Pure.  A prompt follows from the run alone, but for what the planner has learned by then: how long a token is, how
much fits, where it drew its lines.  With that the same prompt can be made again, byte for byte.  It is kept beside the
reply where the prompt is not the one that a planner makes which has learned nothing.
"""

from __future__ import annotations

import json

from attrs import evolve, field, frozen

from ...states.canonical import canonical
from ...states.commands import MakePlan
from ...states.errors import ConfigError, IntegrityError
from ...states.spec import Spec
from ...states.texts import Text, text
from ..history import Message
from ..models.door import WINDOW, Prompt
from .planner import History
from .prompting import Layout, Marks, laid_out
from .wire import PINNED

__all__ = [
    "LENS",
    "SMALLEST",
    "Learned",
    "Lens",
    "fitted",
    "lens_text",
    "notes_of",
    "plain",
    "read_lens",
    "rounded",
    "same",
    "through",
]

LENS = "lens"  # the kind of its text
_UNIT = 1000  # factors are kept in thousandths
SMALLEST = 512  # tokens the window is halved to at most


@frozen(kw_only=True)
class Lens:
    """What a prompt depends on beside the run.

    Args:
        window: the context window it has to fit, tokens
        factor: tokens there really are for each that is estimated
        marks: where its lines are drawn
    """

    window: int
    factor: float = 1.0
    marks: Marks = field(factory=Marks)


@frozen(kw_only=True)
class Learned:
    """What a planner knows after a reply, and goes on with in another process.

    Args:
        window: the context window, tokens
        factor: tokens there really are for each that is estimated
        halved: how many times the window is halved for the rest of this turn
        marks: where the lines of the prompt before were drawn
    """

    window: int
    factor: float = 1.0
    halved: int = 0
    marks: Marks = field(factory=Marks)

    def lens(self) -> Lens:
        """What the next prompt is made through."""
        if self.halved:  # a tight fit for one turn: no lines are kept
            window = max(min(SMALLEST, self.window), self.window >> self.halved)
            return Lens(window=window, factor=self.factor)
        return Lens(window=self.window, factor=self.factor, marks=self.marks)


def plain(spec: Spec) -> Lens:
    """The lens of a planner that has learned nothing."""
    return Lens(window=spec.options.num_ctx or WINDOW)


def through(spec: Spec, command: MakePlan, history: History, lens: Lens, notes: list[Message]) -> Layout:
    """What is sent, seen through a lens.

    Raises:
        ConfigError: what must be sent does not fit the window
    """
    return laid_out(spec, command, history, lens.window, lens.factor, marks=lens.marks, notes=notes)


def fitted(
    spec: Spec, command: MakePlan, history: History, learned: Learned, notes: list[Message]
) -> tuple[Lens, Layout]:
    """What is sent by who has learned this, and through what it is seen.

    Raises:
        ConfigError: what must be sent does not fit the window
    """
    lens = learned.lens()
    try:
        return lens, through(spec, command, history, lens, notes)
    except ConfigError:
        if not learned.halved:
            raise
    lens = evolve(learned, halved=0).lens()  # half is only to be safe: what a token is has been counted
    return lens, through(spec, command, history, lens, notes)


def same(one: Prompt, other: Prompt) -> bool:
    """Whether two prompts send the same."""
    return one.messages == other.messages and one.num_predict == other.num_predict


def notes_of(history: History) -> list[Message]:
    """What people told the run, in order, as far as the history goes."""
    found = [one for one in history.backwards() if one.position and one.text.kind in PINNED]
    found.reverse()
    return found


def rounded(factor: float) -> float:
    """A factor as it can be kept."""
    return round(factor * _UNIT) / _UNIT


def lens_text(lens: Lens, learned: Learned) -> Text:
    """What is kept beside a reply.

    Args:
        lens: through what its prompt was made, its lines as they were drawn then
        learned: what the planner knows now that it has read the reply
    """
    made = {
        "window": lens.window,
        "factor": round(lens.factor * _UNIT),
        "cut": lens.marks.cut,
        "short": lens.marks.short,
        "next": {
            "window": learned.window,
            "factor": round(learned.factor * _UNIT),
            "halved": learned.halved,
        },
    }
    return text(LENS, canonical(made))


def read_lens(body: str, *, retry: bool) -> tuple[Lens, Learned]:
    """The lens of a stored text, and what was learned then.

    Args:
        body: the text
        retry: whether the turn goes on: what is halved is so for one turn

    Raises:
        IntegrityError: it is none
    """
    try:
        made = json.loads(body)
        after = made["next"]
        lens = Lens(
            window=made["window"],
            factor=made["factor"] / _UNIT,
            marks=Marks(cut=made["cut"], short=made["short"]),
        )
        learned = Learned(
            window=after["window"],
            factor=after["factor"] / _UNIT,
            halved=after["halved"] if retry else 0,
            marks=lens.marks if lens.window == after["window"] else Marks(),
        )
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise IntegrityError(
            "What a prompt was made with cannot be read.",
            "Nothing was changed; `detent verify` lists all that is damaged.",
        ) from error
    return lens, learned

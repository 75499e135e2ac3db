"""The display of a run as it happens, on standard error: one click, one line.

    0.0 s  PLANNING   asking qwen3
    2.1 s  EXECUTING  list_dir(path=".")                                    2.1 s

The time, then the state in a fixed column, then what it was about, then a figure at the right edge.  What models and
tools say stands indented behind a bar, so it cannot imitate these lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import escape
from .narrating import Line, Narrator
from .wording import cut, duration, folded, plural, stopwatch, width

if TYPE_CHECKING:
    from ...states.spec import Spec
    from ..drivers.local import Driver
    from ..kernel import Transition
    from .manners import Manners

__all__ = ["BAR", "INDENT", "Display", "barred", "display_for", "header"]

TIME, STATE = 8, 9  # columns
INDENT = " " * (TIME + 2)
BAR = f"{INDENT}│ "
LEAST = 24  # columns a text has beside its state


def display_for(manners: Manners) -> Display:
    """The display that fits: nothing, lines, or lines that move."""
    if manners.moving():
        from .live import LiveDisplay  # noqa: PLC0415 - rich is loaded only where something moves

        return LiveDisplay(manners)
    return Display(manners)


def header(spec: Spec) -> str:
    """What a run is allowed: `ollama:qwen3  7 tools  · at most 15 turns, 40 calls, 10 min (then asks)`."""
    limits = spec.limits
    who = escape.line(spec.model) or "a workflow"
    calls = f", {plural(limits.tool_calls, 'call')}" if spec.tools else ""
    tools = f"  {plural(len(spec.tools), 'tool')}" if spec.tools and spec.model else ""
    then = " (then asks)" if spec.extensions else ""
    return f"{who}{tools}  · at most {plural(limits.model_turns, 'turn')}{calls}, {duration(limits.wall_seconds * 1000)}{then}"


def barred(text: str, columns: int) -> Iterator[str]:
    """A text that is not ours, escaped and folded to a width, behind a bar."""
    room = columns - width(BAR)
    for line in escape.block(text).expandtabs(4).split("\n"):
        left = line
        while width(left) > room:
            at = next(end for end in range(len(left), 0, -1) if width(left[:end]) <= room) if room > 1 else 1
            yield f"{BAR}{left[:at]}"
            left = left[at:]
        yield f"{BAR}{left}"


class Display:
    """Lines without movement.

    Args:
        manners: how to speak
    """

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.silent = manners.quiet or (manners.json and not manners.verbose)
        self._narrator: Narrator | None = None
        self._since = 0
        self._said: list[tuple[str, str]] = []

    def begin(self, driver: Driver, short: str) -> None:
        """A driver has the run and is about to start."""
        journal = driver.journal
        self._narrator = Narrator(journal)
        self._since = driver.clock.now()
        name = f"run {short}" if not journal.head.seq else f"run {short} from click {journal.head.seq}"
        first, *others = folded(f"{name}  {header(journal.head.spec)}", self.manners.columns())
        self.show(first.replace(name, self.manners.paint(name, bold=True), 1))
        for line in others:
            self.show(line)
        for rule in driver.prepared.rules:
            for line in folded(f"allowed unasked: {escape.line(str(rule))}", self.manners.columns()):
                self.show(line)
        self.show("")
        self.row(self._narrator.now(), 0)

    def click(self, click: Transition, took: int) -> None:
        """A click is durable."""
        if self._narrator is None:
            return
        if self.manners.verbose:
            self._whole()
        self._said.clear()
        self.row(self._narrator.click(click, took), click.after.at - self._since)

    def say(self, kind: str, piece: str) -> None:
        """The model says something; provisional."""
        if self.manners.verbose:
            self._said.append((kind, piece))

    def progress(self, call: str, text: str) -> None:
        """A tool says something of itself."""
        del call
        for line in barred(text[:2000], self.manners.columns()):
            self.show(line)

    def notice(self, text: str) -> None:
        """Something the person should know."""
        for line in folded(escape.line(text), self.manners.columns() - len(INDENT)):
            self.show(f"{INDENT}{line}")

    def pause(self) -> None:
        """The terminal is needed for a question."""

    def close(self) -> None:
        """Nothing more will be shown."""

    def row(self, line: Line, elapsed: int) -> None:
        """A click's line, cut to the width; its further texts stand below the first."""
        columns = self.manners.columns()
        left = f"{stopwatch(elapsed):>{TIME}}  {self.manners.state(line.state)}{' ' * (STATE - len(line.state))}  "
        before = TIME + 2 + max(STATE, len(line.state)) + 2
        room = max(LEAST, columns - before - (width(line.right) + 2 if line.right else 0))
        first = cut(line.texts[0] if line.texts else "", room)
        gap = " " * max(2, columns - before - width(first) - width(line.right)) if line.right else ""
        self.show(
            f"{left}{first}{gap}{self.manners.paint(line.right, dim=True) if line.right else ''}".rstrip()
        )
        for text in line.texts[1:]:
            self.show(f"{' ' * (TIME + STATE + 4)}{cut(text, max(LEAST, columns - TIME - STATE - 4))}")

    def show(self, line: str) -> None:
        """A finished line."""
        if not self.silent:
            self.manners.say(line)

    def _whole(self) -> None:
        """What the model said on the way here, whole."""
        for kind in ("thinking", "content"):
            said = "".join(piece for one, piece in self._said if one == kind)
            if said:
                for line in barred(
                    f"({kind}) {said}" if kind == "thinking" else said, self.manners.columns()
                ):
                    self.show(self.manners.paint(line, dim=True))

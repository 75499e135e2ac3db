"""The model planner: asks a language model what to do next.

Two halves.  `prompting` (history to prompt) and `reading` (reply to plan) are pure; what is left here talks to a door
and remembers what it learned: how many tokens its characters really are, how far the window was cleared, and where
the notes stand.  A reply whose prompt depended on that carries it (`lens`), so the prompt can be made again, and
another process goes on with it.
"""

from __future__ import annotations

from attrs import evolve

from ...states.commands import MakePlan
from ...states.errors import ConfigError
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Text
from ..history import Message
from ..models.door import Checked, Door, Prompt, Reply, Request, Say
from .lens import SMALLEST, Learned, Lens, fitted, lens_text, plain, read_lens, rounded, same, through
from .planner import History, Planned, Refused
from .prompting import CHARACTERS, Marks, prompt
from .reading import Check, read_reply
from .wire import PINNED

__all__ = ["ModelPlanner", "prompt", "read_reply"]

_REPLIES = ("turn", "refused")
_LEAST_FACTOR, _MOST_FACTOR = 0.4, 8.0
_MARGIN = 1.05  # the learned factor is taken a little higher than it was seen
_UNCUT = 1800  # tokens that fit into any window
_FAR_BELOW = 0.2  # of the estimate, before anything was learned: fewer tokens cannot have been read
_BELOW = 0.5  # of what the factor learned so far lets expect
_SHRUNK = 0.9  # of the tokens of a prompt that this one begins with
_CHEAP = 256  # messages that are read to the start without a thought


class ModelPlanner:
    """Plans by asking a model.

    Args:
        spec: what the run agreed to
        door: the model
        check: gives a tool's canonical arguments, or raises BadValue in words for the model
        rescue: whether a call that was written as text is taken
    """

    def __init__(self, spec: Spec, door: Door, check: Check, *, rescue: bool = True) -> None:
        self._spec = spec
        self._door = door
        self._check = check
        self._rescue = rescue
        self._plain = plain(spec)
        self._window = self._plain.window
        self._measure = _Measure()
        self._marks = Marks()
        self._notes: list[Message] = []
        self._read = 0
        self._before = 0
        self._inherits = False
        self._resumes = False
        self._run = ""
        self._quiet = False
        self._halved = 0

    async def plan(
        self, snapshot: Snapshot, command: MakePlan, history: History, say: Say
    ) -> Planned | Refused:
        """Ask the model; see `Planner.plan`."""
        if snapshot.run != self._run:
            self._begin(snapshot, history)
        if not command.refusals:
            self._quiet, self._halved = False, 0
        sent: list[tuple[Prompt, Lens]] = []

        def made() -> Prompt:
            self._take_up(command, history)
            self._learn_notes(snapshot, history)
            sent.append(self._seen(command, history))
            return sent[-1][0]

        think = bool(self._spec.options.think) and not self._quiet
        index = self._before + snapshot.usage.model_calls
        reply = await self._door.chat(Request(index=index, prompt=made, think=think), say)
        if not sent:
            return read_reply(self._spec, command, reply, self._check, rescue=self._rescue)
        shown, lens = sent[-1]
        reply = self._judged(shown, reply)
        outcome = read_reply(self._spec, command, reply, self._check, rescue=self._rescue)
        facts = {**outcome.facts, "window": self._window, "estimate": shown.estimate}
        return evolve(outcome, facts=facts, lens=self._kept(lens))

    def observe(self, snapshot: Snapshot, history: History) -> Text | None:  # noqa: ARG002 - it keeps no state
        """A model planner has no state of its own."""
        return None

    async def check(self) -> Checked:
        """Ask the door; see `Planner.check`."""
        return await self._door.check(tools=bool(self._spec.tools) or self._spec.ask_person)

    async def close(self) -> None:
        """Close the door."""
        await self._door.close()

    def _begin(self, snapshot: Snapshot, history: History) -> None:
        """A run this planner has not seen; a fork goes on in its parent's conversation, so its replies count."""
        self._run = snapshot.run
        self._measure, self._marks, self._notes, self._read = _Measure(), Marks(), [], 0
        self._window, self._halved, self._before = self._plain.window, 0, 0
        self._resumes = snapshot.usage.model_calls > 0
        self._inherits = _forked(snapshot) or len(history) <= _CHEAP
        if self._inherits:
            replies = sum(message.text.kind in _REPLIES for message in history.backwards())
            self._before = replies - snapshot.usage.model_calls

    def _take_up(self, command: MakePlan, history: History) -> None:
        """Go on with what the newest reply of this run had taught another process."""
        kept = history.lens() if self._resumes else None
        self._resumes = False
        if kept is not None:
            _, learned = read_lens(kept, retry=command.refusals > 0)
            self._window, self._halved, self._marks = learned.window, learned.halved, learned.marks
            self._measure.factor = learned.factor

    def _seen(self, command: MakePlan, history: History) -> tuple[Prompt, Lens]:
        """The prompt of this turn, and the lens it can be made again with; the plain one wherever that does it."""
        lens, layout = fitted(self._spec, command, history, self._learned(), self._notes)
        shown = layout.prompt
        drawn = Marks(cut=shown.cut, short=shown.short)
        if not self._halved:
            self._marks = drawn
        if lens == self._plain or self._plainly(shown, command, history):
            return shown, self._plain
        return shown, evolve(lens, marks=drawn)

    def _learned(self) -> Learned:
        """What is known by now."""
        return Learned(
            window=self._window, factor=self._measure.factor, halved=self._halved, marks=self._marks
        )

    def _plainly(self, shown: Prompt, command: MakePlan, history: History) -> bool:
        """Whether a planner that has learned nothing sends the same."""
        try:
            return same(through(self._spec, command, history, self._plain, self._notes).prompt, shown)
        except ConfigError:
            return False

    def _kept(self, lens: Lens) -> Text | None:
        """What is kept of a reply's prompt and of what it taught; None where another process can do without."""
        if lens == self._plain and not self._halved and self._window == self._plain.window:
            return None
        return lens_text(lens, self._learned())

    def _learn_notes(self, snapshot: Snapshot, history: History) -> None:
        """Find what people said since the last look, wherever it stands; the first look may go back to the start."""
        new: list[Message] = []
        wanted = None if self._inherits else snapshot.told - len(self._notes)
        if wanted != 0:
            for message in history.backwards():
                if message.position < max(1, self._read) or wanted == len(new):
                    break
                if message.text.kind in PINNED:
                    new.append(message)
        self._notes += reversed(new)
        self._read = len(history)

    def _judged(self, sent: Prompt, reply: Reply) -> Reply:
        """The reply, refused if its prompt was cut; and what it teaches about tokens and the window."""
        if not reply.error and self._measure.cut(sent, reply):
            reply = evolve(reply, error="prompt_cut")
        if reply.error == "too_long" and reply.prompt_tokens:
            self._halved += 1  # for this turn; from the next on, the factor says how much fits
        elif reply.error in ("too_long", "prompt_cut"):
            self._window = max(min(SMALLEST, self._window), self._window // 2)
        if not reply.error or reply.error == "too_long":
            self._measure.learn(sent, reply)
        self._quiet = self._quiet or bool(reply.thinking and not reply.content.strip() and not reply.calls)
        return _counted(sent, reply)


def _counted(sent: Prompt, reply: Reply) -> Reply:
    """The reply with its tokens estimated where the server did not come to count them, or they would cost nothing."""
    if reply.prompt_tokens or not reply.error:
        return reply
    written = -(-(len(reply.content) + len(reply.thinking)) // CHARACTERS)
    return evolve(
        reply, prompt_tokens=0 if reply.error == "too_long" else sent.estimate, reply_tokens=written
    )


def _forked(snapshot: Snapshot) -> bool:
    """Whether the run must have begun as a fork: its turns go on counting, its usage begins anew."""
    usage = snapshot.usage
    return snapshot.turn != usage.model_turns or usage.model_calls < usage.model_turns - 1


class _Measure:
    """How many tokens characters are, as the server counts; and whether a count can be true."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._learned = False
        self._last: tuple[int, int, int, int] | None = None  # marks, characters and tokens of the last prompt

    def learn(self, sent: Prompt, reply: Reply) -> None:
        """Take in the server's count of a prompt."""
        if reply.prompt_tokens <= 0 or sent.characters <= 0:
            return
        seen = reply.prompt_tokens * CHARACTERS / sent.characters
        self.factor = rounded(min(_MOST_FACTOR, max(_LEAST_FACTOR, seen * _MARGIN)))
        self._learned = True
        if not reply.error:
            self._last = (sent.cut, sent.short, sent.characters, reply.prompt_tokens)

    def cut(self, sent: Prompt, reply: Reply) -> bool:
        """Whether the server read so little that it must have cut the prompt.

        Servers cut at their window, so a short prompt cannot have been; and some texts, rulers and white space, have
        few tokens, so only a prompt that begins with the one before must have as many.
        """
        tokens, expected = reply.prompt_tokens, sent.characters / CHARACTERS * self.factor
        if tokens <= 0 or expected < _UNCUT:
            return False
        last = self._last
        grown = last is not None and (sent.cut, sent.short) == last[:2] and sent.characters >= last[2]
        if grown and last is not None and tokens < last[3] * _SHRUNK:
            return True
        return tokens < expected * (_BELOW if self._learned else _FAR_BELOW)

"""What every planner takes and gives, whether it asks a model or follows a graph.

Rules.  A planner answers one MakePlan with one `Planned` or `Refused`, and writes nothing: the driver turns either
into an event.  What no correction can mend is raised (ModelUnavailable, ConfigError), and the run is parked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from ...states.commands import MakePlan
from ...states.limits import Spent
from ...states.names import PlanKind
from ...states.snapshot import Snapshot
from ...states.texts import Text
from ..history import Message, Turn
from ..models.door import Checked, Say

__all__ = ["Checked", "History", "Planned", "Planner", "Refused", "Say"]


@frozen(kw_only=True)
class Planned:
    """What a planner decided.

    Args:
        kind: calls, an answer, a question to the person, or giving up
        turn: text, thinking, and the calls with their canonical arguments, as the history keeps them
        answer: the text that may end the run; why, of giving up; the question, of a question
        spent: tokens, money, and the milliseconds from the request to the reply's end
        loading: how many of those milliseconds went into loading the model, which is not active time
        planner: the planner's own new state, if it has one and it changed
        lens: what its prompt was made with, if that does not follow from the run; see `lens`
        facts: prompt_tokens, reply_tokens, window, rescued, ...: for display and records, never for decisions
    """

    kind: PlanKind
    turn: Turn = field(factory=Turn)
    answer: str = ""
    spent: Spent = field(factory=Spent)
    loading: int = 0
    planner: Text | None = None
    lens: Text | None = None
    facts: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Refused:
    """A reply that cannot be used.

    Args:
        kind: what is wrong: empty_reply, thinking_only, unknown_tool, bad_arguments, broken_json, cut_by_length,
            too_many_calls, prompt_cut, too_long, repetition, incomplete
        turn: the reply without its calls, or a placeholder
        correction: what the model is told about it
        spent: tokens, money, and the milliseconds from the request to the reply's end
        loading: how many of those milliseconds went into loading the model
        lens: as in `Planned`
        facts: as in `Planned`
    """

    kind: str
    turn: Turn = field(factory=Turn)
    correction: str
    spent: Spent = field(factory=Spent)
    loading: int = 0
    lens: Text | None = None
    facts: Mapping[str, Any] = field(factory=dict)


class History(Protocol):
    """A run's messages, read as far back as somebody needs them."""

    def __len__(self) -> int:
        """How many places there are, those kept for results included."""
        ...

    def backwards(self) -> Iterator[Message]:
        """The messages, the newest first, read as they are asked for."""
        ...

    def goal(self) -> str:
        """What the person asked for."""
        ...

    def planner_state(self) -> str | None:
        """The body of the planner's own state, if it has any."""
        ...

    def lens(self) -> str | None:
        """The body of what is kept beside the newest reply of this run about its prompt, if there is any."""
        ...


class Planner(Protocol):
    """What answers MakePlan."""

    async def plan(
        self, snapshot: Snapshot, command: MakePlan, history: History, say: Say
    ) -> Planned | Refused:
        """Decide what to do next.

        Args:
            snapshot: the run as it stands
            command: what is ordered
            history: what was said so far
            say: is told the reply while it comes, as ("thinking" or "content", piece); provisional

        Raises:
            ModelUnavailable: the model cannot be asked; the run is parked
            ConfigError: the model or the planner cannot do this at all
        """
        ...

    def observe(self, snapshot: Snapshot, history: History) -> Text | None:
        """The planner's own state after the turn that is observed; None if it is unchanged."""
        ...

    async def check(self) -> Checked:
        """What can be known before a run begins.

        Raises:
            ModelUnavailable: the server or the model is not there
            ConfigError: the model cannot do what the spec asks for
        """
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...

"""Child runs: a call that is answered by a run of its own, an agent or a workflow.

    answer = await context.child(researcher, "Find three sources.")

Rules.  The child's id is made of the call's key, so every attempt of the call, in whatever process, means the same
child: it is begun once, gone on with after a crash, and its answer read when it is over.  It has limits and a proof of
its own; what it may spend of tokens and money is at most what its caller has left, and what it has spent counts there
when it is over.  Where it waits for a person its caller is parked with it.  An agent is never its own ancestor.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import define, evolve, field, frozen

from ...states.canonical import digest
from ...states.errors import BadValue, DetentError, NotFound, UsageError, Waits, WaitsInDoubt
from ...states.limits import Limits, Spent
from ...states.names import State
from ...states.snapshot import Snapshot
from ...store import ID_LENGTH, RunRecord, Store, new_run_id
from ...tools import Parks, ToolError
from ..exits import exit_code
from .loading import Definition
from .settle import cancel
from .views import answer_of, load_head

__all__ = ["DEEPEST", "Child", "Children", "caller_of", "child_id", "identity"]

DEEPEST = 4  # runs below one another


@frozen
class Child:
    """What a run is given that is the child of a call.

    Args:
        run: its id
        fresh: whether it is to be begun
        origin: who called it
        ancestors: the definitions above it
    """

    run: str
    fresh: bool
    origin: Mapping[str, Any]
    ancestors: tuple[Definition, ...]


Drive = Callable[[Definition, str, Child], Awaitable[Snapshot]]


def child_id(key: str, number: int) -> str:
    """The run id of the number-th child of a call.

    Args:
        key: the call's idempotency key
        number: from 0
    """
    made = bytes.fromhex(digest("child", f"{key}/{number}").partition(":")[2])
    return base64.b32encode(made).decode("ascii").lower()[:ID_LENGTH]


def identity(child: Child | None, origin: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The id of a new run, and where it comes from; a child's are made of its call.

    Args:
        child: what makes it a child; None for a run of its own
        origin: what `resume` finds its functions by
    """
    if child is None:
        return new_run_id(), dict(origin)
    return child.run, {**origin, **child.origin}


def caller_of(store: Store, run: str) -> str:
    """The live run that goes on where this one is to go on: itself, or whoever called it at the top.

    Args:
        store: where they lie
        run: the id
    """
    caller = store.record(run).origin.get("caller")
    if caller is None or not load_head(store, caller["run"]).state.live:
        return run
    return caller_of(store, caller["run"])


@define
class Children:
    """What begins the child runs of one driven run, and goes on with them.

    Args:
        store: where they all lie
        drive: begins a child with a definition and a goal, or goes on with it; gives its head
        ancestors: the definitions above, the caller's last
        spent: what children have spent that are over, by call, until the caller's next event tells it
    """

    store: Store
    drive: Drive
    ancestors: tuple[Definition, ...]
    spent: dict[str, Spent] = field(factory=dict)
    _driving: set[asyncio.Task[Any]] = field(factory=set)

    async def leave(self, seconds: float) -> None:
        """Park the children that are still driven: their caller is parked or over, and one of them may have parked it.

        Args:
            seconds: how long they may take
        """
        left = tuple(self._driving)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=seconds)

    async def answer(
        self,
        definition: Definition,
        goal: str,
        *,
        caller: Callable[[], Snapshot],
        call: str,
        key: str,
        number: int,
    ) -> str:
        """What a child run answers.

        Args:
            definition: the agent or workflow
            goal: what it is asked for
            caller: the head of the run that calls, at any time
            call: the call
            key: its idempotency key
            number: which child of the call it is, from 0

        Raises:
            ToolError: it failed, or cannot be
            Parks: it waits for a person, or was parked by trouble
        """
        self._check(definition)
        run = child_id(key, number)
        record = self._record(run)
        if record is not None and record.origin.get("goal") != digest("goal", goal):
            raise ToolError(
                f"Child run {run[:6]} of this call was begun with another goal.", ran="yes", transient=False
            )
        head = load_head(self.store, run) if record is not None else None
        with self._ended_with(caller, run):
            if head is None or head.state.live:
                origin = {"caller": {"run": caller().run, "call": call}, "goal": digest("goal", goal)}
                limits = _within(definition.limits, caller()) if head is None else head.spec.limits
                child = Child(run, head is None, origin, (*self.ancestors, definition))
                with self._counted():
                    head = await self.drive(evolve(definition, limits=limits), goal, child)
        return self._answered(head, call)

    def _check(self, definition: Any) -> None:
        if not isinstance(definition, Definition):
            raise ToolError(f"{definition!r} is no Agent and no Workflow.", ran="no")
        if any(one is definition for one in self.ancestors):
            raise ToolError("An agent cannot call itself, or one that calls it.", ran="no")
        if len(self.ancestors) >= DEEPEST:
            raise ToolError(f"At most {DEEPEST} runs may be below one another.", ran="no")

    def _record(self, run: str) -> RunRecord | None:
        try:
            return self.store.record(run)
        except NotFound:
            return None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Know the task in which a child is driven: a call may begin several side by side, and end before them."""
        task = asyncio.current_task()
        if task is not None:
            self._driving.add(task)
        try:
            yield
        finally:
            self._driving.discard(task)

    @contextmanager
    def _ended_with(self, caller: Callable[[], Snapshot], run: str) -> Iterator[None]:
        """A child ends with a caller that is being ended, and is parked with one that is parked."""
        try:
            yield
        except (UsageError, BadValue) as wrong:
            raise ToolError(str(wrong), ran="no") from wrong
        except DetentError as trouble:
            raise Parks(trouble) from trouble
        except BaseException:
            if (
                caller().cancelling
                and self._record(run) is not None
                and load_head(self.store, run).state.live
            ):
                cancel(self.store, run)
            raise

    def _answered(self, head: Snapshot, call: str) -> str:
        short = head.run[:6]
        if head.state.live:
            kind = WaitsInDoubt if exit_code(head) == WaitsInDoubt.exit_code else Waits
            hint = f"Look at it with  detent show {short}  and settle what it asks."
            raise Parks(kind(f"It waits for its child run {short}, which waits for a person.", hint))
        usage = head.usage
        known = self.spent.get(call, Spent())
        self.spent[call] = Spent(tokens=known.tokens + usage.tokens, money=known.money + usage.money)
        answer = answer_of(self.store, head) or ""
        if head.state is State.FAILED:
            said = f" It had come to this: {answer}" if answer else ""
            raise ToolError(f"Child run {short} failed ({head.reason}).{said}", ran="yes", transient=False)
        return answer


def _within(limits: Limits, head: Snapshot) -> Limits:
    """The limits with at most the tokens and the money that the caller has left."""
    changes: dict[str, Any] = {}
    for name in ("tokens", "money"):
        cap = head.spec.limits.cap(name, head.extensions)
        if cap is not None:
            own: int | None = getattr(limits, name)
            left = max(1, cap - getattr(head.usage, name))
            changes[name] = left if own is None else min(own, left)
    return evolve(limits, **changes)

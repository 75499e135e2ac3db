"""The table: every move the machine has, as data.

Rules.  Whatever affects which state comes next is a row here; nothing else may.  For every state, event and
patched snapshot at most one row holds, and exactly one for a legal event (a test asks all rows every time).
So their order says nothing; the likeliest of an event stand first.
DONE and FAILED have no row: they absorb.  The diagrams and the reference page are drawn from this tuple.

`transitions` runs the table: its machine is built once, without automatic transitions and without a model of its
own; a refused guard makes it return False in silence, so whoever asks it raises.  The guards' values are all it looks
at, so what it said to them once it need not be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from attrs import frozen

from ..states.names import State
from . import guards
from .guards import Guard

__all__ = ["TABLE", "Row", "candidates", "pick"]


@frozen(eq=False)
class Row:
    """One move.

    Args:
        name: how `why` calls it
        source: the state before
        event: the event's name
        dest: the state after
        why: when it is taken, in words
        when: guards that must hold
        unless: guards that must not
    """

    name: str
    source: State
    event: str
    dest: State
    why: str
    when: tuple[Guard, ...] = ()
    unless: tuple[Guard, ...] = ()

    def lost(self, values: Mapping[str, bool]) -> tuple[str, ...]:
        """The names of the guards that speak against it."""
        against = (guard for guard in self.when if not values[guard.__name__])
        return tuple(
            guard.__name__ for guard in (*against, *(one for one in self.unless if values[one.__name__]))
        )


def _planning() -> tuple[Row, ...]:
    at, bad, ends, gate = (
        State.PLANNING,
        guards.reply_is_unusable,
        guards.plan_ends_the_run,
        guards.a_gate_is_open,
    )
    asks, calls, failed = State.AWAITING_APPROVAL, guards.plan_has_calls, guards.the_run_has_failed
    answer, question = guards.plan_is_an_answer, guards.plan_is_a_question
    unseen = "an answer, but a note is unseen"
    return (
        Row("calls", at, "PlanMade", State.EXECUTING, "no call asks first", (calls,), (bad, ends, gate)),
        Row("calls_ask", at, "PlanMade", asks, "a call asks first", (calls, gate), (bad, ends)),
        Row(
            "answered",
            at,
            "PlanMade",
            State.DONE,
            "an answer that has seen every note, or the last one",
            (ends,),
            (bad,),
        ),
        Row("note_unseen", at, "PlanMade", at, unseen, (answer,), (bad, ends, gate)),
        Row(
            "note_unseen_at_limit",
            at,
            "PlanMade",
            asks,
            f"{unseen} and a cap is reached",
            (answer, gate),
            (bad, ends),
        ),
        Row("question", at, "PlanMade", asks, "the planner asks the person", (question,), (bad, ends)),
        Row(
            "gave_up",
            at,
            "PlanMade",
            State.FAILED,
            "the planner sees no way on",
            (guards.plan_gives_up,),
            (bad, ends),
        ),
        Row(
            "refused_plan",
            at,
            "PlanMade",
            at,
            "the plan cannot be taken, a repair is left",
            (bad,),
            (failed,),
        ),
        Row(
            "no_repair_plan",
            at,
            "PlanMade",
            State.FAILED,
            "the plan cannot be taken, no repair is left",
            (bad, failed),
        ),
        Row("refused_reply", at, "PlanRefused", at, "a repair is left", (bad,), (failed,)),
        Row("no_repair_reply", at, "PlanRefused", State.FAILED, "no repair is left", (bad, failed)),
    )


def _executing() -> tuple[Row, ...]:
    at, asks = State.EXECUTING, State.AWAITING_APPROVAL
    run, gate, stop = guards.a_call_can_run, guards.a_gate_is_open, guards.cancelling
    rows = [Row("started", at, "CallStarted", at, "the mark is durable before the attempt starts")]
    for name, event in (("returned", "ToolReturned"), ("failed", "ToolFailed")):
        last, stopped = "every call has its outcome", "cancelling, and the last one has stopped"
        rows += [
            Row(f"{name}_last", at, event, State.OBSERVING, last, (), (run, gate, stop)),
            Row(name, at, event, at, "some call can still run, or is still out", (run,)),
            Row(f"{name}_ask", at, event, asks, "none can run, a gate is open", (gate,), (run, stop)),
            Row(f"{name}_cancelled", at, event, State.FAILED, stopped, (stop,), (run,)),
        ]
    return (
        *rows,
        Row("cancelling", at, "Cancelled", at, "a call is started, its result is awaited", (stop,)),
        Row("cancelled_executing", at, "Cancelled", State.FAILED, "no call is started", (), (stop,)),
    )


def _observing() -> tuple[Row, ...]:
    at, gate = State.OBSERVING, guards.a_gate_is_open
    last = "otherwise, perhaps for the last answer"
    return (
        Row("observed", at, "Observed", State.PLANNING, last, (), (gate,)),
        Row("observed_ask", at, "Observed", State.AWAITING_APPROVAL, "a limit, a loop, or both", (gate,)),
        Row("cancelled_observing", at, "Cancelled", State.FAILED, "always"),
    )


def _awaiting() -> tuple[Row, ...]:
    source, run, gate, calls = (
        State.AWAITING_APPROVAL,
        guards.a_call_can_run,
        guards.a_gate_is_open,
        guards.calls_remain,
    )
    rows: list[Row] = []
    for event in (
        "Approved",
        "Edited",
        "Denied",
        "GateExpired",
        "Resolved",
        "ToolReturned",
        "Answered",
        "Extended",
    ):
        name = {"GateExpired": "expired", "ToolReturned": "late_result"}.get(event, event.lower())
        rows.append(Row(f"{name}_gates_left", source, event, source, "a gate is still open", (gate,)))
        if event not in ("Answered", "Extended"):
            rows.append(
                Row(
                    f"{name}_runs",
                    source,
                    event,
                    State.EXECUTING,
                    "no gate is open, a call can run",
                    (run,),
                    (gate,),
                )
            )
        if event in ("Denied", "GateExpired", "Resolved", "ToolReturned"):
            why = "no gate is open, every call has its outcome"
            rows.append(Row(f"{name}_settled", source, event, State.OBSERVING, why, (calls,), (run, gate)))
        if event in ("Denied", "GateExpired", "Answered", "Extended"):
            why = "no gate is open, there are no calls: the next plan is ordered"
            rows.append(Row(f"{name}_plans", source, event, State.PLANNING, why, (), (run, gate, calls)))
    return (*rows, Row("cancelled_waiting", source, "Cancelled", State.FAILED, "always"))


def _anywhere() -> tuple[Row, ...]:
    live = (state for state in State if state.live)
    told = tuple(
        Row(f"told_{state.value.lower()}", state, "Told", state, "a person tells the run something")
        for state in live
    )
    return (*told, Row("cancelled_planning", State.PLANNING, "Cancelled", State.FAILED, "always"))


TABLE: tuple[Row, ...] = (*_planning(), *_executing(), *_observing(), *_awaiting(), *_anywhere())


@cache
def candidates(source: State, event: str) -> tuple[Row, ...]:
    """The rows of this state and event, in the order of the table."""
    return tuple(row for row in TABLE if row.source is source and row.event == event)


@cache
def asked(source: State, event: str) -> tuple[tuple[str, Guard], ...]:
    """The guards that the rows of this state and event ask, each once, with their names."""
    seen = {guard.__name__: guard for row in candidates(source, event) for guard in (*row.when, *row.unless)}
    return tuple(seen.items())


class _Cursor:
    """What `transitions` moves: a state, the guards' values, and the row that was taken."""

    __slots__ = ("row", "state", "values")

    def __init__(self, state: State, values: Mapping[str, bool]) -> None:
        self.state = state.value
        self.values = values
        self.row: Row | None = None


@cache
def _events() -> Mapping[str, Any]:
    """The events of the table as a machine of `transitions`, built once.

    The machine finds the state, walks the rows of the event, and stops at the first that holds.  A row asks all its
    guards at once, and has none of the calls around a move that nobody here would answer: they cost more than the rest.
    """
    import logging  # noqa: PLC0415 - the engine and what it needs are loaded when the first event is stepped

    from transitions import Machine, Transition  # noqa: PLC0415

    class Taken(Transition):
        """One row, as `transitions` executes it."""

        def execute(self, event_data: Any) -> bool:
            cursor, condition = event_data.model, cast("_Holds", self.conditions[0].func)
            if not condition(cursor.values):
                return False
            cursor.state, cursor.row = self.dest, condition.row
            return True

    class Table(Machine):
        """A machine of such rows."""

        transition_cls = Taken

    logging.getLogger("transitions").setLevel(logging.WARNING)
    made = Table(
        model=None,
        states=[state.value for state in State],
        transitions=[
            {
                "trigger": row.event,
                "source": row.source.value,
                "dest": row.dest.value,
                "conditions": _Holds(row),
            }
            for row in TABLE
        ],
        initial=State.PLANNING.value,
        auto_transitions=False,
    )
    events: Mapping[str, Any] = made.events
    return events


class _Holds:
    """All guards of a row as one condition.

    Args:
        row: the row
    """

    __slots__ = ("_wanted", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self._wanted = (
            *((guard.__name__, True) for guard in row.when),
            *((guard.__name__, False) for guard in row.unless),
        )

    def __call__(self, values: Mapping[str, bool]) -> bool:
        for name, value in self._wanted:  # noqa: SIM110 - all() takes twice as long
            if values[name] is not value:
                return False
        return True


@cache
def pick(source: State, event: str, values: tuple[bool, ...]) -> Row | None:
    """The row that `transitions` takes, or None; asked once for every set of guard values, of which there are few.

    Args:
        source: the state before
        event: the event's name
        values: those of the guards that are asked, in their order
    """
    if not candidates(source, event):
        return None
    named = {name: value for (name, _), value in zip(asked(source, event), values, strict=True)}
    cursor = _Cursor(source, named)
    _events()[event].trigger(cursor)
    return cursor.row

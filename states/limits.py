"""Limits and usage: the caps of a run, what it has spent of them, and the arithmetic between the two.

A cap is looked at in one place only, where the next plan would be ordered (`reached`).  One extension is a fixed
helping of every cap, a third of it rounded up, and the number of extensions is a cap of its own.
"""

from __future__ import annotations

from typing import Any, cast

from attrs import field, fields, frozen
from attrs.validators import and_, ge, instance_of, lt, optional

__all__ = ["EXTENDED", "Limits", "Spent", "Usage", "add", "limit_names"]

EXTENDED = ("model_turns", "tool_calls", "tokens", "money", "wall_seconds")


def _cap(default: int | None, least: int) -> Any:
    whole = and_(instance_of(int), ge(least), lt(2**31))
    validator: Any = optional(whole) if default is None else whole
    return field(default=cast("Any", default), validator=validator)


@frozen(kw_only=True)
class Limits:
    """The caps of a run.  Every one is a whole number; None is no cap.

    Args:
        model_turns: plans that may be ordered; the last one is answer-only
        tool_calls: calls that may be accepted
        calls_per_turn: calls in one plan; more is a refusal
        repairs: refused replies a turn may have before the run fails
        attempts: attempts of a call whose tool does not say
        extensions: helpings a person may grant (none with `at_limit` finish)
        notes: notes a person may tell the run
        loop_gates: times a person may be asked about a loop
        loop_window: equal turns in a row that count as a loop
        wall_seconds: seconds of active time (not parked, waiting for a person, or loading a model)
        tokens: tokens read and written
        money: millionths of a unit of money
        gate_seconds: seconds after which an open gate expires; doubt never does
    """

    model_turns: int = _cap(15, 1)
    tool_calls: int = _cap(40, 0)
    calls_per_turn: int = _cap(8, 1)
    repairs: int = _cap(2, 0)
    attempts: int = _cap(3, 1)
    extensions: int = _cap(3, 0)
    notes: int = _cap(10, 0)
    loop_gates: int = _cap(3, 0)
    loop_window: int = _cap(3, 2)
    wall_seconds: int = _cap(600, 1)
    tokens: int | None = _cap(None, 1)
    money: int | None = _cap(None, 1)
    gate_seconds: int | None = _cap(None, 1)

    def cap(self, name: str, extensions: int) -> int | None:
        """The cap of this name after so many extensions."""
        base: int | None = getattr(self, name)
        if base is None or not extensions:
            return base
        return base + extensions * -(-base // 3)


@frozen(kw_only=True)
class Spent:
    """What answering one command cost, as an event reports it.

    Args:
        tokens: tokens read and written
        money: millionths of a unit of money
        milliseconds: active time since the event before
    """

    tokens: int = 0
    money: int = 0
    milliseconds: int = 0


@frozen(kw_only=True)
class Usage:
    """What a run has spent so far.

    Args:
        model_turns: plans ordered
        model_calls: replies, refused ones included
        tool_calls: calls accepted
        tokens: tokens read and written
        money: millionths of a unit of money
        milliseconds: active time
    """

    model_turns: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    tokens: int = 0
    money: int = 0
    milliseconds: int = 0


def add(usage: Usage, spent: Spent, *, turns: int = 0, replies: int = 0, calls: int = 0) -> Usage:
    """Usage after an event that spent something."""
    return Usage(
        model_turns=usage.model_turns + turns,
        model_calls=usage.model_calls + replies,
        tool_calls=usage.tool_calls + calls,
        tokens=usage.tokens + spent.tokens,
        money=usage.money + spent.money,
        milliseconds=usage.milliseconds + spent.milliseconds,
    )


def limit_names() -> tuple[str, ...]:
    """The names of all limits, in the order they are documented."""
    return tuple(one.name for one in fields(Limits))

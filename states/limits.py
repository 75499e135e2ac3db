"""Limits and usage: the caps of a run, what it has spent of them, and the arithmetic between the two.

A cap is looked at in one place only, where the next plan would be ordered (`reached`).  One extension is a fixed
helping of every cap, a third of it rounded up, and the number of extensions is a cap of its own.
"""

from __future__ import annotations

from typing import Any, cast

from attrs import field, fields, frozen

__all__ = ["EXTENDED", "NOTHING", "Limits", "Spent", "Usage", "add", "limit_names", "whole"]

EXTENDED = ("model_turns", "tool_calls", "tokens", "money", "wall_seconds")
MOST = 2**31 - 1
MOST_SPENT = 2**53


def whole(default: int | None, least: int, most: int = MOST) -> Any:
    """A field that holds a whole number, or none where that is its default.

    Raises:
        TypeError: when the class is made with something else
        ValueError: when the number is too small or too large
    """

    def check(_: Any, attribute: Any, value: Any) -> None:
        if value is None and default is None:
            return
        if type(value) is not int:
            raise TypeError(f"{attribute.name!r} must be a whole number: {value!r}")
        if not least <= value <= most:
            raise ValueError(f"{attribute.name!r} must be from {least} to {most}: {value}")

    return field(default=cast("Any", default), validator=check)


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

    model_turns: int = whole(15, 1)
    tool_calls: int = whole(40, 0)
    calls_per_turn: int = whole(8, 1)
    repairs: int = whole(2, 0)
    attempts: int = whole(3, 1)
    extensions: int = whole(3, 0)
    notes: int = whole(10, 0)
    loop_gates: int = whole(3, 0)
    loop_window: int = whole(3, 2)
    wall_seconds: int = whole(600, 1)
    tokens: int | None = whole(None, 1)
    money: int | None = whole(None, 1)
    gate_seconds: int | None = whole(None, 1)

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

    tokens: int = whole(0, 0, MOST_SPENT)
    money: int = whole(0, 0, MOST_SPENT)
    milliseconds: int = whole(0, 0, MOST_SPENT)


NOTHING = Spent()  # what most events cost; shared, since it never changes


@frozen(kw_only=True, slots=False)
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
    if spent is NOTHING and not (turns or replies or calls):
        return usage
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

"""The decorator."""

import re
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from detent.states.errors import ConfigError
from detent.states.names import Approval, Effect
from detent.tools import Tool, tool


def function(amount: int) -> int:
    """Pay somebody."""
    return amount


def test_makes_a_careful_tool_of_a_function_that_says_nothing() -> None:
    """A bare decorator gives a tool that must not be repeated and asks first, and can still be called."""

    @tool
    def pay(amount: int) -> int:
        """Pay."""
        return amount + 1

    assert isinstance(pay, Tool)
    assert (pay.effect, pay.approval, pay.timeout, pay.attempts) == (Effect.ONCE, Approval.ALWAYS, 60.0, None)
    assert (pay.version, pay.parallel, pay.fallback) == (1, False, ())
    assert pay(3) == pay(amount=3) == 4


def test_keeps_what_its_author_says() -> None:
    """Every option reaches the tool."""
    other = tool(function, name="other")
    made = tool(
        function,
        effect="idempotent",
        approval=lambda amount: amount > 100,
        timeout=5,
        attempts=2,
        fallback=[other, "third"],
        version=7,
        parallel=True,
        preview=lambda context, amount: f"{context}{amount}",
        probe=lambda context: context,
        base=lambda context, **_: str(context),
        output_cap=100,
        isolation=None,
        name="pays",
        description="Words.",
    )

    assert (made.effect, made.approval, made.timeout, made.attempts) == (
        Effect.IDEMPOTENT,
        Approval.PREDICATE,
        5.0,
        2,
    )
    assert (made.version, made.parallel, made.output_cap, made.isolation) == (7, True, 100, None)
    assert (made.name, made.description, made.fallbacks) == ("pays", "Words.", ("other", "third"))
    assert made.preview
    assert made.preview("c", amount=1) == "c1"
    assert made.probe
    assert made.base


@pytest.mark.parametrize(
    ("options", "approval"),
    [
        ({"effect": "read"}, Approval.NEVER),
        ({"effect": "idempotent"}, Approval.ALWAYS),
        ({"effect": "once", "approval": "never"}, Approval.NEVER),
        ({"effect": "read", "approval": "always"}, Approval.ALWAYS),
    ],
)
def test_asks_unless_it_only_reads(options: Any, approval: Approval) -> None:
    """Only a READ tool is called unasked by default."""

    @tool(**options)
    def made() -> None:
        """Nothing."""

    assert made.approval is approval


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"effect": "write"}, "the unknown effect 'write'"),
        ({"effect": None}, "the unknown effect None"),
        ({"approval": "sometimes"}, "the unknown approval 'sometimes'"),
        ({"approval": "predicate"}, "the unknown approval 'predicate'"),
        ({"approval": True}, "the unknown approval True"),
        ({"approval": lambda total: total}, "The approval of tool function"),
        ({"timeout": 0}, "the timeout 0"),
        ({"timeout": -1.5}, "the timeout -1.5"),
        ({"timeout": float("nan")}, "the timeout nan"),
        ({"timeout": float("inf")}, "the timeout inf"),
        ({"timeout": 1e9}, "the timeout 1000000000.0"),
        ({"timeout": True}, "the timeout True"),
        ({"timeout": "5"}, "the timeout '5'"),
        ({"attempts": 0}, "attempts 0"),
        ({"attempts": 2.0}, "attempts 2.0"),
        ({"version": 0}, "version 0"),
        ({"version": True}, "version True"),
        ({"output_cap": 0}, "output_cap 0"),
        ({"parallel": 1}, "parallel 1"),
        ({"isolation": "sandbox"}, "the unknown isolation 'sandbox'"),
        ({"fallback": 5}, "the fallback 5"),
        ({"fallback": [function]}, "the fallback [<function"),
        ({"preview": "text"}, "The preview of tool function"),
        ({"preview": lambda: ""}, "must take context first"),
        ({"base": lambda context, total: (context, total)}, "takes 'total', which is no parameter"),
        ({"probe": 5}, "The probe of tool function"),
        ({"name": "has space"}, "a name that no model can call"),
        ({"retries": 3}, "@tool has no option 'retries'"),
    ],
)
def test_refuses_what_cannot_be(options: Any, told: str) -> None:
    """Each wrong option is an error with a way out; it names the function and where that was written."""
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        tool(function, **options)

    assert caught.value.hint
    assert "test_declare.py:" in caught.value.message or "retries" in options


def test_refuses_a_tool_of_a_tool() -> None:
    """Two decorators are one too many."""
    with pytest.raises(ConfigError, match="is a tool already"):
        tool(tool(function))


@given(name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", fullmatch=True))
def test_takes_any_name_a_model_can_call(name: str) -> None:
    """Names of up to 64 letters, digits, dashes and underscores are fine."""
    assert tool(function, name=name).name == name


def test_makes_a_value() -> None:
    """A tool cannot be changed, and two made alike are equal."""
    made = tool(function)

    assert made == tool(function)
    assert hash(made) == hash(tool(function))
    with pytest.raises(FrozenInstanceError):
        made.timeout = 5.0  # type: ignore[misc]

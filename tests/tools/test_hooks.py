"""Hooks."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.errors import ConfigError
from detent.tools.hooks import hook

NAMES = ("a", "b", "c")
ARGUMENTS = {"a": 1, "b": 2, "c": 3}


async def waits(**arguments: Any) -> bool:
    """An async hook."""
    return bool(arguments)


@pytest.mark.parametrize(
    ("function", "lead", "answer"),
    [
        (lambda: "nothing", (), "nothing"),
        (lambda b: b, (), 2),
        (lambda c, a: (c, a), (), (3, 1)),
        (lambda *, a: a, (), 1),
        (lambda **arguments: arguments, (), ARGUMENTS),
        (lambda a, **rest: (a, rest), (), (1, {"b": 2, "c": 3})),
        (lambda a, limit=10: a < limit, (), True),
        (lambda context: context, ("context",), "the context"),
        (lambda context, a: (context, a), ("context",), ("the context", 1)),
        (lambda a, /, b: (a, b), ("context",), ("the context", 2)),
        (lambda context, **rest: (context, rest), ("context",), ("the context", ARGUMENTS)),
    ],
)
def test_gives_a_hook_what_it_names(function: Any, lead: tuple[str, ...], answer: Any) -> None:
    """A hook gets those arguments that it names, and its context first."""
    made = hook(function, lead=lead, parameters=NAMES, defaults={}, where="The rule")

    assert made(*(f"the {each}" for each in lead), **ARGUMENTS) == answer


@given(st.sets(st.sampled_from(NAMES)))
def test_takes_any_subset_of_the_names(names: set[str]) -> None:
    """Any of the parameters may be taken, in any number."""
    source = f"lambda {', '.join(sorted(names))}: [{', '.join(sorted(names))}]"
    made = hook(eval(source), lead=(), parameters=NAMES, defaults={}, where="The rule")  # noqa: S307 - the source is ours

    assert made(**ARGUMENTS) == [ARGUMENTS[name] for name in sorted(names)]


@pytest.mark.parametrize(
    ("function", "lead", "told"),
    [
        (5, (), "is 5, which cannot be called"),
        (waits, (), "is an async function"),
        (lambda d: d, (), "takes 'd', which is no parameter of the tool. The tool has a, b, c."),
        (lambda *rest: rest, (), "takes 'rest' by position"),
        (lambda a, /: a, (), "takes 'a' by position"),
        (lambda: 1, ("context",), "must take context first"),
        (lambda **rest: rest, ("context",), "must take context first"),
        (dict, (), "does not say what it takes"),
    ],
)
def test_refuses_what_it_could_not_call(function: Any, lead: tuple[str, ...], told: str) -> None:
    """A hook that could not be called is refused when the tool is made."""
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        hook(function, lead=lead, parameters=NAMES, defaults={}, where="The rule")

    assert caught.value.message.startswith("The rule ")
    assert caught.value.hint


def test_names_the_absence_of_parameters() -> None:
    """A tool without parameters is told as such."""
    with pytest.raises(ConfigError, match="The tool has none"):
        hook(lambda a: a, lead=(), parameters=(), defaults={}, where="The rule")


def test_fills_in_what_was_left_out() -> None:
    """Arguments that a model left out have the tool's own defaults, for hooks too."""
    named = hook(lambda a, b: (a, b), lead=(), parameters=NAMES, defaults={"b": 5, "c": 6}, where="The rule")
    every = hook(lambda **rest: rest, lead=(), parameters=NAMES, defaults={"b": 5, "c": 6}, where="The rule")

    assert named(a=1) == (1, 5)
    assert named(a=1, b=2) == (1, 2)
    assert every(a=1) == {"a": 1, "b": 5, "c": 6}

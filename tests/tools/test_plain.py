"""Python values as JSON values."""

import dataclasses
import datetime as dt
import decimal
import enum
import json
import uuid
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.tools.plain import enum_word, enum_words, plain
from tests.tools.strategies import Colour, Level, Point, Span, json_values, typed


class Text(str):
    """A kind of str."""

    __slots__ = ()


@given(json_values)
def test_leaves_json_as_it_is(value: Any) -> None:
    """A JSON value is its own JSON value."""
    assert canonical(plain(value)) == canonical(value)


@given(st.data())
def test_writes_every_value_a_parameter_can_have(data: st.DataObject) -> None:
    """What can be an argument can be a result."""
    _, values = data.draw(typed())

    assert json.loads(canonical(plain(data.draw(values)))) is not ...


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Colour.DARK_BLUE, "dark blue"),
        (Level.HIGH, "HIGH"),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Span(Point(1), ("a",), Colour.RED), {"start": {"x": 1, "y": 0}, "labels": ["a"], "colour": "red"}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ((1, (2,)), [1, [2]]),
        ({1: "a", Colour.RED: "b", Text("t"): "c"}, {"1": "a", "red": "b", "t": "c"}),
        (b"bytes", "bytes"),
        (bytearray(b"more"), "more"),
        (Text("text"), "text"),
        (Path("a/b"), "a/b"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC), "2024-02-29T01:02:03+00:00"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (decimal.Decimal("1.50"), "1.50"),
    ],
)
def test_has_one_form_for_each_value(value: Any, written: Any) -> None:
    """Each kind of value is written in one way."""
    assert plain(value) == written


@given(st.permutations(["x", "y", "z", 1, 2.5, None]))
def test_sorts_sets(items: list[Any]) -> None:
    """Equal sets are written alike, whatever order they were made in."""
    assert plain(set(items)) == plain({*items[3:], *items[:3]})


@pytest.mark.parametrize("value", [object(), {1: "a", "1": "b"}, {(1, 2): 3}, {True: 1}, iter(())])
def test_refuses_what_has_no_form(value: Any) -> None:
    """Nothing is guessed: a value without a JSON form is a TypeError."""
    with pytest.raises(TypeError):
        plain(value)


def test_refuses_a_value_that_contains_itself() -> None:
    """A circle is an error and not an endless text."""
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(RecursionError):
        plain(circle)


def test_writes_private_fields_as_their_arguments() -> None:
    """A field of an attrs class is written under the name its constructor takes."""

    @attrs.frozen
    class Secretive:
        _inner: int

    @dataclasses.dataclass
    class Open:
        inner: Secretive

    assert plain(Open(Secretive(3))) == {"inner": {"inner": 3}}


@given(st.sampled_from([*Colour, *Level]))
def test_has_a_way_back_from_each_word(member: enum.Enum) -> None:
    """The word of a member stands for that member."""
    assert enum_words(type(member))[enum_word(member)] is member

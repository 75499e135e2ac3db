"""Annotations as shapes."""

import collections.abc
import dataclasses
import enum
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, Union

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.states.errors import ConfigError
from detent.tools.explain import fits
from detent.tools.plain import plain
from detent.tools.shapes import Site, shape_of, with_default
from tests.tools.strategies import Colour, Level, Options, Point, Span, typed

HERE = Site("Tool t (f.py:1): parameter 'p'")
Metres = NewType("Metres", float)


class Nothing(enum.Enum):
    """No members."""


@attrs.frozen
class Node:
    """A node of a tree."""

    children: "list[Node]"


@dataclasses.dataclass
class Bare:  # noqa: D101 - its docstring is generated
    x: int


@dataclasses.dataclass
class Odd:
    """A default that JSON does not have."""

    x: Any = dataclasses.field(default=object())


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_goes_there_and_back(data: st.DataObject) -> None:
    """A value written as JSON fits the shape of its type, and is built again equal."""
    annotation, values = data.draw(typed(depth=3))
    value = data.draw(values)
    shape = shape_of(annotation, HERE)
    sent = json.loads(canonical(plain(value)))

    assert fits(shape.schema, sent)
    assert (shape.build(sent) if shape.build else sent) == value


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (None, {"type": "null"}),
        (object, {}),
        (Any, {}),
        (Optional[int], {"type": ["integer", "null"]}),  # noqa: UP045 - the old way of writing it
        (Union[int, str, None], {"type": ["integer", "string", "null"]}),  # noqa: UP007
        (Metres | int, {"type": ["number", "integer"]}),
        (Any | None, {}),
        (list[int] | None, {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}),
        (list, {"type": "array"}),
        (dict, {"type": "object"}),
        (tuple, {"type": "array"}),
        (collections.abc.Sequence[str], {"type": "array", "items": {"type": "string"}}),
        (collections.abc.Mapping[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (frozenset[bool], {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True}),
        (tuple[()], {"type": "array"}),
        (
            tuple[int, str],
            {
                "type": "array",
                "items": [{"type": "integer"}, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, True, "x"], {"enum": [1, True, "x"]}),
        (Literal[Colour.RED], {"type": "string", "enum": ["red"]}),
        (Colour, {"type": "string", "enum": ["red", "dark blue"]}),
        (Level, {"type": "string", "enum": ["LOW", "HIGH"]}),
        (Path, {"type": "string"}),
        (Annotated[int, "how", 5, "many"], {"type": "integer", "description": "how many"}),
        (Annotated[int, 5], {"type": "integer"}),
        (
            Bare,
            {
                "type": "object",
                "properties": {"x": {"type": "integer"}},
                "additionalProperties": False,
                "required": ["x"],
            },
        ),
        (
            Options,
            {
                "type": "object",
                "properties": {"depth": {"type": "integer"}, "name": {"type": "string"}},
                "additionalProperties": False,
                "required": ["depth"],
                "description": "Options of something.",
            },
        ),
        (
            Point,
            {
                "type": "object",
                "properties": {
                    "x": {"type": "integer", "description": "to the right"},
                    "y": {"type": "integer", "description": "upwards", "default": 0},
                },
                "additionalProperties": False,
                "required": ["x"],
                "description": "A point in the plane.",
            },
        ),
    ],
)
def test_has_one_schema_for_each_type(annotation: Any, schema: dict[str, Any]) -> None:
    """Each type is written in one way."""
    assert shape_of(annotation, HERE).schema == schema


def test_builds_what_the_type_says() -> None:
    """JSON values become Enum members, sets, tuples, paths and instances."""
    build = shape_of(dict[str, tuple[Level, frozenset[int]]], HERE).build
    assert build
    assert build({"a": ["HIGH", [1, 2]]}) == {"a": (Level.HIGH, frozenset({1, 2}))}

    either = shape_of(Point | list[Colour] | None, HERE).build
    assert either
    assert either({"x": 1}) == Point(1)
    assert either(["red"]) == [Colour.RED]
    assert either(None) is None
    assert either("no branch") == "no branch"

    member = shape_of(Literal[Colour.RED, "a"], HERE).build
    assert member
    assert [member("red"), member("a")] == [Colour.RED, "a"]


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        (bytes, "has the type bytes, which a model cannot send"),
        (complex | int, "has the type complex"),
        (list[bytes], "has the type bytes"),
        (dict[int, str], "is a mapping whose keys are not str"),
        (set[list[int]], "is a set of items that a set cannot hold"),
        (set, "is a set of items that a set cannot hold"),
        (Literal[b"x"], "has the Literal b'x'"),
        (Nothing, "is an Enum without members"),
        (Node, "has a type that contains itself: Node"),
        (Odd, "has a default that JSON cannot write"),
        (type("Plain", (), {}), "has the type Plain"),
        (collections.abc.Callable[[], int], "which a model cannot send"),
        (Ellipsis, "which a model cannot send"),
    ],
)
def test_refuses_types_a_model_cannot_send(annotation: Any, told: str) -> None:
    """What cannot be an argument is refused when the tool is made, with the place and a way out."""
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        shape_of(annotation, HERE)

    assert caught.value.message.startswith(HERE.where)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (int, None),
        (int, 5.0),
        (int, True),
        (str, 5),
        (float, float("nan")),
        (Any, object()),
        (Any, "\ud800"),
        (Any, b"\xff"),
    ],
)
def test_refuses_defaults_of_another_type(annotation: Any, default: Any) -> None:
    """A default that is not of its own type would be refused if a model sent it."""
    with pytest.raises(ConfigError, match="default"):
        with_default(shape_of(annotation, HERE).schema, default, HERE)


@given(st.data())
def test_writes_defaults_as_json(data: st.DataObject) -> None:
    """The default of a parameter is in its schema, as a model would send it."""
    annotation, values = data.draw(typed())
    value = data.draw(values)
    schema = shape_of(annotation, HERE).schema

    assert canonical(with_default(schema, value, HERE)["default"]) == canonical(plain(value))


def test_follows_named_types() -> None:
    """A type alias is what it stands for, unless it stands for itself."""

    class TypeAliasType:
        """As the `type` statement of later Pythons makes them."""

        def __init__(self, name: str) -> None:
            self.__name__ = name
            self.__value__: Any = int

    alias = TypeAliasType("Count")
    assert shape_of(alias, HERE).schema == {"type": "integer"}

    alias.__value__ = list[alias]  # type: ignore[valid-type]
    with pytest.raises(ConfigError, match="contains itself: Count"):
        shape_of(alias, HERE)


def test_knows_the_same_class_twice_from_one_in_itself() -> None:
    """A class may be used in two places."""
    schema = shape_of(tuple[Span, Span], HERE).schema

    assert schema["items"][0] == schema["items"][1]

"""Lossless coercion."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.tools.coerce import coercer
from detent.tools.explain import fits
from detent.tools.plain import plain
from detent.tools.shapes import Site, shape_of
from tests.tools.strategies import json_values, real, typed, whole

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
STRING = {"type": "string"}
NULL = {"type": "null"}
POINT = {"type": "object", "properties": {"x": INTEGER}, "required": ["x"], "additionalProperties": False}


def coerced(schema: dict[str, Any], value: Any) -> Any:
    """The value as the schema's coercer makes it."""
    make = coercer(schema)
    return make(value) if make else value


def listed(items: Any) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": items}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_never_touches_what_fits(data: st.DataObject) -> None:
    """A value that fits comes back as it went in."""
    annotation, values = data.draw(typed())
    schema = shape_of(annotation, Site("here")).schema
    value = plain(data.draw(values))

    assert canonical(coerced(schema, value)) == canonical(value)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_is_idempotent_and_changes_no_input(data: st.DataObject) -> None:
    """Coercing twice is coercing once, and the value given is left alone."""
    annotation, values = data.draw(typed())
    schema = shape_of(annotation, Site("here")).schema
    value = data.draw(json_values | values.map(plain).map(canonical) | values.map(plain))
    before = copy.deepcopy(value)
    once = coerced(schema, value)

    assert canonical(value) == canonical(before)
    assert canonical(coerced(schema, once)) == canonical(once)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_opens_the_json_text_of_a_value(data: st.DataObject) -> None:
    """Where no string is due, the JSON text of a value that fits becomes that value."""
    annotation, values = data.draw(typed())
    schema = shape_of(annotation, Site("here")).schema
    value = plain(data.draw(values))
    text = value if isinstance(value, str) else canonical(value)
    if not fits(schema, text) and schema.get("uniqueItems") is None:
        assert canonical(coerced(schema, text)) == canonical(value)


@given(whole)
def test_reads_whole_numbers(value: int) -> None:
    """A whole number may come as a string, or with a point and noughts."""
    assert coerced(INTEGER, str(value)) == value
    assert coerced(INTEGER, f"{value}.0") == value
    if abs(value) < 2**53:
        assert type(coerced(INTEGER, float(value))) is int
    assert coerced(NUMBER, str(value)) == value


@given(real)
def test_reads_numbers_without_losing_a_digit(value: float) -> None:
    """A number that came as a string is read if its own text says the same."""
    made = coerced(NUMBER, repr(value))

    assert made == value or "e" in repr(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (INTEGER, "5.5"),
        (INTEGER, "007"),
        (INTEGER, " 5"),
        (INTEGER, "٥"),  # noqa: RUF001 - a digit in another script
        (INTEGER, "1e3"),
        (INTEGER, "9" * 20),
        (INTEGER, 5.5),
        (INTEGER, True),
        (INTEGER, float("inf")),
        (NUMBER, "0.10000000000000000001"),
        (NUMBER, "1e999"),
        (NUMBER, "nan"),
        (NUMBER, "1234567890123456.7891"),
        (NUMBER, "12 kg"),
        (BOOLEAN, "yes"),
        (BOOLEAN, 1),
        (NULL, "none"),
        (NULL, ""),
        (STRING, 5),
        (STRING, None),
        (STRING, ["a"]),
        (listed(INTEGER), "five"),
        (listed(INTEGER), None),
        (listed(INTEGER), {"a": 1}),
        (POINT, "x=1"),
        (POINT, "[1]"),
        (POINT, "{broken"),
        (POINT, 1),
        ({"enum": ["a", "A"]}, "á"),
        ({"enum": ["Straße", "STRASSE"]}, "strasse"),
        ({"enum": [1, 2]}, 3.0),
        ({"enum": [1, 2]}, None),
        ({"anyOf": [INTEGER, NULL]}, "five"),
        ({"type": "array", "items": [INTEGER, STRING]}, "5"),
        ({"type": "array", "items": [INTEGER, STRING]}, [1]),
        (listed(listed(INTEGER)), ["five"]),
        ({}, "5"),
    ],
)
def test_leaves_alone_what_would_be_a_guess(schema: dict[str, Any], value: Any) -> None:
    """What would lose something, or could mean something else, is left for the validator to refuse."""
    assert coerced(schema, value) == value


@pytest.mark.parametrize(
    ("schema", "value", "made"),
    [
        (BOOLEAN, "True", True),
        (BOOLEAN, "false", False),
        (NULL, "null", None),
        (NUMBER, "0.5", 0.5),
        (NUMBER, "1.50", 1.5),
        (NUMBER, "5", 5),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"type": ["integer", "boolean"]}, "true", True),
        ({"type": ["number", "string"]}, "5", "5"),
        ({"anyOf": [listed(INTEGER), NULL]}, "5", [5]),
        ({"anyOf": [listed(INTEGER), INTEGER]}, "5", 5),
        ({"anyOf": [POINT, NULL]}, '{"x": "1"}', {"x": 1}),
        ({"enum": ["red", "blue"]}, "RED", "red"),
        ({"enum": [1, None, True]}, "null", None),
        ({"enum": [1, None, True]}, "1", 1),
        ({"enum": [1, 2]}, 2.0, 2),
        (listed(STRING), "one", ["one"]),
        (listed(STRING), "[draft] one", ["[draft] one"]),
        (listed(STRING), "[1]", ["[1]"]),
        (listed(STRING), ' ["a"]', ["a"]),
        (listed(INTEGER), "[1, 2", "[1, 2"),
        (listed(INTEGER), '["x"]', ["x"]),
        (listed(INTEGER), ["1", 2.0], [1, 2]),
        (listed(INTEGER), 5, [5]),
        (listed(listed(INTEGER)), [1], [1]),
        (listed(listed(INTEGER)), ["[1]"], [[1]]),
        (listed(POINT), {"x": "1"}, [{"x": 1}]),
        ({"type": "array"}, "a", ["a"]),
        ({"type": "array", "items": [INTEGER, STRING]}, '["1", "b"]', [1, "b"]),
        (POINT, '{"x": "5", "y": "6"}', {"x": 5, "y": "6"}),
        (POINT, '{"x": "two\nlines"}', {"x": "two\nlines"}),
        ({"type": "object", "additionalProperties": INTEGER}, {"a": "1", "b": 2}, {"a": 1, "b": 2}),
        ({"type": "object"}, '{"a": "1"}', {"a": "1"}),
    ],
)
def test_coerces(schema: dict[str, Any], value: Any, made: Any) -> None:
    """Each form that small models write becomes the value that was meant."""
    assert json.dumps(coerced(schema, value)) == json.dumps(made)


def test_has_nothing_to_do_for_strings_and_anything() -> None:
    """Where every value fits or none can be made to, there is no function at all."""
    assert coercer(STRING) is None
    assert coercer({}) is None

"""Faults in words."""

from typing import Any

import fastjsonschema
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detent.tools.coerce import coercer
from detent.tools.explain import close, expected, fits, problems, short
from detent.tools.plain import plain
from detent.tools.shapes import Site, shape_of
from tests.tools.strategies import json_values, typed

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "where": {
            "type": "array",
            "items": [{"type": "number"}, {"type": "number"}],
            "minItems": 2,
            "maxItems": 2,
        },
        "mood": {"enum": ["good", "bad", 3]},
        "home": {
            "anyOf": [
                {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]},
                {"type": "null"},
            ]
        },
        "marks": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
        "list": {"type": "array"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_agrees_with_the_validator(data: st.DataObject) -> None:
    """What has no problem is valid, and what is valid has no problem once it is coerced."""
    annotation, values = data.draw(typed())
    schema = shape_of(annotation, Site("here")).schema
    value = data.draw(values.map(plain) | json_values)
    assume(not (isinstance(value, list) and len({str(item) for item in value}) != len(value)))
    make = coercer(schema) or (lambda given: given)
    try:
        fastjsonschema.validate(schema, value, use_default=False)
    except fastjsonschema.JsonSchemaValueException:
        assert not fits(schema, value)
    else:
        assert fits(schema, make(value))


@given(json_values)
def test_explains_any_value(value: Any) -> None:
    """Every fault is a clause that can be read: not empty, not endless, one line."""
    for clause in problems(PERSON, value):
        assert clause
        assert "\n" not in clause
        assert len(clause) < 1_000


def test_names_field_expectation_and_value() -> None:
    """A clause says where, what was due and what came."""
    value = {
        "nme": "x",
        "age": "old",
        "tags": ["a", 1],
        "where": [1],
        "mood": "ugly",
        "home": {},
        "marks": {"m": []},
    }

    assert list(problems(PERSON, value)) == [
        '"name" is missing (a string)',
        '"nme" is unknown (did you mean "name"?)',
        '"age" must be a whole number, not the string "old"',
        '"tags[1]" must be a string, not the number 1',
        '"where" must be a list of exactly 2: a number, a number, not the list [1]',
        '"mood" must be one of "good", "bad", 3, not the string "ugly"',
        '"zip" is missing in "home" (a string)',
        '"marks.m" must be a whole number or null, not the list []',
    ]


def test_has_words_for_every_kind_of_value() -> None:
    """Unions, whole arguments, objects and constants are told in the same way."""
    assert list(problems(PERSON, [])) == ["the arguments must be an object, not the list []"]
    assert list(problems(PERSON, {"name": None, "home": 5, "zzz": 1})) == [
        '"name" must be a string, not null',
        '"home" must be an object or null, not the number 5',
        '"zzz" is unknown',
    ]
    assert list(
        problems(PERSON, {"name": {"a": 1}, "tags": ["a", "a"], "where": [1, "2"], "list": [1, {}]})
    ) == [
        '"name" must be a string, not the object {"a":1}',
        '"tags" must not hold the same item twice',
        '"where[1]" must be a number, not the string "2"',
    ]


def test_takes_one_member_for_one_type_only() -> None:
    """True is not the member 1, and 1 is not the member true."""
    assert not fits({"enum": [1]}, True)
    assert not fits({"enum": [True]}, 1)
    assert fits({"enum": [1, True]}, True)


def test_cuts_what_is_long() -> None:
    """A long value is cut and counted, a long enumeration too, and what has no JSON is still shown."""
    assert short("x" * 100) == '"' + "x" * 59 + "... (102 characters)"
    assert short("\ud800") == r"'\ud800'"
    assert short(object()) == "<object>"
    assert expected({"enum": list(range(30))}).endswith("19 and 10 more")
    assert expected({}) == "any value"
    assert expected({"type": "array", "items": {"anyOf": []}}) == "a list"


@given(st.text(max_size=8), st.lists(st.text(max_size=8)))
def test_offers_only_names_that_exist(name: str, names: list[str]) -> None:
    """A close match is one of the names, or nothing."""
    assert close(name, names) in {*names, ""}

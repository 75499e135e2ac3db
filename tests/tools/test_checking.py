"""Arguments made into bytes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.canonical import MAX_BYTES, canonical, parse
from detent.tools import BadArguments
from detent.tools.checking import Checker
from tests.tools.strategies import json_values

PARAMETERS = canonical(
    {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "count": {"type": "integer", "default": 3},
            "anything": {},
            "tags": {"type": "array", "items": {"type": "number"}, "uniqueItems": True},
        },
        "required": ["path"],
        "additionalProperties": False,
    }
)
CHECK = Checker("look", PARAMETERS)


def nested(depth: int) -> Any:
    """A list in a list and so on."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


@settings(deadline=None)
@given(
    json_values
    | st.fixed_dictionaries(
        {"path": json_values}, optional={"count": json_values, "anything": json_values, "pth": json_values}
    )
    | st.text()
)
def test_makes_canonical_text_or_says_what_is_wrong(value: Any) -> None:
    """Whatever comes, the answer is canonical text that checks to itself, or BadArguments with a hint."""
    refused: list[BadArguments] = []
    try:
        text = CHECK(value)
    except BadArguments as error:
        refused.append(error)
    else:
        assert text == canonical(parse(text)) == CHECK(parse(text)) == CHECK(text)

    assert all(error.message.startswith("The arguments of look do not fit: ") for error in refused)
    assert all(error.hint.startswith("look takes ") for error in refused)


def test_adds_no_defaults() -> None:
    """The text holds what was sent; a default belongs to the function."""
    assert CHECK({"path": "a"}) == '{"path":"a"}'


def test_takes_nothing_for_no_arguments() -> None:
    """No arguments at all are an empty object."""
    check = Checker("now", canonical({"type": "object", "properties": {}, "additionalProperties": False}))

    nothing: tuple[Any, ...] = (None, "", "  ", {}, "{}")
    assert [check(value) for value in nothing] == ["{}"] * 5
    with pytest.raises(BadArguments) as caught:
        check({"x": 1})
    assert caught.value.hint == "now takes no arguments."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, '"path" is missing (a string).'),
        ([], "the arguments must be one JSON object, not []."),
        ('"a"', 'the arguments must be one JSON object, not "\\"a\\"".'),
        ({"path": "a", "$base": "x"}, '"$base" is unknown, and no name may start with a dollar sign.'),
        ({"path": "a", 5: "x"}, "5 is unknown, and no name may start with a dollar sign."),
        ({"path": "\ud800"}, "A text holds a lone surrogate at character 9, which is not Unicode."),
        ({"path": "a", "count": 2**63}, "A JSON integer has more than 63 bits."),
        ({"path": "a", "anything": float("nan")}, "A value cannot be written as JSON"),
        ({"path": "a", "anything": object()}, "A value cannot be written as JSON"),
        ({"path": "a", "anything": nested(64)}, "A JSON text is nested more than 64 levels deep."),
        (nested(100_000), "the arguments must be one JSON object, not <list>."),
        ({"path": nested(100_000)}, "A value cannot be written as JSON"),
        ({"k" * 1000: 1, "path": 5}, '"path" must be a string, not the number 5.'),
        ({f"k{number}": 1 for number in range(20_000)}, "; and many more."),
        ({"path": "x" * MAX_BYTES}, "A JSON text has more than 262,144 bytes."),
        ({"path": "a", "tags": [1, 1.0]}, "data.tags must contain unique items"),
        (
            {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1},
            '"path" is missing (a string); "a" is unknown; "b" is unknown; "c" is unknown; "d" is unknown; and 2 more.',
        ),
    ],
)
def test_refuses_in_words_for_the_model(value: Any, told: str) -> None:
    """Each fault is named; several are named together."""
    with pytest.raises(BadArguments) as caught:
        CHECK(value)

    assert told in caught.value.message
    assert caught.value.code == "bad_arguments"


def test_says_what_a_tool_takes() -> None:
    """The hint names the parameters, what they are, and which can be left out; not a hundred of them."""
    with pytest.raises(BadArguments) as caught:
        CHECK({})
    assert caught.value.hint == (
        "look takes anything (any value, optional), count (a whole number, optional), path (a string), "
        "tags (a list of numbers, optional)."
    )

    many = Checker("many", canonical({"type": "object", "properties": {f"p{n}": {} for n in range(100)}}))
    with pytest.raises(BadArguments) as caught:
        many(5)
    assert caught.value.hint.endswith(", ....")


def test_keeps_the_caps_exactly() -> None:
    """What is just within the caps is taken."""
    assert CHECK({"path": "a", "anything": nested(63)})
    assert CHECK({"path": "x" * (MAX_BYTES - len('{"path":""}'))})
    assert CHECK({"path": "[" * 100})
    assert CHECK({"path": "a", "count": 2**63 - 1})


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1).filter(lambda text: not text.startswith("$")), st.text())
def test_compiles_any_words_of_an_author(name: str, word: str) -> None:
    """No name and no word of a schema can break out of the validator that is generated from it."""
    schema = {
        "type": "object",
        "properties": {name: {"enum": [word], "description": word, "default": word}},
        "required": [name],
        "additionalProperties": False,
    }
    check = Checker("any", canonical(schema))

    assert json.loads(check({name: word})) == {name: word}
    with pytest.raises(BadArguments):
        check({name: word + "x"})


def test_takes_a_schema_that_asks_for_nothing() -> None:
    """Where the schema says nothing, every object is fine as it is."""
    assert Checker("free", "{}")({"b": "1", "a": None}) == '{"a":null,"b":"1"}'

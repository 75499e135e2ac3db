"""Canonical JSON and digests: one form, and what is refused at the border."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INT,
    canonical,
    check_text,
    digest,
    ordered,
    parse,
)
from detent.states.errors import BadValue
from tests.strategies import jsons, texts


@given(value=jsons)
def test_what_is_written_is_read_again(value: object) -> None:
    """Writing and reading any JSON value gives the value, and writing it again the same text."""
    written = canonical(value)

    assert parse(written) == value
    assert canonical(parse(written)) == written


@given(value=st.dictionaries(texts, jsons, max_size=5))
def test_the_order_of_keys_does_not_show(value: dict[str, Any]) -> None:
    """Two equal objects have the same bytes, whatever order their keys came in."""
    turned = dict(reversed(value.items()))

    assert canonical(turned) == canonical(value)
    assert list(json.loads(ordered(turned))) == list(turned)


def test_the_form() -> None:
    """Keys by code point, no white space, no escape that is not needed."""
    assert canonical({"é": [1, True, None], "a": "ü", "B": 1.5}) == '{"B":1.5,"a":"ü","é":[1,true,null]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), "\ud800", {"\udfff": 1}])
def test_what_json_does_not_have_is_not_written(value: object) -> None:
    """NaN, infinities, sets, objects and lone surrogates."""
    with pytest.raises(BadValue):
        canonical(value)


def test_what_has_no_end_is_not_written() -> None:
    """A value inside itself."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(BadValue):
        canonical(endless)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ('{"a":1,"a":2}', "'a' twice"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("1e999", "too large"),
        (str(MAX_INT + 1), "63 bits"),
        ("-" + "9" * 30, "63 bits"),
        (r'"\ud800"', "lone surrogate"),
        (r'{"\ud800":1}', "lone surrogate"),
        (r'[["\udead"]]', "lone surrogate"),
        ("\ud800", "lone surrogate"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "levels deep"),
        ('"' + "x" * MAX_BYTES + '"', "bytes"),
        ('"' + "é" * (MAX_BYTES // 2) + '"', "bytes"),
        ('"\n"', "not JSON"),
    ],
)
def test_what_comes_from_outside_is_refused(text: str, why: str) -> None:
    """Everything that could mean two things, or too much, says why it is refused."""
    with pytest.raises(BadValue, match=why):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (str(MAX_INT), MAX_INT),
        (str(-MAX_INT - 1), -MAX_INT - 1),
        (r'"\ud83d\ude00"', "😀"),
        ('{"[":"]]]]\\"{"}', {"[": ']]]]"{'}),
        ("1.5", 1.5),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
    ],
)
def test_what_is_just_allowed_is_read(text: str, value: object) -> None:
    """The largest numbers, the deepest nesting, and brackets that are only text."""
    assert value is None or parse(text) == value
    parse(text)


def test_raw_control_characters_are_read_where_asked() -> None:
    """Small models write line breaks inside strings."""
    assert parse('"a\nb"', raw_control=True) == "a\nb"


def test_a_text_that_utf_8_can_carry_is_itself() -> None:
    """A lone surrogate names its place."""
    assert check_text("é😀") == "é😀"
    with pytest.raises(BadValue, match="character 2"):
        check_text("aé\ud800")


def test_a_digest_covers_kind_and_body() -> None:
    """Its form is frozen."""
    assert digest("note", "hello") == (
        "sha256:8de759f6d53b4f0efc48611bde69379c515961aa3bca69c999d0ff0a3d034f84"
    )
    assert digest("note", "hello") != digest("goal", "hello")
    assert digest("a", "b\nc") != digest("a\nb", "d")

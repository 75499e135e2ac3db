"""Tools as a server wants them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.planners.schemas import reduced, tools_for
from detent.states.spec import ASK_PERSON
from tests.fsm.planners.kit import SPEC

words = st.sampled_from(
    ["type", "pattern", "$ref", "$defs", "properties", "items", "anyOf", "x", "#/$defs/x"]
)
schemas = st.dictionaries(
    words,
    st.recursive(
        st.booleans() | st.integers() | words | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)


def test_it_keeps_what_was_declared() -> None:
    """Bounds, defaults, alternatives, nested objects and closed objects arrive as they were declared."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "lines": {"type": "integer", "minimum": 1, "maximum": 99, "default": 5},
            "name": {"anyOf": [{"type": "string", "pattern": "^[a-z]+$"}, {"type": "null"}]},
            "box": {
                "type": "object",
                "properties": {"pattern": {"type": "string"}},
                "required": ["pattern"],
                "additionalProperties": False,
            },
        },
        "required": ["lines"],
        "additionalProperties": False,
    }

    assert reduced(schema) == schema


def test_it_writes_definitions_out() -> None:
    """A reference becomes what it refers to, with what stood beside it."""
    schema = {
        "$defs": {
            "Point": {"type": "object", "properties": {"x": {"$ref": "#/$defs/Number"}}},
            "Number": {"type": "number"},
        },
        "properties": {"at": {"$ref": "#/$defs/Point", "description": "where"}},
    }

    assert reduced(schema) == {
        "properties": {
            "at": {"type": "object", "properties": {"x": {"type": "number"}}, "description": "where"},
        }
    }


def test_a_schema_that_refers_to_itself_ends() -> None:
    """A tree is written out once; deeper anything goes."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}

    assert reduced({"$defs": {"Node": node}, "properties": {"first": {"$ref": "#/$defs/Node"}}}) == {
        "properties": {"first": {"type": "object", "properties": {"next": {}}}}
    }


@pytest.mark.parametrize(("pattern", "kept"), [("^a+$", True), ("a+", False), ("^a", False), ("a$", False)])
def test_only_anchored_patterns_are_sent(pattern: str, kept: bool) -> None:
    """A pattern that is not anchored at both ends would make llama-server refuse the whole request."""
    assert ("pattern" in reduced({"type": "string", "pattern": pattern})) is kept


def test_no_property_is_a_boolean_schema() -> None:
    """Ollama cannot read `true` where a property's schema stands."""
    assert reduced({"properties": {"a": True}}) == {"properties": {"a": {}}}


@given(schemas)
def test_any_schema_is_reduced(schema: dict[str, Any]) -> None:
    """Whatever a schema is, its copy needs no further reduction, and the original is unchanged."""
    before = json.dumps(schema)

    made = reduced(schema)

    assert json.dumps(schema) == before
    assert "$defs" not in made
    assert reduced(made) == made


def test_the_question_is_a_tool_among_the_others() -> None:
    """Where a person may be asked, the built-in tool is offered, and counted."""
    plain, short = tools_for(SPEC)
    asking, long = tools_for(evolve(SPEC, ask_person=True))

    assert [one["function"]["name"] for one in asking] == ["list_dir", "read_file", ASK_PERSON]
    assert asking[:2] == plain
    assert long - short == len(json.dumps(asking[2]))

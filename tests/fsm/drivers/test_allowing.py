"""The rule that is offered at a gate: it lets this call pass, and nothing that it does not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.allowing import LONGEST, free, offered_rule
from detent.fsm.drivers.rules import parse_rule
from detent.states import ToolSpec
from detent.states.canonical import canonical, ordered

from .test_rules import NAMES, NOWHERE, VALUES


def _tool(*names: str, closed: bool = True) -> ToolSpec:
    schema: dict[str, Any] = {"type": "object", "properties": {name: {} for name in names}}
    return ToolSpec(
        name="do", parameters=ordered(schema | ({"additionalProperties": False} if closed else {}))
    )


@pytest.mark.parametrize(
    ("given_values", "rule"),
    [
        ({"path": "notes/todo.md", "old": "a", "new": "b"}, "do(path=notes/*)"),
        ({"path": "todo.md", "old": "a"}, "do(path=*)"),
        ({"path": "./notes//todo.md"}, "do(path=notes/*)"),
        ({"path": "/srv/me/todo.md"}, "do(path=/srv/me/*)"),
        ({"source_path": "a/x", "target_path": "b/c/x"}, "do(source_path=a/*, target_path=b/c/*)"),
        ({"path": "no*es/todo.md"}, 'do(path=="no*es/todo.md")'),
        ({"path": "a,b/todo.md"}, 'do(path=="a,b/todo.md")'),
        ({"path": "../todo.md"}, 'do(path=="../todo.md")'),
        ({"path": "~/todo.md"}, 'do(path=="~/todo.md")'),
        ({"path": "/passwd"}, 'do(path=="/passwd")'),
        ({"path": "notes/"}, 'do(path=="notes/")'),
        ({"path": ""}, 'do(path=="")'),
        ({"path": ["notes/a.md"]}, 'do(path==["notes/a.md"])'),
        ({"path": "https://a.example/x"}, 'do(path=="https://a.example/x")'),
        ({"to": "me, you", "amount": 7}, 'do(to=="me, you", amount==7)'),
        ({"to": "line\nline", "$base": "sha"}, 'do(to=="line\\nline")'),
        ({"to": "x" * 1000}, None),
        ({}, "do"),
    ],
)
def test_a_folder_is_offered_for_a_path_and_the_call_itself_for_anything_else(
    given_values: dict[str, Any], rule: str | None
) -> None:
    """What is offered reads as it does here, whatever signs are in it; too long to read is not offered."""
    tool = _tool(*(name for name in given_values if name != "$base"))

    made = offered_rule(tool, given_values, NOWHERE)

    assert (None if made is None else str(made)) == rule


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_what_is_offered_lets_this_call_pass_and_no_other(
    call: dict[str, Any], other: dict[str, Any], closed: bool
) -> None:
    """Stored and read again, the rule allows this call, and another only if it is equal."""
    made = offered_rule(_tool(*call, closed=closed), call, NOWHERE)

    if made is not None:
        rule = parse_rule(str(made))
        assert rule == made
        assert len(str(rule)) <= LONGEST
        assert rule.allows("do", canonical(call), NOWHERE)
        fits = not closed or set(other) <= set(call)  # else the tool's schema refuses it
        if fits and all(pattern.startswith("=") for _, pattern in rule.patterns):
            assert rule.allows("do", canonical(other), NOWHERE) is (canonical(call) == canonical(other))


def test_arguments_that_are_left_out_stay_out() -> None:
    """A call without an optional argument does not allow the same call with one."""
    made = offered_rule(_tool("to", "loud"), {"to": "me"}, NOWHERE)

    assert str(made) == 'do(to=="me", nothing else)'


def test_what_a_rule_says_nothing_about_is_told() -> None:
    """Beside a rule about a folder stand the arguments that it leaves free."""
    tool = _tool("path", "old", "new")
    made = offered_rule(tool, {"path": "a/b", "old": "x", "new": "y"}, NOWHERE)

    assert made is not None
    assert free(made, tool) == ("old", "new")
    assert free(parse_rule("do(nothing else)"), tool) == ()


def test_a_path_through_a_link_is_not_offered(tmp_path: Path) -> None:
    """What leads elsewhere would never pass, so no rule is offered for it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert offered_rule(_tool("path"), {"path": "link/a.md"}, tmp_path) is None
    assert str(offered_rule(_tool("path"), {"path": "real/a.md"}, tmp_path)) == "do(path=real/*)"

"""Calls in text, thinking in text, and JSON that is almost one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.models.door import RawCall
from detent.fsm.planners.rescue import before_call, calls_in, mended, split_thinking

CALL = '{"name": "list_dir", "arguments": {"path": "."}}'
RAW = RawCall(name="list_dir", arguments={"path": "."})

TAKEN = (
    CALL,
    f"  {CALL}\n",
    f"[{CALL}]",
    f"```json\n{CALL}\n```",
    f"```\n{CALL}\n```",
    f"<tool_call>\n{CALL}\n</tool_call>",
    f"<tool_call>{CALL}",
    f"I will look.\n<tool_call>\n{CALL}\n</tool_call>",
    f"<|tool_call|>{CALL}",
    f"[TOOL_CALLS] [{CALL}]",
    f"[TOOL_CALLS]{CALL}",
    '[TOOL_CALLS]list_dir[ARGS]{"path": "."}',
    '<function=list_dir>{"path": "."}</function>',
    f"<|python_tag|>{CALL}",
    '{"tool": "list_dir", "parameters": {"path": "."}}',
    '{"function": {"name": "list_dir", "arguments": {"path": "."}}}',
    '{"type": "function", "function": "list_dir", "parameters": {"path": "."}}',
    '{"name": "list_dir", "input": {"path": "."}}',
)
LEFT = (
    "",
    "Nothing here.",
    f"You could write {CALL} to list it.",
    f"Here is how:\n```json\n{CALL}\n```",
    f"{CALL}\n{CALL}",
    f"{CALL} and then?",
    f"<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}</tool_call>",
    '{"name": "list_dir"}',
    '{"name": 5, "arguments": {}}',
    '{"arguments": {}}',
    '{"name": "a", "arguments": {}, "parameters": {}}',
    "[]",
    "[1, 2]",
    "[1]",
    "{}",
    '"list_dir"',
    '{"name": "list_dir", "arguments": {"path": "."}',
    "<tool_call>{'name': 'list_dir'}</tool_call>",
    "<function=list_dir>\n<parameter=path>.</parameter>\n</function>",
    "<tool_call>",
    f"<|tool_call of mine {CALL}",
    "```json\n```",
)


@pytest.mark.parametrize("text", TAKEN)
def test_it_finds_a_text_that_is_nothing_but_a_call(text: str) -> None:
    """A text that is exactly one call, bare, fenced or tagged, is that call."""
    assert calls_in(text) == (RAW,)


@pytest.mark.parametrize("text", LEFT)
def test_it_leaves_every_other_text(text: str) -> None:
    """A text that mentions a call, holds two, or is broken, is none."""
    assert calls_in(text) == ()


def test_it_finds_a_list_of_calls() -> None:
    """One JSON list of calls is several calls."""
    assert calls_in(f"[{CALL}, {CALL}]") == (RAW, RAW)


@given(st.text())
def test_it_takes_no_arbitrary_text_for_a_call(text: str) -> None:
    """No text that happens is a call, and none raises."""
    assert calls_in(text) == ()
    split_thinking(text)
    assert before_call(text) in text


@given(
    st.dictionaries(st.text(), st.text() | st.integers(min_value=-(2**62), max_value=2**62), max_size=4),
    st.text(),
)
def test_it_finds_any_arguments(arguments: dict[str, object], words: str) -> None:
    """Whatever the arguments are, a tagged call with words before it is found."""
    words = words.replace("<", "").replace("[", "")
    text = f"{words}<tool_call>{json.dumps({'name': 'x', 'arguments': arguments})}</tool_call>"

    assert calls_in(text) == (RawCall(name="x", arguments=arguments),)


@pytest.mark.parametrize(
    ("content", "thinking", "rest"),
    [
        ("plain", "", "plain"),
        ("<think>hm</think>yes", "hm", "yes"),
        ("<think>\nhm\n</think>\n\nyes", "hm", "\n\nyes"),
        ("<think>one</think>a<think>two</think>b", "one\ntwo", "ab"),
        ("<think>never closed", "never closed", ""),
        ("yes<think>never closed", "never closed", "yes"),
        ("opened by the template</think>yes", "opened by the template", "yes"),
        ("a</think>b</think>c", "", "a</think>b</think>c"),
        ("I think>so", "", "I think>so"),
    ],
)
def test_it_splits_thinking_from_text(content: str, thinking: str, rest: str) -> None:
    """Thinking that came inside the text, closed or not, is told from it."""
    assert split_thinking(content) == (thinking, rest)


@pytest.mark.parametrize(
    "text",
    [
        "{'path': '.'}",
        '{"path": ".",}',
        '{"path": "."',
        '{"path": ".',
        'Here: {"path": "."}',
        '```json\n{"path": "."}\n```',
        '{"path": "."}}',
        '{"path": "."} done',
    ],
)
def test_it_mends_small_slips(text: str) -> None:
    """Arguments with one small slip become what they were meant to be."""
    assert {"path": "."} in list(mended(text))


def test_it_does_not_choose_between_two_objects() -> None:
    """Where two objects came, neither is taken for the arguments."""
    assert list(mended('{"path": "a"} {"path": "b"}')) == []


@given(st.text())
def test_it_mends_only_to_objects(text: str) -> None:
    """Whatever the text is, what comes out of mending is an object, and nothing raises."""
    assert all(isinstance(one, dict) for one in mended(text))


def test_it_keeps_the_text_before_a_tag() -> None:
    """What a model said before it began a call is what is left of its text."""
    assert before_call(f"So far nothing. <tool_call>{CALL}") == "So far nothing."

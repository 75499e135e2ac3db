"""The prompt of a click in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.cli.main import main
from detent.fsm.cli.prompted import prompt_lines, prompt_words, seen_as
from tests.fsm.drivers.test_prompts import many

VIEW: dict[str, Any] = {
    "window": 8192,
    "estimate": 1204,
    "scripted": False,
    "messages": [
        {"role": "system", "content": "Be short."},
        {
            "role": "assistant",
            "content": "",
            "thinking": "hm",
            "tool_calls": [{"function": {"name": "look", "arguments": {"thing": "a"}}}],
        },
        {"role": "tool", "tool_name": "look", "content": "\x1b[2Jseen"},
    ],
    "tools": [{"function": {"name": "look"}}, {"function": {"name": "pay"}}],
    "left_out": [1, 2],
    "trimmed": [
        {"position": 4, "kind": "result", "characters": 12034, "shown": 412, "handle": "4"},
        {"position": 5, "kind": "turn", "characters": 900, "shown": 90, "handle": None},
    ],
}


def test_one_line_says_how_long_it_is_and_what_is_missing() -> None:
    """Tokens of the window, messages left out, messages shortened."""
    assert prompt_words(VIEW) == "3 messages, about 1,204 of 8,192 tokens; 2 left out, 2 shortened"
    whole = {**VIEW, "left_out": [], "trimmed": []}
    assert prompt_words(whole).endswith("; nothing left out")
    assert prompt_words({**whole, "scripted": True}).endswith("; a script reads none of it")
    assert prompt_words(None) == ""
    assert prompt_words({"unfit": "It does not fit."}) == "It does not fit."


def test_each_message_says_how_it_was_seen() -> None:
    """Left out, or how much of it, with the handle where it can be read on; nothing where it was seen whole."""
    assert seen_as(VIEW, 1) == "left out of the prompt"
    assert seen_as(VIEW, 3) == ""
    assert seen_as(VIEW, 4) == "in the prompt 412 of 12,034 characters, handle 4"
    assert seen_as(VIEW, 5) == "in the prompt 90 of 900 characters"
    assert seen_as(None, 1) == seen_as({"unfit": "No."}, 1) == ""


def test_the_whole_prompt_is_shown_escaped() -> None:
    """Every message with its role, behind a bar, then the tools that were offered."""
    lines = list(prompt_lines(VIEW, 80))

    assert lines[0] == "prompt"
    assert [line.strip() for line in lines if not line.startswith(" " * 4)][1:] == [
        "system",
        "assistant",
        "tool  look",
        "tools  look, pay",
        "",
    ]
    assert any('look({"thing": "a"})' in line for line in lines)
    assert "\x1b" not in "".join(lines)
    assert list(prompt_lines(None, 80)) == []


def test_show_tells_at_a_glance_what_the_model_did_not_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line about the prompt, a word at each message that is not in it whole, and with --full the prompt itself."""
    made, run, server = many(tmp_path)
    database = ["--db", str(made.store)]

    assert main([*database, "show", run.id]) == 0
    shown = capsys.readouterr().out
    assert main([*database, "show", run.id, "--full"]) == 0
    full = capsys.readouterr().out
    assert main([*database, "show", run.id, "--json"]) == 0
    view = json.loads(capsys.readouterr().out)

    assert "left out of the prompt" in shown
    assert f"{len(view['prompt']['left_out'])} left out, {len(view['prompt']['trimmed'])} shortened" in shown
    assert f"handle {view['prompt']['trimmed'][0]['handle']}" in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if "prompt" in line)
    assert "\nprompt\n  system\n" in full
    assert view["prompt"]["messages"] == server.asked[-1]["messages"]
    assert run.at()["prompt"] == view["prompt"]

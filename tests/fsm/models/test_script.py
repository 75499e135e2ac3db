"""The scripted model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.models.door import Prompt, RawCall, Reply, Request
from detent.fsm.models.script import ScriptDoor, read_script
from detent.states.errors import ConfigError, NotFound


def never() -> Prompt:
    """The prompt, which no script asks for."""
    raise AssertionError("a scripted model needs no prompt")


def said(door: ScriptDoor, index: int) -> tuple[Reply, list[tuple[str, str]]]:
    """One reply, and what was told while it came."""
    pieces: list[tuple[str, str]] = []
    request = Request(index=index, prompt=never)
    reply = asyncio.run(door.chat(request, lambda kind, piece: pieces.append((kind, piece))))
    return reply, pieces


def written(folder: Path, script: Any) -> ScriptDoor:
    """A door to this script."""
    (folder / "turns.json").write_text(
        script if isinstance(script, str) else json.dumps(script), encoding="utf-8"
    )
    return ScriptDoor("turns.json", folder=folder)


@pytest.mark.parametrize(
    ("turn", "reply"),
    [
        ("Yes.", Reply(content="Yes.")),
        ("", Reply()),
        ({"name": "a", "arguments": {"n": 1}}, Reply(calls=(RawCall(name="a", arguments={"n": 1}),))),
        ({"name": "a"}, Reply(calls=(RawCall(name="a"),))),
        (
            [{"name": "a", "arguments": {}, "id": "i"}, {"name": "b", "arguments": "{"}],
            Reply(calls=(RawCall(id="i", name="a", arguments={}), RawCall(name="b", arguments="{"))),
        ),
        (
            {"content": "So.", "thinking": "Hm.", "tool_calls": [{"name": "a", "arguments": {}}]},
            Reply(content="So.", thinking="Hm.", calls=(RawCall(name="a", arguments={}),)),
        ),
        ({"thinking": "Hm."}, Reply(thinking="Hm.")),
        ({"raw": "<tool_call>{"}, Reply(content="<tool_call>{")),
        ({"refused": "bad_arguments"}, Reply(error="bad_arguments")),
        ({"refused": "empty_reply", "thinking": "b"}, Reply(thinking="b", error="empty_reply")),
    ],
)
def test_a_turn_is_the_reply_it_says(tmp_path: Path, turn: Any, reply: Reply) -> None:
    """Every form of a turn becomes its reply, told while it comes, and no prompt is made."""
    made, pieces = said(written(tmp_path, [turn]), 0)

    assert made == reply
    assert "".join(piece for kind, piece in pieces if kind == "content") == reply.content
    assert "".join(piece for kind, piece in pieces if kind == "thinking") == reply.thinking


def test_a_loop_ends_as_a_repetition(tmp_path: Path) -> None:
    """An endless turn is cut off where its repetition is certain."""
    made, _ = said(written(tmp_path, [{"loop": "again "}]), 0)

    assert made.error == "repetition"
    assert not made.complete
    assert 1500 <= len(made.content) < 1600


def test_past_the_end_the_last_turn_repeats(tmp_path: Path) -> None:
    """The index is the number of replies before; past the end the last turn is said again."""
    door = written(tmp_path, ["zero", "one"])

    assert [said(door, index)[0].content for index in (0, 1, 2, 99)] == ["zero", "one", "one", "one"]


def test_the_file_is_read_once(tmp_path: Path) -> None:
    """A script that is changed while it plays plays on as it began."""
    door = written(tmp_path, ["old"])
    asyncio.run(door.check(tools=True))
    (tmp_path / "turns.json").write_text('["new"]', encoding="utf-8")

    assert said(door, 0)[0].content == "old"
    asyncio.run(door.close())


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{",
        "{}",
        "[]",
        "[5]",
        "[[]]",
        "[{}]",
        '[{"nam": "a"}]',
        '[{"name": ""}]',
        '[{"name": 5}]',
        '[{"name": "a", "content": "b"}]',
        '[{"loop": ""}]',
        '[{"loop": 5}]',
        '[{"raw": null}]',
        '[{"refused": ""}]',
        '[{"refused": "a", "tool_calls": []}]',
        '[{"content": 5}]',
        '[{"tool_calls": {}}]',
        '[{"tool_calls": ["a"]}]',
        '["fine", [{"arguments": {}}]]',
        '["\\ud800"]',
    ],
)
def test_a_wrong_script_is_a_configuration_error(tmp_path: Path, script: str) -> None:
    """A file that is there and is no list of turns is refused with what a turn is."""
    with pytest.raises(ConfigError, match=r"turns\.json cannot be played") as raised:
        asyncio.run(written(tmp_path, script).check(tools=True))

    assert "A turn is a text" in raised.value.hint


def test_a_file_that_is_not_text_is_a_configuration_error(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a folder, are refused as files that are there and wrong."""
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")

    for path in (tmp_path / "bytes.json", tmp_path):
        with pytest.raises(ConfigError):
            read_script(path)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """A name that finds no file is a name that finds nothing."""
    with pytest.raises(NotFound, match="does not exist"):
        read_script(tmp_path / "none.json")


def test_a_script_may_be_named_in_full(tmp_path: Path) -> None:
    """An absolute name needs no folder."""
    written(tmp_path, ["yes"])

    assert said(ScriptDoor(str(tmp_path / "turns.json"), folder=Path("/")), 0)[0].content == "yes"

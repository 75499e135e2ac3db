"""A streamed reply, put together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.models.door import RawCall, Reply
from detent.fsm.models.stream import Broken, Gathering, Lines

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
chunk_keys = st.sampled_from(
    ["message", "done", "done_reason", "prompt_eval_count", "load_duration", "content", "tool_calls"]
)


def quiet(_kind: str, _piece: str) -> None:
    """Nobody listens."""


def gathered(*chunks: dict[str, Any]) -> Reply:
    """The reply of these chunks."""
    made = Gathering(quiet)
    for chunk in chunks:
        made.add(chunk)
    return made.reply(took_ms=5)


def said(**message: Any) -> dict[str, Any]:
    """A chunk with this message."""
    return {"message": {"role": "assistant", **message}, "done": False}


def call(name: str, arguments: Any, number: str = "") -> dict[str, Any]:
    """A call as Ollama writes it."""
    return {"id": number, "function": {"index": 0, "name": name, "arguments": arguments}}


END = {
    "message": {"content": ""},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 7,
    "eval_count": 3,
}


@given(
    st.lists(st.dictionaries(st.text(), anything, max_size=4), max_size=5),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_lines_are_what_was_sent_however_it_was_cut(objects: list[dict[str, Any]], cuts: list[int]) -> None:
    """Objects come out as they went in, whatever characters are in them and wherever the bytes were cut."""
    sent = b"\n".join(json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass") for one in objects)
    lines, found, place = Lines(), [], 0
    while place < len(sent):
        size = cuts[place % len(cuts)]
        found += list(lines.add(sent[place : place + size]))
        place += size
    found += list(lines.end())

    assert found == objects


@pytest.mark.parametrize("sent", [b"no\n", b"5\n", b"[]\n", b"\xff\n", b'{"a":\n', b"<html>\n"])
def test_a_line_that_is_no_object_is_broken(sent: bytes) -> None:
    """What is no JSON object line by line is no reply of Ollama."""
    with pytest.raises(Broken):
        list(Lines().add(sent))


def test_a_line_without_end_is_broken() -> None:
    """A server that never ends a line does not fill the memory."""
    lines = Lines()
    for _ in range(32):
        list(lines.add(b"x" * 1024 * 1024))

    with pytest.raises(Broken, match="without end"):
        lines.add(b"x")


def test_it_puts_a_reply_together() -> None:
    """Thinking, text, and calls from every chunk, the last one included, make one reply with its counts."""
    reply = gathered(
        said(thinking="Hm", content=""),
        said(thinking="m."),
        said(content="Let me "),
        said(content="look.", tool_calls=[call("a", {"n": 1}, "i")]),
        {**END, "message": {"tool_calls": [call("b", "{}")]}, "load_duration": 2_500_000},
    )

    assert reply == Reply(
        content="Let me look.",
        thinking="Hmm.",
        calls=(RawCall(id="i", name="a", arguments={"n": 1}), RawCall(name="b", arguments="{}")),
        prompt_tokens=7,
        reply_tokens=3,
        load_ms=2,
        took_ms=5,
    )


def test_every_piece_is_told_at_once() -> None:
    """The listener is told each piece when it comes, with its kind."""
    told: list[tuple[str, str]] = []
    made = Gathering(lambda kind, piece: told.append((kind, piece)))

    for chunk in (said(thinking="a"), said(content="b\ud800"), said(content="")):
        assert made.add(chunk)

    assert told == [("thinking", "a"), ("content", "b?")]
    assert not made.add(END)
    assert made.reply(took_ms=0).content == "b?"


def test_a_stream_that_just_ends_is_not_complete() -> None:
    """Without done there is no whole reply; some twenty equal pieces at its end are a repetition."""
    assert gathered(said(content="Two fi")) == Reply(
        content="Two fi", took_ms=5, done_reason="", complete=False
    )
    assert gathered(*[said(content="la ")] * 31).error == "repetition"
    assert gathered(said(content="Let me count: " + "12" * 9)).error == ""


def test_a_loop_is_not_waited_for() -> None:
    """The first chunk that makes the repetition certain is the last one that is wanted."""
    made = Gathering(quiet)
    wanted = [made.add(said(content="and again ")) for _ in range(400)]

    assert wanted.index(False) < 220
    assert made.reply(took_ms=0).error == "repetition"


@pytest.mark.parametrize(
    "calls", [[5], [{}], [{"function": {}}], [{"function": {"name": 5}}], [{"function": "a"}]]
)
def test_a_call_without_a_name_is_broken_json(calls: list[Any]) -> None:
    """A call that names nothing is a word of its own, not a crash."""
    assert gathered(said(tool_calls=calls), END).error == "broken_json"


@given(
    st.lists(
        st.dictionaries(chunk_keys, anything | st.dictionaries(chunk_keys, anything, max_size=3), max_size=4)
    )
)
def test_any_chunks_make_a_reply(chunks: list[dict[str, Any]]) -> None:
    """Whatever the types in a chunk are, a reply comes out."""
    made = Gathering(quiet)
    for chunk in chunks:
        made.add(chunk)

    reply = made.reply(took_ms=1)
    assert reply.prompt_tokens >= 0
    assert isinstance(reply.content, str)

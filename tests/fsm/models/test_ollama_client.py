"""The client under the door, against servers that misbehave on purpose: silent, strange, broken, busy."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.models.door import Prompt, Reply, Request
from detent.fsm.models.ollama import OllamaDoor
from detent.fsm.models.ollama_client import Waits
from detent.fsm.models.serving import installed
from detent.states.errors import ConfigError, DetentError, ModelUnavailable
from detent.states.spec import ModelOptions
from tests.fsm.models.wire import Play, chunks, cut, plain, played, recorded

OPTIONS = ModelOptions(num_ctx=8192, num_predict=600)


def quiet(_kind: str, _piece: str) -> None:
    """Nobody listens."""


async def chat(door: OllamaDoor, *, tools: bool = False, num_predict: int = 100) -> Reply:
    """One bare request."""
    offered = (
        [{"type": "function", "function": {"name": "a", "description": "", "parameters": {}}}]
        if tools
        else []
    )
    prompt = Prompt(messages=[{"role": "user", "content": "q"}], tools=offered, num_predict=num_predict)
    try:
        return await door.chat(Request(index=0, prompt=lambda: prompt), quiet)
    finally:
        await door.close()


def text(content: str, **more: Any) -> dict[str, Any]:
    """A chunk with this text."""
    return {"message": {"role": "assistant", "content": content}, "done": False, **more}


END = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "eval_count": 2}
PROMPT = Waits(pauses=(0.01, 0.02))
FINE = chunks(text("Yes."), END)


def asking(
    *plays: Play, waits: Waits | None = None, tools: bool = False
) -> tuple[Reply | DetentError, int, float]:
    """One request to a server that plays this: the reply or the error, how often it was asked, and the seconds."""

    async def run() -> tuple[Reply | DetentError, int, float]:
        async with played(*plays) as server:
            door = OllamaDoor("m", options=OPTIONS, host=server.host, waits=waits or PROMPT)
            began = time.monotonic()
            outcome: Reply | DetentError
            try:
                outcome = await chat(door, tools=tools)
            except DetentError as error:
                outcome = error
            asked_for = [path for path, _ in server.requests if path == "/api/chat"]
            return outcome, len(asked_for), time.monotonic() - began

    return asyncio.run(run())


@pytest.mark.parametrize(
    "trouble",
    [
        cut,
        plain(503, '{"error": "server busy, please try again.  maximum pending requests exceeded"}'),
        chunks({"error": "an error was encountered while running the model: unexpected EOF"}),
        chunks(end=False),
    ],
)
def test_passing_trouble_is_tried_again_before_the_reply_begins(trouble: Play) -> None:
    """Trouble of the transport is tried again twice, and the third attempt may be the good one."""
    outcome, times, _ = asking(trouble, trouble, FINE)

    assert isinstance(outcome, Reply)
    assert (outcome.content, times) == ("Yes.", 3)


def test_trouble_that_stays_is_reported_after_three_attempts() -> None:
    """The third failure leaves with 69, and nothing is asked a fourth time."""
    outcome, times, _ = asking(cut)

    assert isinstance(outcome, ModelUnavailable)
    assert times == 3


@pytest.mark.parametrize(
    "rest", [chunks(text("Two fi"), end=False), chunks(text("Two fi"), {"error": "unexpected EOF"})]
)
def test_a_reply_that_began_is_not_asked_for_again(rest: Play) -> None:
    """Once a piece has been shown, trouble is reported and nothing is repeated."""
    outcome, times, _ = asking(rest)

    assert isinstance(outcome, ModelUnavailable)
    assert "broke off" in outcome.message
    assert times == 1


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (500, "llama-server returned invalid tool call arguments", "broken_json"),
        (500, "error parsing tool call: raw='{'", "broken_json"),
        (500, "prediction aborted, token repeat limit reached", "repetition"),
        (
            400,
            json.dumps({"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 99, "n_ctx": 9}}),
            "too_long",
        ),
    ],
)
def test_a_bad_reply_is_a_word_and_no_error(status: int, error: str, kind: str) -> None:
    """What the server refuses of a reply, before it or in its middle, is a refusal that can be corrected."""
    for play in (plain(status, json.dumps({"error": error})), chunks(text(""), {"error": error})):
        outcome, times, _ = asking(play)
        assert isinstance(outcome, Reply)
        assert (outcome.error, outcome.complete, times) == (kind, False, 1)


@pytest.mark.parametrize(
    ("play", "exit_code", "words"),
    [
        (plain(200, "<html>hello</html>"), 69, "does not speak as Ollama does"),
        (plain(200, "[]"), 69, "does not speak as Ollama does"),
        (plain(502, "<html>Bad gateway</html>"), 69, "failed"),
        (plain(404, "404 page not found"), 69, "failed"),
        (plain(500, '"a JSON string"'), 69, "a JSON string"),
        (plain(500, json.dumps({"error": {"message": "no", "code": 500}})), 69, "no"),
        (
            plain(500, json.dumps({"error": "model requires more system memory (5 GiB)"})),
            69,
            "not enough memory",
        ),
        (plain(401, json.dumps({"error": "unauthorized"})), 78, "refuses access"),
        (plain(400, json.dumps({"error": "JSON schema conversion failed: pattern"})), 78, "schema of a tool"),
        (chunks(b"not json\n"), 69, "does not speak as Ollama does"),
        (chunks({"error": {"message": "no"}}), 69, "no"),
    ],
)
def test_every_answer_has_two_sentences(play: Play, exit_code: int, words: str) -> None:
    """Proxies, strangers and servers in trouble all lead to an error of ours, with what to do about it."""
    outcome, _, _ = asking(play)

    assert isinstance(outcome, DetentError)
    assert outcome.exit_code == exit_code
    assert words in outcome.message
    assert outcome.hint


@pytest.mark.parametrize(
    "lines",
    [
        [text("Two "), text("files."), END],
        [b'{"message": {"content": "Two files."}, "done": true, "done_reason": "stop"}'],
        [b'\n{"message": {"content": "Two \xc2\x85files."}}\n\n', END],
        [{"message": {"content": "Two files.", "tool_calls": None, "thinking": None}}, {"done": True}],
        [{"model": 5, "message": {"content": "Two files.", "extra": []}, "new_field": {}}, END],
    ],
)
def test_odd_chunks_are_read(lines: list[Any]) -> None:
    """Blank lines, missing fields, new ones, and characters that look like line ends do not spoil a reply."""
    outcome, _, _ = asking(chunks(*lines))

    assert isinstance(outcome, Reply)
    assert outcome.content.replace("\x85", "") == "Two files."
    assert outcome.complete


def test_a_stream_that_ends_without_done_is_incomplete() -> None:
    """A stream that just stops is no answer."""
    outcome, _, _ = asking(chunks(text("Two fi")))

    assert isinstance(outcome, Reply)
    assert (outcome.complete, outcome.error) == (False, "")


SHORT = Waits(connect=0.3, first=0.5, between=0.3, calling=1.2)


def test_silence_before_the_first_byte_has_its_limit() -> None:
    """A server that takes the request and says nothing is given up after the first limit, once."""
    outcome, times, seconds = asking(chunks(hang=5.0), waits=SHORT)

    assert isinstance(outcome, ModelUnavailable)
    assert "silent" in outcome.message
    assert times == 1
    assert 0.4 < seconds < 2


def test_silence_between_pieces_has_its_limit() -> None:
    """A reply that stops in its middle is given up after the second limit."""
    outcome, _, seconds = asking(chunks(text("Two "), hang=5.0), waits=SHORT)

    assert isinstance(outcome, ModelUnavailable)
    assert seconds < 2


def test_a_call_may_take_longer_to_write() -> None:
    """Ollama is silent while it gathers a call, so where tools are offered silence has a longer limit."""
    slow = chunks(text("Let me look."), END, pause=0.6)

    assert isinstance(asking(slow, waits=SHORT)[0], ModelUnavailable)
    assert isinstance(asking(slow, waits=SHORT, tools=True)[0], Reply)


def test_a_slow_reply_is_not_silence() -> None:
    """Limits are on silence: a reply that takes longer than every one of them, piece by piece, arrives."""
    pieces = [text(f"{number} ") for number in range(10)]
    outcome, _, seconds = asking(chunks(*pieces, END, pause=0.1), waits=SHORT)

    assert isinstance(outcome, Reply)
    assert outcome.complete
    assert seconds > SHORT.first


@pytest.fixture
def bad_host(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """An address in the environment, which the package reads."""
    host: str = request.param
    monkeypatch.setenv("OLLAMA_HOST", host)
    return host


@pytest.mark.parametrize("bad_host", ["http://[::1", "localhost:eleven"], indirect=True)
def test_an_address_that_is_none_is_a_configuration_error(bad_host: str) -> None:
    """A host that is no address leaves with 78 and names the variable."""
    with pytest.raises(ConfigError, match="OLLAMA_HOST"):
        asyncio.run(chat(OllamaDoor("m")))


@pytest.mark.parametrize("bad_host", ["ftp://example.invalid"], indirect=True)
def test_an_address_of_another_kind_is_a_configuration_error(bad_host: str) -> None:
    """A host that is an address and not of a web server leaves with 78 too, for a chat and for a check."""
    with pytest.raises(ConfigError, match="OLLAMA_HOST"):
        asyncio.run(chat(OllamaDoor("m")))
    with pytest.raises(ConfigError, match="OLLAMA_HOST"):
        asyncio.run(OllamaDoor("m").check(tools=False))


def test_a_hint_does_without_the_names_it_cannot_have() -> None:
    """Where the installed models cannot be listed, the error that needed them is still told."""
    missing = plain(404, json.dumps({"error": "model 'm' not found"}))

    outcome, _, _ = asking(missing, plain(500, "no"))

    assert isinstance(outcome, ModelUnavailable)
    assert outcome.hint == "Get it with  ollama pull m ."


def test_a_listeners_own_failure_is_not_the_servers() -> None:
    """An error raised by whoever is told the pieces comes out as it is."""

    def broken(_kind: str, _piece: str) -> None:
        raise KeyError("the display")

    async def run() -> None:
        async with played(FINE) as server:
            door = OllamaDoor("m", host=server.host)
            prompt = Prompt(messages=[], num_predict=5)
            try:
                await door.chat(Request(index=0, prompt=lambda: prompt), broken)
            finally:
                await door.close()

    with pytest.raises(KeyError, match="the display"):
        asyncio.run(run())


@pytest.mark.parametrize("bad_host", ["127.0.0.1:1"], indirect=True)
def test_no_proxy_stands_before_this_machine(bad_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not asked for a server on the loopback address."""

    async def run() -> Reply:
        async with played(FINE) as server, played(plain(502, "proxy")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.host)
            return await chat(OllamaDoor("m", host=server.host))

    assert asyncio.run(run()).content == "Yes."


def test_headers_and_the_key_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that were given, and the key of the environment, go with every request, as the package sends them."""
    monkeypatch.setenv("OLLAMA_API_KEY", "sesame")

    async def run() -> bytes:
        async with played(FINE) as server, recorded(server.host) as tape:
            await chat(OllamaDoor("m", host=tape.host, headers={"X-Asked": "kindly"}))
            return bytes(tape.sent).lower()

    sent = asyncio.run(run())

    assert b"authorization: bearer sesame\r\n" in sent
    assert b"x-asked: kindly\r\n" in sent
    assert b"user-agent: ollama-python/" in sent


def test_cancelling_closes_the_connection() -> None:
    """A task that is stopped leaves no request behind: the server sees the connection close."""

    async def run() -> bool:
        async with played(chunks(text("Two "), hang=30.0)) as server, recorded(server.host) as tape:
            told = asyncio.Event()
            door = OllamaDoor("m", host=tape.host)
            prompt = Prompt(messages=[], num_predict=5)
            task = asyncio.create_task(
                door.chat(Request(index=0, prompt=lambda: prompt), lambda _kind, _piece: told.set())
            )
            await asyncio.wait_for(told.wait(), 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await door.close()
            return task.cancelled()

    assert asyncio.run(run())


def test_a_server_that_is_down_is_said_so_at_once() -> None:
    """A check and a list against nothing take no retries and no half minute."""
    began = time.monotonic()

    async def run() -> list[ModelUnavailable]:
        errors = []
        door = OllamaDoor("m", host="http://127.0.0.1:1")
        for wanted in (door.check(tools=True), installed("http://127.0.0.1:1")):
            with pytest.raises(ModelUnavailable) as raised:
                await wanted
            errors.append(raised.value)
        await door.close()
        return errors

    errors = asyncio.run(run())

    assert all("http://127.0.0.1:1" in error.message for error in errors)
    assert time.monotonic() - began < 2


def test_nothing_is_read_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door looks at no file of the current folder: a cloned repository must not configure it."""
    (tmp_path / ".env").write_text("OLLAMA_HOST=http://127.0.0.1:9", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)

    async def run() -> Reply:
        async with played(FINE) as server:
            monkeypatch.setenv("OLLAMA_HOST", server.host)
            return await chat(OllamaDoor("m"))

    assert asyncio.run(run()).content == "Yes."

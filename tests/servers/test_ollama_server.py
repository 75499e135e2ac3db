"""Tests of the real Ollama server and the hand-written models, over plain HTTP, without any client library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.ollama import ServerError, both_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from http.client import HTTPResponse
    from pathlib import Path

    from tests.servers.ollama import OllamaServer
    from tests.servers.tiny_model import Turn

pytest_plugins = ("tests.servers.fixtures",)

Message = dict[str, Any]

PATHS = ("native", "go")
USER: Message = {"role": "user", "content": "What is in here?"}
ASSISTANT: Message = {"role": "assistant", "content": "."}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"The {name} tool.",
            "parameters": {
                "type": "object",
                "properties": {"path": {"type": "string"}},
                "required": ["path"],
            },
        },
    }
    for name in ("list_dir", "read_file")
]
PLAY: list[Turn] = [
    {"name": "list_dir", "arguments": {"path": "."}},
    [
        {"name": "read_file", "arguments": {"path": "a"}},
        {"name": "read_file", "arguments": {"path": "b"}},
    ],
    {"thinking": "Done?", "content": "Both files are empty."},
]
ENDLESS: list[Turn] = [{"loop": "and again "}, "after", {"stutter": "la "}]


@pytest.fixture(scope="module")
def models(
    ollama_server: OllamaServer, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, str], str]:
    """The names of all models of this module, by what they play and by which path."""
    folder = tmp_path_factory.mktemp("models")
    return {
        (what, path): name
        for what, script, tools in (
            ("play", PLAY, True),
            ("toolless", PLAY, False),
            ("endless", ENDLESS, True),
        )
        for path, name in zip(
            PATHS, both_paths(ollama_server, folder, script, what, tools=tools), strict=True
        )
    }


@pytest.mark.parametrize("path", PATHS)
def test_it_plays_a_script(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A conversation is given call, two calls in one reply, and thinking with an answer, in that order."""
    conversation = [USER]
    replies = []
    for _ in PLAY:
        reply = one_message(chat(ollama_server, models["play", path], conversation, tools=TOOLS))
        replies.append(reply)
        results = [{"role": "tool", "tool_name": name, "content": "x"} for name, _ in calls(reply)]
        conversation += [reply, *results]

    assert [calls(reply) for reply in replies] == [
        [("list_dir", {"path": "."})],
        [("read_file", {"path": "a"}), ("read_file", {"path": "b"})],
        [],
    ]
    assert [reply["content"] for reply in replies] == ["", "", "Both files are empty."]
    assert [reply["thinking"].strip() for reply in replies] == ["", "", "Done?"]


@pytest.mark.parametrize("path", PATHS)
def test_it_forgets_what_the_client_leaves_out(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A client that loses history is given an earlier turn again."""
    model = models["play", path]

    long = one_message(chat(ollama_server, model, [USER, ASSISTANT, USER, ASSISTANT, USER], tools=TOOLS))
    short = one_message(chat(ollama_server, model, [USER], tools=TOOLS))

    assert long["content"] == "Both files are empty."
    assert calls(short) == [("list_dir", {"path": "."})]


@pytest.mark.parametrize("path", PATHS)
def test_it_streams_and_ends_with_done(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """An answer comes in several chunks, and the last one alone says done and why."""
    conversation = [USER, ASSISTANT, USER, ASSISTANT, USER]

    chunks = list(chat(ollama_server, models["play", path], conversation))

    assert len([chunk for chunk in chunks if chunk["message"]["content"]]) > 1
    assert [chunk["done"] for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["done_reason"] == "stop"


@pytest.mark.parametrize(
    ("path", "selected"), [("native", "gguf_chat_template"), ("go", "go_template")], ids=PATHS
)
def test_it_takes_the_path_it_is_named_for(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str, selected: str
) -> None:
    """The server's log says that each model is rendered by the template it was made for."""
    model = models["play", path]

    one_message(chat(ollama_server, model, [USER], tools=TOOLS))

    lines = [line for line in ollama_server.log.splitlines() if f"/{model}:latest selected=" in line]
    assert lines
    assert all(f"selected={selected} " in line for line in lines)


@pytest.mark.parametrize("path", PATHS)
def test_it_reports_what_a_model_can_do(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """``/api/show`` lists tools and thinking for a model that has them, and no tools for one without."""
    able = ask(ollama_server, "/api/show", {"model": models["play", path]})
    toolless = ask(ollama_server, "/api/show", {"model": models["toolless", path]})

    assert set(able["capabilities"]) == {"completion", "thinking", "tools"}
    assert set(toolless["capabilities"]) == {"completion", "thinking"}


@pytest.mark.parametrize("path", PATHS)
def test_it_refuses_tools_for_a_model_without(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """Sending tools to a model without them is answered by 400 and a sentence that says so."""
    with pytest.raises(urllib.error.HTTPError) as raised:
        list(chat(ollama_server, models["toolless", path], [USER], tools=TOOLS))

    with raised.value as answer:
        assert answer.code == 400
        assert "does not support tools" in json.load(answer)["error"]


@pytest.mark.parametrize("path", PATHS)
def test_it_survives_a_kill_in_the_middle_of_a_reply(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A reply cut off by a kill has no done, and after a start the same models answer on the same address."""
    model, host = models["endless", path], ollama_server.host
    chunks = []
    try:
        for chunk in chat(ollama_server, model, [USER]):
            chunks.append(chunk)
            if len(chunks) == 5:
                ollama_server.kill()
        with pytest.raises(urllib.error.URLError, match="refused"):
            list(chat(ollama_server, model, [USER, ASSISTANT, USER]))
    finally:
        ollama_server.kill()
        ollama_server.start()

    assert not any(chunk["done"] for chunk in chunks)
    assert ollama_server.host == host
    assert one_message(chat(ollama_server, model, [USER, ASSISTANT, USER]))["content"] == "after"


@pytest.mark.parametrize("path", PATHS)
def test_it_loops_until_it_is_stopped(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A loop ends only by the limit of the request, whose reason is the length."""
    chunks = list(chat(ollama_server, models["endless", path], [USER], options={"num_predict": 200}))

    assert chunks[-1]["done_reason"] == "length"
    assert chunks[-1]["eval_count"] == 200


def test_it_breaks_off_a_stutter_without_done(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str]
) -> None:
    """On the Go path Ollama ends a reply of one repeated token early, with neither an error nor a done."""
    conversation = [USER, ASSISTANT, USER, ASSISTANT, USER]

    chunks = list(chat(ollama_server, models["endless", "go"], conversation, options={"num_predict": 200}))

    assert 1 < len(chunks) < 200
    assert not any(chunk["done"] for chunk in chunks)


def test_it_explains_a_failed_create(ollama_server: OllamaServer, tmp_path: Path) -> None:
    """A Modelfile that cannot be used raises an error that names the model and shows the log."""
    modelfile = tmp_path / "Modelfile"
    modelfile.write_text("FROM ./nothing.gguf\n", encoding="utf-8")

    with pytest.raises(ServerError, match=r"(?s)ollama create broken.*the end of its log"):
        ollama_server.create("broken", modelfile)


# --- Asking the server -------------------------------------------------------------------------------------


def chat(
    server: OllamaServer, model: str, messages: Sequence[Message], **more: object
) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed reply as they arrive."""
    with post(server, "/api/chat", {"model": model, "messages": messages, **more}) as answer:
        for line in answer:
            yield json.loads(line)


def ask(server: OllamaServer, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """Return the single answer to a request."""
    with post(server, path, body) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def post(server: OllamaServer, path: str, body: Mapping[str, object]) -> HTTPResponse:
    """Send JSON, past any proxy that the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(server.host + path, json.dumps(body).encode())  # noqa: S310 - our own server
    response: HTTPResponse = opener.open(request, timeout=60)
    return response


def one_message(chunks: Iterator[dict[str, Any]]) -> Message:
    """Put the chunks of a reply together, as a client does before it sends the reply back."""
    parts = [chunk["message"] for chunk in chunks]
    return {
        "role": "assistant",
        "content": "".join(part.get("content", "") for part in parts),
        "thinking": "".join(part.get("thinking", "") for part in parts),
        "tool_calls": [call for part in parts for call in part.get("tool_calls", ())],
    }


def calls(message: Message) -> list[tuple[str, dict[str, Any]]]:
    """The name and arguments of every call in a message."""
    return [(call["function"]["name"], call["function"]["arguments"]) for call in message["tool_calls"]]

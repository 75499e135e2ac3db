"""The door to Ollama: against a real server on both of its paths, and against servers that misbehave on purpose."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from detent.fsm.kernel import begin
from detent.fsm.models.door import Prompt, Reply, Request
from detent.fsm.models.ollama import OllamaDoor, Waits, installed, pull
from detent.fsm.planners.model import ModelPlanner
from detent.fsm.planners.planner import Planned, Refused
from detent.states.canonical import canonical
from detent.states.errors import ConfigError, DetentError, ModelUnavailable
from detent.states.names import PlanKind
from detent.states.spec import ModelOptions, Spec, ToolSpec
from tests.fsm.models.wire import Play, chunks, cut, plain, played, recorded
from tests.fsm.planners.kit import TOOLS, Talk, anything, check, order
from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

PATHS = ("native", "go")
OPTIONS = ModelOptions(num_ctx=8192, num_predict=600, seed=1, temperature=500)
CALL = {"name": "list_dir", "arguments": {"path": "."}}
PLAY: list[Turn] = [
    CALL,
    [{"name": "read_file", "arguments": {"path": "a"}}, {"name": "read_file", "arguments": {"path": "b"}}],
    {"thinking": "Done?", "content": "Both are empty."},
]
ODD: dict[str, Turn] = {
    "loop": {"loop": "and again "},
    "stutter": {"stutter": "la "},
    "cut-off": {"raw": '<tool_call>\n{"name": "list_dir", "arguments": {"path"'},
    "quotes": {"raw": "<tool_call>\n{'name': 'list_dir', 'arguments': {}}\n</tool_call>"},
    "unknown": {"name": "no_such_tool", "arguments": {"x": 1}},
    "thinking": {"thinking": "only this"},
    "unclosed": {"raw": "<think>never closed"},
    "bare": {"raw": json.dumps(CALL)},
    "fenced": {"raw": f"```json\n{json.dumps(CALL)}\n```"},
    "wrong type": {"name": "list_dir", "arguments": {"path": 5}},
    "unicode": "a\u0085b\u2028c \U0001f600",
}
EXPECTED: dict[str, tuple[str, str]] = {  # what each comes to, on the native path and on the Go path
    "loop": ("repetition", "repetition"),
    "stutter": ("repetition", "repetition"),
    "cut-off": ("broken_json", "empty_reply"),
    "quotes": ("broken_json", "empty_reply"),
    "unknown": ("broken_json", "empty_reply"),
    "thinking": ("thinking_only", "thinking_only"),
    "unclosed": ("thinking_only", "thinking_only"),
    "bare": ("calls", "calls"),
    "fenced": ("calls", "calls"),
    "wrong type": ("broken_json", "bad_arguments"),
    "unicode": ("answer", "answer"),
}
WHOLE = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1, "maxLength": 99, "default": ".", "description": "where"},
        "depth": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}],
            "default": None,
        },
        "filter": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]+$"},
                "kinds": {"type": "array", "items": {"enum": ["f", "d"]}},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "required": ["path"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def models(
    ollama_server: OllamaServer, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, str], str]:
    """The names of this module's models, by what they play and by which path."""
    folder = tmp_path_factory.mktemp("models")
    made: tuple[tuple[str, list[Turn], bool], ...] = (
        ("play", PLAY, True),
        ("odd", list(ODD.values()), True),
        ("long", [{"loop": "".join(f"item {number}; " for number in range(300))}], True),
        ("toolless", ["Yes."], False),
    )
    return {
        (what, path): name
        for what, script, tools in made
        for path, name in zip(
            PATHS, both_paths(ollama_server, folder, script, f"door-{what}", tools=tools), strict=True
        )
    }


def quiet(_kind: str, _piece: str) -> None:
    """Nobody listens."""


def asked(count: int) -> Talk:
    """A conversation with so many replies, each a call with an id of its own."""
    talk = Talk()
    for number in range(count):
        talk.turn(("list_dir", {"path": str(number)}, "a b"), ids=[f"id-{number}"])
    return talk


def planner(host: str, model: str, *, spec: Spec | None = None, waits: Waits | None = None) -> ModelPlanner:
    """A planner on a real door."""
    made = spec or Spec(model=f"ollama:{model}", tools=TOOLS, options=OPTIONS)
    return ModelPlanner(made, OllamaDoor(model, options=made.options, host=host, waits=waits), check)


async def plan(
    made: ModelPlanner, talk: Talk, say: Callable[[str, str], None] = quiet, *, last: str = ""
) -> Planned | Refused:
    """One plan, its connections closed afterwards."""
    try:
        return await made.plan(begin(Spec(tools=TOOLS), "run", 0), order(last=last), talk, say)
    finally:
        await made.close()


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


# --- A real server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_it_plays_a_conversation(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A call, two calls in one reply, and an answer with thinking arrive as plans, their ids kept."""
    name = models["play", path]

    outcomes = [asyncio.run(plan(planner(ollama_server.host, name), asked(count))) for count in range(3)]

    assert all(isinstance(outcome, Planned) for outcome in outcomes)
    assert [[(call.tool, call.arguments) for call in outcome.turn.calls] for outcome in outcomes] == [
        [("list_dir", '{"path":"."}')],
        [("read_file", '{"path":"a"}'), ("read_file", '{"path":"b"}')],
        [],
    ]
    ids = [call.id for outcome in outcomes for call in outcome.turn.calls]
    assert all(ids)
    assert len(set(ids)) == 3
    assert (outcomes[2].turn.content, outcomes[2].turn.thinking) == ("Both are empty.", "Done?")
    assert all(outcome.spent.tokens > 300 for outcome in outcomes)


@pytest.mark.parametrize("path", PATHS)
def test_it_streams(ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str) -> None:
    """Thinking and text are told piece by piece while they come."""
    told: list[tuple[str, str]] = []

    outcome = asyncio.run(
        plan(planner(ollama_server.host, models["play", path]), asked(2), lambda *piece: told.append(piece))
    )

    assert len(told) >= 3
    assert "".join(piece for kind, piece in told if kind == "content").strip() == outcome.turn.content
    assert "".join(piece for kind, piece in told if kind == "thinking").strip() == "Done?"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("what", ODD)
def test_what_goes_wrong_has_a_name(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str, what: str
) -> None:
    """Every way in which a model goes wrong shows as its own word, by the path that it took."""
    outcome = asyncio.run(
        plan(planner(ollama_server.host, models["odd", path]), asked(list(ODD).index(what)))
    )

    kind = outcome.kind.value if isinstance(outcome, Planned) else outcome.kind
    assert kind == EXPECTED[what][PATHS.index(path)]
    assert outcome.spent.tokens > 0
    if what == "unicode":
        assert outcome.turn.content == ODD["unicode"]


@pytest.mark.parametrize("path", PATHS)
def test_whole_schemas_and_ids_are_on_the_wire(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """The bytes that leave have every schema and every call id whole, and the ids that arrive are those of the plan."""
    name = models["play", path]
    tools = (*TOOLS, ToolSpec(name="find", description="Find.", parameters=canonical(WHOLE)))
    spec = Spec(model=name, tools=tools, options=OPTIONS)

    async def through() -> tuple[list[dict[str, Any]], bytes, Planned | Refused]:
        async with recorded(ollama_server.host) as tape:
            outcome = await plan(planner(tape.host, name, spec=spec), asked(1))
        return tape.bodies(), bytes(tape.got), outcome

    (sent,), got, outcome = asyncio.run(through())

    assert sent["tools"][2] == {
        "type": "function",
        "function": {"name": "find", "description": "Find.", "parameters": WHOLE},
    }
    assistant, result = sent["messages"][2:]
    assert [call["id"] for call in assistant["tool_calls"]] == ["id-0"]
    assert (result["tool_call_id"], result["tool_name"]) == ("id-0", "list_dir")
    assert [call.id for call in outcome.turn.calls]
    assert all(f'"id":"{call.id}"'.encode() in got for call in outcome.turn.calls)
    assert (sent["truncate"], sent["shift"], sent["think"], sent["stream"]) == (False, False, False, True)
    assert sent["keep_alive"] == 1800
    assert sent["options"] == {"num_ctx": 8192, "num_predict": 600, "temperature": 0.5, "seed": 1}


@pytest.mark.parametrize("path", PATHS)
def test_options_never_change_in_a_run(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """Every request of a run, the last turn's and a retry's included, has the same options, so nothing is reloaded."""
    name = models["play", path]

    async def through() -> list[dict[str, Any]]:
        async with recorded(ollama_server.host) as tape:
            made = planner(tape.host, name)
            snapshot = begin(Spec(tools=TOOLS), "run", 0)
            for count, last in ((0, ""), (1, ""), (2, "limit.model_turns")):
                await made.plan(snapshot, order(last=last), asked(count), quiet)
            await made.close()
        return tape.bodies()

    sent = asyncio.run(through())

    assert len({json.dumps([one["options"], one["keep_alive"], one["model"]]) for one in sent}) == 1
    assert "tools" not in sent[2]
    assert "final answer now" in sent[2]["messages"][-1]["content"]


@pytest.mark.parametrize("path", PATHS)
def test_a_prompt_that_is_too_long_is_refused_and_made_shorter(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """The server's refusal of a long prompt is a word, and the next prompt, which learned from it, fits."""
    name = models["play", path]
    spec = Spec(model=name, tools=TOOLS, options=evolve(OPTIONS, num_ctx=2048, num_predict=64))
    talk = asked(2)
    talk.turn(("read_file", {"path": "a"}, "word " * 2000), content="I read.")

    async def both() -> list[Planned | Refused]:
        made = planner(ollama_server.host, name, spec=spec)
        snapshot = begin(spec, "run", 0)
        outcomes = [await made.plan(snapshot, order(refusals=refusals), talk, quiet) for refusals in (0, 1)]
        await made.close()
        return outcomes

    refused, planned = asyncio.run(both())

    assert refused.kind == "too_long"
    assert isinstance(planned, Planned)
    assert planned.facts["prompt_tokens"] <= planned.facts["estimate"] <= 2048


@pytest.mark.parametrize("path", PATHS)
def test_a_reply_is_cut_at_its_cap(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A reply that reaches num_predict is cut there, and refused."""
    name = models["odd", path]
    spec = Spec(model=name, tools=TOOLS, options=evolve(OPTIONS, num_predict=20))

    outcome = asyncio.run(plan(planner(ollama_server.host, name, spec=spec), Talk()))

    assert outcome.kind == "cut_by_length"
    assert outcome.facts["reply_tokens"] == 20


@pytest.mark.parametrize("path", PATHS)
def test_a_loop_is_stopped_at_the_server_too(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """Where the door has heard enough, it closes the connection, and the server stops writing."""

    async def through() -> tuple[Planned | Refused, int]:
        async with recorded(ollama_server.host) as tape:
            spec = Spec(model="loop", tools=TOOLS, options=evolve(OPTIONS, num_predict=4000))
            outcome = await plan(planner(tape.host, models["odd", path], spec=spec), Talk())
            await asyncio.wait_for(tape.closed.wait(), 10)
            return outcome, tape.got.count(b"\n")

    outcome, lines = asyncio.run(through())

    assert outcome.kind == "repetition"
    assert lines < 4000


@pytest.mark.parametrize("path", PATHS)
def test_a_check_says_what_a_model_can_do(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """Window and capabilities are known before the run."""
    name = models["play", path]

    async def checked() -> Any:
        door = OllamaDoor(name, options=OPTIONS, host=ollama_server.host)
        try:
            return await door.check(tools=True)
        finally:
            await door.close()

    found = asyncio.run(checked())

    assert found.window == 32_768
    assert {"tools", "thinking"} <= set(found.capabilities)


@pytest.mark.parametrize("path", PATHS)
def test_a_model_that_cannot_is_found_out_before_the_run(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """No tools, no thinking, too large a window: each is refused by the check, and the request says the same."""
    toolless, able = models["toolless", path], models["play", path]

    async def failed(name: str, options: ModelOptions, *, asking: bool = False) -> DetentError:
        door = OllamaDoor(name, options=options, host=ollama_server.host)
        with pytest.raises(DetentError) as raised:
            await (chat(door, tools=True) if asking else door.check(tools=True))
        await door.close()
        return raised.value

    no_tools = asyncio.run(failed(toolless, OPTIONS))
    no_tools_either = asyncio.run(failed(toolless, OPTIONS, asking=True))
    too_wide = asyncio.run(failed(able, ModelOptions(num_ctx=65_536)))

    assert (no_tools.message, no_tools.hint) == (no_tools_either.message, no_tools_either.hint)
    assert no_tools.message == f"The model {toolless} cannot call tools."
    assert able in no_tools.hint
    assert "registry.ollama.ai" not in str(no_tools)
    assert "32,768" in too_wide.message
    assert all(error.exit_code == 78 for error in (no_tools, too_wide))


def test_a_model_that_cannot_think_is_found_out_before_the_run(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str]
) -> None:
    """Thinking that is asked of a model without it is a configuration error, which names those that can."""
    door = OllamaDoor(models["toolless", "native"], options=ModelOptions(think=True), host=ollama_server.host)

    async def checked() -> None:
        try:
            await door.check(tools=False)
        finally:
            await door.close()

    with pytest.raises(ConfigError, match="cannot think") as raised:
        asyncio.run(checked())
    assert models["play", "native"] in raised.value.hint


def test_a_missing_model_is_named_with_those_that_are_there(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str]
) -> None:
    """A model that is not installed leaves with 69, how to get it, and what there is; never with a download."""

    async def failing(*, asking: bool) -> ModelUnavailable:
        door = OllamaDoor("no-such-model", host=ollama_server.host)
        with pytest.raises(ModelUnavailable) as raised:
            await (chat(door) if asking else door.check(tools=False))
        await door.close()
        return raised.value

    for asking in (True, False):
        error = asyncio.run(failing(asking=asking))
        assert "ollama pull no-such-model" in error.hint
        assert models["play", "go"] in error.hint


def test_installed_models_are_listed(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str]
) -> None:
    """Every installed model is listed with its window and what it can do."""
    found = {one.name: one for one in asyncio.run(installed(ollama_server.host))}

    assert set(models.values()) <= set(found)
    assert found[models["play", "native"]].checked.window == 32_768
    assert "tools" not in found[models["toolless", "go"]].checked.capabilities


@pytest.mark.parametrize("path", PATHS)
def test_a_server_that_dies_in_the_middle_parks_the_run(
    ollama_server: OllamaServer, models: Mapping[tuple[str, str], str], path: str
) -> None:
    """A reply cut off by a kill is trouble of the infrastructure; while it is down so is the next; then all is well."""
    options = evolve(OPTIONS, num_predict=4000)
    spec = Spec(model="long", tools=(), options=options)
    pieces: list[str] = []

    def kill(_kind: str, piece: str) -> None:
        pieces.append(piece)
        if len(pieces) == 5:
            ollama_server.kill()

    try:
        with pytest.raises(ModelUnavailable, match="broke off"):
            asyncio.run(plan(planner(ollama_server.host, models["long", path], spec=spec), Talk(), kill))
        with pytest.raises(ModelUnavailable, match="cannot be reached") as raised:
            asyncio.run(plan(planner(ollama_server.host, models["long", path], spec=spec), Talk()))
    finally:
        ollama_server.kill()
        ollama_server.start()

    assert "ollama serve" in raised.value.hint
    assert isinstance(asyncio.run(plan(planner(ollama_server.host, models["play", path]), Talk())), Planned)


# --- Servers that misbehave on purpose ---------------------------------------------------------------------


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


def test_a_model_is_fetched_with_progress() -> None:
    """Pulling tells how far it is, and a failure is one of ours."""
    steps = (
        {"status": "pulling manifest"},
        {"status": "pulling", "completed": 5, "total": 10},
        {"status": "success"},
    )

    async def run(*plays: Play) -> list[tuple[str, int, int]]:
        async with played(*plays) as server:
            return [step async for step in pull("tiny", server.host)]

    assert asyncio.run(run(chunks(*steps))) == [
        ("pulling manifest", 0, 0),
        ("pulling", 5, 10),
        ("success", 0, 0),
    ]
    with pytest.raises(ModelUnavailable, match="no such host"):
        asyncio.run(run(chunks({"error": "pull model manifest: no such host"})))


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


def test_an_unmodified_kind_of_answer_is_still_a_plan() -> None:
    """What the planner makes of a reply over a socket is what it makes of any other."""

    async def run() -> Planned | Refused:
        async with played(FINE) as server:
            spec = Spec(model="m", tools=(), options=OPTIONS)
            made = ModelPlanner(spec, OllamaDoor("m", host=server.host), anything)
            return await plan(made, Talk())

    outcome = asyncio.run(run())

    assert isinstance(outcome, Planned)
    assert outcome.kind is PlanKind.ANSWER


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

"""The door to Ollama, against a real server on both of its paths."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve

from detent.fsm.kernel import begin
from detent.fsm.models.door import Prompt, Reply, Request
from detent.fsm.models.ollama import OllamaDoor
from detent.fsm.planners.model import ModelPlanner
from detent.fsm.planners.planner import Planned, Refused
from detent.states.canonical import canonical
from detent.states.errors import ConfigError, DetentError, ModelUnavailable
from detent.states.spec import ModelOptions, Spec, ToolSpec
from tests.fsm.models.scripts import EXPECTED, ODD, PLAY, WHOLE
from tests.fsm.models.wire import recorded
from tests.fsm.planners.kit import TOOLS, Talk, check, order
from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

PATHS = ("native", "go")
OPTIONS = ModelOptions(num_ctx=8192, num_predict=600, seed=1, temperature=500)


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


def planner(host: str, model: str, *, spec: Spec | None = None) -> ModelPlanner:
    """A planner on a real door."""
    made = spec or Spec(model=f"ollama:{model}", tools=TOOLS, options=OPTIONS)
    return ModelPlanner(made, OllamaDoor(model, options=made.options, host=host), check)


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
            spec = Spec(
                model="loop", tools=TOOLS, options=evolve(OPTIONS, num_ctx=32_768, num_predict=16_000)
            )
            outcome = await plan(planner(tape.host, models["odd", path], spec=spec), Talk())
            await asyncio.wait_for(tape.closed.wait(), 10)
            return outcome, tape.got.count(b'"done":false')

    outcome, pieces = asyncio.run(through())

    assert outcome.kind == "repetition"
    assert 100 <= pieces < 16_000


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

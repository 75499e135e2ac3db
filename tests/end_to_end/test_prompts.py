"""Prompts against a real Ollama server: what `show` says the model was asked is what went over the wire."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.face import resume, run
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.prompts import asked
from detent.fsm.drivers.replies import REPLIES
from detent.fsm.drivers.standing import Run
from detent.fsm.kernel import Transition
from detent.states import Limits
from detent.store import Store
from detent.tools import tool
from tests.fsm.models.wire import recorded
from tests.servers.ollama import OllamaServer, both_paths
from tests.servers.tiny_model import Turn

SIZES = (900, 200, 2500, 700, 4000)
SCRIPT: list[Turn] = [*({"name": "look", "arguments": {"size": size}} for size in SIZES), "That was all."]


@tool(effect="read")
def look(size: int) -> str:
    """Give so many characters."""
    return ("all work and no play makes the window full " * (size // 40 + 1))[:size]


@pytest.mark.parametrize("path", ["native", "go"])
def test_a_prompt_is_shown_as_it_went_over_the_wire(
    ollama_server: OllamaServer, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the server's own counts, trimmed by them, and with another driver for every second turn."""
    native, go = both_paths(ollama_server, tmp_path, SCRIPT, "prompts")
    model = f"ollama:{native if path == 'native' else go}"
    agent = Agent(
        model=model, tools=[look, "output"], num_ctx=2048, num_predict=200, limits=Limits(model_turns=7)
    )
    drivers: list[Driver] = []

    def now_and_then(click: Transition, _took: int) -> None:
        if click.after.turn > click.before.turn and click.after.turn % 2:
            drivers[-1].park(2)

    async def driven(host: str) -> tuple[Run, list[dict[str, Any]]]:
        options: dict[str, Any] = {"watcher": Watcher(click=now_and_then), "on_driver": drivers.append}
        async with recorded(host) as wire:
            monkeypatch.setenv("OLLAMA_HOST", wire.host)
            made = await run(agent, "Look around.", store=tmp_path / "runs.db", folder=tmp_path, **options)
            while made.snapshot.state.live:
                made = await resume(made.id, agent=agent, store=tmp_path / "runs.db", **options)
        return made, [body for body in wire.bodies() if "messages" in body]

    made, bodies = asyncio.run(driven(ollama_server.host))

    with Store.open(tmp_path / "runs.db", mode="read") as store:
        clicks = [row.seq for row in store.timeline(made.id) if row.event in REPLIES]
        prompts = [asked(store, made.id, seq - 1) for seq in clicks]
    assert len(drivers) > 1
    assert len(bodies) == len(clicks) > len(SIZES) // 2
    for one, body in zip(prompts, bodies, strict=True):
        assert one is not None
        assert json.dumps(one.layout.prompt.messages) == json.dumps(body["messages"])
        assert one.layout.prompt.num_predict == body["options"]["num_predict"]
    assert any("left out" in json.dumps(body["messages"]) for body in bodies)

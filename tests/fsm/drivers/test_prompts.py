"""Prompts made again: what `show` says a model was asked is what stood on the wire."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.prompts import asked, prompt_view
from detent.fsm.drivers.replies import REPLIES
from detent.fsm.drivers.settle import tell
from detent.fsm.drivers.standing import Run
from detent.fsm.kernel import Transition
from detent.states import Limits, State
from detent.states.errors import ConfigError
from detent.states.events import Told
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, rig, until
from .speaking import Said, Speaking, speaking

WINDOW = 4096
RATIOS = (0.12, 0.25, 0.34, 0.5, 0.9)  # tokens a character has, from prose to what is no prose


@tool(effect="read")
def look(size: int) -> str:
    """Give so many characters."""
    return "".join(f"{number:>7}\n" for number in range(size // 8 + 1))[:size]


def said(content: str = "", calls: tuple[dict[str, Any], ...] = (), tokens: int = 0) -> Said:
    """A reply, with the server's count of its prompt."""
    message = {
        "role": "assistant",
        "content": content,
        "tool_calls": [{"function": {"name": "look", "arguments": given}} for given in calls],
    }
    counts = {"prompt_eval_count": tokens, "eval_count": 5} if tokens else {}
    return 200, {"message": message, "done": True, "done_reason": "stop", **counts}


def too_long(tokens: int = 0) -> Said:
    """A refusal for length, with the count that llama-server gives, or without."""
    if not tokens:
        return 400, {"error": "the prompt is longer than the context length currently available to the model"}
    inner = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": WINDOW}
    return 400, {"error": json.dumps({"error": inner})}


def characters(body: dict[str, Any]) -> int:
    """The length of a request, about."""
    return len(json.dumps(body["messages"])) + len(json.dumps(body.get("tools", [])))


def agent(folder: Path, **options: Any) -> Rig:
    """An agent that asks the server."""
    limits = options.pop("limits", Limits(model_turns=8, repairs=2, notes=20))
    return Rig(
        folder, Agent(model="ollama:tiny", tools=[look], instructions="Be short.", limits=limits, **options)
    )


def replies(store: Store, run: str) -> list[int]:
    """The clicks that replies came with."""
    return [row.seq for row in store.timeline(run) if row.event in REPLIES]


def assert_same(store: Store, run: str, seq: int, body: dict[str, Any]) -> None:
    """The prompt of a click is the one that was sent, byte for byte."""
    made = asked(store, run, seq)
    assert made is not None
    prompt = made.layout.prompt
    assert json.dumps(prompt.messages) == json.dumps(body["messages"])
    assert json.dumps(prompt.tools) == json.dumps(body.get("tools", []))
    assert prompt.num_predict == body["options"]["num_predict"]


WHAT = st.one_of(
    st.tuples(st.just("calls"), st.lists(st.sampled_from([0, 90, 3000, 9000]), min_size=1, max_size=3)),
    st.tuples(st.just("empty"), st.none()),
    st.tuples(st.just("too long"), st.booleans()),
    st.tuples(st.just("text"), st.sampled_from([10, 900])),
)
Word = tuple[tuple[str, Any], bool]
WORDS: st.SearchStrategy[Word] = st.tuples(
    WHAT, st.sampled_from([False, False, False, True])
)  # what is said, and whether a person speaks meanwhile


class Scene:
    """A run whose model says these words, whose person speaks in between, and whose driver leaves now and then.

    Args:
        folder: where it runs
        words: what is said, and whether a person speaks meanwhile
        ratios: tokens a character has, in turn
        data: decides when the driver leaves
    """

    def __init__(self, folder: Path, words: list[Word], ratios: list[float], data: st.DataObject) -> None:
        self.left = list(words)
        self.ratios = ratios
        self.data = data
        self.drivers: list[Driver] = []
        self.rig = agent(folder, num_predict=data.draw(st.sampled_from([None, 128])))

    def says(self, body: dict[str, Any]) -> Said:
        """The next reply."""
        last: Word = (("text", 10), False)
        (kind, what), told = self.left.pop(0) if self.left else last
        if told:
            self.note()
        tokens = round(characters(body) * self.ratios[len(self.left) % len(self.ratios)])
        if kind == "too long":
            return too_long(tokens if what else 0)
        if kind == "calls":
            return said("I look.", tuple({"size": size} for size in what), tokens)
        return said("w " * (what or 0), (), tokens)

    def note(self) -> None:
        """A person says something while the model speaks."""
        run = self.drivers[-1].journal.head.run
        with Store.open(self.rig.store) as store:
            before = len(store.timeline(run))
            tell(store, run, "told " + "n" * 300)
            until(lambda: len(store.timeline(run)) > before)

    def click(self, click: Transition, _took: int) -> None:
        """Leave now and then, but not while a reply is on its way, for it would be lost."""
        if not isinstance(click.event, Told) and self.data.draw(st.integers(0, 5)) == 0:
            self.drivers[-1].park(2)

    def play(self) -> None:
        """From the beginning to the end, or until nothing fits the window any more."""
        options: dict[str, Any] = {"watcher": Watcher(click=self.click), "on_driver": self.drivers.append}
        with suppress(ConfigError):
            run = self.rig.run(**options)
            while run.snapshot.state.live:
                run = self.rig.resume(run, **options)


@given(st.lists(WORDS, max_size=9), st.lists(st.sampled_from(RATIOS), min_size=1, max_size=3), st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
def test_a_prompt_that_is_made_again_is_what_was_sent(
    words: list[Word], ratios: list[float], data: st.DataObject
) -> None:
    """Whatever was said, refused, counted, told and resumed: each reply's prompt comes out byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder), words, ratios, data)
        with speaking(scene.says, WINDOW) as server:
            scene.play()
        with Store.open(scene.rig.store, mode="read") as store:
            run = scene.drivers[-1].journal.head.run
            clicks = replies(store, run)
            assert len(clicks) == len(server.asked)
            for seq, body in zip(clicks, server.asked, strict=True):
                assert_same(store, run, seq - 1, body)
                if store.click(run, seq).state != State.PLANNING.value:
                    assert_same(store, run, seq, body)
            assert store.verify(run) == []


def test_a_run_that_fits_keeps_nothing_of_its_prompts(tmp_path: Path) -> None:
    """Where nothing is trimmed and nothing is refused the prompt follows from the run, whatever a token is."""
    left = [
        said("I look.", ({"size": 300},), 300),
        said("I look.", ({"size": 400},), 420),
        said("Done.", (), 600),
    ]
    with speaking(lambda _body: left.pop(0)) as server:
        made = agent(tmp_path)
        run = made.run()
        with Store.open(made.store, mode="read") as store:
            assert store.texts(run.id, kind="lens") == []
            for seq, body in zip(replies(store, run.id), server.asked, strict=True):
                assert_same(store, run.id, seq if seq == run.snapshot.seq else seq - 1, body)


def test_another_process_goes_on_with_what_was_learned(tmp_path: Path) -> None:
    """After a refusal for length the window stays halved, also for a driver that was not there."""
    drivers: list[Driver] = []

    def parks(click: Transition, _took: int) -> None:
        if click.after.refusals:
            drivers[-1].park(2)

    left = [said("I look.", ({"size": 3000},) * 2), too_long(), said("Done.")]
    with speaking(lambda _body: left.pop(0)) as server:
        made = agent(tmp_path)
        run = made.run(watcher=Watcher(click=parks), on_driver=drivers.append)
        with Store.open(made.store, mode="read") as store:
            waiting = asked(store, run.id, run.snapshot.seq)
        run = made.resume(run)

    assert run.answer == "Done."
    assert waiting is not None
    assert waiting.reply is None
    assert waiting.lens.window == 4096
    assert json.dumps(waiting.layout.prompt.messages) == json.dumps(server.asked[-1]["messages"])
    assert server.asked[-1]["options"]["num_predict"] == 2048
    assert characters(server.asked[-1]) < characters(server.asked[-2])


def many(folder: Path) -> tuple[Rig, Run, Speaking]:
    """A run whose window is too small for all that was said."""
    left = [said("I look.", ({"size": size},), 0) for size in (3000, 500, 3000, 500, 3000, 6000)]
    with speaking(lambda _body: left.pop(0) if left else said("Done."), 2048) as server:
        made = Rig(folder, Agent(model="ollama:tiny", tools=[look, "output"], instructions="Be short."))
        return made, made.run(), server


def test_what_was_trimmed_is_told_with_its_handle(tmp_path: Path) -> None:
    """Of each message that the model did not see whole: how long it is, how much was shown, where it reads on."""
    made, run, server = many(tmp_path)
    with Store.open(made.store, mode="read") as store:
        view = prompt_view(store, run.id, run.snapshot.seq)
        placed = {one.position: one.text for one in store.messages(run.id)}
    assert view is not None
    assert view["messages"] == server.asked[-1]["messages"]
    assert view["left_out"]
    assert {one["kind"] for one in view["trimmed"]} == {"result"}
    contents = [message["content"] for message in view["messages"] if message["role"] == "tool"]
    for one in view["trimmed"]:
        assert one["characters"] == len(placed[one["position"]].body)
        assert one["shown"] in [len(content) for content in contents]
        assert any(f'read_output(handle="{one["handle"]}"' in content for content in contents)
    seen = {one["position"] for one in view["trimmed"]} | set(view["left_out"])
    assert f"[{len(view['left_out'])} earlier messages" in json.dumps(view["messages"])
    for position in set(placed) - seen - {run.snapshot.history - 1}:
        assert placed[position].kind != "result" or placed[position].body in contents


def test_a_fork_shows_what_its_parent_was_asked(tmp_path: Path) -> None:
    """Before a fork has asked anything itself, what was asked last was asked in its parent."""
    made = rig(tmp_path, [call("look", size=10), "Done."], look)
    run = made.run()
    below = asyncio.run(
        fork(f"{run.id}@1", Wish(), agent=made.agent, store=made.store, folder=tmp_path, park=True)
    )
    with Store.open(made.store, mode="read") as store:
        view = prompt_view(store, below.id, 0)
    assert view is not None
    assert (view["run"], view["reply"], view["scripted"]) == (run.id, 1, True)


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    """A prompt that cannot be made is no trouble for whoever looks."""
    made = rig(tmp_path, ["Done."], look, instructions="long " * 3000, num_ctx=1024)
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        view = prompt_view(store, run.id, 0)
    assert view is not None
    assert "do not fit" in view["unfit"]


@pytest.mark.parametrize("seq", [0, 1, 2, 3])
def test_every_click_has_a_prompt(tmp_path: Path, seq: int) -> None:
    """In PLANNING what is asked, elsewhere what was asked last."""
    made = rig(tmp_path, [call("look", size=10), "Done."], look)
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        view = prompt_view(store, run.id, seq)
    assert view is not None
    assert view["reply"] == [1, 1, 1, 4][seq]

"""The model planner: what it sends, and what it learns from what comes back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from detent.fsm.kernel import begin
from detent.fsm.models.door import Checked, Prompt, RawCall, Reply, Request, Say, door
from detent.fsm.planners.model import ModelPlanner
from detent.fsm.planners.planner import Planned, Refused
from detent.states.names import PlanKind
from detent.states.snapshot import Snapshot
from detent.states.spec import ModelOptions, Spec
from tests.fsm.planners.kit import SPEC, Talk, check, order

ANSWER = Reply(content="Yes.")
TOO_LONG = Reply(error="too_long", complete=False)


class Puppet:
    """A door whose replies are given, each made of the prompt it answers.

    Args:
        replies: one for each request
    """

    def __init__(self, *replies: Reply | Callable[[Prompt], Reply]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.prompts: list[Prompt] = []
        self.tools: list[bool] = []
        self.closed = False

    async def check(self, *, tools: bool) -> Checked:
        """Remember what was asked for."""
        self.tools.append(tools)
        return Checked(model="puppet", window=4096)

    async def chat(self, request: Request, say: Say) -> Reply:
        """The next reply."""
        self.requests.append(request)
        self.prompts.append(request.prompt())
        reply = self.replies.pop(0)
        say("content", "piece")
        return reply if isinstance(reply, Reply) else reply(self.prompts[-1])

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


def counted(tokens_a_character: float, content: str = "Yes.") -> Callable[[Prompt], Reply]:
    """A server that counts so many tokens a character."""
    return lambda sent: Reply(content=content, prompt_tokens=round(sent.characters * tokens_a_character))


def plan(
    planner: ModelPlanner, talk: Talk, *, snapshot: Snapshot | None = None, refusals: int = 0, turn: int = 1
) -> Planned | Refused:
    """One plan of a run that has just begun, or of this snapshot."""
    first = snapshot or begin(SPEC, "run", 0)
    return asyncio.run(
        planner.plan(first, order(turn=turn, refusals=refusals), talk, lambda _kind, _piece: None)
    )


def filled(characters: int) -> Talk:
    """A conversation of about so many characters."""
    talk = Talk()
    for number in range(characters // 1000):
        talk.turn(("read_file", {"path": str(number)}, "x" * 900))
    return talk


def test_it_plans_what_the_model_says() -> None:
    """A reply becomes a plan, with the window and the estimate among its facts."""
    puppet = Puppet(Reply(calls=(RawCall(name="list_dir", arguments={"path": "."}),)))

    made = plan(ModelPlanner(SPEC, puppet, check), Talk())

    assert isinstance(made, Planned)
    assert made.kind is PlanKind.CALLS
    assert made.facts["window"] == 8192
    assert made.facts["estimate"] == puppet.prompts[0].estimate > 0


def test_it_learns_how_long_a_token_is() -> None:
    """After a reply the next estimate is the server's count, with a small margin."""
    puppet = Puppet(counted(0.8), counted(0.8))
    planner = ModelPlanner(SPEC, puppet, check)
    plan(planner, filled(3000))

    plan(planner, filled(3000))

    sent = puppet.prompts[1]
    assert 0.8 * sent.characters <= sent.estimate <= 0.9 * sent.characters


def test_a_refusal_for_length_halves_the_window() -> None:
    """A prompt that was too long is followed by one of at most half its window, then by a quarter."""
    puppet = Puppet(TOO_LONG, TOO_LONG, ANSWER)
    planner = ModelPlanner(SPEC, puppet, check)
    talk = filled(40_000)

    outcomes = [plan(planner, talk, refusals=refusals) for refusals in range(3)]

    sent = [prompt.estimate + prompt.num_predict for prompt in puppet.prompts]
    assert [outcome.kind for outcome in outcomes[:2]] == ["too_long", "too_long"]
    assert sent[0] > 4096 >= sent[1] > 2048 >= sent[2]


def test_a_counted_refusal_for_length_halves_one_turn() -> None:
    """Where the server says how long the prompt was, only the retry is halved: from the next turn on the count helps."""
    puppet = Puppet(lambda sent: evolve(TOO_LONG, prompt_tokens=sent.characters), ANSWER, ANSWER)
    planner = ModelPlanner(SPEC, puppet, check)
    talk = filled(40_000)
    plan(planner, talk)
    plan(planner, talk, refusals=1)

    plan(planner, talk, turn=2)

    assert puppet.prompts[1].characters < 4096
    assert 4096 < puppet.prompts[2].characters < 6200
    assert puppet.prompts[2].estimate <= 8192 - 2048


def test_a_prompt_the_server_cut_is_refused() -> None:
    """Far fewer tokens than can be in a prompt of this length mean that the server cut it."""
    made = plan(ModelPlanner(SPEC, Puppet(counted(0.05)), check), filled(15_000))

    assert made.kind == "prompt_cut"


def test_a_prompt_that_shrank_while_it_grew_is_refused() -> None:
    """A longer prompt that begins as the one before cannot have fewer tokens."""
    planner = ModelPlanner(SPEC, Puppet(counted(0.3), counted(0.2)), check)
    talk = filled(9000)
    assert isinstance(plan(planner, talk), Planned)
    talk.turn(("read_file", {"path": "a"}, "more"))

    assert plan(planner, talk, turn=2).kind == "prompt_cut"


@pytest.mark.parametrize("ratio", [0.12, 0.25, 0.34, 0.6, 1.0])
def test_no_real_tokenizer_looks_like_a_cut(ratio: float) -> None:
    """Texts of one to eight characters a token are taken as they come, at every length of the conversation."""
    planner = ModelPlanner(SPEC, Puppet(*[counted(ratio)] * 12), check)
    talk = Talk()

    for turn in range(1, 13):
        assert isinstance(plan(planner, talk, turn=turn), Planned)
        talk.turn(("read_file", {"path": "a"}, "x" * 900))


def test_after_thinking_only_it_asks_for_no_thinking() -> None:
    """A reply that was only thinking is asked for again without, and the next turn thinks again."""
    spec = evolve(SPEC, options=ModelOptions(think=True))
    puppet = Puppet(Reply(thinking="hm"), ANSWER, ANSWER)
    planner = ModelPlanner(spec, puppet, check)

    plan(planner, Talk())
    plan(planner, Talk(), refusals=1)
    plan(planner, Talk(), turn=2)

    assert [request.think for request in puppet.requests] == [True, False, True]


def test_what_the_server_did_not_count_is_estimated() -> None:
    """A reply that was broken off costs the tokens it must have had."""
    made = plan(
        ModelPlanner(SPEC, Puppet(Reply(content="la " * 600, error="repetition", complete=False)), check),
        Talk(),
    )

    assert made.spent.tokens > 600


def test_old_notes_are_found_once_and_kept() -> None:
    """A note far behind the window is found when a planner first sees the run, and later without reading back."""
    talk = Talk()
    talk.put("note", "Never touch b.")
    for number in range(400):
        talk.turn(("read_file", {"path": str(number)}, "x" * 900))
    puppet = Puppet(ANSWER, ANSWER)
    planner = ModelPlanner(SPEC, puppet, check)
    snapshot = begin(SPEC, "run", 0)
    usage = evolve(snapshot.usage, model_turns=401, model_calls=400)
    snapshot = evolve(snapshot, turn=401, usage=usage, told=1, history=len(talk))

    plan(planner, talk, snapshot=snapshot, turn=401)
    first, talk.read = talk.read, 0
    plan(planner, talk, snapshot=snapshot, turn=401)

    assert all("Never touch b." in sent.messages[1]["content"] for sent in puppet.prompts)
    assert talk.read < 100 < first


def test_a_note_told_while_the_model_spoke_is_kept() -> None:
    """A note that stands before the newest turn is pinned as well as any."""
    talk = filled(20_000)
    puppet = Puppet(ANSWER, ANSWER)
    planner = ModelPlanner(SPEC, puppet, check)
    snapshot = begin(SPEC, "run", 0)
    plan(planner, talk, snapshot=snapshot)
    talk.put("note", "Also look at c.")
    for _ in range(40):
        talk.turn(("read_file", {"path": "a"}, "x" * 900))

    plan(planner, talk, snapshot=evolve(snapshot, told=1))

    assert "Also look at c." in puppet.prompts[1].messages[1]["content"]


def scripted(folder: Path, *turns: Any) -> Spec:
    """A spec whose model plays these turns."""
    file = folder / "turns.json"
    file.write_text(json.dumps(turns), encoding="utf-8")
    return evolve(SPEC, model=f"script:{file}")


def test_a_script_goes_on_in_a_fork(tmp_path: Path) -> None:
    """A fork's next reply is the one after those in its history, wherever its own usage begins."""
    spec = scripted(tmp_path, "zero", "one", "two", "three")
    talk = Talk()
    talk.turn(content="zero")
    talk.refused("one", "Again.")
    forked = evolve(begin(spec, "fork", 0), turn=2, history=len(talk))

    made = plan(ModelPlanner(spec, door(spec.model), check), talk, snapshot=forked, turn=2)

    assert made.turn.content == "two"


def test_a_script_counts_refused_replies(tmp_path: Path) -> None:
    """The next reply of a plain run is that of the number of replies before, refused ones included."""
    spec = scripted(tmp_path, "zero", "one", "two")
    snapshot = begin(spec, "run", 0)
    snapshot = evolve(snapshot, usage=evolve(snapshot.usage, model_calls=1), refusals=1)
    talk = Talk()
    talk.refused("zero", "Again.")

    made = plan(ModelPlanner(spec, door(spec.model), check), talk, snapshot=snapshot, refusals=1)

    assert made.turn.content == "one"


def test_a_scripted_turn_is_cheap(tmp_path: Path) -> None:
    """A scripted reply goes through the same reading and costs less than 30 microseconds."""
    spec = scripted(tmp_path, {"name": "list_dir", "arguments": {"path": "."}})
    planner = ModelPlanner(spec, door(spec.model), check)
    snapshot, talk, ordered = begin(spec, "run", 0), Talk(), order()

    async def best() -> float:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            for _ in range(100):
                await planner.plan(snapshot, ordered, talk, lambda _kind, _piece: None)
            times.append((time.perf_counter() - began) / 100)
        return min(times)

    assert asyncio.run(best()) < 30e-6


def test_it_checks_and_closes_its_door() -> None:
    """A check asks for tools if there are any, or a question may be asked; closing closes."""
    puppet = Puppet()
    planner = ModelPlanner(SPEC, puppet, check)

    assert asyncio.run(planner.check()).window == 4096
    asyncio.run(ModelPlanner(evolve(SPEC, tools=()), puppet, check).check())
    asyncio.run(ModelPlanner(evolve(SPEC, tools=(), ask_person=True), puppet, check).check())
    asyncio.run(planner.close())

    assert puppet.tools == [True, False, True]
    assert puppet.closed


def test_it_keeps_no_state_of_its_own() -> None:
    """A model planner patches nothing when a turn is observed."""
    assert ModelPlanner(SPEC, Puppet(), check).observe(begin(SPEC, "run", 0), Talk()) is None

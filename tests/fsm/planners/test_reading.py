"""From a reply to a plan or a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.history import read_turn, turn_text
from detent.fsm.models.door import RawCall, Reply
from detent.fsm.planners.planner import Planned, Refused
from detent.fsm.planners.reading import read_reply
from detent.states.canonical import canonical
from detent.states.names import PlanKind
from detent.states.spec import ASK_PERSON, Spec, ToolSpec
from tests.fsm.planners.corpus import EXPECTED, REPLIES
from tests.fsm.planners.kit import SPEC, anything, check, order
from tests.fsm.planners.test_words import KINDS

ASKING = evolve(SPEC, ask_person=True)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=[])),
    st.sampled_from([reply.content for reply in REPLIES]),
    json_values.map(json.dumps),
    st.lists(
        st.sampled_from(["<tool_call>", "</think>", "<think>", "{", "}", '"name"', ":", "list_dir", "```"])
    ).map("".join),
)
replies = st.builds(
    Reply,
    content=texts,
    thinking=texts,
    calls=st.lists(
        st.builds(
            RawCall,
            id=st.text(max_size=80),
            name=st.sampled_from(["list_dir", "Read-File", ASK_PERSON, "rm"]) | st.text(),
            arguments=json_values | texts,
        ),
        max_size=10,
    ).map(tuple),
    done_reason=st.sampled_from(["stop", "length", "", "load"]),
    prompt_tokens=st.integers(0, 10_000),
    reply_tokens=st.integers(0, 10_000),
    complete=st.booleans(),
    error=st.sampled_from(["", "", "broken_json", "repetition", "too_long", "prompt_cut"]),
)


def lawful(spec: Spec, outcome: Planned | Refused, *, last: bool) -> None:
    """What holds of every outcome, whatever was said."""
    body = turn_text(outcome.turn).body
    assert read_turn(body) == outcome.turn
    if isinstance(outcome, Refused):
        assert outcome.kind in KINDS
        assert outcome.correction.strip()
        assert outcome.correction.encode()
        assert not outcome.turn.calls
        assert outcome.turn.content
        return
    if outcome.kind is PlanKind.CALLS:
        assert not last
        assert 0 < len(outcome.turn.calls) <= spec.limits.calls_per_turn
        assert all(call.tool in spec.by_name for call in outcome.turn.calls)
        assert all(canonical(json.loads(call.arguments)) == call.arguments for call in outcome.turn.calls)
        given = [call.id for call in outcome.turn.calls if call.id]
        assert len(set(given)) == len(given)
    else:
        assert outcome.answer.strip()
        assert outcome.answer.encode()
    if outcome.kind is PlanKind.QUESTION:
        assert spec.ask_person
        assert [call.tool for call in outcome.turn.calls] == [ASK_PERSON]


@pytest.mark.parametrize(("reply", "expected"), EXPECTED)
def test_it_reads_a_reply_as_it_was_meant(reply: Reply, expected: str) -> None:
    """Every way in which small models go wrong comes to its own word, and what is usable is used."""
    outcome = read_reply(SPEC, order(), reply, check)

    assert (outcome.kind.value if isinstance(outcome, Planned) else outcome.kind) == expected


def test_there_are_three_hundred_replies() -> None:
    """The corpus is as large as it says."""
    assert len(REPLIES) >= 300


@pytest.mark.parametrize("spec", [SPEC, ASKING, Spec(model="ollama:tiny")])
@pytest.mark.parametrize("last", ["", "limit.model_turns"])
def test_no_reply_of_the_corpus_is_too_much(spec: Spec, last: str) -> None:
    """Three hundred replies come to lawful outcomes, with tools and without, in the last turn and before."""
    for reply in REPLIES:
        lawful(spec, read_reply(spec, order(last=last), reply, check), last=bool(last))


@given(replies, st.sampled_from([SPEC, ASKING]), st.sampled_from(["", "limit.tokens"]), st.booleans())
def test_no_reply_at_all_is_too_much(reply: Reply, spec: Spec, last: str, rescue: bool) -> None:
    """Whatever arrives comes to a lawful outcome and raises nothing."""
    lawful(spec, read_reply(spec, order(last=last), reply, anything, rescue=rescue), last=bool(last))


@given(st.sampled_from([reply for reply in REPLIES if not reply.calls]))
def test_a_rescue_can_be_switched_off(reply: Reply) -> None:
    """Without rescue no text is ever a call."""
    outcome = read_reply(SPEC, order(), reply, check, rescue=False)

    assert isinstance(outcome, Refused) or outcome.kind is PlanKind.ANSWER


def test_a_rescue_is_visible() -> None:
    """A call that was taken from the text is marked so, and the text is not kept beside it."""
    outcome = read_reply(
        SPEC, order(), Reply(content='{"name": "list_dir", "arguments": {"path": "."}}'), check
    )

    assert isinstance(outcome, Planned)
    assert outcome.facts["rescued"] is True
    assert outcome.turn.content == ""


def test_a_mend_is_visible() -> None:
    """Arguments that had to be mended are marked so."""
    outcome = read_reply(
        SPEC, order(), Reply(calls=(RawCall(name="list_dir", arguments="{'path': '.'}"),)), check
    )

    assert isinstance(outcome, Planned)
    assert outcome.facts["mended"] is True
    assert outcome.turn.calls[0].arguments == '{"path":"."}'


def test_one_bad_call_stops_the_good_one() -> None:
    """Nothing of a reply runs if one of its calls is wrong, and every fault is named."""
    reply = Reply(
        calls=tuple(
            RawCall(name=name, arguments=arguments)
            for name, arguments in (
                ("list_dir", {"path": "."}),
                ("read_file", {"path": 5}),
                ("list_dirs", {}),
            )
        )
    )

    outcome = read_reply(SPEC, order(), reply, check)

    assert isinstance(outcome, Refused)
    assert 'read_file with {"path":5}' in outcome.correction
    assert "Did you mean list_dir?" in outcome.correction


def test_call_ids_are_kept() -> None:
    """The server's ids stay with their calls, in order."""
    reply = Reply(
        calls=tuple(RawCall(id=one, name="list_dir", arguments={"path": one}) for one in ("x1", "x2"))
    )

    outcome = read_reply(SPEC, order(), reply, check)

    assert [call.id for call in outcome.turn.calls] == ["x1", "x2"]


@pytest.mark.parametrize(
    "arguments", ['{"question": " Which one? "}', "{'question': 'Which one?'}", "Which one?"]
)
def test_a_question_is_put_to_the_person(arguments: str) -> None:
    """The built-in tool, as the only call, is a question; the call stays in the turn, whatever its form was."""
    reply = Reply(calls=(RawCall(id="q", name="Ask-Person", arguments=arguments),))

    outcome = read_reply(ASKING, order(), reply, check)

    assert isinstance(outcome, Planned)
    assert outcome.kind is PlanKind.QUESTION
    assert outcome.answer == "Which one?"
    assert outcome.turn.calls[0].arguments == '{"question":"Which one?"}'


def test_a_question_written_as_text_is_rescued() -> None:
    """A question whose call came as text is a question too."""
    content = '<tool_call>{"name": "ask_person", "arguments": {"question": "Which?"}}</tool_call>'

    outcome = read_reply(ASKING, order(), Reply(content=content), check)

    assert isinstance(outcome, Planned)
    assert outcome.kind is PlanKind.QUESTION


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        (
            (RawCall(name=ASK_PERSON, arguments={"question": "Which?"}), RawCall(name="list_dir")),
            "too_many_calls",
        ),
        ((RawCall(name=ASK_PERSON, arguments={"question": " "}),), "bad_arguments"),
        ((RawCall(name=ASK_PERSON, arguments={"question": 5}),), "bad_arguments"),
        ((RawCall(name=ASK_PERSON),), "bad_arguments"),
    ],
)
def test_a_question_has_to_be_alone_and_say_something(calls: tuple[RawCall, ...], kind: str) -> None:
    """A question beside other calls, or without text, is refused."""
    outcome = read_reply(ASKING, order(), Reply(calls=calls), check)

    assert outcome.kind == kind


def test_nobody_is_asked_unless_the_spec_allows_it() -> None:
    """Where no person may be asked, the built-in question is an unknown tool."""
    outcome = read_reply(
        SPEC, order(), Reply(calls=(RawCall(name=ASK_PERSON, arguments={"question": "?"}),)), check
    )

    assert outcome.kind == "unknown_tool"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(content="So far: two."), "So far: two."),
        (Reply(content="So far: two.", calls=(RawCall(name="list_dir", arguments={}),)), "So far: two."),
        (Reply(content="So far: tw", done_reason="length"), "So far: tw"),
        (Reply(content='So far. <tool_call>{"name": "x", "arguments": {}}'), "So far."),
    ],
)
def test_in_the_last_turn_text_counts(reply: Reply, answer: str) -> None:
    """Calls in the last turn are ignored, and the text beside them is the answer."""
    outcome = read_reply(SPEC, order(last="limit.model_turns"), reply, check)

    assert isinstance(outcome, Planned)
    assert (outcome.kind, outcome.answer, outcome.turn.calls) == (PlanKind.ANSWER, answer, ())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(calls=(RawCall(name="list_dir", arguments={"path": "."}),)),
        Reply(content='{"name": "list_dir", "arguments": {"path": "."}}'),
        Reply(content='<tool_call>{"name": "list_dir", "arguments": {"path": "."}}</tool_call>'),
    ],
)
def test_in_the_last_turn_a_call_is_no_answer(reply: Reply) -> None:
    """A last reply without text is refused, also where its call came as text."""
    assert isinstance(read_reply(SPEC, order(last="limit.tokens"), reply, check), Refused)


def test_what_a_reply_cost_is_reported() -> None:
    """Tokens read and written, milliseconds and loading come from the reply, used or refused."""
    reply = Reply(prompt_tokens=100, reply_tokens=20, took_ms=900, load_ms=300)
    for outcome in (
        read_reply(SPEC, order(), evolve(reply, content="Yes."), check),
        read_reply(SPEC, order(), reply, check),
    ):
        assert (outcome.spent.tokens, outcome.spent.milliseconds, outcome.loading) == (120, 900, 300)


def test_a_prompt_that_was_not_read_costs_no_tokens() -> None:
    """A prompt refused for its length was counted, not read."""
    outcome = read_reply(SPEC, order(), Reply(error="too_long", prompt_tokens=9000, complete=False), check)

    assert outcome.spent.tokens == 0


def test_names_that_differ_in_case_only_are_not_guessed() -> None:
    """Where a name could mean two tools, it means none unless it is exact."""
    spec = Spec(tools=(ToolSpec(name="Read"), ToolSpec(name="read")))

    def call(name: str) -> Any:
        return read_reply(spec, order(), Reply(calls=(RawCall(name=name, arguments={}),)), anything)

    assert call("read").turn.calls[0].tool == "read"
    assert call("READ").kind == "unknown_tool"

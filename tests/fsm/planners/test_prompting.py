"""What of a history fits into a window."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detent.fsm.models.door import Prompt
from detent.fsm.planners.prompting import CHARACTERS, Marks, prompt
from detent.fsm.planners.wire import READ_ON
from detent.states.errors import ConfigError
from detent.states.spec import ModelOptions, ToolSpec
from tests.fsm.planners.kit import SPEC, Talk, order

LAST = "limit.model_turns"


@st.composite
def talks(draw: st.DrawFn) -> tuple[Talk, list[int]]:
    """A conversation of any shape, and where its notes stand."""
    talk = Talk(draw(st.text(min_size=1, max_size=30)) * draw(st.sampled_from([1, 1, 50])))
    notes: list[int] = []
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["turn", "turn", "turn", "refused", "note", "answer", "question"]))
        length = draw(st.sampled_from([0, 5, 300, 3000, 40_000]))
        if kind == "turn":
            count = draw(st.integers(1, 3))
            talk.turn(*(("list_dir", {"path": "p" * (length // 40)}, "r" * length) for _ in range(count)))
        elif kind == "refused":
            talk.refused("no " * (length // 10), "Again.")
        elif kind == "note" and len(notes) < 3:
            notes.append(len(talk))
            talk.put("note", f"note {len(notes)} " + "n" * min(length, 300))
        elif kind == "answer":
            talk.turn(content="a" * (length + 1), thinking="t" * length)
        else:
            talk.turn(("ask_person", {"question": "Which?"}, ""))
            talk.length -= 1
            talk.messages.pop(talk.length)
            talk.put("reply", "That one.")
    return talk, notes


def whole(made: Prompt) -> str:
    """Everything that is sent, as one text."""
    return json.dumps([made.messages, made.tools], ensure_ascii=False)


def paired(messages: list[dict[str, Any]]) -> bool:
    """Whether every call has its result right after it, in order, and no result stands alone."""
    left = list(messages)
    while left:
        message = left.pop(0)
        if message["role"] == "tool":
            return False
        for call in message.get("tool_calls", ()):
            result = left.pop(0) if left else {}
            if (result.get("role"), result.get("tool_call_id")) != ("tool", call["id"]):
                return False
    return True


@settings(max_examples=300)
@given(
    talks(),
    st.sampled_from([1024, 2048, 4096, 8192, 32_768]),
    st.sampled_from([0.5, 1.0, 1.4]),
    st.sampled_from(["", LAST]),
)
def test_a_prompt_never_exceeds_its_window(
    made_of: tuple[Talk, list[int]], window: int, factor: float, last: str
) -> None:
    """Prompt and reply fit the window by the estimate, groups are whole, and what is pinned is in."""
    assume(window > 1024 or factor <= 1)  # too little for the notes and the newest group of a long talk
    talk, places = made_of
    notes = [talk.messages[place] for place in places]

    made = prompt(SPEC, order(last=last), talk, window, factor, notes=notes)

    assert made.estimate + made.num_predict <= window
    assert made.characters * factor / CHARACTERS <= made.estimate
    assert paired(made.messages)
    assert made.messages[0] == {"role": "system", "content": made.messages[0]["content"]}
    assert made.messages[0]["content"].startswith("Be short.")
    assert made.messages[1]["role"] == "user"
    assert made.messages[1]["content"].startswith(talk.goal()[:16])
    assert all(f"note {number} " in whole(made) for number in range(1, len(notes) + 1))
    newest = next((one for one in reversed(talk.messages.values()) if one.text.kind == "turn"), None)
    if newest:
        calls = len(json.loads(newest.text.body).get("calls", ()))
        shown = [call["id"] for message in made.messages for call in message.get("tool_calls", ())]
        assert shown[len(shown) - calls :] == [f"call_{newest.position}_{index}" for index in range(calls)]
    if last:
        assert not made.tools
        assert "final answer now" in made.messages[-1]["content"]


@settings(max_examples=60)
@given(talks(), st.sampled_from([1024, 2048, 4096]))
def test_marks_change_no_law(made_of: tuple[Talk, list[int]], window: int) -> None:
    """A conversation that grows turn by turn under the marks of the prompt before keeps every promise."""
    talk, places = made_of
    marks = Marks()
    length, talk.length = talk.length, 1
    while talk.length <= length:
        notes = [talk.messages[place] for place in places if place < talk.length]
        made = prompt(SPEC, order(), talk, window, marks=marks, notes=notes)
        marks = Marks(cut=made.cut, short=made.short)
        assert made.estimate + made.num_predict <= window
        assert paired(made.messages)
        assert all(f"note {number} " in whole(made) for number in range(1, len(notes) + 1))
        talk.length += 1


def test_a_short_conversation_is_sent_as_it_is() -> None:
    """What fits is sent whole, and nothing is said to be left out."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "a b"))
    talk.turn(content="Two files.")
    talk.put("note", "Also look at b.")

    made = prompt(SPEC, order(), talk, 8192)

    assert [message["role"] for message in made.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert "left out" not in whole(made)
    assert len(made.tools) == 2
    assert made.num_predict == 2048


def test_the_oldest_results_are_shortened_first() -> None:
    """In a window that is too small the newest results are whole, older ones shortened, the oldest groups gone."""
    talk = Talk()
    for number in range(30):
        talk.turn(("read_file", {"path": str(number)}, f"{number}:" + "x" * 1000))

    made = prompt(SPEC, order(), talk, 4096)
    lengths = [len(message["content"]) for message in made.messages if message["role"] == "tool"]

    assert lengths == sorted(lengths)
    assert lengths[-1] > 1000
    assert lengths[0] < 600
    assert len(lengths) < 30
    left_out = 60 - 2 * len(lengths)
    assert (
        f"[{left_out} earlier messages of this conversation are left out here]" in made.messages[1]["content"]
    )


def test_the_current_calls_are_squeezed_before_anything_breaks() -> None:
    """Results of one turn that are too long together are all shown, each less."""
    talk = Talk()
    talk.turn(*(("read_file", {"path": str(number)}, f"{number}:" + "x" * 9000) for number in range(8)))

    made = prompt(SPEC, order(), talk, 4096)
    results = [message["content"] for message in made.messages if message["role"] == "tool"]

    assert [text[:2] for text in results] == [f"{number}:" for number in range(8)]
    assert all("characters left out" in text for text in results)


def test_a_long_result_is_capped_even_where_it_would_fit() -> None:
    """No result is shown above 8 KB, or a quarter of the window, without the model asking for it."""
    talk = Talk()
    talk.turn(("read_file", {"path": "a"}, "x" * 50_000))
    spec = evolve(SPEC, tools=(*SPEC.tools, ToolSpec(name=READ_ON)))

    wide = prompt(spec, order(), talk, 131_072).messages[-1]["content"]
    narrow = prompt(spec, order(), talk, 4096).messages[-1]["content"]

    assert wide.count("x") == 8192
    assert narrow.count("x") == 4096 * CHARACTERS // 4
    assert 'read_output(handle="2", offset=6144)' in wide


def test_many_refused_replies_do_not_fill_a_small_window() -> None:
    """Of a long chain of refused replies the newest stays, what people said in between stays, and the rest may go."""
    talk = Talk()
    talk.turn(("read_file", {"path": "a"}, "x" * 500))
    for number in range(40):
        talk.refused("no " * 100, f"Again {number}.")
        if number == 5:
            talk.put("note", "Mind the gap.")

    made = prompt(SPEC, order(), talk, 1024, notes=[talk.messages[15]])

    assert made.estimate + made.num_predict <= 1024
    assert "Mind the gap." in whole(made)
    assert made.messages[-1]["content"] == "Again 39."
    assert any("tool_calls" in message for message in made.messages)
    assert "Again 3." not in whole(made)


def test_a_goal_that_is_too_long_is_shown_from_both_ends() -> None:
    """A goal beyond the window keeps its beginning and its end, and says what is missing."""
    made = prompt(SPEC, order(), Talk("start " + "x" * 90_000 + " finish"), 2048)

    assert made.messages[1]["content"].startswith("start ")
    assert "finish" in made.messages[1]["content"]
    assert "characters left out" in made.messages[1]["content"]


def test_an_old_note_is_pinned() -> None:
    """A note from the beginning is still there when all that stood around it is gone."""
    talk = Talk()
    talk.put("note", "Never touch b.")
    for number in range(50):
        talk.turn(("read_file", {"path": str(number)}, "x" * 2000))

    made = prompt(SPEC, order(), talk, 4096, notes=[talk.messages[1]])

    assert "Never touch b." in made.messages[1]["content"]
    assert whole(made).count("Never touch b.") == 1


def test_no_more_of_the_history_is_read_than_the_window_holds() -> None:
    """The same prompt is made of a thousand turns with as many reads as of fifty."""
    reads = []
    for turns in (50, 1000):
        talk = Talk()
        for number in range(turns):
            talk.turn(("read_file", {"path": str(number)}, "x" * 800))
        prompt(SPEC, order(), talk, 4096)
        reads.append(talk.read)

    assert reads[0] == reads[1] < 100


def test_most_prompts_begin_with_the_one_before() -> None:
    """While a run goes on, the server finds most prompts' beginnings in its cache, also when the window is full."""
    talk, marks = Talk(), Marks()
    before: list[dict[str, Any]] = []
    kept = 0
    for number in range(100):
        talk.turn(("read_file", {"path": str(number)}, "x" * 500))
        made = prompt(SPEC, order(), talk, 4096, marks=marks)
        marks = Marks(cut=made.cut, short=made.short)
        kept += made.messages[: len(before)] == before
        before = made.messages

    assert kept >= 75


def test_a_window_nothing_fits_into_is_a_configuration_error() -> None:
    """Instructions that alone exceed the window cannot be sent, and the error says what to change."""
    with pytest.raises(ConfigError, match="num_ctx"):
        prompt(evolve(SPEC, instructions="x" * 30_000), order(), Talk(), 2048)


def test_the_cap_on_a_reply_leaves_room_for_the_prompt() -> None:
    """The reply's cap is the spec's, a quarter of the window without one, and never above half of it."""
    for wanted, window, got in ((None, 8192, 2048), (100, 8192, 100), (9000, 8192, 4096)):
        spec = evolve(SPEC, options=ModelOptions(num_predict=wanted))
        assert prompt(spec, order(), Talk(), window).num_predict == got

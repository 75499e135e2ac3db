"""Messages of a history as messages of a chat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.history import error_text
from detent.fsm.planners.wire import READ_ON, Group, Level, groups, joined, rendered, size, trimmed
from detent.states.spec import ASK_PERSON, ToolSpec
from tests.fsm.planners.kit import SPEC, Talk, called

FULL = Level(results=10_000, arguments=10_000, texts=10_000, thinking=True)
READING = evolve(SPEC, tools=(*SPEC.tools, ToolSpec(name=READ_ON)))


def only(talk: Talk) -> Group:
    """The newest group."""
    return next(groups(talk.backwards()))


def test_a_turn_comes_with_its_results() -> None:
    """A turn is an assistant message with its calls, then one tool message for each, tied by id and name."""
    talk = Talk()
    talk.turn(
        ("list_dir", {"path": "."}, "a b"),
        ("read_file", {"path": "a"}, "A"),
        content="Look.",
        thinking="Hm",
        ids=["i", "j"],
    )

    assistant, first, second = rendered(only(talk), SPEC, FULL)

    assert (assistant["role"], assistant["content"], assistant["thinking"]) == ("assistant", "Look.", "Hm")
    assert called(assistant) == [("list_dir", '{"path": "."}'), ("read_file", '{"path": "a"}')]
    assert [call["id"] for call in assistant["tool_calls"]] == ["i", "j"]
    assert first == {"role": "tool", "content": "a b", "tool_name": "list_dir", "tool_call_id": "i"}
    assert second == {"role": "tool", "content": "A", "tool_name": "read_file", "tool_call_id": "j"}


def test_results_may_have_come_in_any_order() -> None:
    """Results are tied to their calls by the places kept for them."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "first"), ("read_file", {"path": "a"}, "second"))
    talk.messages = dict(sorted(talk.messages.items(), key=lambda one: (one[0] % 2, one[0])))

    assert [message["content"] for message in rendered(only(talk), SPEC, FULL)[1:]] == ["first", "second"]


def test_a_call_without_a_result_is_answered_all_the_same() -> None:
    """No call goes without a tool message: what was lost says so."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "a"), ("read_file", {"path": "a"}, "b"))
    del talk.messages[2]

    _, lost, kept = rendered(only(talk), SPEC, FULL)

    assert json.loads(lost["content"])["error"] == "no_result"
    assert kept["content"] == "b"


def test_a_call_without_an_id_gets_one_that_is_its_own() -> None:
    """Ids that the server did not give are made of places, so no two are equal."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "a"), ("list_dir", {"path": "."}, "b"))
    talk.turn(("list_dir", {"path": "."}, "c"))

    ids = [
        call["id"]
        for group in groups(talk.backwards())
        for call in rendered(group, SPEC, FULL)[0]["tool_calls"]
    ]

    assert len(set(ids)) == 3


def test_a_persons_answer_is_the_result_of_the_question() -> None:
    """The reply to a question is its tool message, also if a note came in between; the note comes after."""
    talk = Talk()
    talk.turn((ASK_PERSON, {"question": "Which?"}, ""))
    talk.messages.pop(2)
    talk.length = 2
    talk.put("note", "hurry")
    talk.put("reply", "The second.")

    _, result, note = rendered(only(talk), SPEC, FULL)

    assert (result["role"], result["content"], result["tool_name"]) == ("tool", "The second.", ASK_PERSON)
    assert note == {"role": "user", "content": "hurry"}


def test_an_error_is_a_result() -> None:
    """Why a call has no result stands where the result would."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, ""))
    error = error_text("denied", "No.")
    talk.messages[2] = evolve(talk.messages[2], text=error)

    assert rendered(only(talk), SPEC, FULL)[1]["content"] == error.body


@pytest.mark.parametrize("kind", ["note", "hint", "correction"])
def test_what_is_said_to_the_model_is_the_users(kind: str) -> None:
    """Notes, hints and corrections are messages of the user."""
    talk = Talk()
    talk.put(kind, "so")

    assert rendered(only(talk), SPEC, FULL) == [{"role": "user", "content": "so"}]


def test_a_refused_reply_is_text_alone() -> None:
    """A reply that could not be used is shown short and without calls, before its correction."""
    talk = Talk()
    talk.refused("la " * 5000, "Shorter.")

    assistant, correction = rendered(only(talk), SPEC, FULL)

    assert "tool_calls" not in assistant
    assert len(assistant["content"]) < 800
    assert correction == {"role": "user", "content": "Shorter."}


def test_groups_are_read_as_they_are_asked_for() -> None:
    """The newest group is had without reading the older ones."""
    talk = Talk()
    for number in range(100):
        talk.turn(("list_dir", {"path": str(number)}, "x"))

    group = only(talk)

    assert talk.read == 2
    assert group.start == 199


@given(st.text(max_size=400), st.integers(8, 300), st.sampled_from(["", "17"]))
def test_a_trimmed_text_is_its_head_and_its_tail(text: str, most: int, handle: str) -> None:
    """What is shown is the text's own beginning and end, and the figures between them are right."""
    made = trimmed(text, most, handle=handle)

    if made == text:
        assert len(text.encode()) <= most
        return
    head, rest = made.split("\n[… ", 1) if text.count("\n[… ") == 0 else (None, None)
    if head is None or rest is None:
        return
    mark, tail = rest.split("]\n", 1)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert f"{len(text) - len(head) - len(tail):,} of {len(text):,} characters left out" in mark
    assert len(head.encode()) + len(tail.encode()) <= most
    assert (f'{READ_ON}(handle="17", offset={len(head)})' in mark) is bool(handle)


def test_a_long_result_can_be_read_on() -> None:
    """A result that is trimmed names its place as the handle, if the model has the tool to read on."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "x" * 60_000))

    shown = rendered(only(talk), READING, FULL)[1]["content"]
    plain = rendered(only(talk), SPEC, FULL)[1]["content"]

    assert '50,000 of 60,000 characters left out; read on with read_output(handle="2", offset=7500)' in shown
    assert "50,000 of 60,000 characters left out]" in plain


def test_reading_on_goes_on_where_it_came_from() -> None:
    """A piece that is itself too long to show names the first result, and where the next piece begins."""
    talk = Talk()
    head = "[characters 8000 to 28000 of 60000; go on with offset 28000]"
    talk.turn((READ_ON, {"handle": "2", "offset": 8000}, f"{head}\n{'y' * 20_000}"))

    shown = rendered(only(talk), READING, FULL)[1]["content"]
    kept = shown.count("y")

    assert shown.startswith(head)
    assert f'read on with read_output(handle="2", offset={8000 + kept})]' in shown
    assert len(shown) <= FULL.results


@pytest.mark.parametrize(
    ("arguments", "body"),
    [({"handle": "2"}, "short"), ({"handle": 2}, "x" * 20_000), ({"offset": "a"}, "y\n" * 9000)],
)
def test_an_odd_piece_is_a_result_like_any(arguments: dict[str, Any], body: str) -> None:
    """A piece that fits is shown whole, and one whose place is not known is trimmed as any result."""
    talk = Talk()
    talk.turn((READ_ON, arguments, body))

    assert rendered(only(talk), READING, FULL)[1]["content"] == trimmed(body, FULL.results)


def test_a_tool_can_have_its_own_cap() -> None:
    """A tool that says how much of its results is shown is taken at its word."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "."}, "x" * 5000))
    spec = evolve(SPEC, tools=(evolve(SPEC.tools[0], output_cap=300),))

    assert rendered(only(talk), spec, FULL)[1]["content"].count("x") == 300


def test_long_arguments_are_shortened_inside() -> None:
    """A long text in a call's arguments is trimmed, and the arguments stay JSON of the same shape."""
    talk = Talk()
    talk.turn(("list_dir", {"path": "x" * 5000, "deep": [{"n": 1, "t": "y" * 5000}]}, "ok"))

    call = rendered(only(talk), SPEC, evolve(FULL, arguments=200))[0]["tool_calls"][0]["function"][
        "arguments"
    ]

    assert call["deep"][0]["n"] == 1
    assert call["path"].count("x") == 200
    assert call["deep"][0]["t"].count("y") == 200


def test_neighbours_of_the_user_become_one() -> None:
    """Roles take turns as far as possible, and nothing that was said is lost."""
    said = [{"role": "user", "content": one} for one in "abc"]

    assert joined(said) == [{"role": "user", "content": "a\n\nb\n\nc"}]
    assert sum(map(size, joined(said))) <= sum(map(size, said))

"""The history: which messages a click writes, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.fsm.history import (
    Message,
    Turn,
    TurnCall,
    error_text,
    forked,
    outcome_text,
    read_turn,
    turn_text,
    written,
)
from detent.fsm.kernel import Transition, fork, transition
from detent.states.calls import Outcome
from detent.states.canonical import canonical
from detent.states.errors import IntegrityError
from detent.states.events import Answered, Approved, Denied, Event, GateExpired, Resolved, Told
from detent.states.limits import Limits
from detent.states.names import Ran, Resolution, Status
from detent.states.snapshot import Snapshot
from detent.states.texts import Text, text
from tests.stage import Stage, once, put, read, spec_of
from tests.strategies import jsons, runs, texts

WORDS = {
    name: text(name, name) for name in ("reply", "correction", "note", "answer", "why", "result", "message")
}
BY_DIGEST = {one.digest: one for one in WORDS.values()}


def said(name: str) -> str:
    """The digest of a word."""
    return WORDS[name].digest


def added(stage: Stage) -> list[tuple[int, str, str]]:
    """What the last click writes: places, kinds, and bodies."""
    assert stage.click is not None
    return [(one.position, one.text.kind, one.text.body) for one in written(stage.click, BY_DIGEST)]


def reason(body: str) -> str:
    """The word of a structured error."""
    found: str = json.loads(body)["error"]
    return found


def planned(*names: str, asks: tuple[str, ...] = (), **more: object) -> Stage:
    """A run whose first plan has these calls."""
    tools = (read(), put(), once())
    return Stage.of(*tools, **more).plans(*names, asks=asks, reply=said("reply"))


def test_a_plan_is_a_turn_and_keeps_places_for_its_outcomes() -> None:
    """The goal stands at 0."""
    stage = planned("read", "read")

    assert added(stage) == [(1, "reply", "reply")]
    assert (stage.now.history, stage.now.outcomes) == (4, 2)


def test_a_result_stands_in_its_place() -> None:
    """In whatever order the results come."""
    stage = planned("read", "read")

    assert added(stage.returns(1, result=said("result"))) == [(3, "result", "result")]
    assert added(stage.returns(0, result=said("result"))) == [(2, "result", "result")]
    assert added(stage.observes()) == []


def test_a_note_between_results_comes_after_their_places() -> None:
    """They were kept before."""
    stage = planned("read")

    assert added(stage.hears(said("note"))) == [(3, "note", "note")]
    assert added(stage.returns(result=said("result"))) == [(2, "result", "result")]


def test_a_refused_reply_is_followed_by_its_correction() -> None:
    """So the model sees both."""
    stage = Stage.of(read()).refuses(reply=said("reply"), correction=said("correction"))

    assert added(stage) == [(1, "reply", "reply"), (2, "correction", "correction")]


def test_a_plan_that_cannot_be_taken_is_refused_with_a_reason() -> None:
    """Its words are kept as those of a refused reply."""
    (refused, correction) = added(planned("nobody"))

    assert refused == (1, "refused", "reply")
    assert correction[:2] == (2, "correction")
    assert "cannot be taken" in correction[2]


def test_an_answer_is_a_turn() -> None:
    """Also one that has to be planned again for a note."""
    assert added(Stage.of(read()).answers(reply=said("reply"))) == [(1, "reply", "reply")]
    again = Stage.of(read()).hears(said("note")).answers(notes=0, reply=said("reply"))
    assert added(again) == [(2, "reply", "reply")]


def test_a_failed_call_has_the_error_the_tool_gave() -> None:
    """Or a word for it."""
    assert added(planned("put").starts().fails(message=said("message"))) == [(2, "message", "message")]
    ((_, kind, body),) = added(planned("put").starts().fails())
    assert (kind, reason(body)) == ("error", "broken")


def test_a_retry_writes_nothing() -> None:
    """Only an outcome is worth a message."""
    assert added(planned("read").fails(transient=True)) == []
    assert added(planned("put").starts()) == []


def test_what_is_settled_together_is_written_together() -> None:
    """A failure, and what it held back, each in its place."""
    stage = planned("put", "read", "once").starts().fails(message=said("message"))

    assert [(place, kind) for place, kind, _ in added(stage)] == [(2, "message"), (3, "error"), (4, "error")]
    assert [reason(body) for _, _, body in added(stage)[1:]] == ["earlier_failed", "earlier_failed"]


def test_calls_that_do_not_fit_say_why() -> None:
    """At once, after the turn."""
    stage = planned("read", "read", limits=Limits(tool_calls=1))

    assert [place for place, _, _ in added(stage)] == [1, 3]
    assert reason(added(stage)[1][2]) == "limit"


def test_a_cancel_settles_what_did_not_run() -> None:
    """A fork of the run will read it."""
    stage = planned("read").cancels()

    assert [(place, reason(body)) for place, _, body in added(stage)] == [(2, "cancelled")]


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        (Denied, {"reason": said("why")}, "why"),
        (Denied, {}, "denied"),
        (GateExpired, {}, "expired"),
    ],
)
def test_a_denied_call_says_so(kind: type[Event], more: dict[str, Any], expected: str) -> None:
    """In the person's words, if there are any."""
    stage = planned("put", asks=("put",), limits=Limits(gate_seconds=1))
    stage = stage.expires() if kind is GateExpired else stage.decides(Denied, **more)
    ((place, _, body),) = added(stage)

    assert place == 2
    assert expected == (reason(body) if body.startswith("{") else body)


def test_a_yes_writes_nothing() -> None:
    """The call's outcome will."""
    assert added(planned("put", asks=("put",)).decides(Approved)) == []


def test_a_resolved_doubt_is_an_outcome() -> None:
    """What the person says happened."""
    stage = planned("once").starts().fails(ran=Ran.UNKNOWN)
    assert added(stage) == []

    assert added(stage.decides(Resolved, how=Resolution.HAPPENED, result=said("result"))) == [
        (2, "result", "result")
    ]


@pytest.mark.parametrize("way", ["answered", "why", "denied", "expired"])
def test_a_question_is_answered_in_the_history(way: str) -> None:
    """By the person's words, or by saying that there are none."""
    stage = Stage.of(ask_person=True, limits=Limits(gate_seconds=1)).asks(reply=said("reply"))
    match way:
        case "answered":
            stage.decides(Answered, answer=said("answer"))
        case "why":
            stage.decides(Denied, reason=said("why"))
        case "denied":
            stage.decides(Denied)
        case _:
            stage.expires()
    ((place, _, body),) = added(stage)

    assert place == 2
    assert {"answered": "answer", "why": "why"}.get(way, way) == (
        reason(body) if body.startswith("{") else body
    )


def test_a_person_may_say_something_at_a_loop_or_a_limit() -> None:
    """A hint, or why not; a bare no writes nothing."""
    stage = Stage.of(read(), limits=Limits(loop_window=2))
    for _ in range(2):
        stage.plans("read").returns().observes()
    place = stage.now.history
    before = stage.now

    assert added(stage.decides(Answered, answer=said("answer"))) == [(place, "answer", "answer")]
    assert added(Stage(before).decides(Denied, reason=said("why"))) == [(place, "why", "why")]
    assert added(Stage(before).decides(Denied)) == []


@settings(max_examples=60)
@given(run=runs())
def test_every_place_is_written_once(run: tuple[Snapshot, tuple[Event, ...]]) -> None:
    """Whatever a run does, its history has no gap where a call has its outcome, and no place twice."""
    snapshot, took = run
    places = [0]
    for event in took:
        click = transition(snapshot, event)
        places += [message.position for message in written(click, _Any())]
        snapshot = click.after
    assert len(set(places)) == len(places)
    assert set(places) <= set(range(snapshot.history))
    open_places = {snapshot.outcomes + index for index, call in enumerate(snapshot.calls) if not call.outcome}
    if snapshot.state.live:
        assert set(range(snapshot.history)) - set(places) == open_places


class _Any(dict[str, Text]):
    """Texts of any digest."""

    def __missing__(self, key: str) -> Text:
        return Text("any", key, key)


def test_a_fork_says_why_calls_are_settled_in_it() -> None:
    """In the places their turn has kept, and whether they may have run."""
    stage = Stage.of(put(), once()).plans("put", "once", asks=()).starts()
    first = fork(stage.now, spec_of(put(version=2), once()), "fork", stage.now.at)
    messages = forked(stage.now, first)

    assert [one.position for one in messages] == [2, 3]
    assert [reason(one.text.body) for one in messages] == ["tool_changed", "earlier_failed"]
    assert "may have run" in messages[0].text.body
    assert forked(stage.now, fork(stage.now, stage.now.spec, "fork", stage.now.at)) == ()


def test_an_outcome_without_words_has_a_sentence() -> None:
    """One for each reason of ours; a tool's own word stands for itself."""
    assert "denied" in outcome_text(Outcome(status=Status.DENIED, reason="denied")).body
    assert json.loads(outcome_text(Outcome(status=Status.FAILED, reason="odd")).body)["message"] == "odd"
    assert json.loads(error_text("e", "m", ("other",)).body) == {
        "error": "e",
        "message": "m",
        "available_alternatives": ["other"],
    }


turns = st.builds(
    Turn,
    content=texts,
    thinking=texts,
    calls=st.lists(
        st.builds(
            TurnCall, tool=texts, arguments=st.dictionaries(texts, jsons, max_size=3).map(canonical), id=texts
        ),
        max_size=3,
    ).map(tuple),
)


@given(turn=turns)
def test_a_turn_is_read_as_it_was_written(turn: Turn) -> None:
    """With the very bytes that were approved and run."""
    body = turn_text(turn).body

    assert read_turn(body) == turn
    assert canonical(json.loads(body)) == body


@pytest.mark.parametrize("body", ["{", "[]", '{"calls": [{"tool": "t"}]}', '{"calls": 7}', '{"calls": [7]}'])
def test_a_turn_that_cannot_be_read_is_damage(body: str) -> None:
    """A stored plan that is none is told as damage of the database, not as a bug of the program."""
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_turn(body)


def test_empty_parts_of_a_turn_are_left_out() -> None:
    """And its kind can be another."""
    assert turn_text(Turn()) == text("turn", "{}")
    assert turn_text(Turn(content="c"), "refused").kind == "refused"


def test_a_message_has_a_place() -> None:
    """And what it says."""
    click = Stage.of(read()).hears(said("note")).click
    assert isinstance(click, Transition)
    assert isinstance(click.event, Told)

    assert written(click, BY_DIGEST) == (Message(1, WORDS["note"]),)

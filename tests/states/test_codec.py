"""The codec: one form, strict both ways, frozen for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from detent.states.calls import Proposal
from detent.states.canonical import canonical, digest, parse
from detent.states.codec import (
    decode_event,
    decode_snapshot,
    decode_spec,
    encode_event,
    encode_snapshot,
    plain,
    snapshot_digest,
    spec_text,
)
from detent.states.errors import BadValue, IntegrityError
from detent.states.events import (
    Answered,
    Approved,
    Begun,
    CallStarted,
    Cancelled,
    Denied,
    Edited,
    Event,
    Extended,
    Forked,
    GateExpired,
    Observed,
    PlanMade,
    PlanRefused,
    Resolved,
    Told,
    ToolFailed,
    ToolReturned,
)
from detent.states.limits import Limits, Spent
from detent.states.names import Effect, PlanKind, Ran, Resolution
from detent.states.snapshot import Snapshot
from detent.states.spec import ModelOptions, Spec
from tests.stage import Stage, once, put, read, spec_of
from tests.strategies import events, small_specs, snapshots

OPTIONS = ModelOptions(num_ctx=8192, temperature=700, think=False)
SPEC = spec_of(
    read("look", description="Look.", calls=2),
    once("pay", parallel=True),
    put(fallback=("look",)),
    limits=Limits(tokens=9000, gate_seconds=60),
    ask_person=True,
    model="ollama:qwen3",
    instructions="Be brief.",
    options=OPTIONS,
)
DECISION: dict[str, Any] = {"run": "r", "at": 5, "gate": "g", "digest": "sha256:d", "by": "me"}
ANY: dict[str, tuple[Event, str]] = {
    "Answered": (Answered(**DECISION, answer="sha256:a"), "995b04e0"),
    "Approved": (Approved(**DECISION), "92d4f0af"),
    "Begun": (Begun(run="r", at=5, spec="sha256:s", goal="sha256:g"), "709350b6"),
    "CallStarted": (CallStarted(run="r", at=5, call="1.0.0", attempt=1), "d4c997f9"),
    "Cancelled": (Cancelled(run="r", at=5, by="me"), "782098c6"),
    "Denied": (Denied(**DECISION, reason="sha256:w"), "6ae9857e"),
    "Edited": (Edited(**DECISION, arguments="sha256:x"), "44cd59b6"),
    "Extended": (Extended(**DECISION), "3cdd4458"),
    "Forked": (Forked(run="r", at=5, spec="sha256:s", parent="q", parent_seq=7), "53bb4048"),
    "GateExpired": (GateExpired(run="r", at=5, gate="g"), "fcd533f4"),
    "Observed": (Observed(run="r", at=5, turn=2, planner="sha256:p"), "029a2d44"),
    "PlanMade": (
        PlanMade(
            run="r",
            at=5,
            spent=Spent(tokens=3, money=2, milliseconds=1),
            turn=2,
            refusals=1,
            notes=1,
            kind=PlanKind.CALLS,
            reply="sha256:r",
            calls=(
                Proposal(tool="pay", arguments="sha256:x", asks=True),
                Proposal(tool="look", arguments=""),
            ),
        ),
        "44606536",
    ),
    "PlanRefused": (PlanRefused(run="r", at=5, turn=2, kind="broken_json", reply="sha256:r"), "f573f597"),
    "Resolved": (Resolved(**DECISION, how=Resolution.HAPPENED, result="sha256:r"), "84573855"),
    "Told": (Told(run="r", at=5, number=1, note="sha256:n"), "26c805e2"),
    "ToolFailed": (
        ToolFailed(
            run="r",
            at=5,
            call="1.0.0",
            attempt=2,
            error="timeout",
            message="sha256:m",
            ran=Ran.NO,
            transient=True,
            retry_after=9,
            fallback_asks=True,
        ),
        "4b909cd5",
    ),
    "ToolReturned": (ToolReturned(run="r", at=5, call="1.0.0", attempt=1, result="sha256:r"), "090356fd"),
}


def told() -> dict[str, Snapshot]:
    """Snapshots that have something in every field."""
    stage = Stage.of(
        *SPEC.tools,
        limits=SPEC.limits,
        ask_person=True,
        model=SPEC.model,
        instructions="Be brief.",
        options=OPTIONS,
    )
    made = {"begun": stage.now}
    stage.refuses().hears().plans(
        "look", "pay", "put", asks=("put",), planner="sha256:p", spent=Spent(tokens=7)
    )
    made["asking"] = stage.now
    stage.decides(Approved).starts(1).fails(1, ran=Ran.UNKNOWN, spent=Spent(milliseconds=40))
    made["in doubt"] = stage.now
    stage.returns(0).decides(Resolved, how=Resolution.HAPPENED, result="sha256:h").starts(2)
    made["cancelling"] = Stage(stage.now).cancels().now
    stage.returns(2).observes().answers("sha256:a")
    made["done"] = stage.now
    return made


def rounded(snapshot: Snapshot) -> Snapshot:
    """The snapshot, written and read."""
    return decode_snapshot(parse(canonical(encode_snapshot(snapshot))), snapshot.spec)


@given(snapshot=snapshots())
def test_a_snapshot_is_read_as_it_was_written(snapshot: Snapshot) -> None:
    """Value, type and bytes."""
    again = rounded(snapshot)

    assert again == snapshot
    assert encode_snapshot(again) == encode_snapshot(snapshot)


@given(event=events())
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    """Run and time stand in its row."""
    body = encode_event(event)

    assert decode_event(type(event).__name__, event.run, event.at, body) == event
    assert not {"run", "at"} & json.loads(body).keys()


@given(spec=small_specs())
def test_a_spec_is_read_as_it_was_written(spec: Spec) -> None:
    """In full, so that no later default changes what an old run agreed to."""
    written = spec_text(spec)

    assert decode_spec(written.body) == spec
    assert written.digest == spec.digest
    assert json.loads(written.body)["limits"].keys() >= {"model_turns", "repairs"}


@given(snapshot=snapshots())
def test_a_body_holds_no_null_no_float_and_nothing_that_goes_without_saying(snapshot: Snapshot) -> None:
    """Only what differs from its default is written."""

    def check(value: object) -> None:
        assert value is not None
        assert not isinstance(value, float)
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(one)

    body = encode_snapshot(snapshot)
    check(body)
    assert {"run", "spec", "state", "turn", "usage"} <= body.keys() | {"seq"}
    assert "" not in body.values()


@pytest.mark.parametrize("name", sorted(ANY))
def test_the_form_of_an_event_is_frozen(name: str) -> None:
    """A digest that changes here is a migration of every run there is."""
    event, expected = ANY[name]

    assert digest(name, encode_event(event))[7:15] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("begun", "d658a431"),
        ("asking", "7ffadd74"),
        ("in doubt", "ae425a95"),
        ("cancelling", "bea88b39"),
        ("done", "2f9f2719"),
    ],
)
def test_the_form_of_a_snapshot_is_frozen(name: str, expected: str) -> None:
    """A digest that changes here is a migration of every run there is."""
    assert snapshot_digest(canonical(encode_snapshot(told()[name])))[7:15] == expected


def test_the_form_of_a_spec_is_frozen() -> None:
    """A digest that changes here is a migration of every run there is."""
    assert SPEC.digest[7:15] == "1d66ec80"


def test_calls_and_gates_stand_under_their_names() -> None:
    """So that a patch of one costs the same in a plan of any width."""
    body = encode_snapshot(told()["asking"])

    assert list(body["calls"]) == ["0", "1", "2"]
    assert body["gates"].keys() == {"approval-1.2.0-1"}
    assert body["counts"] == {"look": 1}


def test_a_snapshot_belongs_to_its_spec() -> None:
    """Read with another it is refused."""
    begun = told()["begun"]
    with pytest.raises(IntegrityError, match="another spec"):
        decode_snapshot(encode_snapshot(begun), evolve(begun.spec, model="other"))


BROKEN: list[dict[str, Any]] = [
    {"unknown": 1},
    {"fuel": 3},
    {"seq": "1"},
    {"seq": True},
    {"at": 1.0},
    {"run": 5},
    {"cancelling": 1},
    {"state": "ELSEWHERE"},
    {"state": 3},
    {"usage": None},
    {"usage": {"tokens": "7"}},
    {"calls": []},
    {"calls": {"1": {}}},
    {"calls": {"0": {"tool": "look"}}},
    {"gates": {"a": {}}},
    {"gates": {"a": []}},
    {"counts": {"a": "1"}},
    {"counts": [1]},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_what_is_no_snapshot_is_not_read(change: dict[str, Any]) -> None:
    """Unknown fields, missing ones, and values of another type: nothing is guessed."""
    begun = told()["begun"]
    with pytest.raises(IntegrityError, match="cannot be read"):
        decode_snapshot({**encode_snapshot(begun), **change}, begun.spec)


@pytest.mark.parametrize("body", [[], None, 3, "text"])
def test_what_is_no_object_is_no_snapshot(body: Any) -> None:
    """Whatever lies where a body should."""
    with pytest.raises(IntegrityError, match="cannot be read"):
        decode_snapshot(body, SPEC)


@given(data=st.data(), snapshot=snapshots(most=12))
def test_no_value_of_another_type_is_read(data: st.DataObject, snapshot: Snapshot) -> None:
    """Wherever in a body one stands in the place of another."""
    body = parse(canonical(encode_snapshot(snapshot)))
    path = data.draw(st.sampled_from(list(_leaves(body))))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = 1.5

    with pytest.raises(IntegrityError):
        decode_snapshot(body, snapshot.spec)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if not isinstance(value, dict):
        yield path
        return
    for key, one in value.items():
        yield from _leaves(one, (*path, key))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("Nothing", "{}"),
        ("Told", "{"),
        ("Told", "[]"),
        ("Told", "{}"),
        ("Told", '{"number":1,"note":"n","more":1}'),
        ("Told", '{"number":"1","note":"n"}'),
        ("Told", '{"number":1,"note":"n","run":"other"}'),
        ("Told", r'{"number":1,"note":"\ud800"}'),
        ("PlanMade", '{"turn":1,"kind":"calls","calls":{}}'),
        ("PlanMade", '{"turn":1,"kind":"dance"}'),
        ("Told", '{"number":1,"note":"n","spent":{"tokens":-1}}'),
    ],
)
def test_what_is_no_event_is_not_read(name: str, body: str) -> None:
    """Unknown names, broken bodies, other types."""
    with pytest.raises(IntegrityError, match=f"A stored event {name}"):
        decode_event(name, "r", 1, body)


def test_what_is_no_spec_is_not_read() -> None:
    """Nor one in another form than this version writes."""
    body = json.loads(spec_text(SPEC).body)
    broken = [{}, {**body, "more": 1}, {**body, "limits": {}}, {**body, "plans": -1}, {**body, "plans": "1"}]
    broken += [{**body, "tools": [body["tools"][2]]}]  # its fallback is missing
    for one in (*map(canonical, broken), "[]", "{", spec_text(SPEC).body + " "):
        with pytest.raises(IntegrityError, match="A stored spec"):
            decode_spec(one)


def test_options_may_be_left_to_the_server() -> None:
    """What is none is not written, and a wrong type is refused there too."""
    made = json.loads(spec_text(SPEC).body)
    assert made["options"] == {"num_ctx": 8192, "temperature": 700, "think": False}
    made["options"]["num_ctx"] = "8192"
    with pytest.raises(IntegrityError, match="not of type int"):
        decode_spec(canonical(made))


def test_only_values_of_the_machine_are_written() -> None:
    """No other class has a place in a stored value."""

    @frozen
    class Only:
        one: int = 3

    assert plain(Only()) == {}
    assert plain(Only(), full=True) == {"one": 3}
    assert plain((Effect.READ, 1, "x", True)) == ["read", 1, "x", True]
    for foreign in (object(), {"a": 1}, 1.5, None):
        with pytest.raises(BadValue, match="has no place"):
            plain(foreign)

"""Views: what a run looks like from outside, the same now and later, and nothing that came after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.decisions import decision_fact, note_fact
from detent.fsm.drivers.timeline import log_views
from detent.fsm.drivers.views import (
    answer_of,
    click_view,
    gate_views,
    in_order,
    load_head,
    run_view,
    usage_view,
)
from detent.states import Limits, Spec
from detent.states.limits import limit_names
from detent.store import Store

from .making import NOW, PAY, READ, Making, begun

BILL = {"to": "somebody", "amount": 5}
GATE = {"gate", "kind", "asks", "digest", "opened", "expires"}
CALL = {"tool", "arguments", "call", "effect", "attempt", "attempts"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run at click 0."""
    with Store.open(tmp_path / "runs.db") as store:
        yield begun(store, PAY, READ, ask_person=True)


def test_a_gate_shows_exactly_what_a_yes_means(made: Making) -> None:
    """Tool, arguments in the order of its parameters, and the digest a decision quotes."""
    made.plan(("pay", BILL))
    (gate,) = gate_views(made.journal.store, made.journal.head)
    assert set(gate) == GATE | CALL | {"yes", "no", "allow", "free"}
    assert (gate["kind"], gate["tool"], gate["call"]) == ("approval", "pay", "1.0.0")
    assert gate["arguments"] == BILL
    assert gate["digest"] == made.verdict("approve").digest


def test_a_question_is_shown_after_a_note_too(made: Making) -> None:
    """What the model asks stays readable, whatever is told while it waits."""
    made.ask("Which one?")
    made.take(note_fact(made.journal.head, "A note.", NOW))
    (gate,) = gate_views(made.journal.store, made.journal.head)
    assert set(gate) == GATE
    assert gate["asks"] == "Which one?"


def test_a_doubt_shows_the_bytes_that_may_have_run(made: Making) -> None:
    """After an edit the gate of an attempt in doubt shows the person's own arguments."""
    made.plan(("pay", BILL))
    edited = {"to": "another", "amount": 7}
    made.take(decision_fact(made.journal.head, made.verdict("edit", json.dumps(edited)), NOW))
    made.start("1.0.0")
    made.is_lost("1.0.0")
    (gate,) = gate_views(made.journal.store, made.journal.head)
    assert (gate["kind"], gate["arguments"], gate["effect"]) == ("doubt", edited, "once")


def test_a_click_shows_what_was_known_then(made: Making) -> None:
    """A click's view has no message that came later, not even one whose place was kept by then."""
    made.plan(("look", {"n": 1}), ("look", {"n": 2}))
    before = click_view(made.journal.store, made.run, 1)
    made.gives("1.1.0", "second")
    made.gives("1.0.0", "first")
    made.observe()

    assert click_view(made.journal.store, made.run, 1) == before
    assert [one["text"] for one in click_view(made.journal.store, made.run, 2)["messages"]][-1] == "second"
    assert [one["kind"] for one in before["messages"]] == ["goal", "turn"]
    assert [(one["call"], one["phase"], one["outcome"]) for one in before["calls"]] == [
        ("1.0.0", "ready", None),
        ("1.1.0", "ready", None),
    ]
    assert before["fuel"] > click_view(made.journal.store, made.run, 2)["fuel"]


def test_every_click_can_be_shown_and_is_json(made: Making) -> None:
    """Each click of a run has a view that JSON can carry, and agrees with the timeline."""
    made.plan(("pay", BILL))
    made.take(decision_fact(made.journal.head, made.verdict("deny", "no"), NOW))
    made.observe()
    store = made.journal.store
    log = list(log_views(store, made.run))
    for row in log:
        view = json.loads(json.dumps(click_view(store, made.run, row["seq"])))
        assert (view["state"], view["event"]["name"], view["digest"]) == (
            row["state"],
            row["event"],
            row["digest"],
        )
        assert set(view["usage"]) >= {"model_turns", "tool_calls", "tokens"}
    assert [row["seq"] for row in log_views(store, made.run, 1, 3)] == [1, 2]


def test_a_run_is_told_under_the_names_of_its_limits(made: Making) -> None:
    """What `--json` prints has its keys, and usage is named as the limits are."""
    store, head = made.journal.store, made.journal.head
    view = run_view(store, head)
    assert list(view) == [
        "run",
        "state",
        "answer",
        "reason",
        "seq",
        "gates",
        "usage",
        "rules",
        "chain",
        "exit",
    ]
    assert (view["run"], view["exit"]) == (made.run, None)
    assert set(usage_view(head)) - {"model_calls"} <= {*limit_names(), "extensions"}
    assert load_head(store, made.run) == head
    assert answer_of(store, head) is None


def test_arguments_are_read_in_the_order_of_the_parameters() -> None:
    """Known names come first, in the author's order; what we bind ourselves is not theirs to read."""
    spec = Spec(tools=(PAY,), limits=Limits())
    shown = in_order(spec, "pay", {"x": 1, "amount": 5, "$base": "sha", "to": "a"})
    names = list(json.loads(PAY.parameters)["properties"])
    assert list(shown) == [*names, "x"]
    assert in_order(spec, "nobody", {"b": 1, "a": 2}) == {"b": 1, "a": 2}

"""Drawings of the machine."""

from __future__ import annotations

import re

import pytest

from detent.fsm.diagrams import arrows, dot, mermaid, text
from detent.fsm.table import TABLE
from detent.states.names import State

RUN = {
    "calls": 2,
    "returned_last": 2,
    "observed": 2,
    "told_planning": 1,
    "refused_plan": 1,
    "refused_reply": 2,
    "answered": 1,
}


def test_every_row_is_in_some_arrow() -> None:
    """And no arrow is without a row."""
    drawn = {(one.source, event, one.dest) for one in arrows() for event in one.label.split(", ")}

    assert drawn == {(row.source, row.event, row.dest) for row in TABLE}


def test_a_run_has_the_arrows_it_took() -> None:
    """With how often, if more than once."""
    labels = {(one.source, one.dest): one.label for one in arrows(RUN)}

    assert labels == {
        (State.PLANNING, State.EXECUTING): "PlanMade x2",
        (State.EXECUTING, State.OBSERVING): "ToolReturned x2",
        (State.OBSERVING, State.PLANNING): "Observed x2",
        (State.PLANNING, State.PLANNING): "PlanMade, PlanRefused x2, Told",
        (State.PLANNING, State.DONE): "PlanMade",
    }


def test_rows_of_one_event_are_counted_together() -> None:
    """Where they lead from and to the same states."""
    assert arrows({"calls_ask": 2, "question": 1})[0].label == "PlanMade x3"


def test_mermaid_draws_states_and_arrows() -> None:
    """Begun leads in, the two ends lead out."""
    lines = mermaid().splitlines()

    assert lines[:2] == ["stateDiagram-v2", "    [*] --> PLANNING: Begun"]
    assert lines[-2:] == ["    DONE --> [*]", "    FAILED --> [*]"]
    assert len(lines) == 4 + len(arrows())
    assert "    EXECUTING --> OBSERVING: ToolReturned, ToolFailed" in lines


def test_mermaid_draws_a_run() -> None:
    """Only what it went through."""
    drawn = mermaid(RUN)

    assert "AWAITING_APPROVAL" not in drawn
    assert "FAILED" not in drawn
    assert drawn.endswith("DONE --> [*]\n")


def test_dot_draws_states_and_arrows() -> None:
    """In quotes, and with a double border for the ends."""
    drawn = dot()

    assert drawn.startswith("digraph detent {")
    assert drawn.endswith("}\n")
    assert len(re.findall(r"peripheries=2", drawn)) == 2
    assert len(re.findall(r'^    "[A-Z_]+" -> "[A-Z_]+" \[label="[^"]+"\];$', drawn, re.MULTILINE)) == len(
        arrows()
    )
    assert '"OBSERVING"' in drawn
    assert '"AWAITING_APPROVAL"' not in dot(RUN)


def test_text_lists_every_row() -> None:
    """Under its state, with its name and why it is taken."""
    lines = text().splitlines()

    assert len(lines) == len(TABLE) + len(State)
    assert [line.split(" ")[0] for line in lines if not line.startswith(" ")] == [one.value for one in State]
    assert all(any(f" {row.name} " in line and row.why in line for line in lines) for row in TABLE)


def test_text_lists_a_run() -> None:
    """With how often each row was taken."""
    lines = text(RUN).splitlines()

    assert "     2 x PlanMade     -> EXECUTING" in lines[1]
    assert lines[-1] == "DONE (the run is over)"


@pytest.mark.parametrize("draw", [mermaid, dot, text])
def test_a_run_that_has_only_begun_is_at_planning(draw: object) -> None:
    """It took no row."""
    assert callable(draw)
    drawn = draw({})

    assert "PLANNING" in drawn
    assert "EXECUTING" not in drawn


def test_a_fork_may_begin_elsewhere() -> None:
    """Then nothing leads in from Begun."""
    assert "Begun" not in mermaid({"approved_runs": 1})

"""Differences: where two runs part, and what is different then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from detent.fsm.deltas import applied, reverse
from detent.fsm.drivers.differing import ASPECTS, compare
from detent.fsm.drivers.face import run_sync
from detent.states.codec import encode_snapshot
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, rig


@tool(effect="read")
def look(n: int) -> str:
    """Look."""
    return f"saw {n}"


def two(folder: Path, first: list[Any], second: list[Any]) -> tuple[Rig, str, str]:
    """Two runs of one agent, whose model says other things the second time."""
    made = rig(folder, first, look)
    one = made.run().id
    (folder / "turns.json").write_text(json.dumps(second))
    return made, one, made.run().id


def compared(made: Rig, one: str, other: str, **more: Any) -> dict[str, Any]:
    """Two whole runs, compared."""
    with Store.open(made.store, mode="read") as store:
        return compare(store, (one, store.head(one).seq), (other, store.head(other).seq), **more)


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    """No row, no change, all clicks shared."""
    made, one, _ = two(tmp_path, ["a"], ["a"])
    view = compared(made, one, one)
    assert (view["rows"], view["delta"], view["diverges"], view["same"]) == ([], [], None, 2)
    assert view["ancestor"] == {"run": one, "seq": 1}


def test_equal_runs_differ_only_in_what_always_differs(tmp_path: Path) -> None:
    """Ids and times count for nothing."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], [call("look", n=1), "a"])
    view = compared(made, one, other)
    assert (view["rows"], view["diverges"], view["ancestor"]) == ([], None, None)
    assert {change["at"] for change in view["delta"]} <= {"/run", "/at", "/usage/milliseconds", "/fuel"}


@pytest.mark.parametrize(
    ("second", "seq", "differs"),
    [
        ([call("look", n=2), "a"], 1, {"arguments", "messages"}),
        (["a"], 1, {"state", "guards", "arguments", "messages", "outcomes"}),
        ([call("look", n=1), "b"], 4, {"messages", "outcomes"}),
    ],
)
def test_the_first_click_that_is_different_is_named(
    tmp_path: Path, second: list[Any], seq: int, differs: set[str]
) -> None:
    """With everything in which it is."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], second)
    view = compared(made, one, other)
    assert view["diverges"] == {"a": seq, "b": seq}
    assert set(view["rows"][0]["differs"]) == differs
    assert view["same"] == seq


def test_a_comparison_is_symmetric(tmp_path: Path) -> None:
    """The other way round both sides change places, and nothing else."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], [call("look", n=2), "b"])
    there, back = compared(made, one, other), compared(made, other, one)
    turned = [
        {
            "a": row["b"],
            "b": row["a"],
            "differs": row["differs"],
            "values": {name: {"a": both["b"], "b": both["a"]} for name, both in row["values"].items()},
        }
        for row in back["rows"]
    ]
    assert there["rows"] == turned
    assert there["delta"] == reverse(back["delta"])
    assert (there["a"], there["b"]) == (back["b"], back["a"])


def test_what_differs_is_given_side_by_side(tmp_path: Path) -> None:
    """Of each pair the values under every aspect that differs; of guards those alone that do."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], ["b"])
    row = compared(made, one, other)["rows"][0]
    assert set(row["values"]) == set(row["differs"])
    assert row["values"]["state"] == {"a": "EXECUTING", "b": "DONE"}
    guards = row["values"]["guards"]
    assert (guards["a"]["taken"], guards["b"]["taken"]) == ("calls", "answered")
    assert guards["a"]["plan_has_calls"] != guards["b"].get("plan_has_calls")
    assert row["values"]["messages"]["b"] == [["turn", '{"content":"b"}']]


def test_the_delta_makes_the_second_snapshot_of_the_first(tmp_path: Path) -> None:
    """What is printed is all that differs."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], ["b"])
    view = compared(made, one, other)
    with Store.open(made.store, mode="read") as store:
        before, after = (store.head(run).body for run in (one, other))
    assert applied(before, view["delta"]) == after
    assert before == encode_snapshot(made.head(one))


def test_two_clicks_of_one_run_share_all_up_to_the_first(tmp_path: Path) -> None:
    """What follows happened between them."""
    made, one, _ = two(tmp_path, [call("look", n=1), "a"], ["a"])
    with Store.open(made.store, mode="read") as store:
        view = compare(store, (one, 1), (one, 3))
    assert view["ancestor"] == {"run": one, "seq": 1}
    assert [(row["a"], row["b"]["seq"]) for row in view["rows"]] == [(None, 2), (None, 3)]
    assert view["rows"][0]["b"]["what"].startswith("look")


def test_only_what_is_asked_for_counts(tmp_path: Path) -> None:
    """Two runs that ask for the same are the same where only arguments count."""
    made, one, other = two(tmp_path, [call("look", n=1), "a"], [call("look", n=1), "b"])
    assert compared(made, one, other, only=["arguments", "state"])["rows"] == []
    assert set(ASPECTS) >= set(compared(made, one, other)["rows"][0]["differs"])


def test_another_model_is_named(tmp_path: Path) -> None:
    """Each side says what it ran with."""
    made, one, _ = two(tmp_path, ["a"], ["a"])
    (tmp_path / "other.json").write_text('["a"]')
    agent = evolve(made.agent, model="script:other.json")
    other = run_sync(agent, "Do it.", store=made.store, folder=tmp_path).id
    view = compared(made, one, other)
    assert (view["a"]["model"], view["b"]["model"]) == ("script:turns.json", "script:other.json")
    assert view["rows"] == []

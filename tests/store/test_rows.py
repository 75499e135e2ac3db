"""What a write becomes."""

import json
from typing import Any

import pytest
from attrs import evolve

from detent.states import BadValue, InternalError, Text, text
from detent.states.canonical import canonical
from detent.states.forms import COLUMNS
from detent.store import Click, Placed, Settled, Write
from detent.store.patches import merge
from detent.store.rows import End, Guards, prepare, restored
from tests.store.making import NOW, body_of, click

RUN = "r" * 26
START = End(-1, b"")


def made(*clicks: Click, **more: Any) -> Any:
    """The rows of a first write."""
    return prepare(RUN, START, Write(clicks, **more), Guards())


def test_bodies_are_patches_and_whole_every_sixteenth_row() -> None:
    """Folding the stored bodies, whole ones taken as they are, gives every body back."""
    clicks = [click(RUN, seq) for seq in range(40)]
    rows = made(*clicks)
    body: dict[str, Any] = {}
    for row, given in zip(rows.snapshots, clicks, strict=True):
        stored = json.loads(row[4])
        body = merge(body, stored) if row[0] % 16 else stored
        assert canonical(restored(body, RUN, row[0], row[8], row[1])) == given.whole
        assert not set(COLUMNS) & stored.keys()
    assert rows.end.seq == 39


def test_a_row_says_only_what_changed() -> None:
    """The patch of a click holds what it changed and nothing else."""
    first, second = body_of(RUN, 0), body_of(RUN, 1)
    rows = made(click(RUN, 0), click(RUN, 1))
    assert json.loads(rows.snapshots[1][4]) == {
        "calls": second["calls"],
        "history": 2,
        "usage": {"tokens": 7},
    }
    assert first["usage"]["model_turns"] == second["usage"]["model_turns"]


@pytest.mark.parametrize(
    "clicks",
    [
        (),
        (click(RUN, 1),),
        (click(RUN, 0), click(RUN, 2)),
        (click(RUN, 0), click(RUN, 0)),
        (click("x" * 26, 0),),
    ],
)
def test_clicks_must_follow(clicks: tuple[Click, ...]) -> None:
    """A write without clicks, with a gap, a repetition or another run's click is refused before anything is written."""
    with pytest.raises(InternalError):
        made(*clicks)


@pytest.mark.parametrize("change", [{"at": NOW + 1}, {"state": "DONE"}, {"seq": 0, "whole": "{}"}])
def test_a_body_must_agree_with_its_columns(change: dict[str, Any]) -> None:
    """A click whose body says another time or state than its row is refused, for it could not be restored."""
    with pytest.raises(InternalError):
        made(evolve(click(RUN, 0), **change))


@pytest.mark.parametrize(
    "more",
    [
        {"messages": (Placed(0, text("goal", "x"), 5),)},
        {"extras": ((3, text("planner", "x")),)},
        {"settled": (Settled("g", "limit", 2, "Denied", "me", 1),)},
        {"messages": (Placed(0, Text("goal", "x", text("goal", "y").digest)),)},
    ],
)
def test_everything_belongs_to_a_click_and_fits_its_digest(more: dict[str, Any]) -> None:
    """Messages, texts and decisions of a click that is not written, and texts with a wrong digest, are refused."""
    with pytest.raises(InternalError):
        made(click(RUN, 0), **more)


def test_what_is_not_unicode_is_refused() -> None:
    """A lone surrogate, which UTF-8 cannot carry, is refused with a clear error."""
    with pytest.raises(BadValue, match="surrogate"):
        made(evolve(click(RUN, 0), event_body='"\ud800"'))


def test_a_message_of_several_clicks_says_whose_it_is() -> None:
    """A commit of one click needs no word; of several, nobody could tell."""
    message = Placed(0, text("turn", "x"))
    assert made(click(RUN, 0), messages=(message,)).messages[0][:2] == (0, 0)
    both = (click(RUN, 0), click(RUN, 1))
    assert made(*both, messages=(evolve(message, seq=1),)).messages[0][:2] == (0, 1)
    with pytest.raises(InternalError):
        made(*both, messages=(message,))


def test_the_chain_does_not_depend_on_how_clicks_share_commits() -> None:
    """The same clicks give the same chain in one commit and in many."""
    clicks = [click(RUN, seq) for seq in range(20)]
    end = START
    for one in clicks:
        end = prepare(RUN, end, Write((one,)), Guards()).end
    assert made(*clicks).end == end


def test_the_digest_is_that_of_the_canonical_body() -> None:
    """Every row carries the digest of its whole body in canonical form."""
    rows = made(click(RUN, 0), click(RUN, 1))
    bodies = [text("snapshot", canonical(body_of(RUN, seq))) for seq in (0, 1)]
    assert ["sha256:" + row[6].hex() for row in rows.snapshots] == [one.digest for one in bodies]


def test_digests_of_guards_are_kept_and_bounded() -> None:
    """Guards' digests are computed once, and no number of different ones fills the memory."""
    guards = Guards()
    assert guards["{}"] == guards["{}"] == text("guards", "{}").digest
    for number in range(5000):
        assert guards[str(number)] == text("guards", str(number)).digest
    assert len(guards) <= 4096

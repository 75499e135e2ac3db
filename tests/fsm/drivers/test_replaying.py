"""Replay: stored runs stepped again, byte for byte, without a model, a tool or a write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from detent.fsm.drivers.replaying import replay
from detent.states import IntegrityError, Limits
from detent.store import Click, Store, StoredClick, Write
from detent.tools import tool
from tests.store.making import tampered as changed_outside

from .rig import Rig, call, rig


def told(folder: Path) -> Rig:
    """A run with every effect, a gate, a failure and an answer; each tool leaves a mark."""

    @tool(effect="read")
    def look() -> str:
        """Look."""
        mark("look")
        return "seen"

    @tool(effect="idempotent", approval="never")
    def put() -> str:
        """Put."""
        mark("put")
        raise OSError("no room")

    @tool(effect="once")
    def act(n: int) -> str:
        """Act."""
        mark(f"act {n}")
        return "acted"

    def mark(said: str) -> None:
        with (folder / "marks").open("a") as marks:
            marks.write(f"{said}\n")

    turns = [[call("look"), call("put")], call("act", n=1), call("act", n=2), "Done."]
    return rig(folder, turns, look, put, act, limits=Limits(attempts=1))


def whole(folder: Path) -> tuple[Rig, str]:
    """That run, to its end."""
    made = told(folder)
    run = made.run()
    for how, said in (("approve", ""), ("edit", '{"n": 7}')):
        made.decide(run, how, said)
        run = made.resume(run)
    assert run.state == "DONE"
    return made, run.id


def marks(folder: Path) -> list[bytes]:
    """Everything there is in a folder, by digest."""
    return [hashlib.sha256(one.read_bytes()).digest() for one in sorted(folder.iterdir()) if one.is_file()]


def test_a_replay_is_the_same_byte_for_byte_and_touches_nothing(tmp_path: Path) -> None:
    """Every snapshot comes out as it is stored; no tool leaves a mark, no file changes."""
    made, run = whole(tmp_path)
    with Store.open(made.store, mode="read") as store:
        before = marks(tmp_path)
        done = replay(store, run)
        assert marks(tmp_path) == before
        assert (done.clicks, done.divergence) == (store.head(run).seq + 1, None)
        assert done.digest == store.head(run).digest
        assert replay(store, run, 2).clicks == 3


def test_a_click_of_another_kernel_is_told_with_its_place(tmp_path: Path) -> None:
    """The first snapshot that comes out otherwise is named, with the field and both values."""
    made, run = whole(tmp_path)
    with copied(made, run, lambda click: tampered(click, "turn", 9) if click.seq == 2 else click) as copy:
        wrong = replay(copy, run)
    assert wrong.clicks == 2
    assert wrong.divergence is not None
    assert (wrong.divergence.seq, wrong.divergence.field) == (2, "turn")
    assert (wrong.divergence.stored, wrong.divergence.replayed) == (9, 1)


def test_other_reasons_are_a_divergence_too(tmp_path: Path) -> None:
    """The guards' values are compared like the snapshots."""
    made, run = whole(tmp_path)
    with copied(
        made, run, lambda click: evolve(click, guards='{"taken":"x"}') if click.seq == 1 else click
    ) as copy:
        wrong = replay(copy, run).divergence
    assert wrong is not None
    assert (wrong.seq, wrong.field) == (1, "reasons")


def test_an_event_that_no_row_takes_is_a_divergence(tmp_path: Path) -> None:
    """What this machine refuses is named with its click."""
    made, run = whole(tmp_path)

    def observed(click: StoredClick) -> StoredClick:
        return evolve(click, event="Observed", event_body='{"turn":1}') if click.seq == 1 else click

    with copied(made, run, observed) as copy:
        wrong = replay(copy, run).divergence
    assert wrong is not None
    assert (wrong.seq, wrong.field, wrong.stored) == (1, "event", "Observed")


def test_damage_is_told_before_anything_is_stepped(tmp_path: Path) -> None:
    """A file whose digests do not fit is no matter of the kernel."""
    made, run = whole(tmp_path)
    raw = made.store.read_bytes()
    place = raw.index(b"acted")
    made.store.write_bytes(raw[:place] + b"faked" + raw[place + 5 :])
    with Store.open(made.store, mode="read") as store, pytest.raises(IntegrityError):
        replay(store, run)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE snapshot SET body = json_set(body, '$.turn', 9) WHERE seq = 3",
            "Its field turn is 9, and the events lead to 1.",
        ),
        (
            "UPDATE snapshot SET guards = (SELECT guards FROM snapshot WHERE seq = 1) WHERE seq = 5",
            "Its field reasons.",
        ),
        ("UPDATE snapshot SET took = took + 1 WHERE seq = 3", "The chain is broken at"),
        ("UPDATE snapshot SET event_body = '{}' WHERE seq = 3", "The chain is broken at"),
        ("UPDATE snapshot SET body = '{' WHERE seq = 3", "cannot be read"),
    ],
)
def test_damage_is_told_with_its_click_and_field(tmp_path: Path, sql: str, said: str) -> None:
    """What the events lead to is known, so what was changed in a snapshot can be named."""
    made, run = whole(tmp_path)
    assert changed_outside(made.store, "snapshot", sql)
    with (
        Store.open(made.store, mode="read") as store,
        pytest.raises(IntegrityError, match=re.escape(said)) as caught,
    ):
        replay(store, run)
    assert re.search(r"@[35]\b", caught.value.message)


@contextmanager
def copied(made: Rig, run: str, change: Callable[[StoredClick], StoredClick]) -> Iterator[Store]:
    """The same run in another file, some of its clicks changed; the store finds nothing wrong with them."""
    with Store.open(made.store, mode="read") as store, Store.open(made.folder / "copy.db") as copy:
        found = [change(stored) for stored in store.clicks(run)]
        clicks = tuple(_as_written(one, before) for one, before in zip(found, (None, *found), strict=False))
        branch = copy.begin(store.record(run), Write(clicks=clicks[:1]))
        branch.commit(Write(clicks=clicks[1:]))
        assert copy.verify() == []
        yield copy


def _as_written(stored: StoredClick, before: StoredClick | None) -> Click:
    return Click.of(
        stored.body,
        before.body if before else {},
        seq=stored.seq,
        state=stored.state,
        event=stored.event,
        event_body=stored.event_body,
        guards=stored.guards,
        at=stored.at,
        took=stored.took,
    )


def tampered(click: StoredClick, name: str, value: object) -> StoredClick:
    """A click whose snapshot says something else."""
    return evolve(click, body={**click.body, name: value})


def test_a_copied_run_replays_as_long_as_nothing_is_changed(tmp_path: Path) -> None:
    """The copies of these tests differ only where a test changes them."""
    made, run = whole(tmp_path)
    with copied(made, run, lambda click: click) as copy:
        assert replay(copy, run).divergence is None

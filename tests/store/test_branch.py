"""Writing."""

from pathlib import Path

import pytest
from attrs import evolve

from detent.states import BadValue, Busy, GateSettled, InternalError, NotFound, UsageError, text
from detent.states.canonical import canonical
from detent.store import Placed, RunRecord, Settled, Store, Write
from tests.store.making import NOW, begun, click, dumped, grow, grown, one_more, record


def test_a_commit_is_durable_and_whole(tmp_path: Path) -> None:
    """Everything of a write can be read by another connection as soon as the commit returns."""
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "a.db") as other:
        branch = begun(store)
        for _ in range(40):
            write = one_more(branch)
            branch.commit(write)
            seq = branch.seq
            (told,) = write.clicks
            found = other.head(branch.run)
            assert (found.seq, found.state, found.event) == (seq, told.state, told.event)
            assert (canonical(found.body), found.event_body, found.guards) == (
                told.whole,
                told.event_body,
                told.guards,
            )
            assert (found.at, found.took) == (told.at, told.took)
            assert other.messages(branch.run, seq) == list(write.messages)
            assert other.texts(branch.run, seq) == list(write.extras)
            assert [one for one in other.decisions(branch.run) if one.seq == seq] == list(write.settled)


def test_a_branch_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """A run that is opened again gets the same rows as one that was never closed."""
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    run = "a" * 26
    with Store.open(path) as store:
        begun(store, run)
    for _ in range(35):
        with Store.open(path) as store:
            grow(store.branch(run), 1)
    with Store.open(other) as store:
        grow(begun(store, run), 35)
    assert dumped(path) == dumped(other)


def test_the_second_to_write_a_click_loses(tmp_path: Path) -> None:
    """Of two who write the same click one wins; the other is told, and nothing of its write is there."""
    path = tmp_path / "a.db"
    run = grown(path, 3)
    with Store.open(path) as store, Store.open(path) as other:
        mine, yours = store.branch(run), other.branch(run)
        mine.commit(one_more(mine))
        before = dumped(path)
        with pytest.raises(Busy, match=f"taken run {run} on"):
            yours.commit(evolve(one_more(yours), extras=((4, text("planner", "lost")),)))
        assert dumped(path) == before
        assert (mine.seq, yours.seq) == (4, 3)


def test_the_second_to_settle_a_gate_loses(tmp_path: Path) -> None:
    """A gate is settled once; a second settlement is refused with its whole write."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        settled = Settled("limit-1-0", "limit", 1, "Extended", "me", NOW)
        branch.commit(evolve(one_more(branch), settled=(settled,)))
        before = dumped(path)
        again = evolve(settled, seq=2, how="Denied")
        with pytest.raises(GateSettled, match="limit-1-0"):
            branch.commit(evolve(one_more(branch), settled=(again,)))
        assert dumped(path) == before
        assert branch.seq == 1
        branch.commit(one_more(branch))
        assert store.decisions(branch.run) == [settled, *store.decisions(branch.run)[1:]]


def test_inbox_entries_go_with_the_commit_that_answers_them(tmp_path: Path) -> None:
    """An entry is taken exactly when the write that names it is durable."""
    with Store.open(tmp_path / "a.db") as store:
        branch, other = begun(store), begun(store)
        first, second = (store.inbox_put(branch.run, "note", {"text": word}, NOW) for word in ("a", "b"))
        with pytest.raises(InternalError):
            branch.commit(evolve(one_more(branch), inbox=(first,), clicks=()))
        other.commit(evolve(one_more(other), inbox=(first,)))
        assert [entry.id for entry in store.inbox_take(branch.run)] == [first, second]
        branch.commit(evolve(one_more(branch), inbox=(first,)))
        assert [entry.id for entry in store.inbox_take(branch.run)] == [second]
        assert store.inbox_verdict(first).state == "taken"


def test_many_runs_share_a_commit(tmp_path: Path) -> None:
    """Writes of many runs become durable together, and a run may be among them twice."""
    path, alone = tmp_path / "a.db", tmp_path / "b.db"
    runs = [letter * 26 for letter in "abc"]
    with Store.open(path) as store:
        branches = [begun(store, run) for run in runs]
        twice = Write((click(runs[0], 2),))
        writes = [(branch, one_more(branch)) for branch in branches]
        assert store.commit_many([*writes, (branches[0], twice)]) == [None] * 4
        assert [branch.seq for branch in branches] == [2, 1, 1]
        assert store.commit_many([(branches[0], one_more(branches[0]))]) == [None]
        assert store.verify() == []
    with Store.open(alone) as store, Store.open(path, mode="read") as shared:
        branches = [begun(store, run) for run in runs]
        for branch in branches:
            branch.commit(one_more(branch))
        branches[0].commit(twice)
        branches[0].commit(one_more(branches[0]))
        assert store.head(runs[0]).chain == shared.head(runs[0]).chain


def test_one_that_loses_leaves_the_others_alone(tmp_path: Path) -> None:
    """In a shared commit a stale, a malformed and a settled write each fail alone, with all that follows of that run."""
    path = tmp_path / "a.db"
    with Store.open(path) as store, Store.open(path) as other:
        good, stale, malformed, settled = (begun(store) for _ in range(4))
        grow(other.branch(stale.run), 1)
        gate = Settled("g", "limit", 1, "Extended", "me", NOW)
        settled.commit(evolve(one_more(settled), settled=(gate,)))
        bad_text = evolve(one_more(malformed), messages=(Placed(1, evolve(text("turn", "x"), body="y")),))
        outcomes = store.commit_many(
            [
                (stale, one_more(stale)),
                (malformed, bad_text),
                (settled, evolve(one_more(settled), settled=(evolve(gate, seq=2),))),
                (good, one_more(good)),
                (stale, Write((click(stale.run, 2),))),
            ]
        )
        assert [type(one) for one in outcomes] == [Busy, InternalError, GateSettled, type(None), Busy]
        assert [one.seq for one in (good, stale, malformed, settled)] == [1, 0, 0, 1]
        for branch in (good, malformed, settled):
            grow(branch, 2)
        assert store.verify() == []


def test_a_run_is_begun_once(tmp_path: Path) -> None:
    """A run that is there cannot be begun again, and a fork needs its parent."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = begun(store).run
        before = dumped(path)
        with pytest.raises(InternalError, match="twice"):
            begun(store, run)
        with pytest.raises(InternalError, match="forked"):
            begun(store, parent=("b" * 26, 0))
        assert dumped(path) == before


def test_a_record_comes_back(tmp_path: Path) -> None:
    """What a run was begun with is what is read, labels sorted."""
    with Store.open(tmp_path / "a.db") as store:
        parent = begun(store).run
        made = record(name="n", parent=(parent, 0), labels=("b", "a", "a"), origin={"set": {"k": [1, True]}})
        store.begin(made, Write((click(made.id, 0),)))
        assert store.record(made.id) == evolve(made, labels=("a", "b"))
        assert isinstance(store.record(made.id), RunRecord)
        assert store.spec(made.id) == made.spec.body


def test_what_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """Values that JSON or UTF-8 cannot carry are refused before the file is touched."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        before = dumped(path)
        for body in ({"x": float("nan")}, {"x": "\ud800"}, {"x": {1, 2}}):
            with pytest.raises(BadValue):
                branch.commit(Write((click(branch.run, 1, **body),)))
        assert dumped(path) == before
        grow(branch, 1)


def test_unknown_runs_are_not_found(tmp_path: Path) -> None:
    """A branch of a run that is not there is a usage error, not a crash."""
    with Store.open(tmp_path / "a.db") as store, pytest.raises(NotFound) as caught:
        store.branch("x" * 26)
    assert isinstance(caught.value, UsageError)

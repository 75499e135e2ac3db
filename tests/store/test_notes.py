"""Working notes beside the runs."""

from pathlib import Path

import pytest

from detent.states import IntegrityError, NotFound
from detent.store import Store, Verdict
from tests.store.making import NOW, begun, grow, outside

DAY = 24 * 3600 * 1000


def test_an_entry_waits_until_it_is_answered(tmp_path: Path) -> None:
    """What is put into the inbox waits, in order and for its run alone, until it is taken or refused."""
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "a.db") as other:
        run, another = begun(store).run, begun(store).run
        first = other.inbox_put(run, "decision", {"gate": "g", "how": "approve"}, NOW)
        second = other.inbox_put(run, "note", {"text": "ü"}, NOW + 1)
        assert [(one.id, one.kind, one.body, one.at) for one in store.inbox_take(run)] == [
            (first, "decision", {"gate": "g", "how": "approve"}, NOW),
            (second, "note", {"text": "ü"}, NOW + 1),
        ]
        assert store.inbox_take(another) == []
        assert other.inbox_verdict(first) == Verdict("waiting")
        store.inbox_answer(first, "the gate was settled before")
        store.inbox_answer(second, None)
        assert other.inbox_verdict(first) == Verdict("refused", "the gate was settled before")
        assert other.inbox_verdict(second) == Verdict("taken")
        assert store.inbox_take(run) == []


def test_a_number_is_never_used_again(tmp_path: Path) -> None:
    """A taken entry's number means that entry for ever, so its verdict cannot be another's."""
    with Store.open(tmp_path / "a.db") as store:
        run = begun(store).run
        seen = set()
        for _ in range(5):
            entry = store.inbox_put(run, "cancel", {}, NOW)
            store.inbox_answer(entry, None)
            seen.add(entry)
        assert len(seen) == 5


def test_old_refusals_go(tmp_path: Path) -> None:
    """A refusal that nobody came to read is forgotten after a day; what still waits is not."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = begun(store).run
        refused, waiting = (store.inbox_put(run, "note", {}, NOW) for _ in range(2))
        store.inbox_answer(refused, "no")
        late = store.inbox_put(run, "note", {}, NOW + DAY + 1)
        assert [one.id for one in store.inbox_take(run)] == [waiting, late]
    raw = outside(path)
    assert raw.execute("SELECT count(*) FROM inbox").fetchone() == (2,)
    raw.close()


def test_what_came_too_late_stays_and_waits_for_nobody(tmp_path: Path) -> None:
    """It is given in the order in which it came, is no driver's to answer, and a changed byte of it is found."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = begun(store).run
        for number in range(2):
            store.keep_late(run, {"call": "1.0.0", "text": f"paid {number}"}, NOW + number)
        assert [(one.body["text"], one.at) for one in store.late(run)] == [
            ("paid 0", NOW),
            ("paid 1", NOW + 1),
        ]
        assert store.inbox_take(run) == []
        store.inbox_put(run, "note", {}, NOW + 2 * DAY)
        assert len(store.late(run)) == 2
    raw = outside(path)
    raw.execute("UPDATE inbox SET body = replace(body, 'paid 1', 'paid 2')")
    raw.close()
    with Store.open(path) as store:
        with pytest.raises(IntegrityError, match="table inbox"):
            store.late(run)
        assert [one.what for one in store.verify()] != []


def test_rules_and_labels_are_kept_in_order_and_once(tmp_path: Path) -> None:
    """Rules keep the order they came in, labels are sorted, and a second time changes nothing."""
    with Store.open(tmp_path / "a.db") as store:
        run = begun(store, labels=("b",)).run
        for rule in ("write_file:*.md", "shell:ls*", "write_file:*.md"):
            store.add_rule(run, rule, NOW)
        assert store.rules(run) == ["write_file:*.md", "shell:ls*"]
        store.label(run, "a")
        store.label(run, "a")
        assert store.record(run).labels == ("a", "b")
        store.label(run, "b", on=False)
        assert store.record(run).labels == store.runs()[0].labels == ("a",)


def test_takeovers_are_those_without_progress(tmp_path: Path) -> None:
    """Drivers that died count at the click they took the run at; progress, or an end of their own, clears them."""
    with Store.open(tmp_path / "a.db") as store:
        branch = begun(store)
        run = branch.run
        assert (store.takeovers(run), store.driver_of(run)) == (0, None)
        for died in range(1, 4):
            store.driver_started(run, 100 + died, "77", "boot", branch.seq)
            assert store.takeovers(run) == died
        store.driver_ended(run)
        assert store.takeovers(run) == 2
        last = store.driver_of(run)
        assert last is not None
        assert (last.pid, last.start_time, last.boot_id, last.head_seq, last.ended) == (
            103,
            "77",
            "boot",
            0,
            True,
        )
        grow(branch, 1)
        assert store.takeovers(run) == 0
        store.driver_started(run, 200, "78", "boot", branch.seq)
        assert store.takeovers(run) == 1


def test_notes_are_of_a_run_that_is_there(tmp_path: Path) -> None:
    """A note about a run that is not there is a usage error."""
    with Store.open(tmp_path / "a.db") as store:
        for put in (
            lambda: store.inbox_put("x" * 26, "note", {}, NOW),
            lambda: store.add_rule("x" * 26, "r", NOW),
            lambda: store.label("x" * 26, "l"),
            lambda: store.driver_started("x" * 26, 1, "", "", 0),
        ):
            with pytest.raises(NotFound):
                put()


def test_notes_are_no_evidence(tmp_path: Path) -> None:
    """Whatever comes and goes beside a run, the file verifies and the run's chain stays."""
    with Store.open(tmp_path / "a.db") as store:
        branch = begun(store)
        chain = store.head(branch.run).chain
        store.inbox_put(branch.run, "note", {}, NOW)
        store.add_rule(branch.run, "r", NOW)
        store.label(branch.run, "l")
        store.driver_started(branch.run, 1, "", "", 0)
        assert store.verify() == []
        assert store.head(branch.run).chain == chain


def test_a_decision_that_somebody_else_wrote_is_not_believed(tmp_path: Path) -> None:
    """An entry of the inbox that was changed by another program is an error, and never a yes."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        run = begun(store).run
        entry = store.inbox_put(run, "decision", {"gate": "g", "how": "deny"}, NOW)
        assert len(store.inbox_take(run)) == 1
        raw = outside(path)
        raw.execute("UPDATE inbox SET body = replace(body, 'deny', 'approve')")
        raw.close()
        with pytest.raises(IntegrityError):
            store.inbox_take(run)
        with pytest.raises(IntegrityError):
            store.inbox_verdict(entry)

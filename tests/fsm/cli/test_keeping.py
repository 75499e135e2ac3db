"""`backup` and `verify`: a copy that is whole, and a proof that finds what is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .kit import Place, call


def _spoilt(path: str | Path) -> None:
    """A message that was changed by somebody who knows SQLite."""
    base = sqlite3.connect(path)
    guards = base.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        base.execute(f"DROP TRIGGER {name}")
    base.execute("UPDATE object SET body = 'Farewell \x1b[2J.' WHERE kind = 'goal'")
    for _, sql in guards:
        base.execute(sql)
    base.commit()
    base.close()


def test_a_backup_is_a_database_of_its_own(place: Place) -> None:
    """While a run waits everything is copied; the copy proves itself, and the run goes on in it as in the first."""
    run = place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), "--json").json["run"]

    done = place.detent("backup", "copy.db")

    assert done.code == 0
    assert "copy.db" in done.out
    assert "1 run, 2 clicks" in done.out
    assert "detent verify --db copy.db" in done.err
    assert place.detent("verify", "--db", "copy.db").code == 0
    assert place.detent("approve", run, "--resume", "--db", "copy.db").out == "Paid.\n"
    assert place.ledger() == ["7"]
    assert place.head().state == "AWAITING_APPROVAL"


def test_a_backup_says_what_it_took_in_json(place: Place) -> None:
    """For a program: the file, its bytes, and how much is in it."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))

    made = place.detent("backup", "a/b/copy.db", "--json").json

    assert made["file"] == str(place.folder / "a/b/copy.db")
    assert made["bytes"] == (place.folder / "a/b/copy.db").stat().st_size
    assert (made["runs"], made["clicks"], made["texts"]) == (1, 2, 2)


@pytest.mark.parametrize("name", ["there.db", "runs.db", "."])
def test_a_backup_never_overwrites(place: Place, name: str) -> None:
    """What is there stays as it is, be it the database itself: 2."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))
    place.write("there.db", "mine")

    done = place.detent("backup", name)

    assert (done.code, done.out) == (2, "")
    assert "never overwrites" in done.err
    assert (place.folder / "there.db").read_text() == "mine"
    assert place.detent("verify").code == 0


def test_nothing_is_made_where_there_is_nothing_to_copy(place: Place) -> None:
    """Without a database there is no copy of it, and none is made."""
    for words in (["backup", "copy.db"], ["verify"]):
        assert place.detent(*words).code == 2
    assert not list(place.folder.glob("*.db*"))


def test_what_is_as_written_is_said_so(place: Place) -> None:
    """How much was looked at is told: of the file, and of a run with a chain that was noted."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))
    chain = place.detent("show", "last@0", "--json").json["chain"]

    assert place.detent("verify").out == "1 run, 2 clicks, 2 texts: all as written.\n"
    done = place.detent("verify", "last", "--expect", chain, "--json")
    assert (done.code, done.json) == (0, {"runs": 1, "clicks": 2, "texts": 2, "findings": [], "exit": 0})
    assert place.detent("verify", "last", "--expect", chain.removeprefix("sha256:")).code == 0


def test_damage_is_listed_with_its_place(place: Place) -> None:
    """What is not as written is told where it lies, escaped, with 76."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))
    run = place.head().run
    _spoilt(place.environment["DETENT_DB"])

    done = place.detent("verify")
    made = place.detent("verify", run, "--json")

    assert done.code == made.code == made.json["exit"] == 76
    assert f"{run[:8]}@0" in done.out
    assert "is not what was written" in done.out
    assert "as written, in 1 run" in done.err
    assert made.json["findings"][0]["run"] == run
    assert made.json["findings"][0]["seq"] == 0


def test_a_file_that_was_set_back_is_found(place: Place) -> None:
    """A chain that was seen once and is not there any more is a finding, whatever the rest proves."""
    run = place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), "--json").json["run"]
    place.detent("backup", "old.db")
    chain = place.detent("approve", run, "--resume", "--json").json["chain"]

    assert place.detent("verify", run, "--expect", chain).code == 0
    done = place.detent("verify", run, "--expect", chain, "--db", "old.db")

    assert done.code == 76
    assert "was set back" in done.out


def test_a_file_that_is_no_database_is_told(place: Place) -> None:
    """What is no database, or none of ours, is 76 or 78 and no traceback."""
    place.write("text.db", "no database at all " * 300)
    base = sqlite3.connect(place.folder / "other.db")
    base.execute("CREATE TABLE t (x)")
    base.commit()
    base.close()

    assert place.detent("verify", "--db", "text.db").code == 76
    assert place.detent("verify", "--db", "other.db").code == 78

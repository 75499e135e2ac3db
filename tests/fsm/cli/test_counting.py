"""`stats`: how much there is, at a glance and for a program."""

from __future__ import annotations

from .kit import Place, call


def test_what_there_is_is_told(place: Place) -> None:
    """Runs by state, texts by kind, rows by table, the file and what could go: each is named with its number."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))
    place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."))

    done = place.detent("stats")

    assert done.code == 0
    words = [line.split() for line in done.out.splitlines()]
    assert "2 runs: 1 AWAITING_APPROVAL, 1 DONE" in done.out
    assert ["snapshot", "4"] in words
    assert ["goal", "2", "7", "B"] in words
    assert "would remove 0 runs with 0 clicks, 0 B" in done.out
    assert max(len(line) for line in done.out.splitlines()[1:]) <= 80


def test_a_program_gets_the_same_numbers(place: Place) -> None:
    """The JSON document has the file, its pages, and the numbers of everything."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))

    told = place.detent("stats", "--json").json

    assert told["file"] == place.environment["DETENT_DB"]
    assert told["bytes"] == (place.folder / "runs.db").stat().st_size
    assert told["page"] * told["pages"] >= told["bytes"] > 0
    assert told["states"] == {"DONE": 1}
    assert (told["tables"]["run"], told["tables"]["snapshot"], told["tables"]["message"]) == (1, 2, 2)
    assert told["kinds"]["goal"] == {"rows": 1, "bytes": 3}
    assert told["prune"] == {"older": "30d", "runs": 0, "clicks": 0, "bytes": 0}
    assert {"log", "free_pages"} <= told.keys()


def test_looking_makes_no_database(place: Place) -> None:
    """Where there is none it says so, and none is made."""
    assert place.detent("stats").code == 2
    assert not list(place.folder.glob("*.db*"))

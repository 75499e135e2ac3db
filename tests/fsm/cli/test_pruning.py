"""`prune`: shown first, done when it is really meant."""

from __future__ import annotations

import pytest

from .kit import Place, call


def _three(place: Place) -> tuple[str, str, str]:
    """A run that is over, one with a label, and one that waits."""
    over = place.detent("run", "Hi.", "-m", place.script("Hello."), "--json").json["run"]
    marked = place.detent("run", "Hi.", "-m", place.script("Hello."), "--json").json["run"]
    assert place.detent("label", marked, "good").code == 0
    waits = place.detent("run", "Pay.", "-a", place.agent(call("pay", amount=7), "Paid."), "--json").json[
        "run"
    ]
    return over, marked, waits


def test_without_really_nothing_goes(place: Place) -> None:
    """What would go is told by kind, with the command that does it, on a pipe and on a terminal; every run is still there."""
    _three(place)

    done = place.detent("prune", "--older", "0m", "--keep-labelled")

    assert done.code == 0
    assert "1 run with 2 clicks would go" in done.out
    assert "goal" in done.out
    assert "it has a label" in done.err
    assert "Nothing was removed." in done.err
    assert "detent prune --older 0m --keep-labelled --really" in done.err
    terminal = place.terminal("prune", "--older", "0m")
    terminal.expect("2 runs with 4 clicks would go")
    terminal.expect("detent prune --older 0m --really")
    assert terminal.end() == 0
    assert place.detent("prune", "--older", "0m", "--dry-run", "--json").json["really"] is False
    assert len(place.runs()) == 3


def test_really_removes_what_was_shown(place: Place) -> None:
    """The runs that were told are gone, the others go on as if nothing had been, and the file is as written."""
    over, marked, waits = _three(place)
    told = place.detent("prune", "--older", "0m", "--keep-labelled", "--json").json

    done = place.detent("prune", "--older", "0m", "--keep-labelled", "--really", "--json").json

    assert told == {**done, "really": False, "freed": None}
    assert done["runs"] == [over]
    assert done["kept"] == [{"run": marked, "why": "labelled"}]
    assert (done["clicks"], done["bytes"] > 0, done["freed"] >= 0) == (2, True, True)
    assert {one.id for one in place.runs()} == {marked, waits}
    assert place.detent("verify").code == 0
    assert place.detent("approve", waits, "--resume").out == "Paid.\n"
    assert place.detent("prune", "--older", "0m", "--really").out == "2 runs with 9 clicks removed.\n"
    assert place.runs() == []
    assert "Nothing would go" in place.detent("prune", "--older", "0m").out


def test_thirty_days_are_waited(place: Place) -> None:
    """Who says nothing else keeps what was over less than thirty days ago."""
    _three(place)

    assert place.detent("prune", "--really").out == "0 runs with 0 clicks removed.\n"
    assert "over 30d ago" in place.detent("prune").out
    assert len(place.runs()) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--older", "3w"), "is no age"),
        (("--older", ""), "is no age"),
        (("--dry-run", "--really"), "opposite"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Place, words: tuple[str, ...], said: str) -> None:
    """An age that is none, and flags that say the opposite of each other: 2, and nothing goes."""
    _three(place)

    done = place.detent("prune", *words)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(place.runs()) == 3


def test_nothing_is_made_where_there_is_nothing_to_prune(place: Place) -> None:
    """Looking at what would go makes no database."""
    assert place.detent("prune").code == 2
    assert not list(place.folder.glob("*.db*"))

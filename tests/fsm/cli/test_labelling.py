"""`label`, and `runs --label`: marks of a person."""

from __future__ import annotations

import pytest

from .kit import Place


def test_a_mark_is_put_found_and_taken_away(place: Place) -> None:
    """A marked run is listed by its label, also after the mark was put twice, and no more once it was taken away."""
    first = place.detent("run", "Hi.", "-m", place.script("Hello."), "--json").json["run"]
    place.detent("run", "Hi.", "-m", place.script("Hello."))

    assert place.detent("label", first, "good").out.endswith("labels: good\n")
    assert place.detent("label", first, "good").code == 0
    assert place.detent("label", first, "ä b", "--json").json == {"run": first, "labels": ["good", "ä b"]}
    assert [one["run"] for one in place.detent("runs", "--label", "good", "--json").json] == [first]
    assert "#good #ä b Hi." in place.detent("runs").out
    assert place.detent("label", first, "good", "--off").out.endswith("labels: ä b\n")
    assert place.detent("label", first, "good", "--off").code == 0
    assert place.detent("runs", "--label", "good", "--json").json == []
    assert "No run is like that." in place.detent("runs", "--label", "good").err
    assert place.detent("verify").code == 0


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "\x1b[2J", "x" * 101])
def test_what_is_no_label_is_refused(place: Place, label: str) -> None:
    """Empty words, more than a line, what a terminal would obey, and more than a hundred characters: 2."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))

    done = place.detent("label", "last", label)

    assert (done.code, done.out) == (2, "")
    assert "is no label" in done.err
    assert "\x1b" not in done.err
    assert place.runs()[0].labels == ()

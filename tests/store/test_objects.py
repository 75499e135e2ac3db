"""Texts as rows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states import IntegrityError, text
from detent.store import Placed, Store, Write
from detent.store.chain import as_bytes
from detent.store.objects import SHARED, checked
from tests.store.making import begun, click, outside

TEXTS = st.builds(text, st.sampled_from(["turn", "result"]), st.text(st.characters(codec="utf-8")))


@given(TEXTS)
def test_a_text_that_fits_is_given_out(one: object) -> None:
    """What was written comes back as it was."""
    assert checked(one.kind, one.body, as_bytes(one.digest), "x") == one  # type: ignore[attr-defined]


@given(TEXTS, TEXTS)
def test_a_text_that_does_not_fit_is_not(one: object, other: object) -> None:
    """A text with the digest of another is never given out, and the error names where it lies."""
    if one == other:
        return
    with pytest.raises(IntegrityError, match=r"x@3 .* verify"):
        checked(one.kind, one.body, as_bytes(other.digest), "x@3")  # type: ignore[attr-defined]


def test_any_text_survives_the_file(tmp_path: Path) -> None:
    """Nulls, line ends, emoji and megabytes come back as they went in."""
    bodies = ["", "\x00", "a\x00b", "\r\n\u2028", "🙂" * 10, "x" * 2_000_000, "'\";--"]
    with Store.open(tmp_path / "a.db") as store:
        branch = begun(store)
        messages = tuple(Placed(place, text("result", body)) for place, body in enumerate(bodies, 1))
        branch.commit(Write((click(branch.run, 1, history=9),), messages))
        assert [placed.text.body for placed in store.messages(branch.run, 1)] == bodies


def test_only_what_repeats_is_stored_once(tmp_path: Path) -> None:
    """Specs and guards are stored once however often they come, other texts every time."""
    with Store.open(tmp_path / "a.db") as store:
        for _ in range(3):
            branch = begun(store)
            repeated = tuple((1, text(kind, "same")) for kind in ("prompt", "planner", "prompt", "planner"))
            branch.commit(Write((click(branch.run, 1),), (), repeated))
            assert [one.kind for _, one in store.texts(branch.run, 1)] == ["prompt", "planner"] * 2
    raw = outside(tmp_path / "a.db")
    counts = dict(raw.execute("SELECT kind, count(*) FROM object GROUP BY kind").fetchall())
    raw.close()
    assert counts == {"spec": 1, "goal": 3, "input": 3, "guards": 2, "prompt": 1, "planner": 6}
    assert {"spec", "guards", "prompt"} <= SHARED

"""Pictures: SVG of the machine and of a run."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.diagrams import arrows
from detent.fsm.pictures import PLACES, svg
from detent.fsm.table import TABLE
from detent.states.names import State

SVG = "{http://www.w3.org/2000/svg}"
ROWS = st.dictionaries(st.sampled_from([row.name for row in TABLE]), st.integers(1, 9), max_size=8)


def drawn(picture: str) -> ET.Element:
    """The picture, read as XML."""
    return ET.fromstring(picture)  # noqa: S314 - our own


def test_the_machine_has_every_state_and_every_arrow() -> None:
    """Six boxes with their names, and a line for every arrow."""
    root = drawn(svg())
    texts = {one.text for one in root.iter(f"{SVG}text")}
    lines = [one for one in root.iter(f"{SVG}path") if one.get("marker-end")]

    assert {state.value for state in State} <= texts
    assert len(lines) == len(arrows())
    assert set(PLACES) == set(State)


@given(taken=ROWS)
def test_a_run_has_the_arrows_it_took(taken: dict[str, int]) -> None:
    """Whatever it did the picture is sound, and no coordinate lies outside of it."""
    root = drawn(svg(taken, "Run <k7f3> & more"))
    lines = [one for one in root.iter(f"{SVG}path") if one.get("marker-end")]
    _, _, wide, high = (float(part) for part in root.attrib["viewBox"].split())

    assert len(lines) == len(arrows(taken))
    assert root.findtext(f"{SVG}title") == "Run <k7f3> & more"
    for one in root.iter(f"{SVG}text"):
        assert 0 <= float(one.attrib["x"]) <= wide
        assert 0 <= float(one.attrib["y"]) <= high


@pytest.mark.parametrize("count", [1, 7])
def test_counts_are_shown(count: int) -> None:
    """An arrow taken several times says how often."""
    assert (f"x{count}" in svg({"observed": count})) == (count > 1)

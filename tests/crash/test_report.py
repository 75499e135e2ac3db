"""The table, the figures that are kept, and the page that is made of them."""

from __future__ import annotations

import json

import pytest

from tests.crash.harness import Figures
from tests.crash.page import page
from tests.crash.report import FIGURES, PAGE, machine, plain, stored, table
from tests.crash.sabotages import SABOTAGES
from tests.crash.table import NAMES

SOME = Figures(name="kills", done={"kills": 1234, "acknowledged_rows": 5}, seed=7, seconds=3.25)


def test_the_page_is_made_of_the_figures() -> None:
    """The page about reliability is exactly what the stored figures make."""
    assert PAGE.read_text() == page(stored())


def test_the_stored_figures_hold_what_a_stranger_needs() -> None:
    """Every figure has its seed, profile, date and commit, no violation, and the machine stands beside them."""
    found = json.loads(FIGURES.read_text())
    assert set(found["machine"]) == set(machine())
    for one in found["figures"]:
        assert one["harness"] in NAMES
        assert one["violations"] == []
        assert one["done"]
        assert all(one[name] for name in ("seed", "profile", "date", "commit", "promise"))


def test_the_page_names_every_planted_bug() -> None:
    """The table of planted bugs has each that is planted."""
    made = page(
        stored()
        | {"planted": [{"bug": one.name, "breaks": one.breaks, "catcher": one.catcher} for one in SABOTAGES]}
    )
    assert all(one.name in made for one in SABOTAGES)


def test_the_table_has_a_line_for_each() -> None:
    """A harness is one line: what it did, how many violations, how long; one that could not be run says why."""
    lines = table([SOME, Figures(name="syscalls", missing="strace is missing.")]).splitlines()
    assert lines[1].split() == ["kills", "1,234", "kills,", "5", "acknowledged", "rows", "0", "3.2", "s"]
    assert "strace is missing." in lines[2]


def test_violations_are_part_of_the_figures() -> None:
    """What was broken is told whole, also in JSON."""
    (made,) = plain([Figures(name="kills", violations=("one", "two"))])
    assert made["violations"] == ["one", "two"]


@pytest.mark.parametrize("name", ["machine", "figures", "planted"])
def test_nothing_is_invented_where_figures_are_missing(name: str) -> None:
    """A page cannot be made of less than all there is."""
    with pytest.raises(KeyError):
        page({key: value for key, value in stored().items() if key != name})

"""The page about speed is what the kept figures say."""

from __future__ import annotations

import json

from tests.bench.__main__ import CASES, FIGURES, PAGE
from tests.bench.page import page


def test_the_page_is_what_the_figures_say() -> None:
    """Nobody has edited either; `python -m tests.bench --page` makes the page anew."""
    assert PAGE.read_text() == page(json.loads(FIGURES.read_text()))


def test_every_case_was_measured() -> None:
    """The figures are those of the cases that there are, with machine, versions and date, and nothing was locked."""
    kept = json.loads(FIGURES.read_text())
    assert kept["cases"].keys() == CASES.keys()
    assert {"Python", "SQLite", "cores"} <= kept["machine"].keys()
    assert kept["date"]
    assert kept["cases"]["disk racers"]["errors"] == 0

"""The page about speed is what the kept figures say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.recordings import Mode
from tests.bench import travel
from tests.bench.__main__ import CASES, FIGURES, LONG, PAGE, measure_long
from tests.bench.page import BUSY, page
from tests.bench.proofs import counterfactual


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


KEPT: dict[str, Any] = json.loads(FIGURES.read_text())


def test_looking_back_was_measured_and_counted_in_full() -> None:
    """The page has the figures of 1,000 forks that touched no file, and of 200 bad clicks that were found."""
    kept = KEPT["travel"]
    assert list(kept["figures"]) == ["list", "open", "whole", "fork", "adds", "replay"]
    assert kept["date"]
    assert {"Python", "SQLite", "cores"} <= kept["machine"].keys()
    forks, found = kept["forks"], kept["bisections"]
    assert (forks["forks"], forks["over"], forks["touched"]) == (1000, 1000, 0)
    assert min(forks["served"], forks["refused"]) > 0
    assert (found["runs"], found["exact"], found["within"]) == (200, 200, 200)
    assert list(KEPT["long"]["counts"]) == [str(count) for count in LONG]


def test_the_benchmark_of_looking_back_runs(tmp_path: Path) -> None:
    """It measures every figure, and a fork that may do anything would be seen to."""
    made = travel.measure(1, count=20, many=60, forks=12, runs=4)
    assert made["figures"].keys() == KEPT["travel"]["figures"].keys()
    assert made["forks"]["touched"] == 0
    assert made["bisections"]["exact"] == made["bisections"]["within"] == 4
    assert counterfactual(tmp_path, 4, Mode.LIVE).touched > 0


def test_the_benchmark_of_long_runs_runs() -> None:
    """An iteration is told for each length, beside the floor's."""
    made = measure_long(1, (5, 10))
    assert list(made["counts"]) == ["5", "10"]
    assert all(of["async"]["cpu"] > 0 < of["floor3"]["bytes"] for of in made["counts"].values())


@pytest.mark.parametrize("load", [0, BUSY, 7.6])
def test_a_busy_machine_is_told(load: float) -> None:
    """Who reads a figure is told if other work went on beside it."""
    told = page({**KEPT, "travel": {**KEPT["travel"], "load": load}, "long": {**KEPT["long"], "load": 0}})
    assert (f"with a load of {load} at the beginning" in told) == (load >= BUSY)

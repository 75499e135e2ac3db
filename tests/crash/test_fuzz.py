"""The kernel and the second machine agree, and if they did not, it would be seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve

from detent.fsm.table import TABLE
from detent.states.events import PlanMade, PlanRefused, Told
from detent.states.limits import Limits
from detent.states.names import PlanKind
from detent.states.spec import Spec
from tests.crash.comparing import Different, Pair
from tests.crash.fuzz import NAME, PROMISE, disagreement, fuzz, run, shortest
from tests.crash.harness import PROFILES
from tests.crash.reference import begin

START = 1_000


def test_the_kernel_and_the_second_machine_agree(tmp_path: Path) -> None:
    """Whatever is sent to a run, legal or not, both say the same of it and are in the same state afterwards."""
    figures = run(PROFILES["ci"], tmp_path, seed=1)
    assert figures.violations == ()
    assert figures.name == NAME
    assert PROMISE
    assert figures.done["events"] >= 60_000
    assert min(figures.done["taken"], figures.done["refused"]) > 20_000
    assert figures.done["forks"] > 100
    assert figures.done["rows of the table"] > 0.9 * len(TABLE)


def test_the_same_seed_does_the_same() -> None:
    """A seed that found something finds it again."""
    assert fuzz(7, 500) == fuzz(7, 500)


def test_a_kernel_that_is_too_generous_is_found() -> None:
    """An event that only one of the two takes is a disagreement."""
    spec = Spec(limits=Limits(notes=1))
    strict = begin(evolve(spec, limits=Limits(notes=0)), "r", START)
    pair = evolve(Pair.begun(spec, "r", START), world=strict)
    with pytest.raises(Different, match=r"takes .row told_planning. what the second machine refuses"):
        pair.send(Told(run="r", at=START, number=1, note="n"))


def test_a_kernel_that_is_too_strict_is_found() -> None:
    """An event that only the second machine takes is one too."""
    spec = Spec(limits=Limits(notes=0))
    pair = evolve(Pair.begun(spec, "r", START), world=begin(Spec(limits=Limits(notes=1)), "r", START))
    with pytest.raises(Different, match="refuses what the second machine takes"):
        pair.send(Told(run="r", at=START, number=1, note="n"))


def test_a_kernel_that_goes_elsewhere_is_found() -> None:
    """Another state after an event that both take is one too."""
    refused = PlanRefused(run="r", at=START, turn=1, kind="empty_reply")
    spec = Spec(limits=Limits(repairs=1))
    pair = evolve(Pair.begun(spec, "r", START), world=begin(Spec(limits=Limits(repairs=0)), "r", START))
    with pytest.raises(Different, match=r"the state: .*PLANNING.* and not .*FAILED"):
        pair.send(refused)


def test_a_history_without_a_difference_says_nothing() -> None:
    """Where both agree to the end, and about what is refused, there is nothing to tell."""
    answer = PlanMade(run="r", at=START, turn=1, kind=PlanKind.ANSWER, answer="a")
    assert disagreement(Spec(), [evolve(answer, turn=2), answer, answer]) == ""


def test_a_history_is_made_short() -> None:
    """Every step that a difference does not need is left out of what is printed."""

    def differs(steps: Sequence[int]) -> bool:
        return {3, 50, 51} <= set(steps)

    assert shortest(range(100), differs) == [3, 50, 51]

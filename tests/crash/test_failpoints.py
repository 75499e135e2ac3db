"""Death at named points, as the tests run it; `python -m tests.crash failpoints --profile full` dies everywhere."""

from __future__ import annotations

from pathlib import Path

from tests.crash import failpoints
from tests.crash.harness import PROFILES
from tests.crash.scenes import SCENES

SEED = 20261121


def test_no_death_at_a_named_point_is_a_loss(tmp_path: Path) -> None:
    """Each named point is reached and survived, and the doubts that follow are asked."""
    figures = failpoints.run(PROFILES["ci"], tmp_path / "failpoints", SEED)
    assert figures.violations == ()
    assert figures.done["scenes"] == len(SCENES)
    assert figures.done["deaths"] > 40
    assert figures.done["doubts"] > 0
    assert figures.done["reruns"] > 0
    assert figures.done["loops"] == 1


def test_every_effect_dies_alone_and_by_eight() -> None:
    """The scenes hold each effect with one call and with eight, and every verb that changes a run after a crash."""
    names = {scene.name for scene in SCENES}
    assert {
        f"run, {effect} x {number}" for effect in ("read", "idempotent", "once") for number in (1, 8)
    } <= names
    assert {scene.verb for scene in SCENES} == {"run", "resume", "approve", "resolve"}

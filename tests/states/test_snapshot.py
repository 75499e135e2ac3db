"""The snapshot: immutable, and as large as a turn."""

from __future__ import annotations

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given

from detent.fsm.fuel import fuel
from detent.states.canonical import canonical
from detent.states.codec import encode_snapshot
from detent.states.snapshot import Snapshot
from tests.stage import Stage, read
from tests.strategies import snapshots


def test_it_never_changes() -> None:
    """It is frozen."""
    with pytest.raises(FrozenInstanceError):
        Stage.of(read()).now.seq = 1  # type: ignore[misc]


@given(snapshot=snapshots(most=8))
def test_what_the_kernel_worked_out_is_no_part_of_it(snapshot: Snapshot) -> None:
    """A copy that knows nothing of its fuel is the same value, and has the same bytes."""
    copy = evolve(snapshot)

    assert copy.fuel == -1
    assert snapshot.fuel in (-1, fuel(snapshot))
    assert copy == snapshot
    assert hash(copy) == hash(snapshot)
    assert encode_snapshot(copy) == encode_snapshot(snapshot)


def test_its_size_does_not_grow_with_the_run() -> None:
    """Only numbers get longer."""
    stage = Stage.of(read())
    sizes = []
    for turn in range(9):
        stage.plans("read").returns(result=f"sha256:{turn}").observes()
        sizes.append(len(canonical(encode_snapshot(stage.now))))

    assert max(sizes) - min(sizes) < 8

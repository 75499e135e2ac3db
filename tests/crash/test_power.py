"""The power-loss harness, and that what it makes images of is what was really written."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash import power
from tests.crash.checkpoints import raced
from tests.crash.disk import Disk, Op, missing, recorded
from tests.crash.harness import PROFILES
from tests.store.making import PYTHON


def test_after_a_power_loss_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    """No image loses what was acknowledged or fails to verify, while weakened syncs are caught at it."""
    made = power.run(PROFILES["ci"], tmp_path, 20261120)
    assert made.missing == missing()
    if made.missing:  # the figures say so in one line
        return
    assert made.violations == ()
    assert made.done["images"] >= 600
    assert made.done["in_checkpoints"] > 10
    assert made.done["in_migrations"] > 10
    assert made.done["caught_NORMAL"] > 5
    assert made.done["caught_OFF"] > 5


def test_checkpoints_that_race_corrupt_nothing(tmp_path: Path) -> None:
    """Processes that write the log back after every page leave a file that verifies, with every click in it."""
    assert list(raced(tmp_path, 3, 15)) == []


def test_a_recording_holds_every_byte(tmp_path: Path) -> None:
    """Done to the end with all of it synced, the operations of a recording make the folder that the command made."""
    if missing():
        return
    folder = tmp_path / "base"
    folder.mkdir()
    words = ["tests.crash.recorded", "clicks", str(folder), "5", "12", "FULL"]
    before, ops = recorded([PYTHON, "-m", *words], folder, tmp_path / "log", "acks")
    disk = Disk.of(before)
    for op in ops:
        disk.do(op)
    for file in {op.file for op in ops if op.file}:
        disk.do(Op("sync", file=file))
    disk.do(Op("names"))
    image = tmp_path / "image"
    image.mkdir()
    disk.image(image, random.Random(0))
    was = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file() and one.name != "acks"}
    assert {one.name: one.read_bytes() for one in image.iterdir() if one.name != "acks"} == was


def test_what_is_synced_is_there_and_the_rest_may_be(tmp_path: Path) -> None:
    """Synced sectors are in every image, unsynced ones in some and not in others, a name only with its folder's sync."""
    ops = [
        Op("create", "a", 1),
        Op("write", "a", 1, 0, b"x" * 1024),
        Op("sync", "a", 1),
        Op("names"),
        Op("write", "a", 1, 512, b"y" * 512),
        Op("create", "b", 2),
    ]
    disk = Disk.of({})
    for op in ops:
        disk.do(op)
    chance = random.Random(1)
    seen = set()
    for number in range(60):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        disk.image(folder, chance)
        content = (folder / "a").read_bytes()
        assert content[:512] == b"x" * 512
        seen.add((content[512:513], (folder / "b").exists()))
    assert seen == {(b"x", False), (b"x", True), (b"y", False), (b"y", True)}

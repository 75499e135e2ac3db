"""Other people's programs read the database while it is in use: they see what is durable, and change nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detent.store import Store

from .kit import Place


@pytest.fixture
def live(place: Place) -> Place:
    """A place whose one run is still in the log, not in the database's own file."""
    place.detent("run", "First.", "-m", place.script("Hello."), "-q")
    return place


def database(place: Place) -> Path:
    """Where its runs lie."""
    return Path(place.environment["DETENT_DB"])


def datasette(place: Place, address: str, *words: str) -> Any:
    """What Datasette answers."""
    done = subprocess.run(
        [sys.executable, "-m", "datasette", *words, "--get", address],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def digests(place: Place) -> dict[str, str]:
    """The database's file and its log, byte for byte."""
    files = (database(place), Path(f"{database(place)}-wal"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def states(place: Place, *words: str) -> list[str]:
    """The states of the runs, oldest first, as Datasette has them."""
    name = Path(words[-1]).stem
    return [
        one["state"] for one in datasette(place, f"/{name}/runs_view.json?_shape=array&_sort=created", *words)
    ]


def test_datasette_sees_a_live_database_and_changes_nothing(live: Place) -> None:
    """A file that is named plainly is read with its log, not a byte of either is written, and runs go on beside it."""
    with Store.open(database(live)):  # whoever has it open last would write the log back
        live.detent("run", "Second.", "-m", live.script("Hello."), "-q")
        before = digests(live)
        assert states(live, str(database(live))) == ["DONE", "DONE"]
        assert digests(live) == before
        assert live.detent("run", "Third.", "-m", live.script("Hello."), "-q").code == 0
        assert len(states(live, str(database(live)))) == 3
    assert live.detent("verify").code == 0


def test_datasette_leaves_a_database_at_rest_as_it_was(live: Place) -> None:
    """Where nobody has it open, it is read the same, and opens as before."""
    before = hashlib.sha256(database(live).read_bytes()).hexdigest()
    assert states(live, str(database(live))) == ["DONE"]
    assert hashlib.sha256(database(live).read_bytes()).hexdigest() == before
    assert live.detent("run", "Second.", "-m", live.script("Hello."), "-q").code == 0
    assert live.detent("verify").code == 0


def test_an_immutable_database_has_no_log(live: Place) -> None:
    """What `-i` misses of a live database is not missing in a backup."""
    with Store.open(database(live)):
        live.detent("run", "Second.", "-m", live.script("Hello."), "-q")
        assert states(live, "-i", str(database(live))) == ["DONE"]
        copy = live.folder / "copy" / database(live).name
        copy.parent.mkdir()
        assert live.detent("backup", str(copy)).code == 0
        assert states(live, "-i", str(copy)) == ["DONE", "DONE"]


def test_every_view_opens_in_datasette(live: Place) -> None:
    """None of them is too much for it."""
    name = database(live).stem
    views = [one["name"] for one in datasette(live, f"/{name}.json", str(database(live)))["views"]]
    assert {"calls_view", "clicks_view", "decisions_view", "messages_view", "runs_view"} <= set(views)
    for view in views:
        made = datasette(live, f"/{name}/{view}.json?_shape=objects", str(database(live)))
        assert (made["table"], type(made["rows"])) == (view, list)

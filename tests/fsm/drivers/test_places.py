"""Where things are kept: where a person says, else in the platform's own folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from detent.fsm.drivers.places import configuration, database


def test_a_database_is_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`DETENT_DB` names it, `~` in it is the person's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DETENT_DB", "~/runs.db")
    assert database() == tmp_path / "runs.db"


def test_the_usual_places_belong_to_the_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a name it is a file of ours below the person's home, and so is the configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DETENT_DB", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert database().is_relative_to(tmp_path)
    assert (database().name, database().parent.name) == ("detent.db", "detent")
    assert (configuration().name, configuration().is_relative_to(tmp_path)) == ("config.toml", True)

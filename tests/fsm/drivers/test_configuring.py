"""The person's configuration: read where it is, refused where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from detent.fsm.drivers.configuring import export_settings
from detent.states import ConfigError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the configuration lies."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("DETENT_CONFIG", str(path))
    return path


def test_no_file_is_no_setting(config: Path) -> None:
    """Most people have none."""
    assert export_settings({}) == ((), ())


def test_secrets_that_are_set_and_patterns_are_given(config: Path) -> None:
    """A variable that is not set has nothing to hide."""
    config.write_text('[export]\nsecrets = ["A", "B"]\npatterns = ["sk-x+"]\n')
    assert export_settings({"A": "secret"}) == (("A",), ("sk-x+",))


@pytest.mark.parametrize(
    "written", ["[export", "export = 3", '[export]\nsecrets = "A"', "[export]\npatterns = [3]"]
)
def test_a_file_that_is_wrong_is_a_configuration_error(config: Path, written: str) -> None:
    """It says which file, and what is wrong with it."""
    config.write_text(written)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        export_settings({})

"""The look at the machine: each check has a level, a sentence, and where it is bad the exit code of a run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from detent.fsm.drivers.checkup import checkup, full_name
from detent.states.errors import UsageError
from detent.store import Store


def test_a_scripted_model_in_a_good_place_is_well(tmp_path: Path) -> None:
    """Without a server being asked, every check is ok or a warning, and nothing is made."""
    script = tmp_path / "turns.json"
    script.write_text(json.dumps(["Hello."]))

    checks = asyncio.run(checkup(tmp_path / "detent.db", f"script:{script}", "1.0"))

    names = ["python", "database", "durability", "space", "sqlite", "tools", "model"]
    assert [one.name for one in checks] == names
    assert {one.level for one in checks} <= {"ok", "warn"}
    assert [one.exit for one in checks] == [0] * len(names)
    assert "detent 1.0" in checks[0].message
    assert list(tmp_path.iterdir()) == [script]


def test_a_log_that_somebody_keeps_from_being_written_back_is_told(tmp_path: Path) -> None:
    """A log of more than 64 MB is a warning, with what to do about it."""
    script = tmp_path / "turns.json"
    script.write_text(json.dumps(["Hello."]))
    path = tmp_path / "detent.db"
    Store.open(path).close()
    for size, told in ((60 * 2**20, []), (65 * 2**20, ["warn"])):
        with Path(f"{path}-wal").open("wb") as log:
            log.truncate(size)
        checks = asyncio.run(checkup(path, f"script:{script}", "1.0"))
        assert [one.level for one in checks if one.name == "log"] == told
        assert all(one.hint for one in checks if one.level != "ok")


def test_every_check_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    """A warning or worse without a hint would leave a person alone with it."""
    script = tmp_path / "turns.json"
    script.write_text("no list")

    for path in (tmp_path / "detent.db", Path("/proc/none/detent.db")):
        checks = asyncio.run(checkup(path, f"script:{script}", "1.0"))
        assert all(one.hint for one in checks if one.level != "ok")
        assert all((one.exit > 0) == (one.level == "bad") for one in checks)
        assert checks[-1].exit == 78


@pytest.mark.parametrize(("written", "full"), [("qwen3", "ollama:qwen3"), ("script:a.json", "script:a.json")])
def test_a_bare_name_is_one_of_ollamas(written: str, full: str) -> None:
    """A model's name is completed as every verb would understand it."""
    assert full_name(written) == full


def test_a_provider_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A name that means no model is the caller's mistake, told before anything is looked at."""
    with pytest.raises(UsageError, match="nobody"):
        asyncio.run(checkup(tmp_path / "detent.db", "nobody:x", "1.0"))

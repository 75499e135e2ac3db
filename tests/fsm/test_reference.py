"""The reference page of the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from detent.fsm import guards, reference
from detent.fsm.reference import HEAD, main, page
from detent.fsm.table import TABLE
from detent.states import commands
from detent.states.names import GateKind, State

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "machine.md"


def test_the_page_is_up_to_date() -> None:
    """It is what the code gives now; `python -m detent.fsm.reference` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_nothing_is_left_out() -> None:
    """Every state, row, guard, command and gate has its line."""
    text = page()
    lines = [
        *(f"| `{state.value}` | " for state in State),
        *(f"| `{row.name}` | {row.why} |" for row in TABLE),
        *(f"| `{name}` | " for name in guards.__all__ if name != "Guard"),
        *(f"| {name} | " for name in commands.__all__ if name != "Command"),
        *(f"| `{kind.value}` | " for kind in GateKind),
    ]

    assert [line for line in lines if line not in text] == []


def test_it_says_that_it_is_generated() -> None:
    """And by what."""
    assert page().startswith(HEAD)
    assert f"python -m {reference.__name__}" in HEAD


def test_the_ends_have_no_rows() -> None:
    """They absorb."""
    assert page().count("None: it absorbs.") == 2


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    """Or in the docs of the checkout."""
    main([str(tmp_path / "main.md")])
    command = [sys.executable, "-m", "detent.fsm.reference", str(tmp_path / "module.md")]
    subprocess.run(command, check=True, cwd=PAGE.parents[2])

    assert (tmp_path / "main.md").read_text(encoding="utf-8") == page()
    assert (tmp_path / "module.md").read_text(encoding="utf-8") == page()

"""The strict toolchain: linter, formatter and type checker, with the settings of the project."""

from __future__ import annotations

from tests.project.interpreters import printed


def test_the_linter_has_nothing_to_say() -> None:
    """Every rule of the linter holds, but for the exceptions that are explained beside it."""
    assert "All checks passed!" in printed(["-m", "ruff", "check"])


def test_the_formatter_would_change_nothing() -> None:
    """All code is laid out by the formatter."""
    assert "already formatted" in printed(["-m", "ruff", "format", "--check"])


def test_the_types_hold() -> None:
    """The strict type checker finds nothing in the package and nothing in its tests."""
    said = printed(["-m", "mypy", "--strict", "-p", "detent", "-p", "tests"])
    assert "Success: no issues found" in said

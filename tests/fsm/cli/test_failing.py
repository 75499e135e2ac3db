"""Errors: two sentences, a code, and no traceback unless one is asked for."""

from __future__ import annotations

import json

import click
import pytest
from hypothesis import given

from detent.fsm.cli.failing import close, report
from detent.fsm.cli.manners import Manners
from detent.states import (
    BadValue,
    Busy,
    ConfigError,
    DetentError,
    IntegrityError,
    ModelUnavailable,
    StoreError,
)

from .test_escape import ANY


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (ModelUnavailable("No server."), 69, "model_unavailable"),
        (StoreError("No space."), 74, "store"),
        (Busy("Taken."), 75, "busy"),
        (IntegrityError("Broken."), 76, "integrity"),
        (ConfigError("Wrong."), 78, "config"),
        (BadValue("Odd."), 2, "bad_value"),
        (click.UsageError("Odd."), 2, "usage"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device", "x"), 74, "io"),
        (ValueError("odd"), 70, "internal"),
        (RecursionError(), 70, "internal"),
    ],
)
def test_an_error_has_its_code(
    error: BaseException, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every kind of error leaves with the code of the table, and says the same in words and in JSON."""
    manners = Manners()
    assert report(manners, error) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.startswith("detent: "), "Traceback" in shown.err) == ("", True, False)

    manners.json = True
    assert report(manners, error) == code
    made = json.loads(capsys.readouterr().out)
    assert (made["error"]["code"], made["exit"]) == (word, code)
    assert made["error"]["message"] in shown.err


def test_a_bug_shows_where_it_happened_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected error says that it is a bug and how to see more; $DETENT_DEBUG shows it."""
    report(Manners(), ValueError("odd"))
    assert "A bug in detent: ValueError: odd." in capsys.readouterr().err

    monkeypatch.setenv("DETENT_DEBUG", "1")
    report(Manners(), ValueError("odd"))
    assert "ValueError: odd" in capsys.readouterr().err.splitlines()[0]


@given(ANY, ANY)
def test_an_error_can_do_nothing_to_a_terminal(message: str, hint: str) -> None:
    """Whatever an error quotes is shown, and not obeyed."""
    heard: list[str] = []

    class Heard(Manners):
        def say(self, text: str = "") -> None:
            heard.append(text)

    report(Heard(), DetentError(message, hint))

    assert not set("".join(heard)) & set("\x1b\x07\r\x9b\u202e\u200b")


def test_what_is_close_is_named() -> None:
    """A word that is nearly another names it; one that is far from all names none."""
    assert close("aprove", ["run", "approve"]) == "approve"
    assert close("zzz", ["run", "approve"]) == ""

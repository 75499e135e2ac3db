"""The way in: verbs, flags anywhere, help, and errors in two sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from detent import __version__
from detent.fsm.cli.main import main, root
from detent.fsm.cli.manners import Manners
from detent.fsm.cli.verbs import VERBS

from .kit import Place


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb says what it is for, takes the flags of every verb, and shows a command to copy."""
    assert main([verb, "--help"]) == 0

    shown = capsys.readouterr().out
    for part in ("Usage: detent", "--json", "--db", "Examples", f"detent {verb}"):
        assert part in shown


def test_the_help_lists_every_verb_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names each verb with one line."""
    assert main(["--help"]) == 0

    lines = [
        line.split()[0]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  ") and line.strip()
    ]
    assert [verb for verb in VERBS if lines.count(verb) == 1] == list(VERBS)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints one line on standard output."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"detent {__version__}\n"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["rnu"], "There is no verb 'rnu'.", "Did you mean  detent run?"),
        (["aprove", "x"], "There is no verb 'aprove'.", "Did you mean  detent approve?"),
        (["zzzzz"], "There is no verb 'zzzzz'.", "See  detent --help."),
        (["--jsno"], "There is no option --jsno.", "Did you mean --json?"),
        (["runs", "--jso", "x"], "There is no option --jso.", "Did you mean --json?"),
        (["show"], "RUN is missing.", "See  detent show --help."),
        (["approve", "a", "b", "c"], "Got unexpected extra argument (c).", "See  detent approve --help."),
        (
            ["runs", "--limit", "none"],
            "Invalid value for '--limit' / '-n': 'none' is not a valid integer range.",
            "See  detent runs --help.",
        ),
    ],
)
def test_a_usage_error_is_two_sentences(
    words: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be understood is 2, says so, and names what is close."""
    assert main(words) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [f"detent: {message}", hint]


@pytest.mark.parametrize("words", [["--json", "rnu"], ["rnu", "--json"], ["runs", "--json", "--bogus"]])
def test_a_usage_error_in_json_is_one_document(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, wherever it stands, an error is one document on standard output."""
    assert main(words) == 2

    shown = capsys.readouterr()
    made = json.loads(shown.out)
    assert (set(made), set(made["error"]), made["exit"], shown.err) == (
        {"error", "exit"},
        {"code", "message", "hint"},
        2,
        "",
    )


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Detent alone shows its help where errors go, with 2."""
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("Usage: detent")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--db", "a", "--json", "-q", "runs"], ("a", True, True)),
        (["runs", "--db", "a", "--json", "-q"], ("a", True, True)),
        (["--db", "b", "runs", "--db", "a", "--json", "--quiet"], ("a", True, True)),
        (["runs"], ("", False, False)),
    ],
)
def test_flags_count_before_and_after_the_verb(words: list[str], expected: tuple[object, ...]) -> None:
    """The flags of every verb are heard wherever they stand; the last one wins."""
    manners = Manners()
    CliRunner().invoke(root, words, obj=manners, env={"DETENT_DB": "/nowhere/runs.db"})

    assert (manners.db, manners.json, manners.quiet) == expected


def test_the_module_is_the_command(place: Place) -> None:
    """Python -m detent is detent, in a cold process: its exit code is the process's."""
    cold = Place(place.folder)

    assert cold.detent("rnu").code == 2
    assert cold.detent("runs").code == 0
    assert cold.detent("run", "Say hello.", "-m", place.script("Hello.")).out == "Hello.\n"
    assert cold.detent("resume", "last").out == "Hello.\n"


def test_a_shell_completes_verbs_and_runs(place: Place) -> None:
    """Completion offers verbs, and the addresses of runs where one is asked for."""
    place.detent("run", "Say hello.", "-m", place.script("Hello."), "--name", "greeting")

    def completed(words: str) -> str:
        env = {
            "_DETENT_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        return place.detent(env=env).out

    assert "plain,approve" in completed("detent app")
    assert "plain,greeting" in completed("detent show gre")
    assert f"plain,{place.head().run[:8]}" in completed(f"detent show {place.head().run[:3]}")
    Path(place.environment["DETENT_DB"]).unlink()
    assert completed("detent show gre").strip() == ""

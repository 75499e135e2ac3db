"""What a shell completes, by the shell's own protocol in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from .kit import Place, call

NOWHERE = {"OLLAMA_HOST": "127.0.0.1:9"}


def _completed(place: Place, words: str, **env: str) -> list[str]:
    """What bash is given for a line whose last word is being typed."""
    given = {
        "_DETENT_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = place.detent(env={**NOWHERE, **given, **env})
    assert (done.code, done.err) == (0, "")
    return [line.partition(",")[2] for line in done.out.splitlines() if line]


@pytest.mark.parametrize(
    "verb", ["approve", "deny", "edit", "show", "log", "resume", "tell", "cancel", "verify"]
)
def test_runs_are_completed(place: Place, verb: str) -> None:
    """Where a verb takes a run, ids, names and `last` are offered."""
    place.detent("run", "Hi.", "-m", place.script("Hello."), "--name", "greeting")

    assert _completed(place, f"detent {verb} gre") == ["greeting"]
    assert _completed(place, f"detent {verb} la") == ["last"]
    assert place.head().run[:8] in _completed(place, f"detent {verb} ")


def test_gates_are_completed_that_the_verb_can_settle(place: Place) -> None:
    """Behind a run its open gates are offered, where the verb settles gates of their kind."""
    place.detent("run", "Pay.", "-a", place.agent([call("pay", amount=1), call("pay", amount=2)], "Paid."))

    for verb in ("approve", "deny", "edit"):
        assert _completed(place, f"detent {verb} last ap") == ["approval-1.0.0-1", "approval-1.1.0-1"]
    assert _completed(place, "detent resolve last ") == []
    assert _completed(place, "detent answer last x --gate ") == []
    assert _completed(place, "detent approve nothing ap") == []

    place.detent("run", "Ask.", "-a", place.agent(call("ask_person", question="Which?"), "That."))
    assert _completed(place, "detent answer last x --gate qu") == ["question-1-0"]
    assert _completed(place, "detent edit last ") == []


def test_sets_limits_and_verbs_are_completed(place: Place) -> None:
    """Verbs, built-in tool sets and the limits' names are offered without any database."""
    assert "files" in _completed(place, "detent run x -t f")
    assert _completed(place, "detent run x --limit model_t") == ["model_turns="]
    assert _completed(place, "detent back") == ["backup"]
    assert _completed(place, "detent show ") == []
    assert _completed(place, "detent approve last ap") == []
    assert not list(place.folder.glob("*.db*"))


def test_the_database_on_the_line_counts(place: Place) -> None:
    """With --db the runs of that database are offered, wherever it stands."""
    place.detent("run", "Hi.", "-m", place.script("Hello."), "--name", "here", "--db", "other.db")

    assert _completed(place, "detent --db other.db show he") == ["here"]
    assert _completed(place, "detent show --db other.db he") == ["here"]
    assert _completed(place, "detent show he") == []


def test_a_server_that_is_not_there_is_not_waited_for(place: Place) -> None:
    """Models are those of this machine's server if it answers at once, and else none."""
    assert _completed(place, "detent run x -m o") == []
    assert _completed(place, "detent run x -m ollama:q", OLLAMA_HOST="http://models.example.org") == []
    assert _completed(place, "detent run x -m script:") == []


def test_what_a_model_wrote_reaches_no_shell_raw(place: Place) -> None:
    """A goal is shown escaped beside its run, and a name that no shell could take is not offered."""
    place.detent("run", "Hi \x1b[2J\nthere\u202e.", "-m", place.script("Hello."), "--name", "n ame;x")
    done = place.detent(
        env={**NOWHERE, "_DETENT_COMPLETE": "zsh_complete", "COMP_WORDS": "detent show ", "COMP_CWORD": "2"}
    )

    assert "Hi \\x1b[2J there\\u{202e}." in done.out
    assert not set(done.out) & set("\x1b\u202e")
    assert "ame" not in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_where_it_goes(place: Place, shell: str) -> None:
    """The script is on standard output alone, and how to install it beside it."""
    done = place.detent("completion", shell)

    assert done.code == 0
    assert "_DETENT_COMPLETE" in done.out
    assert f"detent completion {shell}" in done.err
    assert place.detent("completion", shell, "--json").json["script"].strip() == done.out.strip()
    assert place.detent("completion", "tcsh").code == 2


def test_bash_itself_completes(place: Place) -> None:
    """The script in a real bash: what a person gets who types a part of a verb and presses the key."""
    bash = shutil.which("bash")
    assert bash is not None
    tool = place.write("detent", f'#!/bin/sh\nexec "{sys.executable}" -W ignore -m detent "$@"\n')
    tool.chmod(0o755)
    place.write("it.sh", place.detent("completion", "bash").out)
    line = (
        'PATH="$PWD:$PATH"; . ./it.sh; COMP_WORDS=(detent approve la); COMP_CWORD=2;'
        ' _detent_completion detent la approve; echo "${COMPREPLY[@]}"'
    )
    place.detent("run", "Hi.", "-m", place.script("Hello."))

    done = subprocess.run(
        [bash, "-c", line],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.stdout.split() == ["last"]

"""Every command and snippet of the README and the docs is run, and says what the page says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, Model, pages, parts
from tests.docs.playing import Models, Player, Scripted, Server, commands, fits
from tests.servers.ollama import OllamaServer
from tests.servers.tiny_model import make_tiny_model

PAGES = {str(page.relative_to(ROOT)): page for page in pages()}
# With a real server too: where a reader meets Ollama first.
SERVED = ["README.md", "docs/tutorial/first-agent.md"]

Play = Callable[[Path, Models], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a page in an empty folder."""

    def played(page: Path, models: Models) -> None:
        Player(tmp_path, models).play(page)

    return played


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_is_true(page: str, play: Play) -> None:
    """From the top to the bottom every block does what the page says, with scripted models."""
    play(PAGES[page], Scripted())


@pytest.mark.parametrize("page", SERVED)
def test_a_page_is_true_with_a_real_server(page: str, play: Play, ollama_server: OllamaServer) -> None:
    """The same with models of the same names on a real Ollama server."""

    def create(model: Model, folder: Path) -> None:
        made = make_tiny_model(folder, model.turns, name=model.name)
        ollama_server.create(model.name, made.modelfile)

    play(PAGES[page], Server(ollama_server.host, create))


def test_what_another_test_runs_is_said_and_is_little() -> None:
    """Only the blocks that install detent, and the harnesses that take long, are left to other tests."""
    left = [block.elsewhere for page in PAGES.values() for block in _blocks(page) if block.elsewhere]
    harnesses = "what it does is run by the tests of tests/crash, a harness each"
    assert sorted(left) == [*["tests/docs/test_install.py"] * 2, harnesses]


def _blocks(page: Path) -> Iterator[Block]:
    return (part for part in parts(page.read_text(encoding="utf-8")) if isinstance(part, Block))


# The player itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("took 8 ms\n", "took 1.2 s\n"),
        ("at 14:02:11 it …\n", "at 09:10:11 it was done\n"),
        ("one\n…\ntwo\n", "one\na\nb\ntwo\n"),
        ("one\n…\n", "one\n"),
        ("a   b\n\n\nc\n", "a b\nc\n"),
    ],
)
def test_what_differs_from_time_to_time_is_made_equal(expected: str, said: str) -> None:
    """Durations, moments, spaces and what an ellipsis stands for do not count."""
    assert fits(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [("one\n", "two\n"), ("one …\n", "two three\n"), ("one\n", "one\ntwo\n"), ("", "one\n")],
)
def test_what_is_different_is_found(expected: str, said: str) -> None:
    """Anything else that differs is a page that is not true."""
    assert not fits(expected, said)


def test_a_page_is_taken_apart() -> None:
    """Comments speak to the next block, models to the rest, and a line that ends in a backslash goes on."""
    page = (
        '# A page\n\n<!-- a remark -->\n<!-- model m: [\n  "Hi."] -->\n'
        "<!-- exits: 3 0 -->\n```sh\none\n# a remark\ntwo \\\n  three\n```\n\n<!-- file: a.py -->\n\n```python\nx = 1\n```\n"
    )

    model, shell, python = parts(page)

    assert isinstance(model, Model)
    assert (model.name, model.turns) == ("m", ["Hi."])
    assert isinstance(shell, Block)
    assert (shell.exits, list(commands(shell.text))) == ((3, 0), ["one", "two    three"])
    assert isinstance(python, Block)
    assert (python.file, python.text) == ("a.py", "x = 1\n")


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("```sh\nls\n", "never closed"),
        ("```bash\nls\n```\n", "none of"),
        ("<!-- exits: 1 -->\n\nwords\n", "speaks to a block"),
    ],
)
def test_a_page_that_cannot_be_played_is_an_error(page: str, why: str) -> None:
    """An open block, a language that nothing runs, and a comment without its block are mistakes."""
    with pytest.raises(ValueError, match=why):
        list(parts(page))


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("```sh\nfalse\n```\n", "left with 1"),
        ("```console\n$ echo one\ntwo\n```\n", "and the page"),
        ('```python\nraise SystemExit("no")\n```\n', "no"),
        ("```text\nsomething\n```\n", "nothing runs this"),
        ("<!-- exits: 0 0 -->\n```sh\ntrue\n```\n", "1 commands and 2 exits"),
    ],
)
def test_a_page_that_is_not_true_is_found(page: str, why: str, tmp_path: Path) -> None:
    """A command that fails, says something else, or is not run at all fails the page, with its line."""
    made = tmp_path / "planted.md"
    made.write_text(page)
    (tmp_path / "top").mkdir()

    with pytest.raises(AssertionError, match=why):
        Player(tmp_path / "top", Scripted()).play(made)

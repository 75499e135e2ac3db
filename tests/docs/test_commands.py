"""Every command that is named somewhere is one that there is, with options that it has: in prose, tables and hints.

Blocks of commands are run by `test_pages.py`.  What is read here stands in a sentence, in a table, in a block that
nobody runs, in the examples of a verb's help, or in what an error tells a person to do.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from detent.fsm.cli.main import root
from detent.fsm.cli.verb import Verb
from detent.fsm.cli.verbs import VERBS
from tests.docs.pages import ROOT, Block, pages, parts

FOREIGN = {  # options of other people's programs, by the page that names them
    "look-with-sql.md": {"--get", "-i", "--immutable", "--setting"},
}
NO_OPTION = {"--", "-wal", "-shm"}
SENTENCES = {"cannot", "is"}  # detent itself is spoken of
MODULES = ("tests.bench", "tests.crash")  # their parsers know what may be asked of them
HINT = re.compile(r"(?:^|  |`)detent ([a-z]+)((?: +[^\s`]+)*)")
REFERENCE = ROOT / "docs" / "reference"


def verb(name: str) -> click.Command:
    """A verb."""
    found = root.get_command(click.Context(root), name)
    assert found is not None, f"there is no verb {name}"
    return found


def options(name: str) -> set[str]:
    """The options of a verb."""
    return {word for one in verb(name).params for word in (*one.opts, *one.secondary_opts) if word[0] == "-"}


def module_parser(name: str) -> argparse.ArgumentParser:
    """The parser of `python -m NAME`."""
    try:
        module = importlib.import_module(f"{name}.__main__")
    except ModuleNotFoundError:
        module = importlib.import_module(name)
    made: argparse.ArgumentParser = module.parser()
    return made


def check(command: str) -> None:
    """Whether a command is one.

    Raises:
        AssertionError: no such verb or module, an option that it has not, or one without its value
    """
    words = shlex.split(command, comments=True)
    words = words[: next((at for at, word in enumerate(words) if word in ("|", ">", "&&", ";")), len(words))]
    if words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2]) is not None, f"there is no module {words[2]}"
        if words[2].startswith(MODULES):
            wrong = module_parser(words[2]).parse_known_args(words[3:])[1]
            assert not wrong, f"{words[2]} has no {wrong}"
        return
    found = root if words[1].startswith("-") else verb(words[1])
    words = words if found is root else words[1:]
    try:
        found.make_parser(click.Context(found)).parse_args(words[1:])
    except click.UsageError as error:
        raise AssertionError(f"{command}: {error.format_message()}") from None


def inline(page: Path) -> Iterator[str]:
    """The code that stands in sentences and tables."""
    text = re.sub(r"```.*?```|<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^ {4}((?:python|detent) .+)$", text, flags=re.MULTILINE)


def unrun(page: Path) -> Iterator[str]:
    """The commands of blocks that `test_pages.py` leaves to others."""
    for part in parts(page.read_text(encoding="utf-8")):
        if isinstance(part, Block) and part.elsewhere:
            lines = part.text.replace("\\\n", " ").splitlines()
            yield from (line for line in lines if line.startswith(("detent ", "python -m ")))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_names_no_command_that_is_none(page: Path) -> None:
    """Its commands have verbs, modules and options that there are; an option alone is one of some verb."""
    known = {word for name in VERBS for word in options(name)} | NO_OPTION | FOREIGN.get(page.name, set())
    known |= {word for name in MODULES for word in module_parser(name)._option_string_actions}
    for said in (*inline(page), *unrun(page)):
        if said.startswith(("detent ", "python -m ")):
            check(said)
        elif re.match(r"--?[a-z]|--$", said):
            assert said.split()[0].split("=")[0] in known, f"nothing has the option {said}"


@pytest.mark.parametrize("name", VERBS)
def test_the_examples_of_a_verb_can_be_typed(name: str) -> None:
    """What the help shows is taken as it stands."""
    found = verb(name)
    assert isinstance(found, Verb)
    for command, _ in found.examples:
        if command.startswith("detent "):
            check(command)


def said(node: ast.AST) -> str:
    """A text of the source, with a word for each value in it; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(said(part) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def hints() -> list[tuple[str, str, list[str]]]:
    """Where the code tells a person of a command: the place, the verb and its options."""
    found = []
    for folder in ("fsm", "states", "store", "tools"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                for name, rest in HINT.findall(said(node)):
                    asked = [made[0] for word in rest.split() if (made := re.match(r"--?[a-z][a-z-]*", word))]
                    found.append((f"{file.name}:{getattr(node, 'lineno', 0)}", name, asked))
    return found


def test_what_an_error_tells_to_do_can_be_done() -> None:
    """Every command of a hint has a verb that there is, and options that the verb has."""
    found = hints()
    assert len(found) > 50
    wrong = [
        (place, name, option)
        for place, name, asked in found
        for option in (asked or [""])
        if name not in SENTENCES and (name not in VERBS or (option and option not in options(name)))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "command",
    [
        "detent remember RUN",
        "detent log RUN --long",
        "detent prune --older",
        "python -m tests.bench --longer",
        "python -m tests.nothing",
        "python -m tests.crash kills --loud",
    ],
)
def test_a_command_that_is_none_is_found(command: str) -> None:
    """No verb, no option, no value, no module."""
    with pytest.raises(AssertionError):
        check(command)

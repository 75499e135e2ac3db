"""What the docs say about the code is what the code says: nothing out of date, nothing left out."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

import detent
from detent.fsm.cli.verbs import VERBS
from detent.fsm.exits import EXIT_CODES
from detent.states import errors, events
from detent.states.limits import Limits, limit_names
from detent.states.names import Effect, GateKind, State
from detent.tools import tool_sets
from tests.docs.generate import HEAD, PAGES, REFERENCE, arguments, picture, with_picture
from tests.docs.pages import ROOT

README = ROOT / "README.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
OTHERS = {"machine.md"}  # generated elsewhere, and compared there


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    """The page is what the code gives now; `python -m tests.docs.generate` writes it."""
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name]()


def test_nothing_in_the_reference_is_written_by_hand() -> None:
    """Every page of the reference says that it is generated, and by what."""
    for page in REFERENCE.glob("*.md"):
        if page.name not in OTHERS:
            assert page.read_text(encoding="utf-8").startswith(HEAD), page


def test_the_picture_is_drawn_from_the_table() -> None:
    """The README's picture has the states and arrows of the transition table, and no others."""
    page = README.read_text(encoding="utf-8")
    assert page.count("```mermaid") == 1
    assert with_picture(page) == page
    assert all(state.value in picture() for state in State)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("command-line.md", [f"### {verb}\n" for verb in VERBS]),
        ("exit-codes.md", [f"| {code} | " for code in EXIT_CODES]),
        ("limits.md", [f"| `{name}` | " for name in limit_names()]),
        ("events.md", [f"\n## {one.__name__}\n" for one in (events.Begun, events.Forked, *events.EVENTS)]),
        ("python.md", [f"\n## {name}\n" for name in detent.__all__ if not name.startswith("_")]),
        ("tools.md", [f"`{one.name}(" for kind in tool_sets().values() for one in kind.tools]),
    ],
)
def test_nothing_is_left_out(page: str, names: list[str]) -> None:
    """Every verb, exit code, limit, event, public name and built-in tool has its place in the reference."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    assert [name for name in names if name not in text] == []


def test_every_word_of_the_machine_is_in_the_glossary() -> None:
    """States, effects and kinds of gates are explained where words are."""
    text = GLOSSARY.read_text(encoding="utf-8")
    words = [
        *(state.value for state in State),
        *(one.name for one in Effect),
        *(one.value for one in GateKind),
    ]
    assert [word for word in words if f"`{word}`" not in text] == []


def test_every_exit_code_an_error_has_is_documented() -> None:
    """No error leaves with a code that the table does not know."""
    codes = {
        one.exit_code for one in vars(errors).values() if isinstance(one, type) and hasattr(one, "exit_code")
    }
    assert codes <= set(EXIT_CODES)


def test_every_page_can_be_found() -> None:
    """From the README a reader comes to every page by links."""
    seen: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        links = re.findall(r"\]\((?!\w+:)([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        waiting += [found for link in links if (found := (page.parent / link).resolve()).is_file()]
    assert sorted(set((ROOT / "docs").rglob("*.md")) - seen) == []


def test_prose_has_one_sentence_a_line() -> None:
    """A change of a sentence is a change of a line, in the README and in all that is written by hand."""
    found: list[str] = []
    for page in (README, *(ROOT / "docs").rglob("*.md")):
        if page.parent == REFERENCE:
            continue
        text = re.sub(r"```.*?```|<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"`[^`\n]*`", "`", text)
        prose = (line for line in text.splitlines() if not line.startswith("|"))
        found += [f"{page.name}: {line}" for line in prose if re.search(r"[a-z`)][.!?] +[A-Z]", line)]
    assert found == []


# The generator itself ------------------------------------------------------------------------------------------


def test_arguments_are_read_from_docstrings() -> None:
    """Names, types in brackets and lines that go on are understood, and other sections are left alone."""

    def documented() -> None:
        """Do a thing.

        Args:
            one: the first
            two (int): the second,
                which goes on
        Raises:
            ValueError: never
        """

    assert arguments(documented) == {"one": "the first", "two": "the second, which goes on"}
    assert set(arguments(Limits)) == {one.name for one in attrs.fields(Limits)}

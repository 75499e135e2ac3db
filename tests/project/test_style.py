"""How files are written: small, opened by their purpose, honest in their tests, and of no particular machine."""

from __future__ import annotations

import pytest

from tests.project import manners
from tests.project.tree import ROOT, other_sources, package_sources, parse_source, text_files

ALL = {source.where: source for source in (*package_sources(), *other_sources())}
TESTS = sorted(where for where in ALL if where.startswith("tests/"))
SLASH = "/"

PLANTED_FILES = [
    ("x = 1\n", "opens without a docstring"),
    ('"""A file."""\n' + "x = 1\n" * manners.MAX_FILE, "which second idea lives in it?"),
    ('"""A file."""\n\ndef f() -> None:\n' + "    g()\n" * manners.MAX_FUNCTION, "f has 61 lines"),
    ('"""A file."""\ntry:\n    f()\nexcept ValueError:\n    pass\n', "an error is swallowed"),
    ('"""A file."""\ntry:\n    f()\nexcept ValueError:\n    ...\n', "an error is swallowed"),
    ('"""A file."""\nwith contextlib.suppress(Exception):\n    f()\n', "an error is swallowed"),
]
PLANTED_TESTS = [
    ("def test_it() -> None:\n    assert f()\n", "its promise is not said"),
    ('def test_it() -> None:\n    """No end"""\n', "its promise is not one sentence"),
    ('def test_it() -> None:\n    """One. Two."""\n', "its promise is not one sentence"),
    ("from unittest import mock\n", "a mock stands in"),
    ("import unittest.mock\n", "a mock stands in"),
    ("from unittest.mock import patch\n", "a mock stands in"),
    ("monkeypatch.setattr(kernel, 'step', None)\n", "changes the code that is tested"),
    ("@pytest.mark.skip\ndef later() -> None: ...\n", "leaves out"),
    ("@pytest.mark.xfail(strict=True)\ndef later() -> None: ...\n", "leaves out"),
    ("pytest.skip('not today')\n", "leaves out"),
]
PLANTED_TEXTS = [
    ("# TO" + "DO: mend this", "left for later"),
    (f"see {SLASH}home/mary/notes", "a path of one machine"),
    (f'open("{SLASH}root/file")', "a path of one machine"),
    (f"pip install --index-{'url'} x", "a package index"),
    (f"https:{SLASH * 2}packages.example:8080/root/simple{SLASH}", "a package index"),
]


@pytest.mark.parametrize("where", sorted(ALL))
def test_a_file_is_small_and_says_what_it_is_for(where: str) -> None:
    """A file opens with its purpose, holds one idea in short functions, and swallows no error."""
    assert list(manners.file_breaches(ALL[where])) == []


@pytest.mark.parametrize("where", TESTS)
def test_a_test_says_its_promise_and_keeps_to_the_real_thing(where: str) -> None:
    """Every test states its promise in one sentence, and none mocks, patches our code or skips."""
    assert list(manners.promise_breaches(ALL[where])) == []


def test_texts_are_finished_and_of_no_machine() -> None:
    """No file leaves work for later, or names a machine, a place outside the project or a package index."""
    assert [line for where, text in text_files() for line in manners.text_breaches(where, text)] == []


@pytest.mark.parametrize(("text", "complaint"), PLANTED_FILES)
def test_a_planted_fault_of_a_file_is_found(text: str, complaint: str) -> None:
    """The law notices each fault of a file, so that its silence means something."""
    (found,) = manners.file_breaches(parse_source("planted", text))
    assert complaint in found


@pytest.mark.parametrize(("text", "complaint"), PLANTED_TESTS)
def test_a_planted_fault_of_a_test_is_found(text: str, complaint: str) -> None:
    """The law notices each fault of a test file."""
    (found,) = manners.promise_breaches(parse_source("planted", text, "tests/test_planted.py"))
    assert complaint in found


@pytest.mark.parametrize(("text", "complaint"), PLANTED_TEXTS)
def test_a_planted_fault_of_a_text_is_found(text: str, complaint: str) -> None:
    """The law notices each word that must not be there."""
    (found,) = manners.text_breaches("planted.md", text)
    assert complaint in found


def test_pages_link_to_what_is_there() -> None:
    """Every relative link of a page leads to a file of the project."""
    pages = [(where, text) for where, text in text_files() if where.endswith(".md")]
    assert pages
    assert [line for where, text in pages for line in manners.dead_links(where, text)] == []


def test_a_planted_dead_link_is_found() -> None:
    """A link to nothing and a link out of the project are both noticed, and a good one is not."""
    text = "[a](nothing.md) [b](../../elsewhere) [c](../LICENSE) [d](https://example.org/x) [e](#here)"
    assert [line.rpartition(" ")[2] for line in manners.dead_links("docs/page.md", text)] == [
        "nothing.md",
        "../../elsewhere",
    ]


def test_exceptions_are_still_needed() -> None:
    """An exception ends with what it was made for."""
    skipping = {
        where for where, text in ((one.where, one.text) for one in ALL.values()) if "pytest.skip(" in text
    }
    assert manners.SKIPS.keys() <= skipping
    long = {
        f"{source.where} {function.name}"
        for source in ALL.values()
        for function in source.functions()
        if (function.end_lineno or 0) - function.lineno + 1 > manners.MAX_FUNCTION
    }
    assert manners.LONG.keys() <= long


def test_the_licence_is_mit() -> None:
    """The licence that the metadata names is the licence that is there."""
    words = " ".join((ROOT / "LICENSE").read_text(encoding="utf-8").split())
    assert words.startswith("MIT License")
    assert "Permission is hereby granted, free of charge" in words
    assert 'license = "MIT"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")

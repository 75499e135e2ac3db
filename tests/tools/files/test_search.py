"""Plain text search."""

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.tools import Context, ToolError
from detent.tools.files import search_files
from detent.tools.files.search import Hunt


def found(
    context: Context, pattern: str, path: str = ".", glob: str | None = None, fold: bool = False
) -> list[str]:
    """The lines of a search but the last."""
    said: str = search_files(pattern, context, path, glob, ignore_case=fold)
    return said.split("\n")[:-1]


def ending(context: Context, pattern: str) -> str:
    """The last line of a search."""
    said: str = search_files(pattern, context)
    return said.rsplit("\n", maxsplit=1)[-1]


@settings(deadline=None, max_examples=50)
@given(
    files=st.dictionaries(
        st.sampled_from(["a", "b.py", "d/a", "d/e/c.py", ".h"]),
        st.lists(st.text("aAb é.*", max_size=5), max_size=5),
        max_size=5,
    ),
    pattern=st.text("aAb é.*", min_size=1, max_size=2),
    fold=st.booleans(),
)
def test_finds_every_line_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, list[str]], pattern: str, fold: bool
) -> None:
    """A search finds exactly the lines that hold the text, letter by letter."""
    folder = tmp_path_factory.mktemp("search")
    expected = []
    for name, lines in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines))
        expected += [
            f"{name}:{number}: {line}"
            for number, line in enumerate(lines, 1)
            if (pattern.casefold() in line.casefold() if fold else pattern in line)
        ]

    assert sorted(found(Context(folder=folder), pattern, fold=fold)) == sorted(expected)


@pytest.fixture
def tree(tmp_path: Path) -> Context:
    """A folder with text, and much that is none."""
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name in ("a.py", "src/b.py", "src/deep/c.py", "src/deep/c.txt", ".git/config"):
        (tmp_path / name).write_text(f"this is {name}\n")
    (tmp_path / "link").symlink_to("src")
    (tmp_path / "src" / "up").symlink_to("..")
    os.mkfifo(tmp_path / "pipe")
    return Context(folder=tmp_path)


@pytest.mark.parametrize(
    ("path", "glob", "names"),
    [
        (".", None, ["a.py", "src/b.py", "src/deep/c.py", "src/deep/c.txt"]),
        (".", "*.py", ["a.py", "src/b.py", "src/deep/c.py"]),
        (".", "**/*.py", ["a.py", "src/b.py", "src/deep/c.py"]),
        (".", "src/*", ["src/b.py", "src/deep/c.py", "src/deep/c.txt"]),
        (".", "c.*", ["src/deep/c.py", "src/deep/c.txt"]),
        (".", "*.PY", []),
        ("src/deep", None, ["src/deep/c.py", "src/deep/c.txt"]),
        ("src/deep", "*.txt", ["src/deep/c.txt"]),
        ("a.py", None, ["a.py"]),
        (".git", None, [".git/config"]),
        (".git/config", "*", [".git/config"]),
    ],
)
def test_searches_where_it_is_told(tree: Context, path: str, glob: str | None, names: list[str]) -> None:
    """A folder, one file, or files by name; version control only when it is named; no link is followed."""
    assert found(tree, "this is", path, glob) == [f"{name}:1: this is {name}" for name in names]


def test_says_how_far_it_went(tree: Context) -> None:
    """The last line counts matches and files, and what was skipped."""
    assert ending(tree, "c.") == "[2 matches in 2 of 4 files]"
    assert ending(tree, "a.py") == "[1 match in 1 of 4 files]"
    (tree.folder / "binary").write_bytes(b"\0c.")
    (tree.folder / "latin").write_bytes(b"c. \xe9")
    (tree.folder / "large").write_bytes(b"c." + b" " * 2 * 1024 * 1024)
    assert ending(tree, "c.") == "[2 matches in 2 of 5 files; 3 skipped (not text, or over 2 MB)]"


@pytest.mark.parametrize(
    ("path", "word"), [("link", "symbolic_link"), ("pipe", "not_a_file"), ("srx", "file_not_found")]
)
def test_refuses_other_places(tree: Context, path: str, word: str) -> None:
    """A search begins at a folder or a file."""
    with pytest.raises(ToolError) as caught:
        search_files("x", tree, path)

    assert caught.value.error == word


def test_stops_after_enough_matches(tmp_path: Path) -> None:
    """A text that is everywhere is not listed for ever."""
    (tmp_path / "f").write_text("x\n" * 500)
    context = Context(folder=tmp_path)

    assert len(found(context, "x")) == 200
    assert "stopped after 200 matches: search for less" in ending(context, "x")


def test_goes_down_only_so_far(tmp_path: Path) -> None:
    """Folders in folders come to an end."""
    folder = tmp_path
    for _ in range(70):
        folder /= "d"
        folder.mkdir()
        (folder / "f").write_text("x")
    context = Context(folder=tmp_path)

    assert len(found(context, "x")) == 64
    assert "1 skipped" in ending(context, "x")


def test_shows_the_part_of_a_long_line_that_matters(tmp_path: Path) -> None:
    """A line too long to show is cut around the match."""
    (tmp_path / "f").write_text("a" * 500 + "x" + "b" * 500 + "\r\n")
    (tmp_path / "g").write_text("x" + "b" * 500)
    lines = found(Context(folder=tmp_path), "x")

    assert lines == ["f:1: ..." + "a" * 60 + "x" + "b" * 139 + "...", "g:1: x" + "b" * 199 + "..."]


def test_ends_in_time(tmp_path: Path) -> None:
    """A pattern that would choke a regular expression is only a text."""
    (tmp_path / "f").write_text("a" * 1_000_000)
    started = time.monotonic()

    assert found(Context(folder=tmp_path), "(a+)+$") == []
    assert time.monotonic() - started < 5


def test_stops_after_enough_files_and_seconds(tree: Context) -> None:
    """A search that has looked at enough says so."""
    late, much = Hunt("x", None, ignore_case=False), Hunt("x", None, ignore_case=False)
    late._end = 0.0
    much._searched = 50_000
    fd = os.open(tree.folder, os.O_RDONLY)
    late.start(fd, ())
    much.start(fd, ())
    os.close(fd)

    assert "stopped after 10 seconds" in late.report()
    assert "stopped after 50,000 files" in much.report()


def test_counts_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that the system does not let it read is skipped and counted."""
    closed = Path("/proc/self/mem")  # can be opened and not read, even by the superuser
    if not closed.exists():
        closed = tmp_path / "closed"
        closed.touch(mode=0)

    assert search_files("x", Context(folder=closed.parent), closed.name) == (
        "[0 matches in 0 of 0 files; 1 skipped (not text, or over 2 MB)]"
    )


def test_goes_on_where_files_vanish(tmp_path: Path) -> None:
    """Files and folders that come and go while it searches are no failure."""
    over = threading.Event()

    def stir() -> None:
        while not over.is_set():
            (tmp_path / "d").mkdir(exist_ok=True)
            (tmp_path / "d" / "f").write_text("x")
            (tmp_path / "d" / "f").unlink()
            (tmp_path / "d").rename(tmp_path / "e")
            (tmp_path / "e").rmdir()

    thread = threading.Thread(target=stir)
    thread.start()
    reports = {ending(Context(folder=tmp_path), "x")[:20] for _ in range(300)}
    over.set()
    thread.join()

    assert reports

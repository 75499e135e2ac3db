"""The tools that look."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.tools import Context, ToolError
from detent.tools.files import list_dir, read_file, search_files
from detent.tools.files.reading import _entry

TEXTS = st.text(st.sampled_from("ab\n\r\u2028é"), max_size=30)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A context with a folder of this module's own."""
    return Context(folder=tmp_path_factory.mktemp("reading"))


def test_lists_a_folder(tmp_path: Path) -> None:
    """One name a line, in order: folders with a slash, files with their size, the rest with what it is."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "deep").write_text("xyz")
    (tmp_path / "a.txt").write_text("12345")
    (tmp_path / ".hidden").touch()
    (tmp_path / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "two\nlines").touch()
    (tmp_path / os.fsdecode(b"bad\xff")).touch()
    context = Context(folder=tmp_path)

    assert list_dir(context).split("\n") == [
        ".hidden  0",
        "a.txt  5",
        "b/",
        "bad\\udcff  0",
        "link  (symbolic link, cannot be opened)",
        "pipe  (special file, cannot be opened)",
        "two\\nlines  0",
    ]
    assert list_dir(context, "b") == list_dir(context, f"{tmp_path}/b/") == "deep  3"
    (tmp_path / "b" / "deep").unlink()
    assert list_dir(context, "b") == "(empty)"
    with pytest.raises(ToolError, match="is not a folder"):
        list_dir(context, "a.txt")


def test_lists_no_more_than_can_be_read(tmp_path: Path) -> None:
    """A long list is cut, and the rest counted."""
    for number in range(1003):
        (tmp_path / f"{number:04}").touch()
    lines = list_dir(Context(folder=tmp_path)).split("\n")

    assert len(lines) == 1001
    assert lines[-1] == "... and 3 more"


def test_lists_what_vanishes_meanwhile(tmp_path: Path) -> None:
    """A file that goes while its folder is listed is said to be gone."""
    (tmp_path / "f").touch()
    with os.scandir(tmp_path) as entries:
        entry = next(entries)
    (tmp_path / "f").unlink()

    assert _entry(entry) == "f  (gone)"


@settings(deadline=None)
@given(text=TEXTS)
def test_reads_a_text_as_it_is(here: Context, text: str) -> None:
    """What is in the file is what is read, to the last line end."""
    (here.folder / "f").write_bytes(text.encode())

    assert read_file("f", here) == text


@settings(deadline=None)
@given(text=TEXTS.filter(bool), first=st.integers(1, 9), more=st.integers(0, 9))
def test_reads_some_lines(here: Context, text: str, first: int, more: int) -> None:
    """Lines are counted from 1 and end at line feeds only; a range beyond the end is cut or refused."""
    (here.folder / "f").write_bytes(text.encode())
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    count = len(lines) - (not lines[-1])
    if first > count:
        with pytest.raises(ToolError) as caught:
            read_file("f", here, f"{first}-{first + more}")
        assert caught.value.error == "bad_lines"
        assert f"has {count}" in caught.value.message
    else:
        assert read_file("f", here, f"{first}-{first + more}") == "".join(lines[first - 1 : first + more])
        assert read_file("f", here, f" {first} - ") == "".join(lines[first - 1 :])
        assert read_file("f", here, f"-{first}") == "".join(lines[:first])
        assert read_file("f", here, f"{first}") == lines[first - 1]


@pytest.mark.parametrize(
    "lines", ["", "-", "a", "1-b", "1 2", "0-3", "3-1", "1,2", "1--2", "1234567890123", "\uff19"]
)
def test_refuses_what_is_no_range(here: Context, lines: str) -> None:
    """A range is two numbers with a dash, or one of them."""
    (here.folder / "g").write_text("1\n2\n3\n")
    with pytest.raises(ToolError) as caught:
        read_file("g", here, lines)

    assert caught.value.error == "bad_lines"


@given(st.text(max_size=20))
def test_takes_any_text_for_a_range(here: Context, lines: str) -> None:
    """Whatever a model writes as a range is read or refused."""
    (here.folder / "g").write_text("1\n2\n3\n")
    try:
        text = read_file("g", here, lines)
    except ToolError as error:
        text = error.error

    assert text == "bad_lines" or text in "1\n2\n3\n"


def test_refuses_what_is_no_text(here: Context) -> None:
    """A binary file is told as such."""
    (here.folder / "h").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ToolError, match="h is not text: byte 0 of 5 is not UTF-8"):
        read_file("h", here)


@pytest.mark.parametrize("pattern", ["", "\n", "a\nb", "x" * 1001])
def test_searches_only_within_a_line(here: Context, pattern: str) -> None:
    """A pattern is a text of one line, and not endless."""
    with pytest.raises(ToolError) as caught:
        search_files(pattern, here)

    assert caught.value.error == "bad_pattern"

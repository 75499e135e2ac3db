"""Previews."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.tools.files.content import Seen, current
from detent.tools.files.preview import counted, diff, stale, vanishing, writing

LINES = st.lists(st.text("ab\t é", max_size=4), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "".join(line + "\n" for line in lines)])
)


def patched(old: str, told: str) -> str:
    """The text that a unified diff makes of another one."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", old)
    made: list[str] = []
    at, mark = 0, ""
    for line in told.split("\n")[2:-1]:
        if line.startswith("@@"):
            first, count = re.findall(r"-(\d+)(?:,(\d+))?", line)[0]
            start = int(first) - (count != "0")
            made += lines[at:start]
            at = start
        elif line.startswith("+"):
            made.append(line[1:] + "\n")
        elif line.startswith("\\"):
            made[-1:] = [made[-1].removesuffix("\n")] if mark == "+" else made[-1:]
        else:
            made += lines[at : at + 1] if line.startswith(" ") else []
            at += 1
        mark = line[0]
    return "".join(made + lines[at:])


@settings(deadline=None)
@given(old=LINES, new=LINES)
def test_shows_exactly_what_changes(old: str, new: str) -> None:
    """Applying the diff to the old text gives the new one; equal texts have none."""
    told = diff(old, new, "f")

    assert (told == "") is (old == new)
    assert patched(old, told) == new


def test_looks_like_any_diff() -> None:
    """Names, marks and missing ends are told in the usual way."""
    assert diff("a\nb\n", "a\nc", "f") == (
        "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    )
    assert diff("", "a\n", "f", made=True).startswith("--- /dev/null\n+++ b/f\n")
    assert diff("a\n", "", "f", gone=True).startswith("--- a/f\n+++ /dev/null\n")


def test_counts_what_it_leaves_out() -> None:
    """A long diff is cut and the rest counted; a long line too; what is too long to compare is only counted."""
    new = "".join(f"{number}\n" for number in range(1000))
    told = diff("", new, "f")
    assert told.endswith("... 603 more lines of this diff: 603 added, 0 removed.\n")
    assert "+0\n" in told

    assert "+" + "x" * 500 + "... (100 more characters)\n" in diff("", "x" * 600 + "\n", "f")
    assert diff("", "a\n" * 6000, "f") == (
        "f: 0 lines, 0 bytes become 6,000 lines, 12,000 bytes; too long to compare line by line.\n"
    )
    assert "too long" in diff("x" * 600_000, "", "f")


@given(st.text())
def test_counts_lines_and_bytes(text: str) -> None:
    """A size is told in lines, of which only a line feed ends one, and bytes."""
    lines, size = re.fullmatch(r"([\d,]+) lines?, ([\d,]+) bytes?", counted(text)).groups()  # type: ignore[union-attr]

    assert int(size.replace(",", "")) == len(text.encode())
    assert int(lines) == text.count("\n") + bool(text and not text.endswith("\n"))
    assert counted("a") == "1 line, 1 byte"


def test_says_what_writing_would_do(tmp_path: Path) -> None:
    """New, the same, other text, no text: each has its words."""
    (tmp_path / "same").write_text("a\n")
    (tmp_path / "binary").write_bytes(b"\0\xff")

    assert writing(current(tmp_path, "new"), "a\n").startswith("new file new, 1 line, 2 bytes\n--- /dev/null")
    assert writing(current(tmp_path, "same"), "a\n") == "same has exactly this content already.\n"
    assert writing(current(tmp_path, "same"), "b\n").startswith("--- a/same\n+++ b/same\n")
    assert writing(current(tmp_path, "binary"), "b\n") == (
        "replaces binary (not text, 2 bytes) by text, 1 line, 2 bytes\n"
    )


def test_shows_what_would_vanish(tmp_path: Path) -> None:
    """The text of a file that would be deleted is shown; of any other its size."""
    (tmp_path / "text").write_text("a\n")
    (tmp_path / "binary").write_bytes(b"\0\xff")

    assert vanishing(current(tmp_path, "text")).startswith(
        "deletes text, 2 bytes\n--- a/text\n+++ /dev/null\n"
    )
    assert vanishing(current(tmp_path, "binary")) == "deletes binary, 2 bytes\n"


@pytest.mark.parametrize(("base", "warned"), [("", False), ("sha256:one", False), ("sha256:two", True)])
def test_warns_of_a_file_that_is_another(base: str, warned: bool) -> None:
    """A preview made of another file than the call binds says so first."""
    told = stale(Seen("f", digest="sha256:one"), base)

    assert told == ("f has changed since this call was proposed: it will be refused.\n" if warned else "")

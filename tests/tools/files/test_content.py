"""What a file holds."""

import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.tools import ToolError
from detent.tools.files.confine import spot
from detent.tools.files.content import ABSENT, LARGEST, Seen, current, look, sure, text_of, unchanged


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this module's own."""
    return tmp_path_factory.mktemp("content")


@settings(deadline=None)
@given(data=st.binary())
def test_sees_the_bytes_and_their_digest(folder: Path, data: bytes) -> None:
    """A file is its bytes; its digest is theirs."""
    (folder / "f").write_bytes(data)
    seen = current(folder, "f")

    assert (seen.data, seen.size, seen.shown) == (data, len(data), "f")
    assert seen.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


@settings(deadline=None)
@given(data=st.binary(max_size=8) | st.text(max_size=8).map(str.encode))
def test_reads_text_and_nothing_else(folder: Path, data: bytes) -> None:
    """UTF-8 without NUL is text; anything else is refused in words."""
    (folder / "f").write_bytes(data)
    seen = current(folder, "f")
    try:
        expected = data.decode()
    except UnicodeDecodeError:
        expected = "\0"
    if "\0" in expected:
        with pytest.raises(ToolError, match="is not text") as caught:
            text_of(seen)
        assert caught.value.error == "not_text"
    else:
        assert text_of(seen) == expected


def test_sees_that_nothing_is_there(folder: Path) -> None:
    """No file is seen as such, also where a folder on the way is missing; who needs one is told."""
    assert current(folder, "none") == Seen("none")
    assert current(folder, "none/none").digest == ABSENT
    assert current(folder, "none").size == 0
    with spot(folder, "none") as at, pytest.raises(ToolError, match="does not exist"):
        sure(at)
    with pytest.raises(ToolError) as caught:
        current(folder, "..")
    assert caught.value.error == "outside_folder"


def test_knows_a_file_that_is_too_large_by_its_status(folder: Path) -> None:
    """A file over the cap is not held, and is told apart by its status."""
    large = folder / "large"
    large.touch()
    os.truncate(large, LARGEST + 1)
    seen = current(folder, "large")

    assert seen.data is None
    assert seen.digest.startswith("stat:16777217:")
    with pytest.raises(ToolError) as caught:
        text_of(seen)
    assert caught.value.error == "too_large"
    os.utime(large, ns=(1, 1))
    assert current(folder, "large").digest != seen.digest
    os.truncate(large, LARGEST)
    whole = current(folder, "large").data
    assert whole is not None
    assert len(whole) == LARGEST


@pytest.mark.parametrize("change", ["rewrite", "replace", "remove", "none", "appear"])
def test_notices_what_changed_since(folder: Path, change: str) -> None:
    """A file that was written, exchanged, removed or made since it was seen is not the same."""
    path = folder / f"since-{change}"
    if change != "appear":
        path.write_text("one")
    seen = current(folder, path.name)
    match change:
        case "rewrite":
            path.write_text("two")
            os.utime(path, ns=(1, 1))
        case "replace":
            (folder / "other").write_text("one")
            (folder / "other").rename(path)
        case "remove":
            path.unlink()
        case "appear":
            path.write_text("one")
    with spot(folder, path.name) as at:
        if change == "none":
            unchanged(at, seen)
        else:
            with pytest.raises(ToolError) as caught:
                unchanged(at, seen)
            assert (caught.value.error, caught.value.transient) == ("changed", True)


def test_takes_two_absences_for_the_same(folder: Path) -> None:
    """Where nothing was and nothing is, nothing has changed."""
    with spot(folder, "never") as at:
        unchanged(at, look(at))


def test_looks_again_at_what_it_opened(tmp_path: Path) -> None:
    """A file exchanged for a pipe between the two looks is refused, and nobody hangs."""
    path, pipe, kept = tmp_path / "f", tmp_path / "pipe", tmp_path / "kept"
    path.write_text("x")
    os.mkfifo(pipe)
    over = threading.Event()

    def exchange() -> None:
        while not over.is_set():
            path.rename(kept)
            pipe.rename(path)
            path.rename(pipe)
            kept.rename(path)

    thread = threading.Thread(target=exchange)
    thread.start()
    words: set[str] = set()
    for _ in range(3000):
        try:
            words.add(text_of(current(tmp_path, "f")) if current(tmp_path, "f").status else "")
        except ToolError as error:
            words.add(error.error)
    over.set()
    thread.join()

    assert words <= {"x", "", "not_a_file", "too_large"}

"""Confinement."""

import errno
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detent.states.names import Ran
from detent.tools import Context, ToolError
from detent.tools.files import (
    delete_file,
    edit_file,
    list_dir,
    move_file,
    read_file,
    search_files,
    write_file,
)
from detent.tools.files.confine import (
    FOLDER,
    Spot,
    inside,
    open_folder,
    parts_of,
    printable,
    refusal,
    spot,
    status,
)
from tests.tools.files.places import SECRET, around, trap

WORDS = (
    "..", ".", "", "a", "file", "link", "filelink", "up", "fifo", "loop", "secret", "ws", "ws-evil", "outside",
    "%2e%2e", "...", ".. ", " ..", "..\\..", "~", "~root", "proc", "self", "root", "etc", "passwd", "dev", "null",
    "x" * 256, "é" * 128, "\u202e", "..\0", "-rf", "$HOME", "*", "a\nb", "..;", "\uff0e\uff0e", "con", "a:b",
)  # fmt: skip
PATHS = st.builds(
    lambda lead, names, end: lead + "/".join(names) + end,
    st.sampled_from(
        ["", "", "/", "//", "./", "../", "{ws}/", "{ws}/../", "{ws}-evil/", "//{ws}/", "file://"]
    ),
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.sampled_from(["", "", "/", "/.", "/secret"]),
)
FOLDER_NAME = Path("/home/someone/ws")


@settings(deadline=None, max_examples=500)
@given(
    st.text(st.characters(exclude_categories=[]))
    | PATHS.map(lambda path: path.replace("{ws}", str(FOLDER_NAME)))
)
@example("../ws/file")
@example("/home/someone/ws-evil/x")
@example("/" * 5000)
def test_never_names_a_place_outside(path: str) -> None:
    """A path is taken apart into plain names below the folder, or refused with nothing done."""
    try:
        parts = parts_of(path, FOLDER_NAME)
    except ToolError as error:
        refused = error.ran is Ran.NO and error.error in ("outside_folder", "bad_path")
    else:
        refused = False
        assert not {"", ".", ".."} & set(parts)
        assert not any("/" in part or "\0" in part or len(part.encode()) > 255 for part in parts)
        joined = os.path.normpath(os.path.join(FOLDER_NAME, path))  # noqa: PTH118 - text only
        assert joined.replace("//", "/") == str(FOLDER_NAME.joinpath(*parts))

    assert refused or ".." not in parts


@given(st.lists(st.from_regex(r"[a-z .]{1,5}[a-z]", fullmatch=True), max_size=5))
def test_takes_every_way_to_write_a_plain_path(names: list[str]) -> None:
    """Relative, with dots and doubled slashes, or absolute inside the folder: it is the same place."""
    plain = "/".join(names)

    for path in (plain, f"./{plain}", f"{FOLDER_NAME}/{plain}", f"x/../{plain.replace('/', '//./')}/"):
        assert parts_of(path, FOLDER_NAME) == tuple(names)


@settings(deadline=None, max_examples=250)
@given(PATHS)
def test_never_reads_outside(path: str) -> None:
    """However a path is written, no reading tool shows what lies around the folder or hangs at a pipe."""
    with trap() as folder:
        context = Context(folder=folder)
        path = path.replace("{ws}", str(folder))
        looks: tuple[Callable[[], str], ...] = (
            lambda: read_file(path, context),
            lambda: list_dir(context, path),
            lambda: search_files(SECRET, context, path).replace(f"0 matches in 0 of {SECRET}", ""),
        )
        for look in looks:
            try:
                seen = look()
            except ToolError as error:
                seen = "" if error.ran is Ran.NO else "ran"
            assert SECRET not in seen
            assert "secret" not in seen


@settings(deadline=None, max_examples=100)
@given(path=PATHS, other=PATHS, tool=st.sampled_from(["write", "edit", "move", "back", "delete"]))
def test_never_changes_anything_outside(path: str, other: str, tool: str) -> None:
    """However a path is written, no writing tool changes what lies around the folder."""
    with trap() as folder:
        context = Context(folder=folder)
        path, other = path.replace("{ws}", str(folder)), other.replace("{ws}", str(folder))
        before = around(folder)
        acts: dict[str, Callable[[], object]] = {
            "write": lambda: write_file(path, "changed", context),
            "edit": lambda: edit_file(path, SECRET, "changed", context),
            "move": lambda: move_file("file", path, context),
            "back": lambda: move_file(path, other, context),
            "delete": lambda: delete_file(path, context),
        }
        refused = Ran.NO
        try:
            acts[tool]()
        except ToolError as error:
            refused = error.ran

        assert refused is Ran.NO
        assert around(folder) == before


ATTACKER = """
import ctypes, os, sys, time
os.chdir(sys.argv[1])
system = ctypes.CDLL(None, use_errno=True)
if hasattr(system, "renameat2"):
    at = getattr(os, "AT_FDCWD", -100)
    exchange = lambda: system.renameat2(at, b"d", at, b"evil", 2)
else:
    exchange = lambda: system.renamex_np(b"d", b"evil", 2)
end = time.monotonic() + 1.2
print("on", flush=True)
while time.monotonic() < end:
    for _ in range(50):
        assert exchange() == 0
"""


def test_never_escapes_while_a_folder_is_exchanged_for_a_link(tmp_path: Path) -> None:
    """An attacker who exchanges a folder for a link, thousands of times a second, gets nothing."""
    folder, outside = tmp_path / "ws", tmp_path / "outside"
    (folder / "d" / "e").mkdir(parents=True)
    (outside / "e").mkdir(parents=True)
    for each, text in ((folder / "d", "inside"), (outside, SECRET)):
        (each / "f").write_text(text)
        (each / "e" / "f").write_text(text)
    (folder / "evil").symlink_to(outside)
    context = Context(folder=folder)
    attacker = subprocess.Popen([sys.executable, "-c", ATTACKER, str(folder)], stdout=subprocess.PIPE)
    assert attacker.stdout
    attacker.stdout.readline()
    seen = {"inside": 0, "refused": 0, "written": 0}
    while attacker.poll() is None:
        for path in ("d/f", "d/e/f"):
            try:
                assert read_file(path, context) == "inside"
                seen["inside"] += 1
            except ToolError:
                seen["refused"] += 1
        try:
            write_file("d/new", f"{time.monotonic_ns()}", context)
            seen["written"] += 1
        except ToolError:
            seen["refused"] += 1
        assert SECRET not in search_files("S", context)
    attacker.stdout.close()

    assert attacker.returncode == 0
    assert all(seen.values()), seen
    assert sum(seen.values()) > 100, seen
    assert sorted(each.name for each in outside.rglob("*")) == ["e", "f", "f"]
    assert {each.read_text() for each in outside.rglob("f")} == {SECRET}


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("fifo", "not_a_file"),
        ("sock", "not_a_file"),
        ("link", "symbolic_link"),
        ("link/secret", "symbolic_link"),
        ("filelink", "symbolic_link"),
        ("loop", "symbolic_link"),
        ("a/up/secret", "symbolic_link"),
        ("a", "is_a_folder"),
        (".", "is_a_folder"),
        ("file/x", "not_a_folder"),
        ("fifo/x", "not_a_file"),
        ("nothing", "file_not_found"),
        ("nothing/x", "file_not_found"),
        ("../secret", "outside_folder"),
        ("/etc/passwd", "outside_folder"),
        ("~/x", "outside_folder"),
        ("a\0b", "bad_path"),
        ("\ud800", "bad_path"),
        ("x" * 256, "bad_path"),
        ("x/" * 3000, "bad_path"),
        ("x/" * 2000, "file_not_found"),
    ],
)
def test_says_why_a_path_is_refused(path: str, word: str) -> None:
    """Each refusal has its word, says that nothing ran, and comes at once."""
    started = time.monotonic()
    with trap() as folder, socket.socket(socket.AF_UNIX) as server:
        here = os.open(folder, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/sock" if Path("/proc/self/fd").exists() else str(folder / "sock"))
        os.close(here)
        acts: tuple[Callable[[], object], ...] = (
            lambda: read_file(path, Context(folder=folder)),
            lambda: edit_file(path, "a", "b", Context(folder=folder)),
            lambda: delete_file(path, Context(folder=folder)),
        )
        for act in acts:
            with pytest.raises(ToolError) as caught:
                act()
            assert (caught.value.error, caught.value.ran) == (word, Ran.NO)

    assert time.monotonic() - started < 10


def test_refuses_devices() -> None:
    """A device is no file, wherever it is."""
    with pytest.raises(ToolError) as caught:
        read_file("null", Context(folder=Path("/dev")))

    assert caught.value.error == "not_a_file"


def test_offers_names_that_are_there(tmp_path: Path) -> None:
    """A misspelled name is answered by those that look like it, or by some that exist."""
    for name in ("notes.txt", "note.txt", "data.csv", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "odd\nname").touch()
    context = Context(folder=tmp_path)

    with pytest.raises(ToolError) as caught:
        read_file("nots.txt", context)
    assert caught.value.alternatives == ("notes.txt", "note.txt")

    with pytest.raises(ToolError) as caught:
        read_file("zzz", context)
    assert caught.value.alternatives == (".hidden", "data.csv", "docs/", "note.txt", "notes.txt")

    with pytest.raises(ToolError) as caught:
        read_file("docs/odd", context)
    assert caught.value.alternatives == ("docs/odd\\nname",)

    with pytest.raises(ToolError) as caught:
        read_file("dcs/x", context)
    assert caught.value.message == "dcs does not exist."
    assert caught.value.alternatives[0] == "docs/"


def test_says_that_the_folder_itself_is_gone(tmp_path: Path) -> None:
    """A run whose folder was removed is told so."""
    with pytest.raises(ToolError, match="the run's folder does not exist"):
        list_dir(Context(folder=tmp_path / "gone"))


def test_makes_folders_on_the_way(tmp_path: Path) -> None:
    """Missing folders are made one in the other, those that are there are entered."""
    with spot(tmp_path, "a/b/c", make=True) as at:
        assert (at.name, at.shown) == ("c", "a/b/c")
        assert status(at) is None
    with spot(tmp_path, "a/b/c/d", make=True) as at:
        assert os.fstat(at.fd).st_ino == (tmp_path / "a/b/c").stat().st_ino


def test_enters_a_folder_that_somebody_else_just_made(tmp_path: Path) -> None:
    """Two writers may make the same folders at the same time."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    def make(number: int) -> int:
        with spot(tmp_path, f"{number // 4}/a/b/c/d/file", make=True) as at:
            return os.fstat(at.fd).st_ino

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(200)))) == 50


def test_closes_every_folder_it_opens() -> None:
    """No descriptor is left open, whether a path is taken or refused."""
    with trap() as folder:
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        read_file("a/file", Context(folder=folder))
        for path in ("a/nothing", "link/x", "a/up/x", "file/x", "nothing/x", "../x"):
            looks: tuple[Callable[[str, Context], object], ...] = (
                read_file,
                lambda path, context: list_dir(context, path),
            )
            for look in looks:
                with pytest.raises(ToolError):
                    look(path, Context(folder=folder))
        with pytest.raises(ZeroDivisionError), inside(folder, ("a",)):
            raise ZeroDivisionError
        assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208


@given(st.text() | st.sampled_from(["a\x1b[31m", "\u202etxt", "a\nb", "\udcff"]))
def test_shows_names_on_one_line(name: str) -> None:
    """A name is shown in characters that can be printed and written."""
    shown = printable(name)

    assert shown.isprintable()
    assert bool(shown.encode()) == bool(name)
    assert shown == name or re.search(r"\\[nrtxuU]", shown)


@pytest.mark.parametrize(
    ("number", "word", "transient"),
    [
        (errno.ENOSPC, "disk_full", False),
        (errno.EMFILE, "os_error", True),
        (errno.EIO, "os_error", False),
        (None, "os_error", False),
    ],
)
def test_has_words_for_errors_of_the_system(number: int | None, word: str, transient: bool) -> None:
    """What may pass says so; what has no word keeps the system's own."""
    error = refusal(OSError(number, "strange") if number else OSError(), "the file")

    assert (error.error, error.transient, error.ran) == (word, transient, Ran.NO)


def test_tells_a_link_from_a_folder_on_any_system() -> None:
    """Opening what is no folder says what it is."""
    with trap() as folder:
        fd = os.open(folder, FOLDER)
        for name, word in (("link", "symbolic_link"), ("file", "not_a_folder"), ("fifo", "not_a_file")):
            with pytest.raises(ToolError) as caught:
                open_folder(fd, name, name)
            assert caught.value.error == word
        with pytest.raises(ToolError) as caught:
            open_folder(fd, "link", "link", make=True)
        assert caught.value.error == "symbolic_link"
        found = status(Spot(fd, "file", "file"))
        os.close(fd)
        assert found
        assert stat.S_ISREG(found.st_mode)
        for act in (lambda: status(Spot(fd, "file", "file")), lambda: open_folder(fd, "file", "file")):
            with pytest.raises(ToolError) as caught:
                act()
            assert caught.value.error == "os_error"

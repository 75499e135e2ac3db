"""Changes that happen whole or not at all."""

import errno
import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.names import Ran
from detent.tools import ToolError
from detent.tools.files.atomic import _rename, _settle, _unlink_moved, move, remove, replace
from detent.tools.files.confine import Spot, spot
from detent.tools.files.content import Seen, look


def put(folder: Path, name: str, data: bytes, seen: Seen | None = None) -> None:
    """Replace a file by these bytes."""
    with spot(folder, name) as at:
        replace(at, data, seen or look(at))


def carry(folder: Path, name: str, target: str, seen: Seen | None = None) -> None:
    """Move a file."""
    with spot(folder, name) as at, spot(folder, target) as to:
        move(at, to, seen or look(at))


@settings(deadline=None, max_examples=30)
@given(pieces=st.lists(st.binary(max_size=50), min_size=1, max_size=4))
def test_holds_what_was_written_last(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    """After every write the file holds exactly those bytes, and nothing else is in the folder."""
    folder = tmp_path_factory.mktemp("put")
    for data in pieces:
        put(folder, "f", data)
        assert (folder / "f").read_bytes() == data

    assert [each.name for each in folder.iterdir()] == ["f"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o4755])
def test_keeps_the_mode_and_not_more(tmp_path: Path, mode: int) -> None:
    """Permission bits stay; a set-user bit does not survive a change of content."""
    (tmp_path / "f").touch()
    (tmp_path / "f").chmod(mode)
    put(tmp_path, "f", b"x")

    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == mode & 0o777


def test_makes_new_files_as_anybody_would(tmp_path: Path) -> None:
    """A new file has the mode that the process's mask leaves."""
    (tmp_path / "theirs").touch()
    put(tmp_path, "ours", b"x")

    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_keeps_the_owner_where_it_may(tmp_path: Path) -> None:
    """A file of somebody else stays theirs if the system allows it."""
    (tmp_path / "f").touch()
    with suppress(PermissionError):  # only the superuser can give files away; for others it is their own
        os.chown(tmp_path / "f", 12345, 54321)
    owner = (tmp_path / "f").stat()
    put(tmp_path, "f", b"x")
    found = (tmp_path / "f").stat()

    assert (found.st_uid, found.st_gid) == (owner.st_uid, owner.st_gid)


def test_breaks_hard_links_instead_of_writing_through_them(tmp_path: Path) -> None:
    """Another name of the same file keeps the old content."""
    (tmp_path / "f").write_bytes(b"old")
    os.link(tmp_path / "f", tmp_path / "other")
    put(tmp_path, "f", b"new")

    assert (tmp_path / "other").read_bytes() == b"old"


def test_refuses_files_that_are_read_only(tmp_path: Path) -> None:
    """A file that nobody may write is not replaced by one that somebody wrote."""
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "f").chmod(0o444)
    with pytest.raises(ToolError) as caught:
        put(tmp_path, "f", b"new")

    assert (caught.value.error, caught.value.ran) == ("read_only", Ran.NO)
    assert (tmp_path / "f").read_bytes() == b"old"


def test_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    """A write that fails at the last moment has done nothing and removes what it prepared."""
    with spot(tmp_path, "f") as at:
        seen = look(at)
    (tmp_path / "f").write_bytes(b"theirs")
    with pytest.raises(ToolError) as caught:
        put(tmp_path, "f", b"ours", seen)
    assert (caught.value.error, caught.value.ran) == ("changed", Ran.NO)

    (tmp_path / "g").mkdir()
    with spot(tmp_path, "g") as at, pytest.raises(ToolError, match="is a folder"):
        replace(at, b"ours", Seen("g", (tmp_path / "g").stat()))

    assert sorted(each.name for each in tmp_path.iterdir()) == ["f", "g"]
    assert (tmp_path / "f").read_bytes() == b"theirs"


def test_never_shows_half_a_file(tmp_path: Path) -> None:
    """Whoever reads while it is written sees one content or the other, always whole."""
    contents = {b"a" * 300_000, b"b" * 300_000}
    path = tmp_path / "f"
    path.write_bytes(b"a" * 300_000)
    over = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_bytes())

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(30):
        for content in contents:
            put(tmp_path, "f", content)
    over.set()
    thread.join()

    assert seen
    assert seen <= contents


WRITER = """
import sys
from pathlib import Path
from detent.tools import Context
from detent.tools.files import write_file
context = Context(folder=Path(sys.argv[1]))
print("on", flush=True)
while True:
    for each in "ab":
        write_file("f", each * 300_000, context)
"""


def test_survives_being_killed_at_any_time(tmp_path: Path) -> None:
    """A process killed while it writes leaves the old content or the new one, and at most its own scratch file."""
    (tmp_path / "f").write_text("a" * 300_000)
    chance = random.Random(7)
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(chance.uniform(0.002, 0.04))
            writer.kill()
        assert (tmp_path / "f").read_text() in ("a" * 300_000, "b" * 300_000)

    assert all(each.name == "f" or each.match(".detent-*.tmp") for each in tmp_path.iterdir())


STEPS = """
import os, sys
from pathlib import Path
from detent.tools import Context
from detent.tools.files import write_file
folder = Path(sys.argv[1])
context = Context(folder=folder)
write_file("warm", "up", context)

def die_at(step):
    left = [step]
    def count(event, arguments):
        if event in ("open", "os.rename", "os.chmod", "os.chown", "os.remove", "os.mkdir"):
            left[0] -= 1
            if not left[0]:
                os._exit(9)
    sys.addaudithook(count)

for step in range(1, 100):
    (folder / "f").write_text("old")
    child = os.fork()
    if not child:
        die_at(step)
        write_file("f", "new", context)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), (folder / "f").read_text(), flush=True)
"""


def test_survives_a_crash_at_every_step(tmp_path: Path) -> None:
    """Dying before each call of the system leaves the old content; a write that ends leaves the new one."""
    done = subprocess.run(
        [sys.executable, "-c", STEPS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    ends = [line.split() for line in done.stdout.splitlines()]
    crashes = [text for code, text in ends if code == "9"]

    assert len(crashes) >= 4
    assert set(crashes) == {"old"}
    assert {text for code, text in ends if code == "0"} == {"new"}


def test_moves_a_file(tmp_path: Path) -> None:
    """The file is the same, under its new name only."""
    (tmp_path / "a").write_bytes(b"x")
    number = (tmp_path / "a").stat().st_ino
    carry(tmp_path, "a", "b")

    assert [each.name for each in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").stat().st_ino == number


def test_never_moves_over_another_file(tmp_path: Path) -> None:
    """A target that is there is kept, however it came there."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(ToolError) as caught:
        carry(tmp_path, "a", "b")

    assert (caught.value.error, caught.value.ran) == ("file_exists", Ran.NO)
    assert (tmp_path / "a").read_bytes() == b"a"
    assert (tmp_path / "b").read_bytes() == b"b"


def test_moves_where_no_more_links_can_be_made(tmp_path: Path) -> None:
    """Where the system refuses a second name for the file, it is renamed, still never over another one."""
    source = tmp_path / "a"
    source.write_bytes(b"a")
    (tmp_path / "links").mkdir()
    refused = 0  # some file systems make any number of links: then it is an ordinary move
    for number in range(70_000):
        try:
            os.link(source, tmp_path / "links" / str(number))
        except OSError as error:
            refused = error.errno or 0
            break
    (tmp_path / "taken").write_bytes(b"b")
    with spot(tmp_path, "a") as at, spot(tmp_path, "taken") as to:
        acts: tuple[Callable[[], None], ...] = (lambda: move(at, to, look(at)), lambda: _rename(at, to))
        for act in acts:
            with pytest.raises(ToolError) as caught:
                act()
            assert caught.value.error == "file_exists"
    carry(tmp_path, "a", "b")

    assert refused in (0, errno.EMLINK)
    assert not source.exists()
    assert (tmp_path / "b").read_bytes() == b"a"


def test_refuses_to_move_to_another_disk(tmp_path: Path) -> None:
    """A file cannot be moved across disks whole, so it is not."""
    other = Path("/dev/shm")  # noqa: S108 - another file system, where there is one
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    (tmp_path / "a").write_bytes(b"a")
    with (
        spot(tmp_path, "a") as at,
        spot(other, "detent-test-target") as to,
        pytest.raises(ToolError) as caught,
    ):
        move(at, to, look(at))

    assert (caught.value.error, caught.value.ran) == ("other_disk", Ran.NO)
    assert (tmp_path / "a").exists()


def test_takes_back_a_move_that_cannot_end(tmp_path: Path) -> None:
    """If the old name cannot be removed, the new one is."""
    (tmp_path / "b").write_bytes(b"a")
    with spot(tmp_path, "gone") as at, spot(tmp_path, "b") as to, pytest.raises(FileNotFoundError):
        _unlink_moved(at, to)

    assert not (tmp_path / "b").exists()


def test_deletes_what_was_seen_and_nothing_else(tmp_path: Path) -> None:
    """A file is deleted if it is still the one that was seen."""
    (tmp_path / "a").write_bytes(b"x")
    with spot(tmp_path, "a") as at:
        seen = look(at)
        (tmp_path / "a").write_bytes(b"another")
        with pytest.raises(ToolError, match="was changed by something else"):
            remove(at, seen)
        remove(at, look(at))

    assert not (tmp_path / "a").exists()


def test_says_that_a_change_was_not_confirmed() -> None:
    """A disk that fails after the change leaves it unknown whether it lasts."""
    end, other = os.pipe()
    with pytest.raises(ToolError) as caught:
        _settle(Spot(end, "f", "f"))
    os.close(end)
    os.close(other)

    assert (caught.value.error, caught.value.ran) == ("not_synced", Ran.UNKNOWN)

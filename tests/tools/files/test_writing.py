"""The tools that change."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detent.states.names import Approval, Effect, Ran
from detent.tools import Context, Failure, Hands, Returned, Tool, ToolError, base_of, perform
from detent.tools.files import delete_file, edit_file, move_file, tools, write_file
from detent.tools.value import UNAVAILABLE
from tests.tools.files.places import trap

PIECES = st.text("ab\n é", max_size=4)
CALLS: list[tuple[Tool, dict[str, str]]] = [
    (write_file, {"path": "f", "content": "new\n"}),
    (edit_file, {"path": "f", "old": "old", "new": "new"}),
    (move_file, {"source": "f", "target": "d/g"}),
    (delete_file, {"path": "f"}),
]


@pytest.fixture
def here(tmp_path: Path) -> Context:
    """A folder with one file."""
    (tmp_path / "f").write_text("old\n")
    return Context(folder=tmp_path)


def performed(made: Tool, text: str, context: Context) -> Returned | Failure:
    """The outcome of one call."""

    async def main() -> Returned | Failure:
        hands = Hands()
        try:
            return await perform(made, text, context, hands)
        finally:
            hands.close()

    return asyncio.run(main())


def everything(folder: Path) -> dict[str, bytes]:
    """Every file in a folder and what it holds."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_asks_before_anything_is_changed() -> None:
    """Each tool that changes a file asks, shows what it would do, and binds what it was shown from."""
    for each in tools():
        changes = each.effect is not Effect.READ
        assert each.approval is (Approval.ALWAYS if changes else Approval.NEVER)
        assert bool(each.preview) is bool(each.base) is changes


def test_writes_a_file(here: Context) -> None:
    """A new file is made with the folders it needs, an old one replaced, the same content left alone."""
    assert write_file("a/b/c", "one\n", here) == "Made a/b/c: 1 line, 4 bytes."
    assert write_file(f"{here.folder}/a/b/c", "two\n", here) == "Wrote a/b/c: 1 line, 4 bytes."
    before = (here.folder / "a/b/c").stat()
    assert write_file("a/b/c", "two\n", here) == "a/b/c has this content already (1 line, 4 bytes)."
    assert (here.folder / "a/b/c").stat() == before
    assert everything(here.folder) == {"f": b"old\n", "a/b/c": b"two\n"}


@settings(deadline=None, max_examples=80)
@given(before=PIECES, old=PIECES, after=PIECES, new=PIECES)
@example(before="a", old="aa", after="", new="b")
def test_edits_the_one_place(
    tmp_path_factory: pytest.TempPathFactory, before: str, old: str, after: str, new: str
) -> None:
    """An edit replaces the one place that was meant, or says why there is none, and changes nothing else."""
    folder = tmp_path_factory.mktemp("edit")
    text = before + old + after
    (folder / "f").write_bytes(text.encode())
    places = [at for at in range(len(text)) if text.startswith(old, at)]
    if old and old != new and len(places) == 1:
        edit_file("f", old, new, Context(folder=folder))
        assert (folder / "f").read_bytes().decode() == before + new + after
    else:
        with pytest.raises(ToolError) as caught:
            edit_file("f", old, new, Context(folder=folder))
        assert caught.value.error in ("bad_edit", "not_unique")
        assert (folder / "f").read_bytes().decode() == text


def test_says_why_an_edit_cannot_be(here: Context) -> None:
    """A piece that is not there is answered by lines that look like it; one that is there twice by how often."""
    (here.folder / "f").write_text("def one():\n    return 1\n\nx\nx\n")
    with pytest.raises(ToolError) as caught:
        edit_file("f", "def  one() :", "def two():", here)
    assert (caught.value.error, caught.value.alternatives) == ("not_found", ("def one():",))

    with pytest.raises(ToolError, match="is in f 2 times; it must be there once"):
        edit_file("f", "x\n", "y\n", here)
    with pytest.raises(ToolError) as caught:
        edit_file("f", "\n\n\n\n", "y", here)
    assert caught.value.alternatives == ()


def test_keeps_line_ends(here: Context) -> None:
    """A file with carriage returns keeps them, though models do not see them."""
    (here.folder / "f").write_bytes(b"a\r\nb\r\nc\r\n")
    edit_file("f", "a\nb\n", "x\ny\nz\n", here)

    assert (here.folder / "f").read_bytes() == b"x\r\ny\r\nz\r\nc\r\n"


def test_moves_a_file(here: Context) -> None:
    """A file goes to its new name, with the folders that needs; never over another one, and no folder does."""
    assert move_file("f", "d/g", here) == "Moved f to d/g."
    assert everything(here.folder) == {"d/g": b"old\n"}
    write_file("h", "other", here)
    with pytest.raises(ToolError, match="d/g exists already"):
        move_file("h", "d/g", here)
    for source, target in (("d", "e"), ("h", "d")):
        with pytest.raises(ToolError, match="d is a folder, not a file"):
            move_file(source, target, here)
    with pytest.raises(ToolError, match="nothing does not exist"):
        move_file("nothing", "e/g", here)
    assert everything(here.folder) == {"d/g": b"old\n", "h": b"other"}
    assert not (here.folder / "e").exists()


def test_deletes_a_file(here: Context) -> None:
    """A file is deleted, a folder is not."""
    assert delete_file("f", here) == "Deleted f (4 bytes)."
    (here.folder / "d").mkdir()
    with pytest.raises(ToolError, match="d is a folder, not a file"):
        delete_file("d", here)
    with pytest.raises(ToolError, match="f does not exist"):
        delete_file("f", here)


@pytest.mark.parametrize(("made", "arguments"), CALLS)
@pytest.mark.parametrize("changed", [False, True])
def test_does_only_what_was_shown(
    here: Context, made: Tool, arguments: dict[str, str], changed: bool
) -> None:
    """A yes to a preview runs while the file is the one that was shown, and is refused when it is another."""
    text = made.check(arguments)
    bound = made.bind(text, made.bases(text, here))
    shown = made.previews(bound, here)
    assert base_of(bound).startswith("sha256:")
    assert "f" in shown
    assert "refused" not in shown
    if changed:
        (here.folder / "f").write_text("older\n")
    before = everything(here.folder)
    outcome = performed(made, bound, here)

    if changed:
        assert isinstance(outcome, Failure)
        assert (outcome.error, outcome.ran) == ("changed", Ran.NO)
        assert everything(here.folder) == before
        assert made.previews(bound, here).startswith(
            "f has changed since this call was proposed: it will be refused"
        )
    else:
        assert isinstance(outcome, Returned)
        assert everything(here.folder) != before


def test_binds_that_there_is_no_file(here: Context) -> None:
    """A yes to a new file is no yes to replacing one, nor to moving over one."""
    text = write_file.check({"path": "new", "content": "x"})
    bound = write_file.bind(text, write_file.bases(text, here))
    assert base_of(bound) == "absent"
    (here.folder / "new").write_text("theirs")
    outcome = performed(write_file, bound, here)
    assert isinstance(outcome, Failure)
    assert outcome.error == "changed"

    text = move_file.check({"source": "f", "target": "new"})
    assert "new exists already: this will be refused." in move_file.previews(text, here)
    (here.folder / "new").unlink()
    bound = move_file.bind(text, move_file.bases(text, here))
    (here.folder / "new").write_text("theirs")
    assert move_file.previews(bound, here).startswith("new has changed since")


def test_can_be_written_again_after_a_crash(here: Context) -> None:
    """A write that had happened when the program died is done, though the file is not the one that was shown."""
    text = write_file.check({"path": "f", "content": "new\n"})
    bound = write_file.bind(text, write_file.bases(text, here))

    assert isinstance(performed(write_file, bound, here), Returned)
    assert performed(write_file, bound, here) == Returned("f has this content already (1 line, 4 bytes).")


@pytest.mark.parametrize("path", ["../x", "link/x", "fifo", "a", "x\0"])
def test_binds_nothing_to_what_cannot_be_looked_at(path: str) -> None:
    """Where there is nothing to show, the preview says why, and what is bound lets nothing run."""
    with trap() as folder:
        context = Context(folder=folder)
        text = write_file.check({"path": path, "content": "x"})
        base = write_file.bases(text, context)

        assert base == UNAVAILABLE
        assert write_file.previews(text, context).startswith("No preview: ")
        outcome = performed(write_file, write_file.bind(text, base), context)
        assert isinstance(outcome, Failure)
        assert outcome.ran is Ran.NO


def test_says_why_there_is_nothing_to_show(here: Context) -> None:
    """An edit that cannot be, or a file that is not there, has no preview."""
    text = edit_file.check({"path": "f", "old": "nowhere", "new": "x"})
    assert edit_file.previews(text, here).startswith("No preview: The old text is not in f")
    text = delete_file.check({"path": "g"})
    assert delete_file.previews(text, here) == "No preview: g does not exist."


def test_shows_a_move(here: Context) -> None:
    """A move is shown with both names and the size."""
    text = move_file.check({"source": "f", "target": "d/g"})

    assert move_file.previews(text, here) == "f -> d/g (4 bytes)\n"

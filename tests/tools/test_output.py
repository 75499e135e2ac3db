"""Reading on in long results."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.tools import Context, Failure, Hands, Returned, ToolError, perform
from detent.tools.output import read_output


def reading(whole: str) -> Context:
    """A context with one earlier result, under the handle h."""
    return Context(read_output={"h": whole}.__getitem__)


@settings(deadline=None)
@given(whole=st.text(), length=st.integers(1, 7))
def test_reads_a_result_piece_by_piece(whole: str, length: int) -> None:
    """Going on where the last piece ended gives the whole result, and then says that it ended."""
    pieces, offset = [], 0
    while True:
        head, _, piece = read_output("h", reading(whole), offset, length).partition("\n")
        pieces.append(piece)
        offset += len(piece)
        assert head.startswith(f"[characters {offset - len(piece)} to {offset} of {len(whole)};")
        if head.endswith("this is the end]"):
            break
        assert head.endswith(f"go on with offset {offset}]")

    assert "".join(pieces) == whole


def test_gives_no_more_than_a_piece() -> None:
    """However much is asked for, a piece has an end."""
    assert len(read_output("h", reading("x" * 100_000), length=100_000)) < 66_000


@pytest.mark.parametrize(
    ("handle", "offset", "length", "word"),
    [
        ("g", 0, 1, "no_such_output"),
        ("h", -1, 1, "bad_range"),
        ("h", 0, 0, "bad_range"),
        ("h", 3, 1, "bad_range"),
    ],
)
def test_refuses_what_is_not_there(handle: str, offset: int, length: int, word: str) -> None:
    """An unknown handle and a place beyond the end are told in words."""
    with pytest.raises(ToolError) as caught:
        read_output(handle, reading("abc"), offset, length)

    assert caught.value.error == word


def test_is_called_like_any_tool() -> None:
    """A model gives the handle and may leave out the rest."""

    async def main() -> tuple[Returned | Failure, Returned | Failure]:
        hands = Hands()
        text = read_output.check({"handle": "h"})
        found = await perform(read_output, text, reading("abc"), hands)
        missing = await perform(read_output, text, Context(), hands)
        hands.close()
        return found, missing

    found, missing = asyncio.run(main())
    assert found == Returned("[characters 0 to 3 of 3; this is the end]\nabc")
    assert isinstance(missing, Failure)
    assert missing.error == "no_such_output"

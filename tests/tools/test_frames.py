"""Frames: what is said arrives whole, however it is cut, and nothing beyond its cap is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.tools import frames

KINDS = st.sampled_from(
    [frames.ANSWER, frames.PROGRESS, frames.ASK, frames.RETURNED, frames.FAILED, frames.DIED]
)


@given(said=st.lists(st.tuples(KINDS, st.text())), cuts=st.lists(st.integers(1, 50), min_size=1))
def test_arrives_whole_however_it_is_cut(said: list[tuple[bytes, str]], cuts: list[int]) -> None:
    """Frames come out as they went in, in order, whatever pieces the line makes of them."""
    line = b"".join(frames.written(kind, text) for kind, text in said)
    taken, heard, at, turn = frames.Frames(), [], 0, 0
    while at < len(line):
        size = cuts[turn % len(cuts)]
        taken.feed(line[at : at + size])
        at, turn = at + size, turn + 1
        while (frame := taken.next()) is not None:
            heard.append((frame.kind, frame.words()))
    assert heard == [(kind, text) for kind, text in said]


@given(head=st.binary(min_size=5, max_size=5))
def test_takes_no_more_than_its_cap(head: bytes) -> None:
    """A letter that is not known, or a length beyond its cap, is refused before a byte of it is waited for."""
    taken = frames.Frames()
    taken.feed(head)
    size = int.from_bytes(head[1:], "big")
    known = head[:1] in (frames.RETURNED, frames.ANSWER) or (size <= frames.SHORT and head[:1] in b"PHFDS")
    if not known or size > 2 * 16 * 2**20:
        with pytest.raises(frames.BadFrame):
            taken.next()


def test_reads_json() -> None:
    """A value that was written is read again."""
    taken = frames.Frames()
    taken.feed(frames.written(frames.FAILED, {"a": [1, "ü"]}))
    frame = taken.next()
    assert frame is not None
    assert frame.plain() == {"a": [1, "ü"]}
    assert taken.next() is None

"""Where the replies of a run are: the clicks that its planner's plans came with, taken or refused."""

from __future__ import annotations

from ...store import Store

__all__ = ["REPLIES", "reply_after", "reply_before"]

REPLIES = ("PlanMade", "PlanRefused")
_PAGE = 64  # clicks looked at together


def reply_before(store: Store, run: str, seq: int | None = None) -> int | None:
    """The newest click of a run that brought a reply, up to one of its clicks; None where there is none.

    Args:
        store: where it lies
        run: its id
        seq: the last click that counts; None is the head
    """
    stop = (store.last(run) if seq is None else seq) + 1
    while stop > 0:
        start = max(0, stop - _PAGE)
        for row in reversed(store.timeline(run, start, stop)):
            if row.event in REPLIES:
                return row.seq
        stop = start
    return None


def reply_after(store: Store, run: str, seq: int) -> int | None:
    """The click with the reply that was being waited for at a click in PLANNING; None where it has not come.

    Args:
        store: where the run lies
        run: its id
        seq: the click
    """
    start = seq + 1
    while rows := store.timeline(run, start, start + _PAGE):
        for row in rows:
            if row.event in REPLIES:
                return row.seq
            if row.event != "Told":
                return None
        start += _PAGE
    return None

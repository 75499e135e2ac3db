"""Addresses: which run, and which click of it, a person means by RUN, RUN@SEQ, RUN@-1 or RUN@STATE."""

from __future__ import annotations

from difflib import get_close_matches

from ...states.errors import NotFound
from ...states.names import State
from ...store import Store

__all__ = ["clicked", "found"]


def found(store: Store, address: str, folder: str) -> str:
    """The run a person means.

    Args:
        store: where it lies
        address: an id, any beginning of one that is unique, a name, or `last`
        folder: where they stand, which `last` is relative to

    Raises:
        NotFound: none, or several
    """
    if not address:
        raise NotFound("An empty word names no run.", "See  detent runs.")
    return store.find(address, folder)


def clicked(store: Store, address: str, folder: str) -> tuple[str, int]:
    """The run and the click a person means; without @ the last click.

    Args:
        store: where it lies
        address: RUN, RUN@SEQ, RUN@-1 (the last), or RUN@STATE (the last in that state)
        folder: where they stand

    Raises:
        NotFound: no such run, or no such click
    """
    name, mark, place = address.rpartition("@")
    run = found(store, name if mark else address, folder)
    last = store.last(run)
    if not mark:
        return run, last
    try:
        seq = int(place)
    except ValueError:
        return run, _in_state(store, run, name, place)
    seq = seq if seq >= 0 else last + 1 + seq
    if not 0 <= seq <= last:
        raise NotFound(f"Run {name} has no click {place}.", f"Its clicks are 0 to {last}.")
    return run, seq


def _in_state(store: Store, run: str, name: str, state: str) -> int:
    rows = store.timeline(run)
    at = [row.seq for row in rows if row.state == state.upper()]
    if at:
        return at[-1]
    was = f"Its clicks are 0 to {rows[-1].seq}; it was in: {', '.join(dict.fromkeys(row.state for row in rows))}."
    if state.upper() in [one.value for one in State]:
        raise NotFound(f"Run {name} has no click in state {state}.", was)
    close = get_close_matches(state.upper(), [one.value for one in State], n=1)
    maybe = f"Did you mean {name}@{close[0]}?  " if close else ""
    raise NotFound(f"{name}@{state} names no click: after @ comes a number or a state.", f"{maybe}{was}")

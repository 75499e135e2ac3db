"""Opening the database, and finding in it what a person means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...states.errors import NotFound
from ..drivers.places import database
from . import escape

if TYPE_CHECKING:
    from ...store import Store
    from .manners import Manners

__all__ = ["clicked", "found", "opened", "short"]


def opened(manners: Manners, mode: Literal["read", "write"]) -> Store:
    """The database.

    Raises:
        NotFound: to be read, and not there
        StoreError, ConfigError: it cannot be opened
    """
    from ...store import Store  # noqa: PLC0415 - help needs no database

    store = Store.open(Path(manners.db).expanduser() if manners.db else database(), mode=mode)
    for notice in store.notices:
        manners.say(escape.line(notice))
    return store


def found(store: Store, address: str) -> str:
    """The run a person means, from the folder they stand in.

    Raises:
        NotFound: none, or several
    """
    if not address:
        raise NotFound("An empty word names no run.", "See  detent runs.")
    return store.find(address, str(Path.cwd().resolve()))


def short(store: Store, run: str) -> str:
    """As much of a run's id as names it."""
    from ...store import short as shortest  # noqa: PLC0415

    return shortest(run, store)


def clicked(store: Store, address: str) -> tuple[str, int]:
    """The run and the click that RUN, RUN@SEQ, RUN@-1 or RUN@STATE means; without @ the last click.

    Raises:
        NotFound: no such run, or no such click
    """
    name, mark, place = address.rpartition("@")
    run = found(store, name if mark else address)
    rows = store.timeline(run)
    last = rows[-1].seq
    if not mark:
        return run, last
    try:
        seq = int(place)
    except ValueError:
        at = [row.seq for row in rows if row.state == place.upper()]
        if at:
            return run, at[-1]
        states = ", ".join(dict.fromkeys(row.state for row in rows))
        raise NotFound(f"Run {name} has no click in state {place}.", f"It was in: {states}.") from None
    seq = seq if seq >= 0 else last + 1 + seq
    if not 0 <= seq <= last:
        raise NotFound(f"Run {name} has no click {place}.", f"Its clicks are 0 to {last}.")
    return run, seq

"""Opening the database, and finding in it what a person means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

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
    from ..drivers import addresses  # noqa: PLC0415 - help needs no database

    return addresses.found(store, address, str(Path.cwd().resolve()))


def short(store: Store, run: str) -> str:
    """As much of a run's id as names it."""
    from ...store import short as shortest  # noqa: PLC0415

    return shortest(run, store)


def clicked(store: Store, address: str) -> tuple[str, int]:
    """The run and the click that RUN, RUN@SEQ, RUN@-1 or RUN@STATE means; without @ the last click.

    Raises:
        NotFound: no such run, or no such click
    """
    from ..drivers import addresses  # noqa: PLC0415 - help needs no database

    return addresses.clicked(store, address, str(Path.cwd().resolve()))

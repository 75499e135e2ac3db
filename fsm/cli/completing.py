"""What the shell completes: the addresses of runs.  Silent where there is no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from ...states.errors import DetentError
from . import escape
from .opening import opened

if TYPE_CHECKING:
    from .manners import Manners

__all__ = ["runs_like"]

MOST = 200
SHOWN = 60  # characters of a goal
ID = 8  # characters of an id


def runs_like(manners: Manners, beginning: str) -> list[CompletionItem]:
    """The newest runs whose id or name begins like this."""
    try:
        with opened(manners, "read") as store:
            found = store.runs(limit=MOST)
    except DetentError:
        return []  # a shell that completes has nobody to tell
    items = (
        [CompletionItem("last", help="the newest run of this folder")] if "last".startswith(beginning) else []
    )
    for one in found:
        said = f"{one.state}  {escape.line(one.goal)[:SHOWN]}"
        meant = (name for name in (one.name, one.id[:ID]) if name and name.startswith(beginning))
        items += [CompletionItem(name, help=said) for name in meant]
    return items

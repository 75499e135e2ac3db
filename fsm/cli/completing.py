"""What the shell completes: runs, gates, tool sets, limits, models.  Silent where there is nothing.

Each is a function of click's context, the parameter and what was typed so far; what it offers was written by models
and tools too, so it is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from ...states.errors import DetentError
from . import escape
from .manners import Manners
from .opening import found, opened

__all__ = ["gates_like", "limits_like", "models_like", "runs_like", "toolsets_like"]

MOST = 200
SHOWN = 60  # characters of what is told beside a word
ID = 8  # characters of an id
PROVIDER = "ollama:"

Said = Iterable[tuple[str, str]]


def runs_like(context: click.Context, _parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
    """The newest runs whose id or name begins like this."""
    try:
        with opened(_manners(context), "read") as store:
            runs = store.runs(limit=MOST)
    except (DetentError, OSError):
        return []
    said = [("last", "the newest run of this folder")] if runs else []
    for one in runs:
        told = f"{one.state}  {one.goal}"
        said += [(name, told) for name in (one.name, one.id[:ID]) if name]
    return _items(said, beginning)


def gates_like(*ways: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """The open gates of the run that stands before, which can be settled in one of these ways."""

    def like(context: click.Context, _parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
        from ..drivers.offering import gates_for  # noqa: PLC0415 - only where gates are completed

        try:
            with opened(_manners(context), "read") as store:
                # Where an option waits for its value click has not yet given the words their names.
                run = found(store, context.params.get("run") or next(iter(context.args), ""))
                return _items(gates_for(store, run, *ways), beginning)
        except (DetentError, OSError):
            return []

    return like


def toolsets_like(
    _context: click.Context, _parameter: click.Parameter, beginning: str
) -> list[CompletionItem]:
    """The built-in tool sets."""
    from ..drivers.offering import toolsets_there  # noqa: PLC0415

    return _items(toolsets_there(), beginning)


def limits_like(_context: click.Context, _parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
    """The names of the limits, with the sign that stands before the figure."""
    from ..drivers.offering import limits_there  # noqa: PLC0415

    return _items(((f"{name}=", "") for name in limits_there()), beginning)


def models_like(_context: click.Context, _parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
    """The models of this machine's server, if it answers at once."""
    if not PROVIDER.startswith(beginning[: len(PROVIDER)]):
        return []
    from ..drivers.offering import models_there  # noqa: PLC0415

    return _items(((name, "") for name in models_there()), beginning)


def _manners(context: click.Context) -> Manners:
    """The manners of the line, which says nothing of its own."""
    manners = context.ensure_object(Manners)
    manners.quiet = True
    return manners


def _items(said: Said, beginning: str) -> list[CompletionItem]:
    items = []
    for word, told in said:
        plain = escape.line(word) == word and " " not in word
        if plain and word.startswith(beginning):
            items.append(CompletionItem(word, help=escape.line(" ".join(told.split()))[:SHOWN] or None))
    return items

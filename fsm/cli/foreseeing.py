"""What may follow a yes and a no at a gate, in words.  The figures come with the gate's view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .wording import count, duration, plural

__all__ = ["foreseen"]


def foreseen(view: Mapping[str, Any], *, short: bool = False) -> tuple[str, ...]:
    """Two lines: what a yes leads to at most, and what a no leads to; none where there is no yes or no.

    Args:
        view: the gate
        short: without the clicks
    """
    if "yes" not in view:
        return ()
    yes, no = view["yes"], view["no"]
    if view["kind"] == "limit":
        after = "a last answer with what it has"
    elif no["turns"]:
        after = f"the model is told why; at most {_left(no)}"
    else:
        after = "the run ends"
    return (
        f"yes: at most {_left(yes)}{_clicks(yes, short=short)}",
        f"no:  {after}{_clicks(no, short=short)}",
    )


def _left(most: Mapping[str, int]) -> str:
    undone = most["irreversible"]
    how = f", {count(undone) if undone else 'none'} that cannot be undone" if most["calls"] else ""
    return f"{plural(most['calls'], 'more call')}{how}, {plural(most['turns'], 'turn')}, {duration(most['seconds'] * 1000)}"


def _clicks(most: Mapping[str, int], *, short: bool) -> str:
    return "" if short else f"; {plural(most['clicks'], 'click')} in all"

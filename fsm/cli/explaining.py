"""`why`: the row that a click took, the guards with the facts behind them, and the candidates that lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import folded, late_words

__all__ = ["why"]

View = Mapping[str, Any]


@verb(
    "why",
    examples=(
        ("detent why last", "why the newest run of this folder is where it is"),
        ("detent why k7f3@6", "why click 6 went where it went, and what lost"),
        ("detent why k7f3@6 -v", "every guard that was asked, and what it asks"),
    ),
    help="Say why a click of RUN went where it went: RUN as it stands, or RUN@SEQ, RUN@-1, RUN@STATE.",
)
@run_argument
@click.pass_obj
def why(manners: Manners, run: str) -> int:
    """Explain a click."""
    from ..drivers.explaining import explain  # noqa: PLC0415 - help needs no database
    from .opening import clicked, opened  # noqa: PLC0415

    with opened(manners, "read") as store:
        view = explain(store, *clicked(store, run))
    if manners.json:
        manners.document(view)
        return 0
    for line in _lines(manners, view):
        manners.print(line)
    return 0


def _lines(manners: Manners, view: View) -> list[str]:
    """The row that was taken with what spoke for it, then what lost; with -v every guard and what it asks.

    Where the click is about an attempt that came to something too late, that follows.
    """
    from .display import barred  # noqa: PLC0415

    counted = {*view["needs"], *view["excludes"]}
    wide = max((len(one["guard"]) for one in view["guards"]), default=0)
    lines = [f"{view['seq']}  {view['from']} → {view['to']} on {view['event']['name']}: {view['why']}", ""]
    lines.append(f"  taken  {view['row']}" + ("" if counted else ": nothing had to be asked"))
    for guard in view["guards"]:
        if guard["guard"] in counted or manners.verbose:
            lines += _guard(manners, guard, wide)
    width = max((len(one["row"]) for one in view["lost"]), default=0)
    for rival in view["lost"]:
        against = ", ".join(_said(view, name) for name in rival["against"])
        lines += _hanging(manners, f"  lost   {rival['row']:<{width}}  ", f"→ {rival['to']}: {against}")
    for one in view["late"]:
        lines += ["", f"  {late_words(one)}", *barred(one["text"], manners.columns())]
    return lines


def _guard(manners: Manners, guard: View, wide: int) -> list[str]:
    lead = f"         {guard['guard']:<{wide}}  {'true ' if guard['value'] else 'false'}  "
    meaning = [guard["meaning"]] if manners.verbose else []
    lines: list[str] = []
    for said in (*meaning, *guard["facts"]):
        lines += _hanging(manners, lead if not lines else " " * len(lead), escape.line(said))
    return lines


def _hanging(manners: Manners, lead: str, text: str) -> list[str]:
    """A text behind its lead, folded under itself."""
    first, *others = folded(text, max(20, manners.columns() - len(lead))) or [""]
    return [f"{lead}{first}", *(f"{' ' * len(lead)}{part.strip()}" for part in others)]


def _said(view: View, name: str) -> str:
    value = next(one["value"] for one in view["guards"] if one["guard"] == name)
    return f"{name} is {'true' if value else 'false'}"

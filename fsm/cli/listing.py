"""`runs`: the list of runs, newest first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import NotFound
from . import escape
from .manners import STATES, Manners
from .verb import verb
from .wording import cut, duration, plural, width

if TYPE_CHECKING:
    from ...store import RunSummary

__all__ = ["runs"]


@verb(
    "runs",
    examples=(
        ("detent runs", "the newest twenty"),
        ("detent runs --state AWAITING_APPROVAL", "those that wait for you"),
        ("detent runs --here --json", "those of this folder, for a program"),
    ),
    help="List runs, newest first: state, age, goal, what was spent, and what each waits for.",
)
@click.option(
    "--limit",
    "-n",
    "most",
    type=click.IntRange(1),
    default=None,
    metavar="NUMBER",
    help="the most to list; 20, with --json all",
)
@click.option(
    "--state", type=click.Choice(list(STATES), case_sensitive=False), help="only those in this state"
)
@click.option("--here", is_flag=True, help="only those begun in this folder")
@click.option("--label", metavar="LABEL", help="only those that have this label")
@click.pass_obj
def runs(manners: Manners, most: int | None, state: str | None, here: bool, label: str | None) -> int:
    """List runs."""
    from .opening import opened, short  # noqa: PLC0415 - help needs no database

    limit = most or (1_000_000 if manners.json else 20)
    folder = str(Path.cwd().resolve()) if here else None
    try:
        with opened(manners, "read") as store:
            wanted = state.upper() if state else None
            found = store.runs(limit=limit, folder=folder, state=wanted, label=label)
            names = {} if manners.json else {one.id: short(store, one.id) for one in found}
    except NotFound:
        if manners.db:  # a name on the command line that finds nothing
            raise
        found, names = [], {}
    if manners.json:
        manners.document([_view(one) for one in found])
    elif not found:
        if state or here or label:
            manners.tell("No run is like that.")
            return 0
        manners.tell('There are no runs yet.\nBegin one with  detent run "GOAL" -m ollama:NAME.')
    else:
        _table(manners, found, names)
    return 0


def _view(one: RunSummary) -> dict[str, Any]:
    usage = {name: value for name, value in one.usage.items() if name != "milliseconds"}
    return {
        "run": one.id,
        "name": one.name or None,
        "state": one.state,
        "seq": one.seq,
        "goal": one.goal,
        "folder": one.folder,
        "created": one.created,
        "at": one.at,
        "reason": one.reason or None,
        "usage": usage | {"wall_seconds": one.usage.get("milliseconds", 0) // 1000},
        "gates": list(one.gates),
        "parent": None if one.parent is None else f"{one.parent[0]}@{one.parent[1]}",
        "labels": list(one.labels),
    }


def _table(manners: Manners, found: list[RunSummary], names: dict[str, str]) -> None:
    now = time.time_ns() // 1_000_000
    rows = [(names[one.id], one.state, duration(now - one.created), one) for one in found]
    wide = (
        max(3, *(len(name) for name, *_ in rows)),
        max(5, *(len(state) for _, state, *_ in rows)),
        max(3, *(len(age) for _, _, age, _ in rows)),
    )
    head = f"{'run':<{wide[0]}}  {'state':<{wide[1]}}  {'age':>{wide[2]}}  goal"
    manners.print(manners.paint(head, dim=True) if manners.streams.on_terminal() else head)
    columns = manners.columns()
    for name, state, age, one in rows:
        waits = _waits(one)
        before = f"{name:<{wide[0]}}  {state:<{wide[1]}}  {age:>{wide[2]}}  "
        shown = manners.state(state) if manners.streams.on_terminal() else state
        goal = escape.line(" ".join(one.goal.split()))
        label = f"[{escape.line(one.name)}] " if one.name else ""
        label += "".join(f"#{escape.line(mark)} " for mark in one.labels)
        room = max(16, columns - len(before) - (width(waits) + 2 if waits else 0))
        text = cut(label + goal, room)
        tail = f"  {waits}" if waits else ""
        manners.print(
            f"{name:<{wide[0]}}  {shown}{' ' * (wide[1] - len(state))}  {age:>{wide[2]}}  {text}{tail}".rstrip()
        )


def _waits(one: RunSummary) -> str:
    """What a run waits for, or what it spent."""
    if one.gates:
        kinds = dict.fromkeys(gate.split("-")[0] for gate in one.gates)
        return f"waits: {', '.join(kinds)}"
    if one.reason and one.reason != "answered":
        return escape.line(one.reason)
    turns, tokens = one.usage.get("model_turns", 0), one.usage.get("tokens", 0)
    return plural(turns, "turn") + (f", {plural(tokens, 'token')}" if tokens else "")

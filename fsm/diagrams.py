"""Drawings of the machine, made from the table: Mermaid, DOT, and plain text.

An arrow stands for all rows between two states.  A drawing of a run shows only the rows it took, and how often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from ..states.names import State
from .table import TABLE, Row

__all__ = ["Arrow", "arrows", "dot", "mermaid", "text"]

Taken = Mapping[str, int]  # how often each row was taken, by the row's name


@frozen
class Arrow:
    """All rows between two states.

    Args:
        source: the state before
        dest: the state after
        label: the events that lead there, in the order of the table; how often, where a run is drawn
    """

    source: State
    dest: State
    label: str


def arrows(taken: Taken | None = None) -> tuple[Arrow, ...]:
    """The arrows of the machine, or of a run.

    Args:
        taken: how often a run took each row; None draws the whole machine
    """
    grouped: dict[tuple[State, State], dict[str, int]] = {}
    for row in _drawn(taken):
        events = grouped.setdefault((row.source, row.dest), {})
        events[row.event] = events.get(row.event, 0) + (taken[row.name] if taken is not None else 1)
    return tuple(
        Arrow(source, dest, ", ".join(_label(event, times, taken) for event, times in events.items()))
        for (source, dest), events in grouped.items()
    )


def _drawn(taken: Taken | None) -> Iterable[Row]:
    return (row for row in TABLE if taken is None or taken.get(row.name))


def _label(event: str, times: int, taken: Taken | None) -> str:
    return event if taken is None or times == 1 else f"{event} x{times}"


def _states(drawn: tuple[Arrow, ...], taken: Taken | None) -> tuple[State, ...]:
    """The states of a drawing, in their order; a run that took no row has only its first."""
    if taken is None:
        return tuple(State)
    seen = {State.PLANNING} if not drawn else {end for one in drawn for end in (one.source, one.dest)}
    return tuple(state for state in State if state in seen)


def mermaid(taken: Taken | None = None) -> str:
    """A state diagram for Mermaid.

    Args:
        taken: how often a run took each row; None draws the whole machine
    """
    drawn = arrows(taken)
    states = _states(drawn, taken)
    lines = ["stateDiagram-v2"]
    if State.PLANNING in states:
        lines.append("    [*] --> PLANNING: Begun")
    lines += [f"    {one.source.value} --> {one.dest.value}: {one.label}" for one in drawn]
    lines += [f"    {state.value} --> [*]" for state in states if not state.live]
    return "\n".join(lines) + "\n"


def dot(taken: Taken | None = None) -> str:
    """A directed graph for Graphviz.

    Args:
        taken: how often a run took each row; None draws the whole machine
    """
    drawn = arrows(taken)
    lines = [
        "digraph detent {",
        "    rankdir=LR;",
        '    node [shape=box, style=rounded, fontname="sans-serif"];',
    ]
    for state in _states(drawn, taken):
        over = "" if state.live else ", peripheries=2"
        lines.append(f'    "{state.value}" [label="{state.value}"{over}];')
    for one in drawn:
        label = one.label.replace(", ", "\\n")
        lines.append(f'    "{one.source.value}" -> "{one.dest.value}" [label="{label}"];')
    return "\n".join([*lines, "}"]) + "\n"


def text(taken: Taken | None = None) -> str:
    """The rows as aligned text, a block for each state.

    Args:
        taken: how often a run took each row; None lists the whole table
    """
    rows = tuple(_drawn(taken))
    wide = {
        name: max((len(getattr(row, name)) for row in rows), default=0) for name in ("event", "dest", "name")
    }
    lines: list[str] = []
    for state in _states(arrows(taken), taken):
        lines.append(state.value if state.live else f"{state.value} (the run is over)")
        for row in rows:
            if row.source is state:
                times = "" if taken is None else f"{taken[row.name]:>4} x "
                line = f"{row.event:{wide['event']}} -> {row.dest.value:{wide['dest']}}  {row.name:{wide['name']}}"
                lines.append(f"  {times}{line}  {row.why}")
    return "\n".join(lines) + "\n"

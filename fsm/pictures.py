"""Pictures: the machine, or a run's way through it, as SVG.

The six states have fixed places, so two pictures can be laid side by side.  An arrow bends aside; the two ways
between a pair of states never lie on each other.  What a run did not do is drawn pale, what it did with its counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..states.names import State
from .diagrams import Arrow, Taken, arrows

__all__ = ["svg"]

WIDE, HIGH = 1180, 780
BOX = (186, 44)  # of a state
PLACES: dict[State, tuple[int, int]] = {
    State.PLANNING: (590, 110),
    State.EXECUTING: (1010, 380),
    State.OBSERVING: (170, 380),
    State.AWAITING_APPROVAL: (590, 380),
    State.DONE: (170, 110),
    State.FAILED: (590, 720),
}
COLOURS: dict[State, str] = {
    State.PLANNING: "#2563eb",
    State.EXECUTING: "#ca8a04",
    State.OBSERVING: "#0891b2",
    State.AWAITING_APPROVAL: "#a21caf",
    State.DONE: "#15803d",
    State.FAILED: "#b91c1c",
}
BEND = 0.12  # of an arrow's length, to its left
BENDS: dict[tuple[State, State], float] = {  # where that would lead through another state
    (State.EXECUTING, State.OBSERVING): 0.42,
    (State.PLANNING, State.FAILED): -0.66,
    (State.AWAITING_APPROVAL, State.PLANNING): 0.44,
    (State.PLANNING, State.AWAITING_APPROVAL): 0.36,
    (State.PLANNING, State.DONE): 0.0,
    (State.AWAITING_APPROVAL, State.FAILED): -0.34,
    (State.AWAITING_APPROVAL, State.EXECUTING): 0.14,
    (State.EXECUTING, State.AWAITING_APPROVAL): 0.14,
    (State.AWAITING_APPROVAL, State.OBSERVING): 0.14,
    (State.OBSERVING, State.AWAITING_APPROVAL): 0.14,
    (State.OBSERVING, State.FAILED): -0.1,
    (State.EXECUTING, State.FAILED): 0.1,
}
ALONG: dict[tuple[State, State], float] = {  # where on an arrow its label stands, from 0 to 1
    (State.EXECUTING, State.OBSERVING): 0.5,
    (State.PLANNING, State.FAILED): 0.32,
    (State.AWAITING_APPROVAL, State.FAILED): 0.72,
}
LINE = 24  # characters of a label's line
PITCH = 13  # from one line to the next
LOOPS: dict[State, tuple[int, int]] = {  # the side of a state where it leads to itself
    State.PLANNING: (0, -1),
    State.EXECUTING: (1, 0),
    State.AWAITING_APPROVAL: (0, 1),
    State.OBSERVING: (-1, 0),
}
HEAD = (
    '  <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#475569"/></marker></defs>'
)

Point = tuple[float, float]


def svg(taken: Taken | None = None, title: str = "") -> str:
    """A picture that any browser shows.

    Args:
        taken: how often a run took each row; None draws the whole machine
        title: what it is a picture of; empty for the machine
    """
    drawn = arrows(taken)
    seen = {end for one in drawn for end in (one.source, one.dest)} if taken is not None else set(State)
    name = _escaped(title or "The states of a run, and what leads from one to another")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" font-family="sans-serif">',
        f"  <title>{name}</title>",
        f'  <rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>',
        HEAD,
    ]
    for one in drawn:
        lines += _arrow(one)
    for state in State:
        lines += _state(state, pale=state not in seen)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _escaped(text: str) -> str:
    """A text inside an element; the libraries for it bring half of the standard one along."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _state(state: State, *, pale: bool) -> list[str]:
    x, y = PLACES[state]
    wide, high = BOX
    colour = "#cbd5e1" if pale else COLOURS[state]
    corner = f'x="{x - wide // 2}" y="{y - high // 2}" width="{wide}" height="{high}" rx="10"'
    over = (
        []
        if state.live
        else [
            f'  <rect x="{x - wide // 2 - 4}" y="{y - high // 2 - 4}" width="{wide + 8}" height="{high + 8}" rx="13" fill="none" stroke="{colour}"/>'
        ]
    )
    return [
        *over,
        f'  <rect {corner} fill="#ffffff" stroke="{colour}" stroke-width="2.5"/>',
        f'  <text x="{x}" y="{y + 5}" text-anchor="middle" font-size="14" font-weight="600" fill="{colour}">{state.value}</text>',
    ]


def _arrow(arrow: Arrow) -> list[str]:
    if arrow.source is arrow.dest:
        return _loop(arrow)
    start, end = PLACES[arrow.source], PLACES[arrow.dest]
    dx, dy = end[0] - start[0], end[1] - start[1]
    bend = BENDS.get((arrow.source, arrow.dest), BEND)
    middle = ((start[0] + end[0]) / 2 + dy * bend, (start[1] + end[1]) / 2 - dx * bend)
    begin, stop = _edge(start, middle), _edge(end, middle)
    t = ALONG.get((arrow.source, arrow.dest), 0.5)
    top = (_bezier(t, begin[0], middle[0], stop[0]), _bezier(t, begin[1], middle[1], stop[1]))
    path = f"M{begin[0]:.0f} {begin[1]:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {stop[0]:.0f} {stop[1]:.0f}"
    return [_line(path), *_label(arrow.label, top)]


def _bezier(t: float, one: float, two: float, three: float) -> float:
    """A coordinate of a quadratic Bézier curve."""
    return (1 - t) ** 2 * one + 2 * (1 - t) * t * two + t**2 * three


def _loop(arrow: Arrow) -> list[str]:
    x, y = PLACES[arrow.source]
    right, down = LOOPS[arrow.source]
    wide, high = BOX[0] / 2, BOX[1] / 2
    if right:
        at = x + right * wide
        path = f"M{at:.0f} {y - 10}C{at + right * 40:.0f} {y - 46} {at + right * 40:.0f} {y + 46} {at:.0f} {y + 10}"
        return [_line(path), *_label(arrow.label, (x + right * 40, y + down - high - 44))]
    at = y + down * high
    path = f"M{x - 20} {at:.0f}C{x - 50} {at + down * 38:.0f} {x + 50} {at + down * 38:.0f} {x + 20} {at:.0f}"
    return [_line(path), *_label(arrow.label, (x, at + down * 44))]


def _line(path: str) -> str:
    return f'  <path d="{path}" fill="none" stroke="#475569" stroke-width="1.4" marker-end="url(#head)"/>'


def _edge(place: Point, towards: Point) -> Point:
    """Where a line from the middle of a state's box to a point leaves the box."""
    dx, dy = towards[0] - place[0], towards[1] - place[1]
    scale = min(
        (BOX[0] / 2 + 3) / abs(dx) if dx else math.inf, (BOX[1] / 2 + 3) / abs(dy) if dy else math.inf
    )
    return place[0] + dx * scale, place[1] + dy * scale


def _label(label: str, at: Point) -> list[str]:
    """A label in lines around a point, on white, so that no arrow runs through its letters."""
    rows = _folded(label.split(", "))
    made = []
    for number, row in enumerate(rows):
        y = at[1] + (number - (len(rows) - 1) / 2) * PITCH + 4
        made.append(
            f'  <text x="{at[0]:.0f}" y="{y:.0f}" text-anchor="middle" font-size="11" fill="#334155" '
            f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{_escaped(row)}</text>'
        )
    return made


def _folded(words: Sequence[str]) -> list[str]:
    rows: list[str] = []
    for word in words:
        if rows and len(rows[-1]) + len(word) + 2 <= LINE:
            rows[-1] += f", {word}"
        else:
            rows.append(word)
    return rows

"""`diff`: two runs or two clicks, side by side from where they part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from . import escape
from .manners import Manners
from .verb import completed, verb
from .wording import cut, plural

if TYPE_CHECKING:
    from ...store import Store

__all__ = ["diff"]

View = Mapping[str, Any]
MARGIN = 6  # columns before the first side
CONTEXT = 12  # characters that are shown of what two values begin with
CHANGES = 20  # lines of what differs in the snapshots, unless all are asked for
ONLY = ("state", "event", "guards", "arguments", "outcomes", "messages", "usage")


@verb(
    "diff",
    examples=(
        ("detent diff k7f3 m2q8", "two runs, from the first click that is different"),
        ("detent diff k7f3@3 k7f3@7", "what happened between two clicks, and what changed"),
        ("detent diff k7f3 m2q8 --only arguments", "where they first asked for other things"),
    ),
    help="Show where A and B part and what is different then.  Each is a run as it stands, or a click: RUN@SEQ.",
)
@click.argument("a", metavar="A", shell_complete=completed)
@click.argument("b", metavar="B", shell_complete=completed)
@click.option("--only", multiple=True, type=click.Choice(ONLY), help="only this counts; may be repeated")
@click.option("--full", is_flag=True, help="all that differs in the snapshots")
@click.pass_obj
def diff(manners: Manners, /, a: str, b: str, only: tuple[str, ...], *, full: bool) -> int:
    """Compare two runs."""
    from ..drivers.differing import compare  # noqa: PLC0415 - help needs no database
    from .opening import clicked, opened  # noqa: PLC0415

    with opened(manners, "read") as store:
        view = compare(store, clicked(store, a), clicked(store, b), only=only or ONLY)
        if manners.json:
            manners.document(view)
            return 0
        for line in _lines(manners, store, view, full=full):
            manners.print(line)
    return 0


def _lines(manners: Manners, store: Store, view: View, *, full: bool) -> list[str]:
    if not view["rows"]:
        words = [f"the same in all {plural(view['same'], 'click')}"]
    else:
        words = _rows(manners, store, view)
    spent = [_spent(view["usage"][side]) for side in ("a", "b")]
    lines = [*words, ""]
    lines += (
        [f"spent  {spent[0]}"] if spent[0] == spent[1] else [f"spent  A: {spent[0]}", f"       B: {spent[1]}"]
    )
    return [*lines, *_delta(manners, view["delta"], full=full)]


def _rows(manners: Manners, store: Store, view: View) -> list[str]:
    from .opening import short  # noqa: PLC0415

    wide = (manners.columns() - MARGIN - 2) // 2
    ancestor = view["ancestor"]
    common = f"; {short(store, ancestor['run'])}@{ancestor['seq']} is in both" if ancestor else ""
    lines = [f"the same in {plural(view['same'], 'click')}{common}, then", ""]
    lines.append(_pair("", _title(store, view["a"]), _title(store, view["b"]), wide))
    for row in view["rows"]:
        seqs = [str(row[side]["seq"]) if row[side] else "" for side in ("a", "b")]
        lead = seqs[0] if len({*seqs} - {""}) == 1 and seqs[0] else " ".join(one or "-" for one in seqs)
        cells = [_cell(row[side]) for side in ("a", "b")]
        mark = "" if row["differs"] else "="
        lines.append(_pair(lead, cells[0][0], cells[1][0], wide))
        lines.append(_pair(mark, cells[0][1], cells[1][1], wide))
        alike = [cut(one, wide) for one in cells[0]] == [cut(one, wide) for one in cells[1]]
        if alike or row is view["rows"][0]:
            lines += _values(row["values"], wide, whole=alike)
    return lines


def _values(values: View, wide: int, *, whole: bool) -> list[str]:
    """What is different of a pair beside what its two lines show; the texts too, where those show no difference."""
    said = "messages" if "messages" in values else "outcomes"
    aspects = ("guards", "usage", *((said,) if whole else ()))
    pairs = [part for name in aspects if name in values for part in _parts(name, **values[name])]
    return [_pair("", f"  {name} {one}", f"  {name} {other}", wide) for name, one, other in pairs]


def _parts(aspect: str, a: Any, b: Any) -> list[tuple[str, str, str]]:
    """The parts of an aspect that differ: what each is called, and each side's value from where they part."""
    if isinstance(a, dict) and isinstance(b, dict):
        names = [name for name in {**a, **b} if a.get(name) != b.get(name)]
        return [(name, *_apart(_written(a, name), _written(b, name))) for name in names]
    return [(aspect, *_apart(_written({"": a}, ""), _written({"": b}, "")))]


def _written(side: View, name: str) -> str:
    return escape.line(json.dumps(side[name], ensure_ascii=False)) if name in side else "-"


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two texts, without most of what both begin with."""
    shorter = min(len(one), len(other))
    same = next((at for at in range(shorter) if one[at] != other[at]), shorter) - CONTEXT
    return (f"…{one[same:]}", f"…{other[same:]}") if same > 0 else (one, other)


def _cell(line: View | None) -> tuple[str, str]:
    if line is None:
        return "", ""
    return escape.line(line["what"]) or line["event"], f"{line['event']} → {line['state']}"


def _title(store: Store, named: View) -> str:
    from .opening import short  # noqa: PLC0415

    parent = named["parent"]
    of = f"  (fork of {short(store, parent['run'])}@{parent['seq']})" if parent else ""
    return f"{short(store, named['run'])}@{named['seq']}  {escape.line(named['model'] or 'workflow')}{of}"


def _pair(lead: str, one: str, other: str, wide: int) -> str:
    left = cut(one, wide)
    return f"{lead:>{MARGIN - 2}}  {left}{' ' * max(2, wide + 2 - len(left))}{cut(other, wide)}".rstrip()


def _spent(usage: View) -> str:
    return (
        f"{plural(usage['model_turns'], 'turn')}, {plural(usage['tool_calls'], 'call')}, "
        f"{plural(usage['tokens'], 'token')}, {usage['wall_seconds']} s"
    )


def _delta(manners: Manners, changes: list[View], *, full: bool) -> list[str]:
    if not changes:
        return ["the snapshots are the same, byte for byte"]
    lines = ["", f"the snapshots differ in {plural(len(changes), 'place')}"]
    shown = changes if full else changes[:CHANGES]
    for change in shown:
        values = " → ".join(_value(change, side) for side in ("before", "after"))
        line = escape.line(f"  {change['at']}  {values}")
        lines.append(line if full else cut(line, manners.columns()))
    if len(shown) < len(changes):
        lines.append(f"  … {plural(len(changes) - len(shown), 'more place')}: --full shows them")
    return lines


def _value(change: View, side: str) -> str:
    return json.dumps(change[side], ensure_ascii=False) if side in change else "nothing"
